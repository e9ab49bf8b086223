"""A run as its problem looks at it: the whole mesh, however many ranks share it."""

from __future__ import annotations

from dataclasses import dataclass

from inloop.hydro.advection.grid import Floats, Grid
from inloop.hydro.euler.eos import Mixture
from inloop.hydro.euler.state import State

Figures = dict[str, float]


@dataclass(frozen=True, eq=False)
class Whole:
    """The mesh at one time. history: the times before, and the figures that the problem then saw."""

    grid: Grid
    mixture: Mixture
    state: State
    time: float
    history: list[tuple[float, Figures]]

    @property
    def pressure(self) -> Floats:
        """(ny, nx)."""
        return self.mixture.pressure(self.state.fractions, self.state.heat)
