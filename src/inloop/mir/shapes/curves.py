"""Pieces of a shape's border: straight lines and arcs of ellipses, and the zones of a mesh that they run through.

Both are curves point(t), and where they cross a mesh line is known in closed form. Cutting each piece at all mesh lines
gives, zone by zone, the exact course of the border: which zones are cut, and by which stretch of which piece.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.mir.shapes.clip import ROUNDING, Array


@dataclass(frozen=True)
class Line:
    """The straight piece from `start` (t = 0) to `end` (t = 1)."""

    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def span(self) -> tuple[float, float]:
        """The parameter at either end."""
        return 0.0, 1.0

    def points(self, t: Array) -> Array:
        """Points (..., 2) at parameters t (...)."""
        start, end = np.array(self.start), np.array(self.end)
        return np.asarray(start + t[..., None] * (end - start))

    def crossings(self, axis: int, values: Array) -> Array:
        """Parameters at which the coordinate `axis` takes one of the values; ends included, unsorted."""
        along = self.end[axis] - self.start[axis]
        if along == 0:
            return np.empty(0)
        t = (values - self.start[axis]) / along
        return t[(t > 0) & (t < 1)]


@dataclass(frozen=True)
class Arc:
    """An arc of an ellipse, counter-clockwise from parameter `begin` to `finish`, at most one turn.

    point(t) = centre + turned by `angle` of (a cos t, b sin t).
    """

    centre: tuple[float, float]
    semiaxes: tuple[float, float]
    angle: float
    begin: float
    finish: float

    @property
    def span(self) -> tuple[float, float]:
        """The parameter at either end."""
        return self.begin, self.finish

    def points(self, t: Array) -> Array:
        """Points (..., 2) at parameters t (...)."""
        u, v = self.semiaxes[0] * np.cos(t), self.semiaxes[1] * np.sin(t)
        c, s = math.cos(self.angle), math.sin(self.angle)
        return np.stack([self.centre[0] + c * u - s * v, self.centre[1] + s * u + c * v], axis=-1)

    def crossings(self, axis: int, values: Array) -> Array:
        """Parameters at which the coordinate `axis` takes one of the values; unsorted."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        along = (c * self.semiaxes[0], s * self.semiaxes[0])[axis]
        across = (-s * self.semiaxes[1], c * self.semiaxes[1])[axis]
        reach, phase = math.hypot(along, across), math.atan2(across, along)
        distance = values - self.centre[axis]
        distance = distance[np.abs(distance) < reach]
        # arccos(distance / reach), accurate where the arc just grazes the line
        swing = np.arctan2(np.sqrt((reach - distance) * (reach + distance)), distance)
        t = np.concatenate([phase + swing, phase - swing])
        t = self.begin + np.mod(t - self.begin, 2 * math.pi)
        return np.asarray(t[(t > self.begin) & (t < self.finish)])


Piece = Line | Arc


class Course(NamedTuple):
    """How a border runs through a mesh: stretch i lies in zone (row, column) and is piece number `piece`, parameters
    from `begin` to `finish`.
    """

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    piece: NDArray[np.intp]
    begin: Array
    finish: Array


def course(pieces: Sequence[Piece], edges: tuple[Array, ...]) -> Course:
    """Cuts the pieces at the mesh lines; stretches outside the mesh and those of no length are left out."""
    rows, columns, numbers, begins, finishes = [], [], [], [], []
    x, y = edges[0], edges[1]
    for number, piece in enumerate(pieces):
        cuts = [np.array(piece.span), piece.crossings(0, x), piece.crossings(1, y)]
        t = np.sort(np.concatenate(cuts))
        t = t[np.append(np.diff(t) > ROUNDING * (piece.span[1] - piece.span[0]), True)]
        begin, finish = t[:-1], t[1:]
        middle = piece.points((begin + finish) / 2)
        column = np.searchsorted(x, middle[:, 0], side="right") - 1
        row = np.searchsorted(y, middle[:, 1], side="right") - 1
        within = (column >= 0) & (column < len(x) - 1) & (row >= 0) & (row < len(y) - 1)
        rows.append(row[within])
        columns.append(column[within])
        numbers.append(np.full(int(within.sum()), number))
        begins.append(begin[within])
        finishes.append(finish[within])
    join = np.concatenate
    return Course(join(rows), join(columns), join(numbers), join(begins), join(finishes))


def polyline(pieces: Sequence[Piece], points: int = 721) -> list[Array]:
    """The pieces as polylines (k, 2) for pictures: two points a line, `points` a full turn."""
    lines = []
    for piece in pieces:
        begin, finish = piece.span
        count = 2 if isinstance(piece, Line) else max(2, math.ceil(points * (finish - begin) / (2 * math.pi)))
        lines.append(piece.points(np.linspace(begin, finish, count)))
    return lines
