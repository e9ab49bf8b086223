"""Columns to learn from: the RFMIP atmospheres, each redrawn with stated perturbations on layers of its own.

The eighteen climates know few temperatures above a hectopascal, few dry or ozone-poor layers, and one grid. So every
sample takes one experiment and site, and disturbs temperature, water and ozone by smooth random profiles, draws all
other gases anew, and cuts the column into random layers, thin ones at the surface among them. The CKDMIP profiles,
which the kernels are judged on, play no part.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.data import Draft, Field, Layout, Samples
from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.rfmip import Rfmip

Array = NDArray[np.float64]

KIND = "columns of air"
GASES = ("h2o", "o3", "co2", "ch4", "n2o", "cfc11", "cfc12")
KIND = "columns of air"
"""What a recipe says that its samples are."""
_BLOCK = 64
_TOP = 0.01  # Pa, of the highest layer, which reaches down to a pascal
_KNOTS = np.linspace(np.log(1e-2), np.log(1.1e5), 12)  # of smooth random profiles
_RISES = 1e3  # Pa: gases that sunlight destroys may thin out above this or less


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How far samples go beyond the RFMIP atmospheres."""

    layers: int = 60
    surface_layers: int = 8
    """Of them, faces drawn within the lowest quarter of the air, down to 0.2 per cent of it."""
    temperature: float = 6.0
    """Standard deviation of the smooth disturbance, in K."""
    top: tuple[float, float] = (-8.0, 12.0)
    """K that it may be colder at each e-fold of pressure above 1 hPa, where RFMIP has one layer."""
    water: float = 0.4
    """Standard deviation of the smooth disturbance of the logarithm; as much again, less a quarter, for the column."""
    ozone: float = 0.3
    ozone_top: float = 0.6
    """Ozone may thin out by as many e-folds for each of pressure above 0.4 hPa."""
    thin: tuple[float, float] = (150.0, 900.0)
    """Pa: thickness of the lowest layers of every other column, as models have them."""
    inversion: float = 4.0
    """Standard deviation, in K, of a disturbance at the ground that fades within 3 to 30 hPa."""
    surface: float = 3.0
    """Standard deviation of the surface's temperature from the air's, in K."""
    co2: tuple[float, float] = (140e-6, 2400e-6)
    ch4: tuple[float, float] = (300e-9, 4000e-9)
    n2o: tuple[float, float] = (180e-9, 500e-9)
    cfc11: tuple[float, float] = (0.0, 2100e-12)
    cfc12: tuple[float, float] = (0.0, 1100e-12)

    def __post_init__(self) -> None:
        if not 0 <= self.surface_layers < self.layers - 2:
            raise InloopError(f"surface_layers: {self.surface_layers} of {self.layers} layers; give at most layers - 3")
        for name in ("top", "thin", "co2", "ch4", "n2o", "cfc11", "cfc12"):
            low, high = getattr(self, name)
            if not low < high:
                raise InloopError(f"{name}: from {low} to {high}; give the smaller number first")

    def to_json(self) -> str:
        """For a store."""
        return json.dumps({"kind": KIND, **dataclasses.asdict(self)})


def fields(layers: int) -> tuple[Field, ...]:
    """The arrays of a column."""
    return (
        Field("pressure_half", (layers + 1,), "float64"),
        Field("temperature_half", (layers + 1,), "float64"),
        Field("gases", (len(GASES), layers), "float64"),
        Field("surface_temperature", (), "float64"),
        Field("site", (), "int16"),
        Field("experiment", (), "int16"),
    )


def layout(recipe: Recipe, count: int, seed: int) -> Layout:
    """What a store of such samples holds."""
    return Layout(fields(recipe.layers), count, recipe.to_json(), seed, ("site",), json.dumps({"gases": GASES}), _BLOCK)


def generate(
    recipe: Recipe,
    rfmip: Rfmip,
    path: str | os.PathLike[str],
    count: int,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, count: None,
) -> None:
    """Draw `count` samples into a store; one that was interrupted goes on, a finished one of the same is kept.

    Sample i is decided by (recipe, seed, i) and the atmospheres. Sites, not samples, are parted into those to train
    on, to choose weights by and to report on.
    """
    draft = Draft(Path(path), layout(recipe, count, seed))
    if draft.path.exists():
        with Samples(draft.path, recipe=recipe.to_json()) as there:
            if there.layout.attributes() != draft.layout.attributes():
                raise InloopError(f"{path}: holds {there.layout.count} samples of seed {there.layout.seed}; delete it")
        return
    for block in draft.begin():
        rows = draft.layout.rows(block)
        drawn = [_sample(recipe, rfmip, np.random.default_rng([seed, index])) for index in rows]
        draft.put(block, {name: np.stack([one[name] for one in drawn]) for name in drawn[0]})
        progress(rows.stop, count)
    draft.finish()


def atmosphere(arrays: Mapping[str, NDArray[Any]]) -> Atmosphere:
    """Samples as they were stored."""
    gases = {gas: np.asarray(arrays["gases"][:, number]) for number, gas in enumerate(GASES)}
    return Atmosphere.of(
        arrays["pressure_half"],
        arrays["temperature_half"],
        gases,
        surface_temperature=np.asarray(arrays["surface_temperature"]),
    )


def _sample(recipe: Recipe, rfmip: Rfmip, dice: np.random.Generator) -> dict[str, Any]:
    experiment = int(dice.integers(len(rfmip.experiments)))
    site = int(dice.integers(rfmip.weight.size))
    air = rfmip.atmospheres[experiment].taken(slice(site, site + 1))
    half = _faces(recipe, float(air.pressure_half[0, -1]), dice)
    known, at_faces = np.log(air.pressure[0]), np.log(half)
    inside = np.log((half[1:] + half[:-1]) / 2)
    warm = np.interp(at_faces, np.log(np.maximum(air.pressure_half[0], 1.0)), air.temperature_half[0])
    warm += _smooth(recipe.temperature, dice)(at_faces)
    warm -= dice.uniform(*recipe.top) * np.clip(np.log(100.0) - at_faces, 0.0, np.log(100.0))
    warm += dice.normal(0.0, recipe.inversion) * np.exp((half - half[-1]) / _between((300.0, 3000.0), dice))
    warm = np.clip(warm, 150.0, 335.0)
    water = np.log(np.interp(inside, known, air.gases["h2o"][0]))
    water += _smooth(recipe.water, dice)(inside) + dice.normal(0.0, 0.75 * recipe.water)
    ozone = np.log(np.interp(inside, known, air.gases["o3"][0]))
    ozone += _smooth(recipe.ozone, dice)(inside) + dice.normal(0.0, 0.5 * recipe.ozone)
    ozone -= dice.uniform(0.0, recipe.ozone_top) * np.clip(np.log(40.0) - inside, 0.0, np.log(40.0))
    mixed = {gas: np.full(inside.shape, _between(getattr(recipe, gas), dice)) for gas in GASES[2:]}
    for gas in ("ch4", "n2o", "cfc11", "cfc12"):
        mixed[gas] *= _thinning(np.exp(inside), dice)
    gases = {"h2o": np.clip(np.exp(water), 1e-7, 0.06), "o3": np.exp(ozone), **mixed}
    return {
        "pressure_half": half,
        "temperature_half": warm,
        "gases": np.stack([gases[gas] for gas in GASES]),
        "surface_temperature": warm[-1] + dice.normal(0.0, recipe.surface),
        "site": np.int16(site),
        "experiment": np.int16(experiment),
    }


def _faces(recipe: Recipe, surface: float, dice: np.random.Generator) -> Array:
    """Pressures of the faces: between an even cut in the logarithm and a random one, and thin layers at the surface."""
    high, count = np.log(surface), recipe.layers - 2 - recipe.surface_layers
    even = np.linspace(0.0, high, count + 2)[1:-1]
    share = dice.uniform(0.1, 0.9)
    aloft = (1 - share) * even + share * np.sort(dice.uniform(0.0, high, count))
    near = surface * (1 - dice.uniform(0.002, 0.25, recipe.surface_layers))
    if dice.random() < 0.5:
        lowest = np.cumsum(dice.uniform(*recipe.thin, min(3, recipe.surface_layers)))
        near[: len(lowest)] = surface - lowest
    inner = np.sort(np.concatenate([aloft, np.log(near)]))
    return np.exp(_parted(np.concatenate([[np.log(_TOP), 0.0], inner, [high]])))


def _parted(faces: Array, least: float = 1e-3) -> Array:
    """Faces that lie at least so far apart, the first and the last where they were."""
    steps = np.maximum(np.diff(faces), least)
    steps *= (faces[-1] - faces[0]) / steps.sum()
    parted: Array = faces[0] + np.concatenate([[0.0], np.cumsum(steps)])
    return parted


def _smooth(deviation: float, dice: np.random.Generator) -> Callable[[Array], Array]:
    """A random profile against the logarithm of pressure, straight between its knots."""
    heights = dice.normal(0.0, deviation, len(_KNOTS))
    return lambda at: np.interp(at, _KNOTS, heights)


def _between(ends: tuple[float, float], dice: np.random.Generator) -> float:
    """Evenly in the logarithm, or in the number itself from zero on."""
    low, high = ends
    return float(np.exp(dice.uniform(np.log(low), np.log(high))) if low > 0 else dice.uniform(low, high))


def _thinning(pressure: Array, dice: np.random.Generator) -> Array:
    """A factor that falls off above some pressure, or none."""
    if dice.random() < 0.4:
        return np.ones_like(pressure)
    falls: Array = 1 / (1 + _between((30.0, 3 * _RISES), dice) / pressure)
    return falls
