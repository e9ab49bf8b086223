"""The problem: the wet-bulb temperature of moist air, to which a wet surface cools: an implicit equation.

    cp (T - Tw) = L (saturated(Tw) - r)

Weather models solve it in every cell at every step. Put your own kernel here: what it is asked, how it is solved today,
and how samples are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.data import write_arrays

TEMPERATURE = (253.15, 318.15)  # K
HUMIDITY = (0.05, 1.0)  # relative
PRESSURE = (5e4, 1.05e5)  # Pa
HEAT = 1005.7  # of a kilogram of dry air, J/K
RECIPE = {"kernel": "wet bulb", "temperature": TEMPERATURE, "humidity": HUMIDITY, "pressure": PRESSURE}

Floats = NDArray[np.floating[Any]]


def draw(path: Path, count: int, seed: int) -> None:
    """Write so many samples, drawn evenly."""
    low, high = np.transpose([TEMPERATURE, HUMIDITY, PRESSURE])
    asked = np.random.default_rng(seed).uniform(low, high, (count, 3))
    write_arrays(path, {"asked": asked, "truth": solved(asked)}, recipe=RECIPE, seed=seed)


def solved(rows: Floats) -> Floats:
    """Wet-bulb temperatures (n, 1) of rows (n, 3) of temperature, relative humidity and pressure, by Newton's method.

    The balance is concave, so no step from the air's own temperature goes too far.
    """
    wet = rows[:, 0].copy()
    for _ in range(20):
        step = balance(rows, wet) / slope(rows, wet)
        wet -= step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(wet[:, None])


def balance(rows: Floats, wet: Floats) -> Floats:
    """Heat given off less heat taken up by evaporation, J/kg, at wet-bulb temperatures (n,); zero at the right ones."""
    temperature, humidity, pressure = rows.T
    there = mixing_ratio(humidity * vapour_pressure(temperature), pressure)
    return np.asarray(
        HEAT * (temperature - wet) - latent(rows) * (mixing_ratio(vapour_pressure(wet), pressure) - there)
    )


def slope(rows: Floats, wet: Floats) -> Floats:
    """How the balance changes with the wet-bulb temperature."""
    pressure, vapour = rows[:, 2], vapour_pressure(wet)
    steeper = vapour * 17.67 * 243.5 / (wet - 29.65) ** 2
    return np.asarray(-HEAT - latent(rows) * 0.622 * pressure * steeper / (pressure - vapour) ** 2)


def latent(rows: Floats) -> Floats:
    """Heat that evaporates a kilogram of water, J/kg."""
    return np.asarray(2.501e6 - 2370 * (rows[:, 0] - 273.15))


def vapour_pressure(temperature: Floats) -> Floats:
    """Of saturated air over water, Pa (Bolton 1980)."""
    return np.asarray(611.2 * np.exp(17.67 * (temperature - 273.15) / (temperature - 29.65)))


def mixing_ratio(vapour: Floats, pressure: Floats) -> Floats:
    """Kilograms of water in a kilogram of dry air."""
    return np.asarray(0.622 * vapour / (pressure - vapour))


def stull(rows: Floats) -> Floats:
    """The explicit fit that is used where the equation is too dear (Stull 2011); it was made for one pressure."""
    t, h = rows[:, 0] - 273.15, 100 * rows[:, 1]
    fit = t * np.arctan(0.151977 * np.sqrt(h + 8.313659)) + np.arctan(t + h) - np.arctan(h - 1.676331)
    return np.asarray(273.15 + fit + 0.00391838 * h**1.5 * np.arctan(0.023101 * h) - 4.686035)[:, None]


def classical(run: object) -> dict[str, Callable[[Floats], Floats]]:
    """What the learned kernel is to replace: the same for every training."""
    return {"solved": solved, "stull": stull}


def figures(answers: Floats, truth: Floats) -> dict[str, float]:
    """How error is measured: in kelvin."""
    error = np.abs(answers - truth)
    return {"error_mean": float(error.mean()), "error_max": float(error.max())}


def asked(batch: Mapping[str, NDArray[Any]]) -> Floats:
    """What the kernel is asked in a batch of samples."""
    return np.asarray(batch["asked"])


def truth(batch: Mapping[str, NDArray[Any]]) -> Floats:
    """What it should answer."""
    return np.asarray(batch["truth"])
