"""Round and straight shapes of one piece: circle, ellipse, half-plane, polygon."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inloop.errors import InloopError
from inloop.mir.shapes.clip import Array, are_convex, clip, clip_to_convex, cross, moments
from inloop.mir.shapes.curves import Arc, Line, Piece
from inloop.mir.shapes.disk import disk_moments
from inloop.mir.shapes.shape import Shape, Window

Point = tuple[float, float]


def positive(name: str, value: float) -> None:
    """Raises InloopError unless a length is positive and finite."""
    if not (value > 0 and math.isfinite(value)):
        raise InloopError(f"{name}: got {value}, expected a positive length")


@dataclass(frozen=True)
class Circle(Shape):
    """The disk of the given radius."""

    centre: Point
    radius: float

    def __post_init__(self) -> None:
        positive("radius", self.radius)

    def level(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Signed distance."""
        return np.asarray(np.hypot(np.asarray(x) - self.centre[0], np.asarray(y) - self.centre[1]) - self.radius)

    def pieces(self, window: Window) -> tuple[Piece, ...]:
        """One arc of a full turn."""
        return (Arc(self.centre, (self.radius, self.radius), 0.0, 0.0, 2 * math.pi),)

    def moments_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """Closed form, see disk.py."""
        centre = np.array(self.centre)
        return disk_moments(polygons - centre, self.radius, about - centre)

    def area(self) -> float:
        """That of a disk, pi r^2."""
        return math.pi * self.radius**2


@dataclass(frozen=True)
class Ellipse(Shape):
    """The ellipse of semi-axes (a, b), the first one turned by `angle` (radians) from x."""

    centre: Point
    semiaxes: tuple[float, float]
    angle: float = 0.0

    def __post_init__(self) -> None:
        positive("first semi-axis", self.semiaxes[0])
        positive("second semi-axis", self.semiaxes[1])

    def _frame(self) -> Array:
        """Columns: the two semi-axes as vectors. Maps the unit disk to the ellipse."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        a, b = self.semiaxes
        return np.array([[c * a, -s * b], [s * a, c * b]])

    def level(self, x: ArrayLike, y: ArrayLike) -> Array:
        """(|p| - 1) times the smaller semi-axis, p the point mapped to the unit disk's plane: bounds the distance."""
        dx, dy = np.asarray(x) - self.centre[0], np.asarray(y) - self.centre[1]
        c, s = math.cos(self.angle), math.sin(self.angle)
        reach = np.hypot((c * dx + s * dy) / self.semiaxes[0], (c * dy - s * dx) / self.semiaxes[1])
        return np.asarray((reach - 1) * min(self.semiaxes))

    def pieces(self, window: Window) -> tuple[Piece, ...]:
        """One arc of a full turn."""
        return (Arc(self.centre, self.semiaxes, self.angle, 0.0, 2 * math.pi),)

    def moments_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """The unit disk's closed form after an affine map, which keeps straight lines straight."""
        frame, centre = self._frame(), np.array(self.centre)
        back = np.linalg.inv(frame).T
        area, first = disk_moments((polygons - centre) @ back, 1.0, (about - centre) @ back)
        stretch = self.semiaxes[0] * self.semiaxes[1]
        return area * stretch, first @ frame.T * stretch

    def area(self) -> float:
        """That of an ellipse, pi a b."""
        return math.pi * self.semiaxes[0] * self.semiaxes[1]


@dataclass(frozen=True)
class HalfPlane(Shape):
    """All points with normal . (x - point) < 0: the normal points out of the material and need not have length 1."""

    point: Point
    normal: Point

    def __post_init__(self) -> None:
        positive("length of the normal", math.hypot(*self.normal))

    def level(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Signed distance."""
        dx, dy = np.asarray(x) - self.point[0], np.asarray(y) - self.point[1]
        return np.asarray((self.normal[0] * dx + self.normal[1] * dy) / math.hypot(*self.normal))

    def pieces(self, window: Window) -> tuple[Piece, ...]:
        """The line, as long as it takes to pass the window."""
        x0, y0, x1, y1 = window
        length = math.hypot(*self.normal)
        along = np.array([-self.normal[1], self.normal[0]]) / length
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - self.point
        foot = np.array(self.point) + along * float(along @ middle)
        reach = math.hypot(x1 - x0, y1 - y0)
        start, end = foot - reach * along, foot + reach * along
        return (Line((float(start[0]), float(start[1])), (float(end[0]), float(end[1]))),)

    def moments_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """By one clip."""
        return moments(clip(polygons, np.array(self.point), np.array(self.normal)), about)

    def shares_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """By one clip each: a sliver of either side keeps its digits."""
        point, normal = np.array(self.point), np.array(self.normal)
        sides = [moments(clip(polygons, point, outward), about) for outward in (normal, -normal)]
        return np.stack([area for area, _ in sides]), np.stack([first for _, first in sides])

    def area(self) -> float:
        """Infinite."""
        return math.inf


@dataclass(frozen=True)
class Polygon(Shape):
    """A simple polygon, its corners counter-clockwise."""

    corners: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise InloopError(f"corners: got {len(self.corners)}, expected at least 3")
        if not self.area() > 0:
            raise InloopError("corners: clockwise or of no area; give them counter-clockwise")

    def _points(self) -> Array:
        return np.array(self.corners, dtype=np.float64)

    def level(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Signed distance: to the nearest edge, the sign by counting edges to the right of the point."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
        inside, nearest = np.zeros(x.shape, dtype=bool), np.full(x.shape, np.inf)
        points = self._points()
        for (px, py), (qx, qy) in zip(points, np.roll(points, -1, axis=0), strict=True):
            t = ((x - px) * (qx - px) + (y - py) * (qy - py)) / ((qx - px) ** 2 + (qy - py) ** 2)
            t = np.clip(t, 0.0, 1.0)
            nearest = np.minimum(nearest, np.hypot(x - px - t * (qx - px), y - py - t * (qy - py)))
            spans = (py > y) != (qy > y)
            if py != qy:
                inside ^= spans & (x < px + (y - py) / (qy - py) * (qx - px))
        return np.where(inside, -nearest, nearest)

    def pieces(self, window: Window) -> tuple[Piece, ...]:
        """One line an edge."""
        return tuple(Line(p, q) for p, q in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True))

    def moments_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """By clipping with whichever side is convex; where neither is, triangle by signed triangle."""
        points = self._points()
        if are_convex(points[None]):
            return moments(clip_to_convex(polygons, points), about)
        if are_convex(polygons):
            return moments(clip_to_convex(np.broadcast_to(points, (len(polygons), *points.shape)), polygons), about)
        area, first = np.zeros(len(polygons)), np.zeros((len(polygons), 2))
        for p, q in zip(points, np.roll(points, -1, axis=0), strict=True):
            # The fan of triangles about a point of the zone: those seen clockwise count negative.
            sign = np.sign(cross(p - about, q - about))
            low, high = np.where(sign[:, None] > 0, p, q), np.where(sign[:, None] > 0, q, p)
            part, part_first = moments(clip_to_convex(polygons, np.stack([about, low, high], axis=1)), about)
            area += sign * part
            first += sign[:, None] * part_first
        return area, first

    def area(self) -> float:
        """By the shoelace formula."""
        points = self._points()
        return float(moments(points[None], points[:1])[0][0])


def regular_polygon(centre: Point, radius: float, corners: int, angle: float = 0.0) -> Polygon:
    """The regular polygon whose corners lie on a circle, the first at `angle` (radians) from x."""
    return star(centre, (radius,), corners, angle)


def star(centre: Point, radii: tuple[float, ...], points: int, angle: float = 0.0) -> Polygon:
    """Corners at equal angles about the centre whose distances run through `radii`, `points` times over."""
    count = points * len(radii)
    turns = [angle + 2 * math.pi * i / count for i in range(count)]
    return Polygon(
        tuple(
            (centre[0] + radii[i % len(radii)] * math.cos(t), centre[1] + radii[i % len(radii)] * math.sin(t))
            for i, t in enumerate(turns)
        )
    )
