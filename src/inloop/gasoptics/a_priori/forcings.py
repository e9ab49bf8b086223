"""The RFMIP experiments: what a change of the air does to fluxes at the top and at the surface, instantly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.data import Split
from inloop.gasoptics.a_priori.parts import LEARNED, TABLE, Part
from inloop.gasoptics.fluxes import Fluxes
from inloop.gasoptics.measures import errors
from inloop.gasoptics.rfmip import Rfmip

Array = NDArray[np.float64]

PRESENT, FOURFOLD = "Present day (PD)", "4xCO2"
GAS = {
    "4xCO2": "CO2",
    "0.5xCO2": "CO2",
    "2xCO2": "CO2",
    "3xCO2": "CO2",
    "8xCO2": "CO2",
    "PI CO2": "CO2",
    "PI CH4": "CH4",
    "PI N2O": "N2O",
    "PI O3": "O3",
    "PI HCs": "halocarbons",
}
"""Experiments in which one gas is changed."""


class Forcing(NamedTuple):
    """More energy for what lies below than in the present day, in W/m2."""

    experiment: str
    top: Mapping[str, float]
    """By kernel, global mean."""
    surface: Mapping[str, float]
    worst: float | None
    """The largest difference between learned and table at any site, top or surface."""

    @property
    def short(self) -> str:
        """The name for narrow places."""
        return self.experiment.replace("Pre-industrial (PI) greenhouse gas concentrations", "PI gases")

    @property
    def gas(self) -> str:
        """What was changed."""
        return GAS.get(self.experiment, "several")

    def errors(self) -> tuple[float, float]:
        """Learned less table, top and surface; only if there is a learned kernel."""
        return self.top[LEARNED] - self.top[TABLE], self.surface[LEARNED] - self.surface[TABLE]


@dataclass(frozen=True, eq=False)
class Forcings:
    """One part of the spectrum in every experiment."""

    forcings: tuple[Forcing, ...]
    sites: Mapping[str, Mapping[str, float]]
    """By experiment: errors of the learned kernel against the table over all sites."""
    held_out: Mapping[str, Mapping[str, float]]
    """The same over the sites that no training saw."""
    held_out_sites: int
    least: float
    """The smallest optical depth that the learned kernel gave anywhere."""

    def of(self, experiment: str) -> Forcing:
        """The one of that name."""
        return next(one for one in self.forcings if one.experiment == experiment)


def forcings(part: Part, rfmip: Rfmip) -> Forcings:
    """Solve all experiments at all sites."""
    held = Split().where("test", np.arange(rfmip.weight.size))
    lit = held if part.longwave else held[rfmip.cosine[held] > 0]
    day = np.arange(rfmip.weight.size) if part.longwave else np.flatnonzero(rfmip.cosine > 0)
    found: dict[str, dict[str, Fluxes]] = {}
    sites: dict[str, dict[str, float]] = {}
    held_out: dict[str, dict[str, float]] = {}
    least = np.inf
    for experiment, air in zip(rfmip.experiments, rfmip.atmospheres, strict=True):
        found[experiment] = {name: part.site_fluxes(one, air, rfmip) for name, one in part.kernels.items()}
        if part.learned is not None:
            mine, true = (found[experiment][name] for name in (LEARNED, TABLE))
            for into, chosen in ((sites, day), (held_out, lit)):
                if not len(chosen):
                    continue
                into[experiment] = errors(taken(mine, chosen), taken(true, chosen), air.taken(chosen))
            least = min(least, float(part.learned.depth(air).min()))
    kept = [_forcing(name, found[name], found[PRESENT], rfmip.weight) for name in rfmip.experiments if name != PRESENT]
    return Forcings(tuple(kept), sites, held_out, len(lit), least)


def taken(fluxes: Fluxes, columns: NDArray[np.intp]) -> Fluxes:
    """Of some columns."""
    direct = None if fluxes.direct is None else fluxes.direct[columns]
    return Fluxes(fluxes.up[columns], fluxes.down[columns], direct)


def _forcing(name: str, then: Mapping[str, Fluxes], now: Mapping[str, Fluxes], weight: Array) -> Forcing:
    change = {kernel: then[kernel].net - now[kernel].net for kernel in then}
    top, surface = ({kernel: float(weight @ one[:, at]) for kernel, one in change.items()} for at in (0, -1))
    worst = None
    if LEARNED in change:
        worst = float(np.abs((change[LEARNED] - change[TABLE])[:, [0, -1]]).max())
    return Forcing(name, top, surface, worst)
