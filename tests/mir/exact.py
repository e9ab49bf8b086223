"""Half planes and half spaces on rectilinear meshes in rational arithmetic: truth that shares nothing with the core.

Axes run x first; a mesh is a list of node coordinates an axis, all of them `Fraction`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Point = Sequence[Fraction]


def rational(values: Sequence[float]) -> list[Fraction]:
    """Doubles as the rational numbers that they are."""
    return [Fraction(float(v)) for v in values]


def nodes_of(widths: Sequence[float]) -> list[Fraction]:
    """Node coordinates, from zero, of zones of these widths."""
    return list(itertools.accumulate(rational(widths), initial=Fraction(0)))


@dataclass(frozen=True)
class HalfSpace:
    """The points with normal . x <= offset."""

    normal: tuple[Fraction, ...]
    offset: Fraction

    def moments(self, low: Point, high: Point) -> tuple[Fraction, list[Fraction]]:
        """Measure and first moment about the origin of the part inside a box.

        Mirrored so that the normal has no negative entry, the part is a simplex at the low corner less those that
        stick out of the box: one signed simplex for every corner.
        """
        widths = [b - a for a, b in zip(low, high, strict=True)]
        depth = self.offset - sum(n * (a if n >= 0 else b) for n, a, b in zip(self.normal, low, high, strict=True))
        slanted = [i for i, n in enumerate(self.normal) if n != 0]
        steep = [abs(self.normal[i]) for i in slanted]
        flat = math.prod(w for i, w in enumerate(widths) if i not in slanted)
        d = len(slanted)
        scale = flat / math.prod(steep) / math.factorial(d)
        measure, first = Fraction(0), [Fraction(0)] * d
        for corner in itertools.product((0, 1), repeat=d):
            at = [c * widths[i] for c, i in zip(corner, slanted, strict=True)]
            left = depth - sum(n * x for n, x in zip(steep, at, strict=True))
            if left <= 0:
                continue
            part = (-1) ** sum(corner) * scale * left**d
            measure += part
            for k in range(d):
                first[k] += part * (at[k] + left / steep[k] / (d + 1))
        moment = [(a + w / 2) * measure for a, w in zip(low, widths, strict=True)]
        for k, i in enumerate(slanted):
            moment[i] = low[i] * measure + first[k] if self.normal[i] > 0 else high[i] * measure - first[k]
        return measure, moment

    def share(self, low: Point, high: Point) -> Fraction:
        """Share of a box that lies inside."""
        return self.moments(low, high)[0] / math.prod(b - a for a, b in zip(low, high, strict=True))


def zone_boxes(nodes: Sequence[Sequence[Fraction]]) -> dict[tuple[int, ...], tuple[list[Fraction], list[Fraction]]]:
    """Low and high corner of every zone by its array index, row or layer first."""
    shape = [len(axis) - 1 for axis in nodes[::-1]]
    return {
        index: ([axis[i] for axis, i in zip(nodes, index[::-1], strict=True)],
                [axis[i + 1] for axis, i in zip(nodes, index[::-1], strict=True)])
        for index in itertools.product(*(range(n) for n in shape))
    }  # fmt: skip


def fractions_of(shape: HalfSpace, nodes: Sequence[Sequence[Fraction]]) -> Floats:
    """(2, ny, nx) or (2, nz, ny, nx): the half space and the rest, both rounded once, so that small ones are exact."""
    out = np.empty((2, *(len(axis) - 1 for axis in nodes[::-1])))
    for index, (low, high) in zone_boxes(nodes).items():
        share = shape.share(low, high)
        out[(0, *index)], out[(1, *index)] = float(share), float(1 - share)
    return out


def centroids_of(shape: HalfSpace, nodes: Sequence[Sequence[Fraction]]) -> Floats:
    """(2, ny, nx, 2) or (2, nz, ny, nx, 3): centroids of the half space and of the rest, NaN where one is absent."""
    d = len(nodes)
    out = np.full((2, *(len(axis) - 1 for axis in nodes[::-1]), d), np.nan)
    for index, (low, high) in zone_boxes(nodes).items():
        measure, moment = shape.moments(low, high)
        whole = math.prod(b - a for a, b in zip(low, high, strict=True))
        rest = [(a + b) / 2 * whole - m for a, b, m in zip(low, high, moment, strict=True)]
        for m, (part, first) in enumerate(((measure, moment), (whole - measure, rest))):
            if part > 0:
                out[(m, *index)] = [float(x / part) for x in first]
    return out


def sub_boxes(low: Point, high: Point, k: int) -> tuple[Floats, list[tuple[list[Fraction], list[Fraction]]]]:
    """The k^D equal sub-boxes of a box: in units of the box, (n, 2 D), for `face.share`, and as they lie."""
    d = len(low)
    unit, real = [], []
    for digits in itertools.product(range(k), repeat=d):
        unit.append([i / k for i in digits] + [(i + 1) / k for i in digits])
        ends = [
            [a + (b - a) * Fraction(u) for a, b, u in zip(low, high, corner, strict=True)]
            for corner in (unit[-1][:d], unit[-1][d:])
        ]
        real.append((ends[0], ends[1]))
    return np.array(unit), real
