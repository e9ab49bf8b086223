"""The reconstruction as a simulation calls it: one method on one mesh, with the time it takes and the gate's record."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats, Grid


@dataclass
class Rebuilder:
    """Callable: fractions (M, *mesh) to the interface.

    method: a name of `mir.METHODS`, a strategy object, or None for the default. It must do without centroids, which an
    advection of fractions does not carry.
    """

    grid: Grid
    method: str | mir.Method | None = None
    gate: mir.Gate | None = None
    threads: int = 1
    seconds: float = field(default=0.0, init=False)
    calls: int = field(default=0, init=False)
    mixed: int = field(default=0, init=False)  # zones, over all calls
    trusted: float = field(default=0.0, init=False)  # of them

    def __post_init__(self) -> None:
        if self.method == "mof" or isinstance(self.method, mir.Mof):
            raise InloopError("method 'mof' needs centroids, which the advection of fractions does not carry")

    def __call__(self, fractions: Floats) -> mir.Interface:
        """The interface between the materials; counted."""
        start = time.perf_counter()
        face = self.seen(fractions)
        self.seconds += time.perf_counter() - start
        self.calls += 1
        self.mixed += len(face.zones)
        self.trusted += face.accepted * len(face.zones)
        return face

    def seen(self, fractions: Floats) -> mir.Interface:
        """The same, not counted: for pictures and measures."""
        return mir.reconstruct(
            fractions,
            method=self.method,
            spacing=self.grid.spacing,
            origin=self.grid.low,
            boundary=self.grid.boundary,
            gate=self.gate,
            threads=self.threads,
        )

    @property
    def accepted(self) -> float:
        """Share of the mixed zones whose method was trusted, over all calls."""
        return self.trusted / self.mixed if self.mixed else 1.0
