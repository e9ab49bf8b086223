"""Exact overlap of polygons with a disk.

The overlap's border runs along the polygon where that lies inside the circle and along the circle where the polygon
lies outside. So its area is that of the polygon through the points where it enters and leaves the circle and the
corners inside, plus the circular segments over the chords from each exit to the next entry. Both parts are as small as
the overlap itself: nothing of the disk's size is subtracted, which keeps tiny fractions accurate.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from inloop.mir.shapes.clip import ROUNDING, Array, cross, moments

# Taylor coefficients in the half angle a: of a - sin a cos a (the segment's area is R^2 of this) and of
# 3/4 sin a + 1/12 sin 3a - a cos a (its first moment about the chord is R^3 of this). Both lose all digits for small a
# in closed form.
_TERMS = range(1, 14)
_AREA = [-((-4.0) ** n) / math.factorial(2 * n + 1) for n in _TERMS]
_LEVER = [(-1.0) ** n * ((9 + 3.0 ** (2 * n + 1)) / 12 / (2 * n + 1) - 1) / math.factorial(2 * n) for n in _TERMS]


def _odd_series(half: Array, coefficients: list[float]) -> Array:
    """Sum of c_n a^(2 n + 1), n = 1, 2, ..."""
    total = np.zeros_like(half)
    for coefficient in reversed(coefficients):
        total = (total + coefficient) * half**2
    return np.asarray(total * half)


def segment(half: Array) -> tuple[Array, Array]:
    """Area over R^2 and first moment about the chord over R^3 of circular segments of half angle a in [-pi/2, pi/2]."""
    area = np.where(np.abs(half) < 1, _odd_series(half, _AREA), half - np.sin(half) * np.cos(half))
    lever = 0.75 * np.sin(half) + np.sin(3 * half) / 12 - half * np.cos(half)
    return area, np.where(np.abs(half) < 1, _odd_series(half, _LEVER), lever)


def _angle(p: Array, q: Array) -> Array:
    """Angle in (-pi, pi] that turns p to q, both (..., 2); from the chord, so small angles keep their digits."""
    return np.asarray(np.arctan2(cross(p, q - p), (p * q).sum(axis=-1)))


def _walk(polygons: Array, radius: Array) -> tuple[Array, NDArray[np.bool_], NDArray[np.bool_], Array]:
    """Follows each polygon around: the points (n, 3 k, 2) of the overlap, which of them exist, which are exits from the
    disk, and by what angle (n,) the polygon turns about the centre while outside.
    """
    p, q = polygons, np.roll(polygons, -1, axis=1)
    along = q - p
    square = (along**2).sum(axis=2)
    length = np.sqrt(square)
    ahead = (p * along).sum(axis=2)
    away = np.abs(cross(p, along))
    reach = np.hypot(p[..., 0], p[..., 1])
    size = np.maximum(radius, reach)
    excess = np.where(np.abs(reach - radius) <= ROUNDING * size, 0.0, (reach - radius) * (reach + radius))
    inside = excess <= 0
    inside_next = np.roll(inside, -1, axis=1)

    # The line through the edge meets the circle where square t^2 + 2 ahead t + excess = 0.
    discriminant = (radius * length - away) * (radius * length + away)
    meets = (discriminant > ROUNDING * (size * length) ** 2) | (inside ^ inside_next)
    root = np.sqrt(np.maximum(discriminant, 0.0))
    far = root + np.abs(ahead)
    with np.errstate(divide="ignore", invalid="ignore"):
        large, small = far / square, np.where(far > 0, excess / far, 0.0)
        first = np.where(ahead < 0, small, -large)
        last = np.where(ahead < 0, large, -small)
    through = meets & ~inside & ~inside_next & (first > 0) & (last < 1) & (first < last)
    enters = (~inside & inside_next) | through
    leaves = (inside & ~inside_next) | through
    entry = p + np.clip(np.where(enters, first, 0.0), 0.0, 1.0)[..., None] * along
    leave = p + np.clip(np.where(leaves, last, 0.0), 0.0, 1.0)[..., None] * along

    outside = np.where(enters, _angle(p, entry), 0.0) + np.where(leaves, _angle(leave, q), 0.0)
    outside = np.where(~inside & ~inside_next & ~through, _angle(p, q), outside)
    batch, never = (len(polygons), 3 * polygons.shape[1]), np.zeros_like(leaves)
    points = np.stack([p, entry, leave], axis=2).reshape(*batch, 2)
    kept = np.stack([inside, enters, leaves], axis=2).reshape(batch)
    exits = np.stack([never, never, leaves], axis=2).reshape(batch)
    return points, kept, exits, outside.sum(axis=1)


def disk_moments(polygons: Array, radius: Array | float, about: Array) -> tuple[Array, Array]:
    """Areas (n,) and first moments (n, 2) about given points of simple polygons' overlap with disks about the origin.

    polygons (n, k, 2) relative to the disks' centres; radius one number or (n,). A polygon that the disk does not
    reach gets exactly zero, one that lies in the disk exactly its own moments.
    """
    reach = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(polygons),))
    points, kept, exits, outside = _walk(polygons, reach[:, None])
    # Fill empty slots with the previous kept point (cyclically), so that an arc's chord ends at the next kept one.
    count = points.shape[1]
    slots = np.where(kept, np.arange(count), -1)
    previous = np.maximum.accumulate(slots, axis=1)
    previous = np.where(previous < 0, previous[:, -1:], previous)
    some = previous[:, 0] >= 0
    rows = np.arange(len(points))[:, None]
    corners = np.where(some[:, None, None], points[rows, np.maximum(previous, 0)], points[:, :1])
    area, first = moments(corners, about)

    start, end = np.roll(corners, 1, axis=1), corners
    arcs = kept & exits[rows, np.roll(previous, 1, axis=1)]
    turn = np.where(arcs, _angle(start, end), 0.0)
    chord = np.where(arcs[..., None], end - start, 0.0)
    slice_area, lever = segment(turn / 2)
    slice_area = slice_area * reach[:, None] ** 2
    sine = np.abs(np.sin(turn / 2))
    arm = np.abs(lever) / np.where(sine > 0, 2 * sine, 1.0) * reach[:, None] ** 2
    middle = (start + end) / 2 - about[:, None]
    area = area + slice_area.sum(axis=1)
    first = first + (slice_area[..., None] * middle).sum(axis=1)
    first = first + np.stack([(arm * chord[..., 1]).sum(axis=1), -(arm * chord[..., 0]).sum(axis=1)], axis=1)

    # Arcs are known up to whole turns: the polygon's own turning outside tells how often it goes round the disk.
    turns = np.round((outside - turn.sum(axis=1)) / (2 * np.pi))
    whole = turns * np.pi * reach**2
    return area + whole, first - whole[:, None] * about
