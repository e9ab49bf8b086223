"""The mesh of a simulation: a box of equal zones. Axes run x first, arrays (layer, row, column)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.ranks import Part, Ranks

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Equal zones between two corners.

    low, high: corners of the box. zones: how many an axis. periodic: what leaves on one side comes in on the other;
    otherwise the flow brings in the background, which is the last material.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    zones: tuple[int, ...]
    periodic: bool = False

    def __post_init__(self) -> None:
        if not len(self.low) == len(self.high) == len(self.zones) or len(self.zones) not in (2, 3):
            raise InloopError(f"grid: {len(self.zones)} axes of zones, expected 2 or 3, and corners to match")
        if min(self.zones) < 1 or any(not b > a for a, b in zip(self.low, self.high, strict=True)):
            raise InloopError(f"grid: {self.zones} zones from {self.low} to {self.high}: the box is empty")

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return len(self.zones)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an array of zones: (ny, nx) or (nz, ny, nx)."""
        return self.zones[::-1]

    @cached_property
    def spacing(self) -> tuple[float, ...]:
        """Widths of a zone."""
        return tuple((b - a) / n for a, b, n in zip(self.low, self.high, self.zones, strict=True))

    @cached_property
    def volume(self) -> float:
        """Area or volume of a zone."""
        return math.prod(self.spacing)

    @cached_property
    def edges(self) -> tuple[Floats, ...]:
        """Node coordinates along each axis, (n + 1,)."""
        return tuple(a + h * np.arange(n + 1.0) for a, h, n in zip(self.low, self.spacing, self.zones, strict=True))

    @property
    def boundary(self) -> str:
        """What a reconstruction takes to lie beyond the sides."""
        return "periodic" if self.periodic else "extend"

    def part(self, ranks: Ranks | None = None) -> Part:
        """This rank's block; None: all of the mesh."""
        return Part(self.shape, periodic=self.periodic, ranks=ranks)

    def beside(self, zone: int, reach: int) -> npt.NDArray[np.intp]:
        """Flat numbers (k,) of the zones up to `reach` away from a zone, given by its own, each once."""
        ranges = []
        for index, count in zip(np.unravel_index(zone, self.shape), self.shape, strict=True):
            near = np.arange(index - reach, index + reach + 1)
            ranges.append(np.unique(near % count) if self.periodic else near[(near >= 0) & (near < count)])
        return np.asarray(np.ravel_multi_index(np.ix_(*ranges), self.shape)).ravel()


def background(materials: int) -> Floats:
    """(M,): what lies beyond the sides of a box that is not periodic."""
    return np.asarray(np.eye(materials)[-1])
