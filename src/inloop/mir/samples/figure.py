"""A figure: borders between materials that divide the plane, and its place on the zones.

Every border curve states the material on its left and on its right. That is all the exact coverages need, for two
materials as for many, for T-junctions as for filaments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inloop.mir.samples.curves import Array, Bend, Bundle, Ints, Rounds, Segments

FAR = 128.0
"""How far borders without end are drawn, in zones: beyond the window from wherever a figure is placed."""


@dataclass(frozen=True)
class Border:
    """A bundle of n curves with the materials left (n,) and right (n,) of them, seen along the curve."""

    curves: Bundle
    left: Ints
    right: Ints


@dataclass(frozen=True)
class Figure:
    """Borders that fit together, a point on one of them (or where several meet), and the thinnest layer or gap."""

    borders: tuple[Border, ...]
    anchor: tuple[float, float]
    width: float = math.inf

    def relabelled(self, labels: Sequence[int]) -> Figure:
        """The same figure with material labels[m] where m was."""
        new = np.asarray(labels, dtype=np.intp)
        return replace(self, borders=tuple(Border(b.curves, new[b.left], new[b.right]) for b in self.borders))


@dataclass(frozen=True)
class Place:
    """Bends the plane, turns it by an angle, and moves the anchor to the target (both points in zones)."""

    anchor: tuple[float, float]
    target: tuple[float, float]
    angle: float = 0.0
    bend: Bend | None = None

    def __call__(self, points: Array) -> Array:
        """Points (..., 2) on the window."""
        anchor = np.array(self.anchor)
        if self.bend is not None:
            points, anchor = self.bend(points), self.bend(anchor)
        dx, dy = points[..., 0] - anchor[0], points[..., 1] - anchor[1]
        c, s = math.cos(self.angle), math.sin(self.angle)
        quarter = self.angle / (math.pi / 2)
        if quarter == round(quarter):  # quarter turns keep straight what was straight, to the last bit
            c, s = ((1, 0), (0, 1), (-1, 0), (0, -1))[round(quarter) % 4]
        return np.stack([self.target[0] + c * dx - s * dy, self.target[1] + s * dx + c * dy], axis=-1)


def _sides(n: int, left: int | Sequence[int], right: int | Sequence[int]) -> tuple[Ints, Ints]:
    both = (np.broadcast_to(np.asarray(side, dtype=np.intp), (n,)) for side in (left, right))
    first, second = both
    return first, second


def lines(
    points: Sequence[tuple[tuple[float, float], tuple[float, float]]],
    left: int | Sequence[int],
    right: int | Sequence[int],
) -> Border:
    """Straight borders, each from a first to a second point."""
    ends = np.array(points, dtype=np.float64)
    return Border(Segments(ends[:, 0], ends[:, 1]), *_sides(len(ends), left, right))


def outline(corners: Sequence[tuple[float, float]], inside: int, outside: int) -> Border:
    """The closed polygon through corners given counter-clockwise."""
    return lines(list(zip(corners, [*corners[1:], corners[0]], strict=True)), inside, outside)


def arcs(curves: Rounds, left: int | Sequence[int], right: int | Sequence[int]) -> Border:
    """Round borders; run counter-clockwise, a closed one has its inside on the left."""
    return Border(curves, *_sides(len(curves), left, right))


def sectors(angles: Sequence[float], materials: Sequence[int], apex: tuple[float, float] = (0.0, 0.0)) -> Border:
    """Rays from the apex at ascending angles; materials[k] lies between ray k and the next one."""
    ends = [(apex[0] + FAR * math.cos(angle), apex[1] + FAR * math.sin(angle)) for angle in angles]
    return lines([(apex, end) for end in ends], materials, [materials[k - 1] for k in range(len(materials))])
