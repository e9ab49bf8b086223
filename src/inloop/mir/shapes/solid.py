"""Exact shapes in space: what they can say about a mesh, and the half-space.

Volumes are integrals over z of plane sections, and the sections are known in closed form. Between the heights at which
a section changes its kind (where the border passes an edge or touches a face) its area is smooth but for square roots
at the ends; with z = middle + half * u (3 - u^2) / 2 these become smooth too, and Gauss-Legendre quadrature converges
like on a polynomial: 40 points give 1e-12 of the zone for a ball however it lies, and 6 are exact for a half-space.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inloop.mir.shapes.clip import ROUNDING, Array, clip, moments
from inloop.mir.shapes.plane import positive
from inloop.mir.shapes.shape import checked_edges, refined, settle

Point3 = tuple[float, float, float]
Polyhedron = tuple[Array, list[NDArray[np.int64]]]  # corners (n, 3), faces: corner numbers, outward counter-clockwise


def heights(breaks: Array, low: Array, high: Array, points: int) -> tuple[NDArray[np.intp], Array, Array]:
    """Quadrature over z from low (n,) to high (n,), broken at the heights breaks (n, m), those outside ignored.

    Returns flat arrays: which of the n each node belongs to, its z, its weight.
    """
    nodes, weights = np.polynomial.legendre.leggauss(points)
    low, high = low[:, None], high[:, None]
    ladder = np.sort(np.clip(np.concatenate([breaks, low, high], axis=1), low, high))
    owner, step = np.nonzero(np.diff(ladder, axis=1) > 0)
    bottom, top = ladder[owner, step], ladder[owner, step + 1]
    half = (top - bottom) / 2
    z = (bottom + half)[:, None] + half[:, None] * (nodes * (3 - nodes**2) / 2)
    weight = half[:, None] * (weights * 1.5 * (1 - nodes) * (1 + nodes))
    return np.repeat(owner, points), z.ravel(), weight.ravel()


class Solid(ABC):
    """A region of space; material 0 is the solid, material 1 the rest. Mesh edges are (x, y, z) node coordinates."""

    @property
    def materials(self) -> int:
        """Two: the solid and the rest."""
        return 2

    @abstractmethod
    def level(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Array:
        """Signed distance, negative inside."""

    @abstractmethod
    def volume(self) -> float:
        """Volume of the whole solid; infinite for a half-space."""

    @abstractmethod
    def volumes_in(self, polyhedra: Sequence[Polyhedron]) -> Array:
        """Volumes (n,) that the solid shares with convex polyhedra."""

    @abstractmethod
    def _moments_in(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Volumes (n,) and first moments (n, 3) about the middle of the parts in boxes, low and high corners (n, 3)."""

    def _rest_in(self, low: Array, high: Array) -> tuple[Array, Array]:
        """The same of what the solid leaves."""
        volume, first = self._moments_in(low, high)
        return np.prod(high - low, axis=1) - volume, -first

    @abstractmethod
    def _bounds(self, nodes: tuple[Array, ...]) -> tuple[Array, Array]:
        """Least and greatest signed distance (nz, ny, nx) over each zone."""

    def fractions(self, edges: tuple[ArrayLike, ...]) -> Array:
        """Volume fractions (nz, ny, nx)."""
        nodes = checked_edges(edges, 3)
        least, greatest = self._bounds(nodes)
        fractions = (greatest <= 0).astype(np.float64)
        zones, low, high = self._cut(nodes, least, greatest)
        fractions[zones] = settle(self._moments_in(low, high)[0] / np.prod(high - low, axis=1))
        return fractions

    def centroids(self, edges: tuple[ArrayLike, ...]) -> Array:
        """Centroids (2, nz, ny, nx, 3), in the order x, y, z, of the solid and of the rest; the zone's middle where one
        is absent.
        """
        nodes = checked_edges(edges, 3)
        x, y, z = (axis[:-1] + np.diff(axis) / 2 for axis in nodes)
        grid = np.meshgrid(z, y, x, indexing="ij")
        centroids = np.repeat(np.stack(grid[::-1], axis=-1)[None], 2, axis=0)
        zones, low, high = self._cut(nodes, *self._bounds(nodes))
        for material, (part, moment) in enumerate((self._moments_in(low, high), self._rest_in(low, high))):
            present = part > ROUNDING * np.prod(high - low, axis=1)
            centroids[material][zones] += np.where(
                present[:, None], moment / np.where(present, part, 1.0)[:, None], 0.0
            )
        return centroids

    def coverage(self, edges: tuple[ArrayLike, ...], k: int) -> Array:
        """Volume shares (nz * k, ny * k, nx * k) of the solid in the sub-zones of every zone."""
        return self.fractions(refined(checked_edges(edges, 3), k))

    @staticmethod
    def _cut(
        nodes: tuple[Array, ...], least: Array, greatest: Array
    ) -> tuple[tuple[NDArray[np.intp], ...], Array, Array]:
        zones = np.nonzero((least < 0) & (greatest > 0))
        low = np.stack([axis[:-1][at] for axis, at in zip(nodes, zones[::-1], strict=True)], axis=1)
        high = np.stack([axis[1:][at] for axis, at in zip(nodes, zones[::-1], strict=True)], axis=1)
        return zones, low, high


def rectangles(low: Array, high: Array) -> Array:
    """Corners (n, 4, 2) of the boxes' sections."""
    x0, y0, x1, y1 = low[:, 0], low[:, 1], high[:, 0], high[:, 1]
    return np.moveaxis(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), 2, 0)


@dataclass(frozen=True)
class HalfSpace(Solid):
    """All points with normal . (x - point) < 0: the normal points out of the solid and need not have length 1."""

    point: Point3
    normal: Point3

    def __post_init__(self) -> None:
        positive("length of the normal", math.hypot(*self.normal))

    def level(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Array:
        """Signed distance."""
        parts = (n * (np.asarray(v) - p) for n, v, p in zip(self.normal, (x, y, z), self.point, strict=True))
        return np.asarray(sum(parts) / math.hypot(*self.normal))

    def volume(self) -> float:
        """Infinite."""
        return math.inf

    def volumes_in(self, polyhedra: Sequence[Polyhedron]) -> Array:
        """By the divergence theorem: every face is clipped, and the cut, seen from a point on it, encloses nothing."""
        return np.array([self._volume_in(polyhedron) for polyhedron in polyhedra])

    def _volume_in(self, polyhedron: Polyhedron) -> float:
        corners, faces = polyhedron
        normal = np.array(self.normal) / math.hypot(*self.normal)
        start = corners.mean(axis=0)
        foot = start - normal * (normal @ (start - self.point))
        scale = np.abs(corners - start).max()
        volume = 0.0
        for face in faces:
            here = corners[face] - foot
            depth = here @ normal
            depth = np.where(np.abs(depth) <= ROUNDING * scale, 0.0, depth)
            ring = []
            for i in range(len(face)):
                j = (i + 1) % len(face)
                if depth[i] <= 0:
                    ring.append(here[i])
                if depth[i] * depth[j] < 0:
                    ring.append(here[i] + depth[i] / (depth[i] - depth[j]) * (here[j] - here[i]))
            for p, q in pairwise(ring[1:]):
                volume += float(ring[0] @ np.cross(p - ring[0], q - ring[0])) / 6
        return volume

    def _rest_in(self, low: Array, high: Array) -> tuple[Array, Array]:
        """As the half-space beyond: a sliver of either side keeps its digits."""
        nx, ny, nz = self.normal
        return HalfSpace(self.point, (-nx, -ny, -nz))._moments_in(low, high)

    def _bounds(self, nodes: tuple[Array, ...]) -> tuple[Array, Array]:
        x, y, z = nodes
        levels = self.level(x[None, None, :], y[None, :, None], z[:, None, None])
        rounding = ROUNDING * max(float(np.abs(axis).max()) for axis in nodes)
        least = greatest = np.where(np.abs(levels) <= rounding, 0.0, levels)
        for axis in range(3):
            low = (slice(None),) * axis + (slice(None, -1),)
            high = (slice(None),) * axis + (slice(1, None),)
            least, greatest = np.minimum(least[low], least[high]), np.maximum(greatest[low], greatest[high])
        return least, greatest

    def _moments_in(self, low: Array, high: Array) -> tuple[Array, Array]:
        (nx, ny, nz), (px, py, pz) = self.normal, self.point
        corners = rectangles(low, high)
        middle = (low + high) / 2
        # The section's line passes a corner of the rectangle where nx (x - px) + ny (y - py) + nz (z - pz) = 0.
        steep = abs(nz) > ROUNDING * math.hypot(nx, ny)
        breaks = pz - (corners - (px, py)) @ np.array([nx, ny]) / nz if steep else np.empty((len(low), 0))
        owner, z, weight = heights(breaks, low[:, 2], high[:, 2], 6)
        along = np.array([nx, ny])
        square = float(along @ along)
        if square > 0:
            # Depth of the section's line: of all points on it take the one nearest to the rectangle's middle.
            offset = ((middle[owner, :2] - (px, py)) @ along + nz * (z - pz)) / square
            point = middle[owner, :2] - offset[:, None] * along
            sections = clip(corners[owner], point, along)
        else:
            below = nz * (z - pz) < 0
            sections = np.where(below[:, None, None], corners[owner], corners[owner][:, :1])
        area, first = moments(sections, middle[owner, :2])
        return summed(owner, z, weight, area, first, middle)


def summed(
    owner: NDArray[np.intp], z: Array, weight: Array, area: Array, first: Array, middle: Array
) -> tuple[Array, Array]:
    """Volumes (n,) and first moments (n, 3) about the middles from the sections' areas and first moments."""
    count = len(middle)
    volume = np.bincount(owner, weight * area, count)
    lever = area * (z - middle[owner, 2])
    parts = [np.bincount(owner, weight * part, count) for part in (first[:, 0], first[:, 1], lever)]
    return np.asarray(volume, dtype=np.float64), np.stack(parts, axis=1, dtype=np.float64)
