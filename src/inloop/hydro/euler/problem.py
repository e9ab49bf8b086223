"""What a compressible problem is: a box, gases in it, what lies beyond, and what is known of how it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats, Grid
from inloop.hydro.euler.eos import Mixture, StiffenedGas
from inloop.hydro.euler.sides import WALLS, Sides
from inloop.hydro.euler.state import State
from inloop.hydro.euler.whole import Figures, Whole

Edges = tuple[Floats, ...]


def nothing(whole: Whole) -> Figures:
    """No figures of its own."""
    return {}


@dataclass(frozen=True)
class Problem:
    """A test of compressible flow.

    start: of the mesh's node coordinates (x first) the state at time zero, fractions exact. rows: zones along y, if
    that is not settled by zones as wide as high. end: time. gravity: along x, along y. watch: figures that are kept
    with their time through the run (`Simulation.history`). measure: figures at the end. published: what others got, by
    the name of the figure.
    """

    name: str
    about: str
    low: tuple[float, float]
    high: tuple[float, float]
    gases: tuple[StiffenedGas, ...]
    start: Callable[[Edges], State]
    end: float
    zones: int
    rows: int | None = None
    sides: Sides = WALLS
    gravity: tuple[float, float] = (0.0, 0.0)
    watch: Callable[[Whole], Figures] = nothing
    measure: Callable[[Whole], Figures] = nothing
    published: Mapping[str, float] = field(default_factory=dict)

    def grid(self, zones: int | None = None) -> Grid:
        """The mesh with so many zones along x."""
        count = self.zones if zones is None else zones
        if count < 4:
            raise InloopError(f"grid: {count} zones along x, expected at least 4")
        (x0, y0), (x1, y1) = self.low, self.high
        rows = max(round(count * (y1 - y0) / (x1 - x0)), 1) if self.rows is None else self.rows
        return Grid(self.low, self.high, (count, rows))


def state_of(
    gases: tuple[StiffenedGas, ...],
    fractions: Floats,
    densities: npt.ArrayLike,
    pressure: npt.ArrayLike,
    velocity: tuple[npt.ArrayLike, npt.ArrayLike] = (0.0, 0.0),
) -> State:
    """From fractions (M, ny, nx), the materials' own densities (M,) or (M, ny, nx), one pressure and one velocity, each
    a number or (ny, nx).
    """
    own = np.asarray(densities, dtype=np.float64)
    if fractions.ndim != 3 or len(fractions) != len(gases) or len(own) != len(gases):
        raise InloopError(
            f"start: fractions of shape {fractions.shape}, densities of {own.shape}: expected {len(gases)} materials"
        )
    masses = fractions * (own.reshape(-1, 1, 1) if own.ndim == 1 else own)
    energies = Mixture(gases).energies(fractions, np.broadcast_to(np.asarray(pressure, float), fractions.shape[1:]))
    both = np.stack([np.broadcast_to(np.asarray(part, float), fractions.shape[1:]) for part in velocity])
    return State.of(fractions, masses, energies, both * masses.sum(axis=0))
