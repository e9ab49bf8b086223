"""What every exact shape can say about a mesh.

A mesh is its `edges`: the node coordinates (x_nodes, y_nodes), strictly increasing. Material 0 is the shape, material 1
the rest. Zones that the border does not run through are exactly 0.0 or 1.0; the others are exact to about 1e-15.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inloop.errors import InloopError
from inloop.mir.shapes.clip import ROUNDING, Array, boxes_of, moments
from inloop.mir.shapes.curves import Course, Piece, course, polyline

Window = tuple[float, float, float, float]  # x0, y0, x1, y1


def checked_edges(edges: tuple[ArrayLike, ...], dimensions: int) -> tuple[Array, ...]:
    """The node coordinates as arrays; raises InloopError unless there are `dimensions` strictly increasing ones."""
    if len(edges) != dimensions:
        raise InloopError(f"edges: got {len(edges)} axes, expected {dimensions}, the node coordinates of each axis")
    nodes = tuple(np.asarray(axis, dtype=np.float64) for axis in edges)
    for name, axis in zip("xyz", nodes, strict=False):
        if axis.ndim != 1 or len(axis) < 2:
            raise InloopError(f"edges: {name} nodes of shape {axis.shape}, expected (n + 1,) with n >= 1 zones")
        if not bool((np.diff(axis) > 0).all()):
            raise InloopError(f"edges: {name} nodes must strictly increase (and be finite); sort them, drop repeats")
    return nodes


def uniform_edges(zones: int, dimensions: int = 2) -> tuple[Array, ...]:
    """Edges of the unit box with n zones along each axis."""
    return (np.arange(zones + 1) / zones,) * dimensions


def refined(edges: tuple[Array, ...], k: int) -> tuple[Array, ...]:
    """Edges of the mesh of k sub-zones per zone and axis; every old node stays what it was, to the last bit."""
    if k < 1:
        raise InloopError(f"sub-zones per zone: got {k}, expected at least 1")
    finer = []
    for axis in edges:
        low, high = axis[:-1, None], axis[1:, None]
        finer.append(np.append((low + (high - low) * (np.arange(k) / k)).ravel(), axis[-1]))
    return tuple(finer)


def settle(fraction: Array) -> Array:
    """Fractions within rounding of 0 and 1 are 0 and 1."""
    settled = np.where(fraction > 1 - ROUNDING, 1.0, fraction)
    return np.where(settled < ROUNDING, 0.0, settled)


class Shape(ABC):
    """A region of the plane bounded by lines and arcs of ellipses. A shape states five facts, the rest follows."""

    @property
    def materials(self) -> int:
        """Two: the shape and the rest."""
        return 2

    @abstractmethod
    def level(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Negative inside, positive outside, never further from zero than the border is from the point."""

    @abstractmethod
    def pieces(self, window: Window) -> tuple[Piece, ...]:
        """The border as lines and arcs; an unbounded border at least where it passes the window."""

    @abstractmethod
    def moments_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """Area (n,) and first moment (n, 2) about given points of the shape's part in each simple polygon (n, k, 2)."""

    @abstractmethod
    def area(self) -> float:
        """Area of the whole shape; infinite for a half-plane."""

    def shares_in(self, polygons: Array, about: Array) -> tuple[Array, Array]:
        """Areas (2, n) and first moments (2, n, 2) of both materials in each simple polygon (n, k, 2)."""
        area, first = self.moments_in(polygons, about)
        whole, whole_first = moments(polygons, about)
        return np.stack([area, whole - area]), np.stack([first, whole_first - first])

    def overlap(self, polygons: Array, material: int) -> Array:
        """Area (n,) that a material shares with each simple polygon (n, k, 2)."""
        return np.asarray(self.shares_in(polygons, polygons[:, 0])[0][material])

    def course(self, edges: tuple[ArrayLike, ...]) -> Course:
        """The border's way through the zones of the mesh."""
        nodes = checked_edges(edges, 2)
        window = (float(nodes[0][0]), float(nodes[1][0]), float(nodes[0][-1]), float(nodes[1][-1]))
        return course(self.pieces(window), nodes)

    def outline(self, window: Window = (0.0, 0.0, 1.0, 1.0)) -> list[Array]:
        """The border as polylines (k, 2), for pictures; the window matters to unbounded borders only."""
        return polyline(self.pieces(window))

    def fractions(self, edges: tuple[ArrayLike, ...]) -> Array:
        """Area fractions (ny, nx) of the shape."""
        nodes = checked_edges(edges, 2)
        rows, columns = self._cut(nodes)
        boxes = boxes_of(nodes, rows, columns)
        middles = boxes.mean(axis=1)
        fractions = self._inside(nodes).astype(np.float64)
        fractions[rows, columns] = settle(self.moments_in(boxes, middles)[0] / moments(boxes, middles)[0])
        return fractions

    def centroids(self, edges: tuple[ArrayLike, ...]) -> Array:
        """Centroids (2, ny, nx, 2), x before y, of the shape and of the rest; the zone's middle where one is absent."""
        nodes = checked_edges(edges, 2)
        rows, columns = self._cut(nodes)
        boxes = boxes_of(nodes, rows, columns)
        middle_x, middle_y = (axis[:-1] + np.diff(axis) / 2 for axis in nodes)
        middles = np.stack(np.meshgrid(middle_x, middle_y), axis=-1)
        centroids = np.stack([middles, middles])
        areas, firsts = self.shares_in(boxes, middles[rows, columns])
        present = areas > ROUNDING * moments(boxes, middles[rows, columns])[0]
        shifts = np.where(present[..., None], firsts / np.where(present, areas, 1.0)[..., None], 0.0)
        centroids[:, rows, columns] += shifts
        return centroids

    def coverage(self, edges: tuple[ArrayLike, ...], k: int) -> Array:
        """Area shares (ny * k, nx * k) of the shape in k x k sub-zones of every zone."""
        return self.fractions(refined(checked_edges(edges, 2), k))

    def _inside(self, nodes: tuple[Array, ...]) -> NDArray[np.bool_]:
        middle_x, middle_y = (axis[:-1] + np.diff(axis) / 2 for axis in nodes)
        return np.asarray(self.level(middle_x[None, :], middle_y[:, None]) < 0)

    def _cut(self, nodes: tuple[Array, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        way = self.course(nodes)
        width = len(nodes[0]) - 1
        zones = np.unique(way.row * width + way.column)
        return zones // width, zones % width
