"""The reconstruction as a simulation calls it: one method on one mesh, with the time it takes and the gate's record."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats, Grid
from inloop.hydro.ranks import Box, Part, Ranks


class Near(NamedTuple):
    """The interface in a rank's zones and some layers around them, none of these beyond a physical side."""

    face: mir.Interface
    fractions: Floats  # (M, *box.shape)
    box: Box


@dataclass
class Rebuilder:
    """Callable: fractions (M, *mesh) to the interface.

    method: a name of `mir.METHODS`, a strategy object, or None for the default. It must do without centroids, which an
    advection of fractions does not carry. ranks: who shares the mesh; the counters are of the own part.
    """

    grid: Grid
    method: str | mir.Method | None = None
    gate: mir.Gate | None = None
    threads: int = 1
    ranks: Ranks | None = None
    part: Part = field(init=False)
    seconds: float = field(default=0.0, init=False)
    calls: int = field(default=0, init=False)
    mixed: int = field(default=0, init=False)  # zones, over all calls
    trusted: float = field(default=0.0, init=False)  # of them

    def __post_init__(self) -> None:
        if self.method == "mof" or isinstance(self.method, mir.Mof):
            raise InloopError("method 'mof' needs centroids, which the advection of fractions does not carry")
        self.part = self.grid.part(self.ranks)

    def __call__(self, fractions: Floats) -> mir.Interface:
        """The interface between the materials of the whole mesh; counted."""
        start = time.perf_counter()
        face = self.seen(fractions)
        self._count(start, face.rejected)
        return face

    def near(self, fractions: Floats, layers: int) -> Near:
        """In the part's zones and at least so many layers around them; the own ones counted. Called by all ranks."""
        part, halo = self.part, mir.halo_width(self.method)
        window = part.window(layers + halo)
        wide = part.around(fractions, layers + halo)
        start = time.perf_counter()
        ends = zip(window.low, window.high, part.shape, part.periodic, strict=True)
        given = [(halo if p or a > 0 else 0, halo if p or b < n else 0) for a, b, n, p in ends]  # none at the walls
        face = self._rebuilt(wide, [tuple(k or "extend" for k in sides) for sides in given[::-1]])
        box = Box(
            tuple(a + k for a, (k, _) in zip(window.low, given, strict=True)),
            tuple(b - k for b, (_, k) in zip(window.high, given, strict=True)),
        )
        rejected = face.rejected
        if box != part.own:
            zones = face.zones + np.array(box.low)
            rejected = rejected[((zones >= part.own.low) & (zones < part.own.high)).all(axis=1)]
        self._count(start, rejected)
        return Near(face, wide[box.of(window)], box)

    def seen(self, fractions: Floats) -> mir.Interface:
        """The whole mesh's interface, not counted: for pictures and measures."""
        return self._rebuilt(fractions, self.grid.boundary)

    @property
    def accepted(self) -> float:
        """Share of the mixed zones whose method was trusted, over all calls."""
        return self.trusted / self.mixed if self.mixed else 1.0

    def _rebuilt(self, fractions: Floats, boundary: Any) -> mir.Interface:
        return mir.reconstruct(
            fractions,
            method=self.method,
            spacing=self.grid.spacing,
            origin=self.grid.low,
            boundary=boundary,
            gate=self.gate,
            threads=self.threads,
        )

    def _count(self, start: float, rejected: npt.NDArray[np.bool_]) -> None:
        """A call that began at a time, and whether the gate rejected its zones, one by one."""
        self.seconds += time.perf_counter() - start
        self.calls += 1
        self.mixed += len(rejected)
        self.trusted += int((~rejected).sum())
