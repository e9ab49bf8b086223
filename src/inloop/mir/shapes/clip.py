"""Arithmetic on many small polygons at once.

A batch of polygons is one array (n, k, 2), counter-clockwise. Polygons with fewer than k corners repeat a corner, which
adds edges of length zero and changes neither areas nor moments. Every difference is formed between points of the same
polygon, so a sliver in a corner of a zone keeps its relative accuracy wherever the zone lies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDING = 8 * np.finfo(np.float64).eps


def cross(a: Array, b: Array) -> Array:
    """Cross product (its z component) of plane vectors (..., 2)."""
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def boxes_of(edges: tuple[Array, ...], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Array:
    """Corners (n, 4, 2) of the zones (row, column) of a rectilinear mesh."""
    x, y = edges[0], edges[1]
    west, east, south, north = x[columns], x[columns + 1], y[rows], y[rows + 1]
    corners = [[west, south], [east, south], [east, north], [west, north]]
    return np.moveaxis(np.array(corners), 2, 0)


def moments(polygons: Array, about: Array) -> tuple[Array, Array]:
    """Areas (n,) and first moments (n, 2) of simple polygons (n, k, 2), the moments taken about the points (n, 2)."""
    start = polygons[:, :1]
    here = polygons - start
    there = np.roll(here, -1, axis=1)
    twice = cross(here, there)
    area = twice.sum(axis=1) / 2
    first = np.einsum("nk,nkd->nd", twice, here + there) / 6
    return area, first + area[:, None] * (start[:, 0] - about)


def pack(points: Array, kept: NDArray[np.bool_]) -> Array:
    """The kept points (n, k', 2) of each polygon in their order, padded by repeating the first one.

    A polygon without any kept point collapses to one point, of area exactly zero.
    """
    width = max(int(kept.sum(axis=1).max(initial=0)), 1)
    order = np.argsort(~kept, axis=1, kind="stable")[:, :width]
    rows = np.arange(len(points))[:, None]
    packed = points[rows, order]
    return np.asarray(np.where(kept[rows, order][..., None], packed, packed[:, :1]))


def clip(polygons: Array, point: Array, normal: Array) -> Array:
    """The parts (n, k', 2) of the polygons with normal . (x - point) <= 0.

    `point` and `normal` are (2,) for all or (n, 2), one half-plane a polygon. Corners within rounding of the line count
    as lying on it, so touching a line does not leave a sliver. A convex polygon gives its exact part; a non-convex one
    may come back with seams along the line, which enclose no area.
    """
    point, normal = (np.broadcast_to(given, (len(polygons), 2))[:, None] for given in (point, normal))
    offset = polygons - point
    distance = (offset * normal).sum(axis=2)
    size = (np.abs(polygons) + np.abs(point)) * np.abs(normal)
    distance = np.where(np.abs(distance) <= ROUNDING * size.sum(axis=2), 0.0, distance)
    beyond = np.roll(distance, -1, axis=1)
    crosses = distance * beyond < 0
    # Each cut is measured from the nearer end of its edge: a tiny corner piece keeps its digits.
    following = np.roll(polygons, -1, axis=1)
    span = np.where(crosses, np.abs(distance) + np.abs(beyond), 1.0)
    share = (np.minimum(np.abs(distance), np.abs(beyond)) / span)[..., None]
    nearer = (np.abs(distance) <= np.abs(beyond))[..., None]
    cuts = np.where(nearer, polygons + share * (following - polygons), following + share * (polygons - following))
    batch = (len(polygons), 2 * polygons.shape[1])
    points = np.stack([polygons, cuts], axis=2).reshape(*batch, 2)
    kept = np.stack([distance <= 0, crosses], axis=2).reshape(batch)
    return pack(points, kept)


def clip_to_convex(polygons: Array, convex: Array) -> Array:
    """The parts of the polygons (n, k, 2) inside convex polygons: (m, 2) one for all, or (n, m, 2) one for each."""
    convex = np.broadcast_to(convex, (len(polygons), *convex.shape[-2:]))
    for corner in range(convex.shape[1]):
        along = np.roll(convex, -1, axis=1)[:, corner] - convex[:, corner]
        polygons = clip(polygons, convex[:, corner], np.stack([along[:, 1], -along[:, 0]], axis=1))
    return polygons


def are_convex(polygons: Array) -> bool:
    """Whether every polygon of the batch is convex and counter-clockwise (repeated corners allowed)."""
    if polygons.shape[1] <= 3:
        return bool((moments(polygons, polygons[:, 0])[0] >= 0).all())
    turning = []
    for polygon in polygons:
        corners = polygon[(polygon != np.roll(polygon, 1, axis=0)).any(axis=1)]
        along = np.roll(corners, -1, axis=0) - corners
        turn = cross(along, np.roll(along, -1, axis=0))
        turning.append((turn >= -ROUNDING * (np.abs(along).max(initial=0.0) * np.abs(corners).max(initial=0.0))).all())
    return bool(np.all(turning))


def pad(polygons: list[Array]) -> Array:
    """One batch (n, k, 2) out of polygons of different lengths."""
    width = max((len(polygon) for polygon in polygons), default=1)
    batch = np.empty((len(polygons), width, 2))
    for row, polygon in zip(batch, polygons, strict=True):
        row[: len(polygon)] = polygon
        row[len(polygon) :] = polygon[0]
    return batch
