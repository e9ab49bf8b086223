"""Given flows without sources: a steady pattern times a pace.

The volume that passes a face of the mesh is a difference of the stream function at the face's corners (in space: the
circulation of a vector potential around its edges), so what enters a zone leaves it, to rounding, on any mesh.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inloop.hydro.advection.grid import Floats, Grid

Pace = Callable[[float], float]


def steady(time: float) -> float:
    """The pattern as it is."""
    return 1.0


@dataclass(frozen=True)
class Swing:
    """cos(pi t / period): all comes back after one period."""

    period: float

    def __call__(self, time: float) -> float:
        """The pace at that time."""
        return math.cos(math.pi * time / self.period)


@dataclass(frozen=True)
class Turn:
    """Forward until `half`, then the same way back."""

    half: float

    def __call__(self, time: float) -> float:
        """The pace at that time."""
        return 1.0 if time < self.half else -1.0


class Flow(ABC):
    """What a scheme asks of a flow. The pace lies in [-1, 1]."""

    pace: Pace

    @abstractmethod
    def fluxes(self, grid: Grid) -> tuple[Floats, ...]:
        """Volume a unit of time through the faces across x, y[, z] at pace one; along its own axis each array has one
        entry more than there are zones.
        """


@dataclass(frozen=True)
class PlaneFlow(Flow):
    """In the plane: velocity (d psi / dy, - d psi / dx).

    stream: psi(x, y) at pace one, for arrays that broadcast.
    """

    stream: Callable[[Floats, Floats], Floats]
    pace: Pace = steady

    def fluxes(self, grid: Grid) -> tuple[Floats, ...]:
        """(ny, nx + 1) through the faces across x, (ny + 1, nx) through those across y."""
        x, y = grid.edges
        return stream_fluxes(np.asarray(self.stream(x[None, :], y[:, None])))

    def velocity(self, points: Floats, spacing: tuple[float, ...]) -> Floats:
        """At points (..., 2), pace one: means over segments of one zone width, as a staggered mesh knows it."""
        x, y = points[..., 0], points[..., 1]
        dx, dy = spacing
        u = (self.stream(x, y + dy / 2) - self.stream(x, y - dy / 2)) / dy
        v = (self.stream(x - dx / 2, y) - self.stream(x + dx / 2, y)) / dx
        return np.stack([u, v], axis=-1)


def stream_fluxes(corners: Floats) -> tuple[Floats, Floats]:
    """Fluxes from the stream function at the mesh's corners (ny + 1, nx + 1)."""
    return np.diff(corners, axis=0), -np.diff(corners, axis=1)


@dataclass(frozen=True)
class SpaceFlow(Flow):
    """In space: the curl of a vector potential.

    circulation: of the node coordinates (x, y, z) the potential's line integrals at pace one along the mesh's edges:
        along x (nz + 1, ny + 1, nx), along y (nz + 1, ny, nx + 1), along z (nz, ny + 1, nx + 1).
    """

    circulation: Callable[[tuple[Floats, ...]], tuple[Floats, Floats, Floats]]
    pace: Pace = steady

    def fluxes(self, grid: Grid) -> tuple[Floats, ...]:
        """The circulation around each face, by Stokes."""
        along_x, along_y, along_z = self.circulation(grid.edges)
        return (
            np.diff(along_z, axis=1) - np.diff(along_y, axis=0),
            np.diff(along_x, axis=0) - np.diff(along_z, axis=2),
            np.diff(along_y, axis=2) - np.diff(along_x, axis=1),
        )
