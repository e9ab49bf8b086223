"""Planes divided among several materials, each region convex: T-junction, Voronoi diagram."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inloop.errors import InloopError
from inloop.mir.shapes.clip import ROUNDING, Array, boxes_of, clip, moments
from inloop.mir.shapes.plane import HalfPlane, Point
from inloop.mir.shapes.shape import Window, checked_edges, refined, settle


@dataclass(frozen=True)
class Diagram:
    """Regions that fill the plane without overlap: one a material, each where some half-planes meet."""

    regions: tuple[tuple[HalfPlane, ...], ...]

    def __post_init__(self) -> None:
        if len(self.regions) < 2:
            raise InloopError(f"regions: got {len(self.regions)}, expected at least 2")

    @property
    def materials(self) -> int:
        """How many regions there are."""
        return len(self.regions)

    def level(self, x: ArrayLike, y: ArrayLike) -> Array:
        """(M, ...): negative inside each region, positive outside, bounding the distance to its border."""
        return np.stack([np.maximum.reduce([side.level(x, y) for side in region]) for region in self.regions])

    def shares_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """Areas (M, n) and first moments (M, n, 2) about given points of each material in simple polygons (n, k, 2)."""
        parts = [moments(self._part(polygons, material), about) for material in range(self.materials)]
        return np.stack([area for area, _ in parts]), np.stack([first for _, first in parts])

    def overlap(self, polygons: Array, material: int) -> Array:
        """Area (n,) that a material shares with each simple polygon (n, k, 2)."""
        return moments(self._part(polygons, material), polygons[:, 0])[0]

    def _part(self, polygons: Array, material: int) -> Array:
        for side in self.regions[material]:
            polygons = clip(polygons, np.array(side.point), np.array(side.normal))
        return polygons

    def fractions(self, edges: tuple[ArrayLike, ...]) -> Array:
        """Area fractions (M, ny, nx); they sum to one exactly, the largest of a zone taking the rounding."""
        nodes = checked_edges(edges, 2)
        whole = self._pure(nodes)
        rows, columns = np.nonzero(~whole.any(axis=0))
        boxes = boxes_of(nodes, rows, columns)
        middles = boxes.mean(axis=1)
        cut = settle(self.shares_in(boxes, middles)[0] / moments(boxes, middles)[0])
        zones = np.arange(len(rows))
        largest = cut.argmax(axis=0)
        cut[largest, zones] = 0.0
        cut[largest, zones] = 1.0 - cut.sum(axis=0)
        fractions = whole.astype(np.float64)
        fractions[:, rows, columns] = cut
        return fractions

    def _pure(self, nodes: tuple[Array, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """(M, ny, nx): zones with all four corners in one region, which is convex, lie in it entirely."""
        reach = max(float(np.abs(axis).max()) for axis in nodes)
        inside = self.level(nodes[0][None, :], nodes[1][:, None]) <= ROUNDING * reach
        whole = inside[:, :-1, :-1] & inside[:, :-1, 1:] & inside[:, 1:, :-1] & inside[:, 1:, 1:]
        return np.asarray(whole & (whole.sum(axis=0) == 1))

    def centroids(self, edges: tuple[ArrayLike, ...]) -> Array:
        """Centroids (M, ny, nx, 2), x before y; the zone's middle where a material is absent."""
        nodes = checked_edges(edges, 2)
        middle_x, middle_y = (axis[:-1] + np.diff(axis) / 2 for axis in nodes)
        middles = np.stack(np.meshgrid(middle_x, middle_y), axis=-1)
        centroids = np.repeat(middles[None], self.materials, axis=0)
        rows, columns = np.nonzero(~self._pure(nodes).any(axis=0))
        boxes = boxes_of(nodes, rows, columns)
        areas, firsts = self.shares_in(boxes, middles[rows, columns])
        present = areas > ROUNDING * moments(boxes, middles[rows, columns])[0]
        centroids[:, rows, columns] += np.where(
            present[..., None], firsts / np.where(present, areas, 1.0)[..., None], 0.0
        )
        return centroids

    def coverage(self, edges: tuple[ArrayLike, ...], k: int) -> Array:
        """Area shares (M, ny * k, nx * k) in k x k sub-zones of every zone."""
        return self.fractions(refined(checked_edges(edges, 2), k))

    def outline(self, window: Window = (0.0, 0.0, 1.0, 1.0)) -> list[Array]:
        """Each region's border within the window as a closed polyline (k, 2), for pictures."""
        x0, y0, x1, y1 = window
        box = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]])
        parts = [self._part(box, material)[0] for material in range(self.materials)]
        return [np.concatenate([part, part[:1]]) for part in parts if len(part) > 2]


def t_junction(x: float = 0.5, y: float = 0.5) -> Diagram:
    """Material 0 right of x; left of it material 1 above y and material 2 below."""
    east, west = HalfPlane((x, y), (-1.0, 0.0)), HalfPlane((x, y), (1.0, 0.0))
    north, south = HalfPlane((x, y), (0.0, -1.0)), HalfPlane((x, y), (0.0, 1.0))
    return Diagram(((east,), (west, north), (west, south)))


def sectors(centre: Point, angles: tuple[float, ...]) -> Diagram:
    """Sectors about a point: material m from angles[m] counter-clockwise to the next angle (radians, each below pi)."""
    regions = []
    for begin, finish in zip(angles, (*angles[1:], angles[0] + 2 * math.pi), strict=True):
        if not 0 < finish - begin < math.pi:
            raise InloopError(f"angles: a sector from {begin} to {finish}, expected each to span less than half a turn")
        sides = ((math.sin(begin), -math.cos(begin)), (-math.sin(finish), math.cos(finish)))
        regions.append(tuple(HalfPlane(centre, side) for side in sides))
    return Diagram(tuple(regions))


def voronoi(sites: tuple[Point, ...]) -> Diagram:
    """Each material the points nearest to its site."""
    regions = []
    for here in sites:
        others = [there for there in sites if there != here]
        sides = [
            HalfPlane(((here[0] + x) / 2, (here[1] + y) / 2), (x - here[0], y - here[1])) for x, y in others
        ]  # fmt: skip
        regions.append(tuple(sides))
    return Diagram(tuple(regions))
