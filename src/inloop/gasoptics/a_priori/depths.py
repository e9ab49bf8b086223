"""What the learned kernel says before any solver: optical depths, term by term, and shares of a black body's emission.

A wrong depth matters where a layer neither lets all light pass nor none, so what is given first is the error of
transmission along the mean slanted path, exp(-1.66 depth).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from inloop.gasoptics.a_priori.parts import Part
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.measures import rms
from inloop.gasoptics.optics import LongwaveOptics

Array = NDArray[np.float64]

SLANT = 1.66
FAINT = 1e-5
"""Layers with less optical depth are left out where depths are compared as ratios."""


@dataclass(frozen=True, eq=False)
class Depths:
    """Errors of the learned kernel against the table, (terms,) unless said otherwise."""

    transmission: Array
    """Root mean square over layers."""
    ratio: Array
    """Root mean square of the logarithm of learned / table; NaN of a term that is faint everywhere."""
    bias: Array
    """Mean of that logarithm."""
    share: Array
    """Of each term in the emission of a black body at 260 K, or in sunlight."""
    least: float
    """The smallest depth that the learned kernel gave."""
    layers: int

    @property
    def transmission_rmse(self) -> float:
        """Over all terms, each counted by its share."""
        return float(np.sqrt((np.square(self.transmission) * self.share).sum()))


@dataclass(frozen=True, eq=False)
class Shares:
    """How the learned kernel shares out a black body's emission, against the table."""

    temperature: Array
    share: Array
    """(temperatures,) largest error of a term's share."""
    whole: Array
    """(temperatures,) relative error of what all terms emit together."""
    sum: float
    """The largest distance from one of the sum of shares."""


def depths(part: Part, air: Atmosphere) -> Depths | None:
    """Compare optical depths; None if nothing was learned."""
    if part.learned is None:
        return None
    table, found = (one.depth(air).astype(np.float64).reshape(-1, part.table.terms) for one in part.kernels.values())
    wrong = np.exp(-SLANT * found) - np.exp(-SLANT * table)
    thick = (table > FAINT) & (found > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(thick, np.log(found / table), 0.0)
        count = np.where(thick.any(axis=0), thick.sum(axis=0), np.nan)
        spread, bias = np.sqrt(np.square(ratio).sum(axis=0) / count), ratio.sum(axis=0) / count
    shines = part.table.emission(np.array(260.0)) if part.longwave else part.table.irradiance
    return Depths(
        transmission=np.array([rms(term) for term in wrong.T]),
        ratio=spread,
        bias=bias,
        share=shines / shines.sum(),
        least=float(found.min()),
        layers=len(found),
    )


def shares(part: Part) -> Shares | None:
    """Compare what black bodies emit, over the table's temperatures; None in the short wave."""
    axis = part.table.table.planck_temperature
    if part.learned is None or axis is None:
        return None
    warm = np.arange(axis[0], axis[-1], 0.5)
    table, found = (cast(LongwaveOptics, one).emission(warm) for one in part.kernels.values())
    true, mine = (one / one.sum(axis=1, keepdims=True) for one in (table, found))
    return Shares(
        temperature=warm,
        share=np.abs(mine - true).max(axis=1),
        whole=found.sum(axis=1) / table.sum(axis=1) - 1,
        sum=float(np.abs(mine.sum(axis=1) - 1).max()),
    )
