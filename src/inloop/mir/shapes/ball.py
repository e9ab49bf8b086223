"""The ball: its exact share of boxes and of any convex polyhedra, by plane sections (see solid.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inloop.mir.shapes.clip import ROUNDING, Array, cross
from inloop.mir.shapes.disk import disk_moments
from inloop.mir.shapes.plane import positive
from inloop.mir.shapes.solid import Point3, Polyhedron, Solid, heights, rectangles, summed

# Gauss-Legendre points between two breaks. 40 leave 1e-12 of a zone, however it lies, 24 leave 1e-10.
_BOX_POINTS, _POLYHEDRON_POINTS = 40, 24
_CHUNK = 20_000  # sections worked on at once: bounds the memory


@dataclass(frozen=True)
class Ball(Solid):
    """The ball of the given radius."""

    centre: Point3
    radius: float

    def __post_init__(self) -> None:
        positive("radius", self.radius)

    def level(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Array:
        """Signed distance."""
        dx, dy, dz = (np.asarray(v) - c for v, c in zip((x, y, z), self.centre, strict=True))
        return np.asarray(np.sqrt(dx**2 + dy**2 + dz**2) - self.radius)

    def volume(self) -> float:
        """4/3 pi r^3."""
        return 4 / 3 * math.pi * self.radius**3

    def _bounds(self, nodes: tuple[Array, ...]) -> tuple[Array, Array]:
        near, far = [], []
        for axis, centre in zip(nodes, self.centre, strict=True):
            low, high = axis[:-1] - centre, axis[1:] - centre
            near.append(np.maximum(np.maximum(low, -high), 0.0))
            far.append(np.maximum(np.abs(low), np.abs(high)))
        least, greatest = (
            np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2) - self.radius
            for x, y, z in (near, far)
        )
        rounding = ROUNDING * self.radius
        return np.where(np.abs(least) <= rounding, 0.0, least), np.where(np.abs(greatest) <= rounding, 0.0, greatest)

    def _section_radius(self, height: Array) -> Array:
        return np.asarray(np.sqrt(np.maximum((self.radius - height) * (self.radius + height), 0.0)))

    def _moments_in(self, low: Array, high: Array) -> tuple[Array, Array]:
        centre = np.array(self.centre)
        low, high = low - centre, high - centre
        corners, middle = rectangles(low, high), (low + high) / 2
        # The section's circle touches a side at that side's distance, passes a corner at that corner's.
        reach = np.concatenate([np.abs(low[:, :2]), np.abs(high[:, :2]), np.hypot(corners[..., 0], corners[..., 1])], 1)
        rise = self._section_radius(reach)
        poles = np.full((len(low), 1), self.radius)
        breaks = np.concatenate([rise, -rise, poles, -poles], axis=1)
        owner, z, weight = heights(breaks, low[:, 2], high[:, 2], _BOX_POINTS)
        radius = self._section_radius(z)
        areas, firsts = [np.empty(0)], [np.empty((0, 2))]
        for start in range(0, len(z), _CHUNK):
            part = slice(start, start + _CHUNK)
            area, first = disk_moments(corners[owner[part]], radius[part], middle[owner[part], :2])
            areas.append(np.where(radius[part] > 0, area, 0.0))
            firsts.append(np.where(radius[part, None] > 0, first, 0.0))
        return summed(owner, z, weight, np.concatenate(areas), np.concatenate(firsts), middle)

    def volumes_in(self, polyhedra: Sequence[Polyhedron]) -> Array:
        """By sections. A section's border is one directed line a face; what disk and section share is a sum over these
        lines, whatever their order: inside the circle the triangle to the centre, outside the sector.
        """
        if not polyhedra:
            return np.empty(0)
        rims = _rims(polyhedra, np.array(self.centre))
        breaks, low, high = self._breaks(rims, len(polyhedra))
        owner, z, weight = heights(breaks, low, high, _POLYHEDRON_POINTS)
        radius, area = self._section_radius(z), np.zeros(len(z))
        for start in range(0, len(z), _CHUNK):
            part = slice(start, start + _CHUNK)
            node, begin, end = _sections(rims, owner[part], z[part])
            area[part] = np.bincount(node, _sector(begin, end, radius[part][node]), len(z[part]))
        return np.bincount(owner, weight * area, len(polyhedra)).astype(np.float64)

    def _breaks(self, rims: _Rims, count: int) -> tuple[Array, Array, Array]:
        """Heights (count, m) at which sections change their kind, and the polyhedra's least and greatest heights: where
        corners lie, where the sphere passes edges, and where its circle in a face's plane turns.
        """
        start, along = rims.start, rims.end - rims.start
        square, ahead = (along**2).sum(axis=1), (start * along).sum(axis=1)
        root = np.sqrt(np.maximum(ahead**2 - square * ((start**2).sum(axis=1) - self.radius**2), 0.0))
        safe = np.where(square > 0, square, 1.0)
        passes = [start[:, 2] + (-ahead + sign * root) / safe * along[:, 2] for sign in (1.0, -1.0)]

        first = np.flatnonzero(np.diff(rims.face, prepend=-1))
        normal = np.add.reduceat(np.cross(start, rims.end), first, axis=0)
        length = np.linalg.norm(normal, axis=1, keepdims=True)
        normal = normal / np.where(length > 0, length, 1.0)
        distance = (normal * start[first]).sum(axis=1)
        rise = self._section_radius(distance) * np.hypot(normal[:, 0], normal[:, 1])
        turns = [distance * normal[:, 2] + sign * rise for sign in (1.0, -1.0)]

        poles = np.full(count, self.radius)
        values = np.concatenate([start[:, 2], *passes, *turns, poles, -poles])
        everyone = np.arange(count)
        owner = np.concatenate([*(rims.solid,) * 3, *(rims.solid[first],) * 2, everyone, everyone])
        order = np.argsort(owner, kind="stable")
        values, owner = values[order], owner[order]
        place = np.arange(len(owner)) - np.searchsorted(owner, owner)
        low, high = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(low, rims.solid, start[:, 2])
        np.maximum.at(high, rims.solid, start[:, 2])
        breaks = np.repeat(low[:, None], int(place.max()) + 1, axis=1)
        breaks[owner, place] = values
        return breaks, low, high


class _Rims(NamedTuple):
    """The directed edges of all faces of all polyhedra in order: ends (e, 3), face and polyhedron numbers (e,)."""

    start: Array
    end: Array
    face: NDArray[np.intp]
    solid: NDArray[np.intp]


def _rims(polyhedra: Sequence[Polyhedron], centre: Array) -> _Rims:
    loops = [(number, corners, face) for number, (corners, faces) in enumerate(polyhedra) for face in faces]
    lengths = [len(face) for _, _, face in loops]
    return _Rims(
        np.concatenate([corners[face] for _, corners, face in loops]) - centre,
        np.concatenate([corners[np.roll(face, -1)] for _, corners, face in loops]) - centre,
        np.repeat(np.arange(len(loops)), lengths),
        np.repeat([number for number, _, _ in loops], lengths),
    )


def _sections(rims: _Rims, owner: NDArray[np.intp], height: Array) -> tuple[NDArray[np.intp], Array, Array]:
    """Borders of the sections at heights (m,) of the polyhedra `owner` (m,), as directed lines with the inside on the
    left: the section each belongs to, and its two ends (k, 2).

    A convex face counter-clockwise from outside is crossed once down and once up by its rim or not at all; its line
    runs from the former to the latter. So the list of downward crossings and that of upward ones match line by line.
    """
    first, last = (np.searchsorted(rims.solid, owner, side=side) for side in ("left", "right"))
    count = last - first
    node = np.repeat(np.arange(len(owner)), count)
    edge = np.arange(len(node)) - np.repeat(np.cumsum(count) - count, count) + first[node]
    low, high, here = rims.start[edge, 2], rims.end[edge, 2], height[node]
    ends = []
    for crosses in ((high <= here) & (here < low), (low <= here) & (here < high)):
        which = edge[crosses]
        share = (here[crosses] - low[crosses]) / (high[crosses] - low[crosses])
        start, end = rims.start[which, :2], rims.end[which, :2]
        ends.append((node[crosses], start + share[:, None] * (end - start)))
    return ends[0][0], ends[0][1], ends[1][1]


def _sector(begin: Array, end: Array, radius: Array) -> Array:
    """Signed area (m,) between the origin and directed lines, cut off at circles about it."""
    along = end - begin
    square, ahead = (along**2).sum(axis=1), (begin * along).sum(axis=1)
    excess = (begin**2).sum(axis=1) - radius**2
    root = np.sqrt(np.maximum(ahead**2 - square * excess, 0.0))
    safe = np.where(square > 0, square, 1.0)
    enter, leave = (np.clip((-ahead + sign * root) / safe, 0.0, 1.0)[:, None] for sign in (-1.0, 1.0))
    first, last = begin + enter * along, begin + leave * along
    angle = np.zeros(len(begin))
    for a, b in ((begin, first), (last, end)):
        angle += np.arctan2(cross(a, b), (a * b).sum(axis=1))
    return np.asarray((cross(first, last) + radius**2 * angle) / 2)
