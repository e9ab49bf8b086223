"""Fractions below zero, settled without losing material.

Rounding leaves fractions such as -1e-17; so do remnants that should have left their zone altogether. An unsplit scheme
overdraws zones by more than that. What is within rounding of zero becomes zero, and the zone's largest fraction takes
the difference. A zone that owes more fetches it from its neighbours, each in proportion to what it holds of the
material, and hands them the same volume of what it has most of: every zone stays full, and of every material there is
as much as before. Only where the zones around hold too little does the search go further out, ring by ring.

The order in which zones are settled matters. So all ranks settle all zones of the mesh, the same way, in the rare steps
in which one is overdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from inloop.hydro.advection.grid import Floats, Grid
from inloop.hydro.ranks import Part, Ranks

ROUNDING = 4e-15  # of a zone


@dataclass
class Mender:
    """Callable: settles fractions (M, *own zones) in place, and keeps the record of what it had to move, and of what
    left by itself through the sides of an open box.

    ranks: who shares the mesh. The record is that of the whole mesh.
    """

    grid: Grid
    ranks: Ranks | None = None
    part: Part = field(init=False)
    largest: float = field(default=0.0, init=False)  # how far a fraction ever lay below zero, beyond rounding
    moved: float = field(default=0.0, init=False)  # volume exchanged, over the run, in zone volumes
    left: Floats | float = field(default=0.0, init=False)  # (M,) in zone volumes; below 0: came in

    def __post_init__(self) -> None:
        self.part = self.grid.part(self.ranks)

    def __call__(self, fractions: Floats) -> Floats:
        """A contiguous array, settled in place: all fractions in [0, 1], the sum of each zone one to rounding."""
        if self.part.ranks.any(bool((fractions < -ROUNDING).any())):
            whole = self.part.whole(fractions)
            self._settle(whole)
            fractions[...] = whole[self.part.here]
        _round(fractions.reshape(len(fractions), -1))
        return fractions

    def note_leaving(self, passing: Floats, axis: int) -> None:
        """Of what passes the faces across an axis of arrays, (M, *faces), that through the sides of the box."""
        part = self.part
        across = axis - passing.ndim + len(part.shape)
        if part.periodic[across]:
            return
        low = -np.take(passing, [0] if part.own.low[across] == 0 else [], axis=axis)
        high = np.take(passing, [-1] if part.own.high[across] == part.shape[across] else [], axis=axis)
        leaving = np.concatenate([side.reshape(len(passing), -1) for side in (low, high)], axis=1)
        if part.ranks.any(bool(leaving.any())):
            self.left = self.left + part.ranks.sums(leaving)

    def _settle(self, fractions: Floats) -> None:
        """Of the whole mesh."""
        flat = fractions.reshape(len(fractions), -1)
        material, zone = np.nonzero(flat < -ROUNDING)
        for k in np.lexsort((zone, material, flat[material, zone])):  # the deepest first
            self._fetch(flat, int(material[k]), int(zone[k]))

    def _fetch(self, flat: Floats, material: int, zone: int) -> None:
        """Exchange with the zones around until nothing of the material is owed."""
        owed = -float(flat[material, zone])
        if owed <= 0:  # settled meanwhile, by an exchange with another
            return
        self.largest = max(self.largest, owed)
        for reach in range(1, max(self.grid.zones) + 1):
            around = self.grid.beside(zone, reach)
            has = np.maximum(flat[material, around], 0.0)
            most = int(np.argmax(flat[:, zone]))
            total = float(has.sum())
            part = min(owed, total, float(flat[most, zone]))
            if part > 0:
                given = has * (part / total)
                flat[material, around] -= given
                flat[most, around] += given
                flat[material, zone] += part
                flat[most, zone] -= part
                self.moved += part
                owed -= part
            if owed <= ROUNDING:
                return


def _round(flat: Floats) -> None:
    """Fractions (M, zones) within rounding of zero become zero; the largest of each such zone makes up for it."""
    small = (flat < ROUNDING) & (flat != 0)
    if not small.any():
        return
    zones = np.flatnonzero(small.any(axis=0))
    some = flat[:, zones]
    some[np.abs(some) < ROUNDING] = 0.0
    largest, columns = some.argmax(axis=0), np.arange(len(zones))
    some[largest, columns] = 0.0
    some[largest, columns] = 1.0 - some.sum(axis=0)
    flat[:, zones] = some
