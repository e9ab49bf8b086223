"""Convection as an adjustment: where the lapse rate is beyond the critical one, layers mix until it is that one.

At the critical lapse rate temperature goes as a power of pressure, so a temperature divided by that power (a potential
temperature) must not fall with height. Of all such profiles with the same energy the nearest is sought. It pools
neighbours that are out of order, and those with their neighbours, until none are left: the answer does not depend on
where it begins, and one pass suffices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Adjusted(NamedTuple):
    """A profile that is nowhere unstable."""

    temperature: Array
    first: int
    """The uppermost layer that was mixed with what is below it down to the slab; one past the slab if none was."""


def adjusted(temperature: Array, capacity: Array, exner: Array) -> Adjusted:
    """Mix what is unstable; the sum of capacity times temperature is kept.

    temperature, capacity: (layers + 1,) in K and J/(m2 K), from the top down, the slab last. exner: (layers + 1,)
    temperatures of a column at the critical lapse rate, relative to the surface.
    """
    weight = capacity * exner
    starts: list[int] = []  # of the pools, from the slab up, as counts of levels below
    heat: list[float] = []
    weights: list[float] = []
    for below, (energy, share) in enumerate(zip((capacity * temperature)[::-1], weight[::-1], strict=True)):
        start, e, w = below, float(energy), float(share)
        while starts and heat[-1] * w > e * weights[-1]:  # warmer below than here
            start, e, w = starts.pop(), e + heat.pop(), w + weights.pop()
        starts.append(start)
        heat.append(e)
        weights.append(w)
    levels = len(temperature)
    ends = [*starts[1:], levels]
    mixed = temperature.copy()
    for start, end, e, w in zip(starts, ends, heat, weights, strict=True):
        if end > start + 1:
            part = slice(levels - end, levels - start)
            mixed[part] = exner[part] * (e / w)
    return Adjusted(mixed, levels - ends[0])
