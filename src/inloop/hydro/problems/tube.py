"""Two gases side by side in a tube: the exact solution as the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.problem import Edges, Problem, state_of
from inloop.hydro.euler.riemann import Riemann, Uniform
from inloop.hydro.euler.sides import Sides
from inloop.hydro.euler.state import State
from inloop.hydro.euler.whole import Figures, Whole
from inloop.mir.shapes import HalfPlane


@dataclass(frozen=True)
class Tube:
    """Along x from 0 to 1, the gases parted at `border`; as one material where they are the same gas."""

    left: Uniform
    right: Uniform
    border: float = 0.5

    def problem(self, name: str, about: str, end: float) -> Problem:
        """The tube as a problem that ends before a wave reaches its ends."""
        gases = (self.left.gas,) if self.left.gas == self.right.gas else (self.left.gas, self.right.gas)
        return Problem(
            name=name,
            about=about,
            low=(0.0, 0.0),
            high=(1.0, 0.04),
            gases=gases,
            start=self.start,
            end=end,
            zones=200,
            rows=1,
            sides=Sides("outflow", "outflow"),
            measure=self.errors,
        )

    def start(self, edges: Edges) -> State:
        """Zones that the border cuts hold both: as two materials, or mixed."""
        share = HalfPlane((self.border, 0.0), (1.0, 0.0)).fractions(edges)
        rest, left, right = 1 - share, self.left, self.right
        density, pressure = (np.array([getattr(left, n), getattr(right, n)]) for n in ("density", "pressure"))
        parts = np.stack([share, rest])
        mass = np.tensordot(density, parts, 1)
        momentum = np.tensordot(density * [left.velocity, right.velocity], parts, 1)
        mean = np.tensordot(pressure, parts, 1)
        one = left.gas == right.gas
        fractions, own = (np.ones_like(parts[:1]), mass[None]) if one else (parts, density)
        return state_of((left.gas,) if one else (left.gas, right.gas), fractions, own, mean, (momentum / mass, 0.0))

    def exact(self, edges: Edges, time: float, points: int = 16) -> tuple[Floats, Floats, Floats]:
        """Zone means (nx,) of density, velocity and pressure: the mean of so many points a zone."""
        x = edges[0]
        inside = x[:-1, None] + np.diff(x)[:, None] * (np.arange(points) + 0.5) / points
        density, velocity, pressure = Riemann(self.left, self.right).at((inside - self.border) / time)
        return density.mean(axis=1), velocity.mean(axis=1), pressure.mean(axis=1)

    def errors(self, whole: Whole) -> Figures:
        """Mean absolute errors (L1)."""
        if whole.time == 0:
            return {}
        density, velocity, pressure = self.exact(whole.grid.edges, whole.time)
        found = whole.state.density, whole.state.velocity[0], whole.pressure
        pairs = zip(("density", "velocity", "pressure"), found, (density, velocity, pressure), strict=True)
        return {f"{name}_error": float(np.abs(ours - truth).mean()) for name, ours, truth in pairs}
