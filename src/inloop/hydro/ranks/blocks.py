"""How a mesh is cut into blocks, and which zones of one block another one needs. Axes as in arrays, slowest first."""

from __future__ import annotations

import itertools
import math
from types import EllipsisType
from typing import NamedTuple

import numpy as np

from inloop.errors import InloopError

Region = tuple[slice | EllipsisType, ...]  # of an array (..., *zones)


class Box(NamedTuple):
    """Zones low .. high - 1 along each axis, in the numbers of the whole mesh; beyond 0 .. n around a periodic one."""

    low: tuple[int, ...]
    high: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Zones along each axis."""
        return tuple(b - a for a, b in zip(self.low, self.high, strict=True))

    def of(self, other: Box) -> Region:
        """Where this box lies in an array (..., *zones) of another one."""
        return (..., *(slice(a - o, b - o) for a, b, o in zip(self.low, self.high, other.low, strict=True)))


def cut(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """How many blocks along each axis make `count` in all, with the fewest faces between them."""
    fitting = [
        counts
        for counts in _factors(count, len(shape))
        if all(blocks <= zones for blocks, zones in zip(counts, shape, strict=True))
    ]
    if not fitting:
        mesh = " x ".join(map(str, shape))
        raise InloopError(f"ranks: {mesh} zones cannot be cut into {count} blocks; take fewer ranks or a finer mesh")
    faces = math.prod(shape)
    return min(fitting, key=lambda counts: sum(b * (faces // n) for b, n in zip(counts, shape, strict=True)))


def _factors(count: int, axes: int) -> list[tuple[int, ...]]:
    """All ways to write a number as a product; the first factor large first, so that ties leave rows whole."""
    if axes == 1:
        return [(count,)]
    divisors = [k for k in range(count, 0, -1) if count % k == 0]
    return [(first, *others) for first in divisors for others in _factors(count // first, axes - 1)]


def block(shape: tuple[int, ...], counts: tuple[int, ...], number: int) -> Box:
    """The block of that number; sizes along an axis differ by one zone at most."""
    place = [int(i) for i in np.unravel_index(number, counts)]
    ends = [(i * n // c, (i + 1) * n // c) for i, n, c in zip(place, shape, counts, strict=True)]
    return Box(tuple(low for low, _ in ends), tuple(high for _, high in ends))


def overlaps(
    window: Box, source: Box, shape: tuple[int, ...], periodic: tuple[bool, ...]
) -> list[tuple[Region, Region]]:
    """Where zones of the block `source` lie in a window, and where in the block itself; images of them included."""
    along = []
    for low, high, a, b, n, around in zip(*window, *source, shape, periodic, strict=True):
        shifts = [n * k for k in range(low // n, high // n + 1)] if around else [0]
        meets = [(max(low, a + s), min(high, b + s), s) for s in shifts]
        along.append([(slice(x - low, y - low), slice(x - s - a, y - s - a)) for x, y, s in meets if x < y])
    return [((..., *(to for to, _ in pair)), (..., *(of for _, of in pair))) for pair in itertools.product(*along)]
