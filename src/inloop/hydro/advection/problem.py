"""What an advection problem is: a box, materials in it, a flow that brings them back, and what others got."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from inloop.errors import InloopError
from inloop.hydro.advection.flow import Flow
from inloop.hydro.advection.grid import Floats, Grid

Window = tuple[float, float, float, float]


class Published(NamedTuple):
    """An error that was published for this problem."""

    scheme: str
    grid: int  # zones an axis
    error: float
    norm: Literal["area_error", "relative_error"]


@dataclass(frozen=True)
class Problem:
    """A test of advection whose materials lie at the end where they lay at the start.

    fractions: of the node coordinates (x first) the exact fractions (M, *mesh), the background last. outline: the
        initial border as polylines (k, 2); empty in space.
    end: how long it runs. zones: along the first axis, unless told otherwise.
    """

    name: str
    about: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    fractions: Callable[[tuple[Floats, ...]], Floats]
    flow: Flow
    end: float
    outline: Callable[[], list[Floats]] = list
    periodic: bool = False
    zones: int = 64
    published: tuple[Published, ...] = ()

    def grid(self, zones: int | None = None) -> Grid:
        """The mesh with so many zones along the box's first axis, as many of the same width along the others."""
        count = self.zones if zones is None else zones
        if count < 4:
            raise InloopError(f"grid: {count} zones an axis, expected at least 4")
        first = self.high[0] - self.low[0]
        counts = tuple(round(count * (b - a) / first) for a, b in zip(self.low, self.high, strict=True))
        return Grid(self.low, self.high, counts, self.periodic)


def with_rest(fractions: Callable[[tuple[Floats, ...]], Floats]) -> Callable[[tuple[Floats, ...]], Floats]:
    """Fractions of one material and of what it leaves."""

    def both(edges: tuple[Floats, ...]) -> Floats:
        share = fractions(edges)
        return np.stack([share, 1.0 - share])

    return both
