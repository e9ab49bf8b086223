"""Shapes cut out of disks: the slotted disk of Zalesak and a filament."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from inloop.errors import InloopError
from inloop.mir.shapes.clip import Array, clip, clip_to_convex
from inloop.mir.shapes.curves import Arc, Line, Piece
from inloop.mir.shapes.disk import disk_moments
from inloop.mir.shapes.plane import Point, positive
from inloop.mir.shapes.shape import Shape, Window


def _turned(centre: Point, angle: float, u: float, v: float) -> Point:
    c, s = math.cos(angle), math.sin(angle)
    return centre[0] + c * u - s * v, centre[1] + s * u + c * v


@dataclass(frozen=True)
class SlottedDisk(Shape):
    """A disk with a straight slot from the rim inwards.

    Before the turn by `angle` about the centre the slot is open at the bottom, `width` wide, and ends `top` above the
    centre (below it if negative). Zalesak's slot of depth d in a disk of radius r has top = d - r, up to the rim's sag.
    """

    centre: Point
    radius: float
    width: float
    top: float
    angle: float = 0.0

    def __post_init__(self) -> None:
        positive("radius", self.radius)
        positive("width", self.width)
        if not (self.width < 2 * self.radius and abs(self.top) < self._wall()):
            raise InloopError(
                f"slot: width {self.width}, top {self.top}: its end must lie inside the disk of radius {self.radius}"
            )

    def _wall(self) -> float:
        """How far below the centre the slot's walls meet the rim."""
        half = self.width / 2
        return math.sqrt((self.radius - half) * (self.radius + half))

    def level(self, x: ArrayLike, y: ArrayLike) -> Array:
        """The larger of the disk's signed distance and the slot's depth: bounds the distance."""
        dx, dy = np.asarray(x) - self.centre[0], np.asarray(y) - self.centre[1]
        c, s = math.cos(self.angle), math.sin(self.angle)
        into_slot = np.minimum(self.width / 2 - np.abs(c * dx + s * dy), self.top - (c * dy - s * dx))
        return np.asarray(np.maximum(np.hypot(dx, dy) - self.radius, into_slot))

    def pieces(self, window: Window) -> tuple[Piece, ...]:
        """The rim, and the slot's three sides."""
        half, wall = self.width / 2, self._wall()
        corners = [_turned(self.centre, self.angle, u, v) for u, v in
                   ((-half, -wall), (-half, self.top), (half, self.top), (half, -wall))]  # fmt: skip
        open_half = math.atan2(half, wall)
        rim = Arc(self.centre, (self.radius,) * 2, self.angle, open_half - math.pi / 2, 1.5 * math.pi - open_half)
        return (rim, *(Line(p, q) for p, q in pairwise(corners)))

    def moments_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """The disk's part less that of the polygon's piece in the slot."""
        centre, half = np.array(self.centre), self.width / 2
        slot = [_turned((0.0, 0.0), self.angle, u, v) for u, v in
                ((-half, -2 * self.radius), (half, -2 * self.radius), (half, self.top), (-half, self.top))]  # fmt: skip
        here, origin = polygons - centre, about - centre
        area, first = disk_moments(here, self.radius, origin)
        lost, lost_first = disk_moments(clip_to_convex(here, np.array(slot)), self.radius, origin)
        return area - lost, first - lost_first

    def area(self) -> float:
        """The disk less the slot and the circular segment below it."""
        half = self.width / 2
        sag = self.radius**2 * math.asin(half / self.radius) - half * self._wall()
        return math.pi * self.radius**2 - self.width * (self.top + self._wall()) - sag


@dataclass(frozen=True)
class Filament(Shape):
    """A part of a ring: radii between inner and outer, angles (radians) counter-clockwise from begin to finish."""

    centre: Point
    inner: float
    outer: float
    begin: float
    finish: float

    def __post_init__(self) -> None:
        positive("inner radius", self.inner)
        positive("outer radius minus inner radius", self.outer - self.inner)
        if not 0 < self.finish - self.begin < 2 * math.pi:
            raise InloopError(f"angles: {self.begin} to {self.finish}, expected to rise by less than a full turn")

    def _wedge_depth(self, dx: Array, dy: Array) -> Array:
        """Negative inside the wedge of angles, positive outside: bounds the distance."""
        sides = [math.sin(t) * dx - math.cos(t) * dy for t in (self.begin, self.finish)]
        narrow = self.finish - self.begin <= math.pi
        return np.asarray(np.maximum(sides[0], -sides[1]) if narrow else np.minimum(sides[0], -sides[1]))

    def level(self, x: ArrayLike, y: ArrayLike) -> Array:
        """The largest of the distances to the two circles and the two end lines: bounds the distance."""
        dx, dy = np.asarray(x) - self.centre[0], np.asarray(y) - self.centre[1]
        reach = np.hypot(dx, dy)
        ring = np.maximum(reach - self.outer, self.inner - reach)
        return np.asarray(np.maximum(ring, self._wedge_depth(dx, dy)))

    def pieces(self, window: Window) -> tuple[Piece, ...]:
        """Two arcs and two straight ends."""
        ends = [[_turned(self.centre, t, r, 0.0) for r in (self.inner, self.outer)] for t in (self.begin, self.finish)]
        arcs = (Arc(self.centre, (r, r), 0.0, self.begin, self.finish) for r in (self.outer, self.inner))
        return (*arcs, Line(*ends[0]), Line(*ends[1]))

    def _ring(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        area, first = disk_moments(polygons, self.outer, about)
        hole, hole_first = disk_moments(polygons, self.inner, about)
        return area - hole, first - hole_first

    def moments_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """The ring's part of the polygon's piece in the wedge; a wedge beyond half a turn by what it leaves out."""
        centre = np.array(self.centre)
        here, origin = polygons - centre, about - centre
        outward = [np.array([math.sin(t), -math.cos(t)]) for t in (self.begin, self.finish)]
        if self.finish - self.begin <= math.pi:
            inside = clip(clip(here, np.zeros(2), outward[0]), np.zeros(2), -outward[1])
            return self._ring(inside, origin)
        outside = clip(clip(here, np.zeros(2), -outward[0]), np.zeros(2), outward[1])
        (area, first), (lost, lost_first) = self._ring(here, origin), self._ring(outside, origin)
        return area - lost, first - lost_first

    def area(self) -> float:
        """A sector's less a sector's."""
        return (self.finish - self.begin) / 2 * (self.outer - self.inner) * (self.outer + self.inner)
