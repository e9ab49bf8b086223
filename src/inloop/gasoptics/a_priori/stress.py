"""Atmospheres that nobody taught: the CKDMIP profiles driven to absurd ends, without the gate and with it.

Out there the table is no truth either; beyond its own axes it stands still. But it neither runs away nor gives what
cannot be, and that is what the gate is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from inloop.gasoptics.a_priori.parts import GATED, LEARNED, Part
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.measures import errors

COSINE = 0.5
Change = Callable[[Atmosphere], Atmosphere]


@dataclass(frozen=True)
class Trial:
    """One atmosphere."""

    name: str
    refused: float
    """Share of the columns that went to the table."""
    errors: Mapping[str, Mapping[str, float]]
    """Learned and gated, against the table."""
    least: float
    """The smallest optical depth that the learned kernel gave."""


def _times(gas: str, factor: float) -> Change:
    return lambda air: air.with_gases({gas: np.minimum(factor * air.gases[gas], 1.0)})


def _set(amount: float, *gases: str) -> Change:
    return lambda air: air.with_gases(dict.fromkeys(gases, amount))


def _warmer(change: Callable[[np.ndarray], np.ndarray]) -> Change:
    return lambda air: replace(
        air,
        temperature=change(air.temperature),
        temperature_half=change(air.temperature_half),
        surface_temperature=change(air.surface_temperature),
    )


def _pressed(surface: float) -> Change:
    def change(air: Atmosphere) -> Atmosphere:
        factor = surface / air.pressure_half[:, -1:]
        return replace(air, pressure=factor * air.pressure, pressure_half=factor * air.pressure_half)

    return change


TRIALS: Mapping[str, Change] = {
    "as they are": lambda air: air,
    "4 x CO2": _times("co2", 4),
    "10 x CO2": _times("co2", 10),
    "16 x CO2": _times("co2", 16),
    "CO2 of 1 ppm": _set(1e-6, "co2"),
    "100 x CH4": _times("ch4", 100),
    "no ozone": _set(0.0, "o3"),
    "30 x ozone": _times("o3", 30),
    "bone dry": _set(1e-9, "h2o"),
    "6 % water at every height": _set(0.06, "h2o"),
    "150 K everywhere": _warmer(lambda warm: np.full_like(warm, 150.0)),
    "340 K everywhere": _warmer(lambda warm: np.full_like(warm, 340.0)),
    "40 K warmer": _warmer(lambda warm: np.minimum(warm + 40.0, 390.0)),
    "surface at 1900 hPa": _pressed(190e3),
    "surface at 60 hPa": _pressed(6e3),
}


def stress(part: Part, air: Atmosphere) -> list[Trial]:
    """Try them all; nothing without a learned kernel and a gate."""
    done: list[Trial] = []
    for name, change in TRIALS.items():
        if part.learned is None or (gated := part.gated()) is None:
            break
        odd = change(air)
        table = part.fluxes(part.table, odd, COSINE)
        with np.errstate(all="ignore"):  # what an untrusted kernel gives may be beyond all numbers
            figures = {
                key: errors(part.fluxes(one, odd, COSINE), table, odd)
                for key, one in ((LEARNED, part.learned), (GATED, gated))
            }
        done.append(Trial(name, gated.refusals.share, figures, float(part.learned.depth(odd).min())))
    return done
