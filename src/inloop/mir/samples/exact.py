"""Exact coverages: the area share of every material in every sub-zone, by Green's theorem.

Borders are cut at all lines of the sub-zones. Scan a row of sub-zones from the left: where a border climbs by dy, its
right-hand material takes over from its left-hand one on the height dy of everything beyond, and on the integral of
(distance to the sub-zone's right side) dy in the sub-zone itself. So every sub-zone's share is a sum over the pieces
in it and left of it in its row. The window's own left side counts as a border wherever a border leaves there.

The error is that of the patches (1e-12 zones from the true curve) and rounding, whatever the shape: `ACCURACY` bounds
it. A material none of whose borders enter a sub-zone has exactly 0 or 1 of it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.mir.samples.curves import Array, Ints
from inloop.mir.samples.monotone import Pieces, derivative, monotone, solve, value
from inloop.mir.samples.patches import Patches

CORE, HALO, FINE = 8, 4, 8
"""Zones along a side of the core, layers of zones around it, sub-zones along a zone."""
ZONES = CORE + 2 * HALO
WINDOW = (-float(HALO), float(CORE + HALO))
"""The square that a sample covers, in zones; the core is (0, 8)."""
ACCURACY = 1e-9
"""Bound of the error of a sub-zone's share."""

Mask = NDArray[np.bool_]

_SETTLED = 1e-13
_SNAP = 1e-11
_GAUSS, _WEIGHTS = np.polynomial.legendre.leggauss(6)


class _Stretches(NamedTuple):
    """Stretches of pieces between two mesh lines, each within one sub-zone."""

    piece: Ints
    begin: Array
    end: Array
    rise: Array  # y(end) - y(begin), to the last bit where these are mesh lines


class _Crossings(NamedTuple):
    """Where pieces cross mesh lines: of the axis (0: x = line), at s; upwards or downwards in that coordinate."""

    piece: Ints
    s: Array
    line: Array
    up: Array  # +1 or -1


def coverage(patches: Patches, samples: int, materials: int, *, halo: int = HALO, fine: int = FINE) -> Array:
    """Shares (samples, materials, n, n) of the window's sub-zones, n = (8 + 2 halo) fine, 128 as samples are stored.

    Row 0 is the lowest; the shares sum to one. A border must pass the window.
    """
    powers = patches.powers * fine
    powers[:, 0] += halo * fine
    pieces = monotone(powers)
    ends = _ends(pieces)
    shape = (samples, materials, *2 * ((CORE + 2 * halo) * fine,))
    crossings = [_crossings(pieces, ends[..., axis], axis, shape[-1]) for axis in (0, 1)]
    shares, touched = _scanned(_stretches(pieces, ends, crossings), pieces, patches, shape)
    shares += _left_side(crossings[0], pieces, patches, shape)[..., None]
    return _settled(shares, touched)


def fractions(shares: Array) -> Array:
    """Fractions (..., 16, 16) of the zones out of the window's shares (..., 128, 128)."""
    return np.asarray(shares.reshape(*shares.shape[:-2], ZONES, FINE, ZONES, FINE).mean(axis=(-3, -1)))


def core(shares: Array) -> Array:
    """Shares (..., 64, 64) of the core's sub-zones."""
    inner = slice(HALO * FINE, (HALO + CORE) * FINE)
    return shares[..., inner, inner]


def _ends(pieces: Pieces) -> Array:
    """Points (n, 2, 2): begin and end of each piece; those on a line but for rounding lie on it."""
    points = np.stack(
        [np.stack([value(pieces.powers[..., axis], s) for axis in (0, 1)], axis=1) for s in (pieces.begin, pieces.end)],
        axis=1,
    )
    nearest = np.rint(points)
    return np.where(np.abs(points - nearest) < _SNAP, nearest, points)


def _crossings(pieces: Pieces, ends: Array, axis: int, last_line: int) -> _Crossings:
    """Of all pieces with the mesh lines 0 to `last_line` along an axis; a point on a line counts as beyond it."""
    first, last = np.floor(ends.min(axis=1)) + 1, np.floor(ends.max(axis=1))
    first, last = np.maximum(first, 0), np.minimum(last, last_line)
    count = np.maximum(last - first + 1, 0).astype(np.intp)
    piece = np.repeat(np.arange(len(count)), count)
    line = first[piece] + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    s = solve(pieces.powers[piece, :, axis], line, pieces.begin[piece], pieces.end[piece])
    return _Crossings(piece, s, line, np.sign(ends[piece, 1] - ends[piece, 0]))


def _stretches(pieces: Pieces, ends: Array, crossings: list[_Crossings]) -> _Stretches:
    """The pieces cut at all their crossings."""
    every = np.arange(len(ends))
    across, along = crossings
    piece = np.concatenate([every, every, across.piece, along.piece])
    s = np.concatenate([pieces.begin, pieces.end, across.s, along.s])
    y = np.concatenate([ends[:, 0, 1], ends[:, 1, 1], value(pieces.powers[across.piece, :, 1], across.s), along.line])
    order = np.lexsort((s, piece))
    piece, s, y = piece[order], s[order], y[order]
    same = np.flatnonzero(piece[1:] == piece[:-1])
    return _Stretches(piece[same], s[same], s[same + 1], y[same + 1] - y[same])


def _scanned(
    stretches: _Stretches, pieces: Pieces, patches: Patches, shape: tuple[int, int, int, int]
) -> tuple[Array, Mask]:
    """Shares (samples, materials, n, n) but for what the left side brings; where a material has a border."""
    _, materials, n, _ = shape
    middle = (stretches.begin + stretches.end) / 2
    column, row = (np.floor(value(pieces.powers[stretches.piece, :, axis], middle)) for axis in (0, 1))
    within = (column >= 0) & (column < n) & (row >= 0) & (row < n)
    piece, begin, end, rise = (part[within] for part in stretches)
    column, row = column[within].astype(np.intp), row[within].astype(np.intp)

    half = ((end - begin) / 2)[:, None]
    s = ((begin + end) / 2)[:, None] + half * _GAUSS
    slope = value(derivative(pieces.powers[piece, :, 1]), s)
    rest = (column + 1)[:, None] - value(pieces.powers[piece, :, 0], s)
    area = ((rest * slope * _WEIGHTS).sum(axis=1)) * half[:, 0]

    patch = pieces.patch[piece]
    sample = patches.sample[patch]
    places = [(sample * materials + side[patch]) * n * n + row * n + column for side in (patches.right, patches.left)]
    index, sign = np.concatenate(places), np.repeat([1.0, -1.0], len(piece))
    here, beyond = (_summed(index, sign * np.tile(amount, 2), shape) for amount in (area, rise))
    touched = np.zeros(math.prod(shape), dtype=bool)
    touched[index] = True
    np.cumsum(beyond, axis=-1, out=beyond)
    here[..., 1:] += beyond[..., :-1]
    return here, touched.reshape(shape)


def _summed(index: Ints, amounts: Array, shape: tuple[int, ...]) -> Array:
    """The amounts added up at their places in an array of the shape; in the order given, whatever else is added."""
    return np.asarray(np.bincount(index, amounts, math.prod(shape)).reshape(shape), dtype=np.float64)


def _left_side(crossings: _Crossings, pieces: Pieces, patches: Patches, shape: tuple[int, int, int, int]) -> Array:
    """Shares (samples, materials, n) along the window's left side, up to those at its bottom.

    A border that leaves to the left is thought to go on upwards along the side; one that enters has come down on it.
    """
    samples, materials, n, _ = shape
    y = value(pieces.powers[crossings.piece, :, 1], crossings.s)
    kept = (crossings.line == 0) & (y >= 0) & (y < n)
    piece, y, sign = crossings.piece[kept], y[kept], -crossings.up[kept]
    patch = pieces.patch[piece]
    row = np.floor(y).astype(np.intp)
    places = [(patches.sample[patch] * materials + side[patch]) * n + row for side in (patches.right, patches.left)]
    index = np.concatenate(places)
    signs = np.concatenate([sign, -sign])
    part, whole = (
        _summed(index, signs * np.tile(amount, 2), (samples, materials, n)) for amount in (row + 1 - y, np.ones(len(y)))
    )
    np.cumsum(whole, axis=-1, out=whole)
    part[..., 1:] += whole[..., :-1]
    return part


def _settled(shares: Array, touched: Mask) -> Array:
    """Adds the material of the window's lowest left corner: of its share can only be taken, to that of others added."""
    lowest, highest = shares.min(axis=(2, 3)), shares.max(axis=(2, 3))
    base = np.zeros_like(lowest)
    np.put_along_axis(base, (lowest + highest).argmin(axis=1)[:, None], 1.0, axis=1)
    shares += base[..., None, None]
    pure = np.rint(shares) + 0.0  # and no -0.0
    wrong = np.maximum(lowest + base, 0) - (lowest + base) + np.maximum(highest + base, 1) - 1
    stray = np.where(touched, 0.0, np.abs(shares - pure)).max(initial=0.0)
    if wrong.max(initial=0.0) > ACCURACY or stray > ACCURACY:
        raise InloopError(
            "figure: its borders do not fit together; each must end where others meet it, with the same materials"
        )
    sample, row, column = np.nonzero(touched.any(axis=1))
    cut, whole = shares[sample, :, row, column], pure[sample, :, row, column]  # (n, M)
    settled = ~touched[sample, :, row, column] | (np.abs(cut - whole) <= _SETTLED)
    cut = np.where(settled, whole, np.clip(cut, 0.0, 1.0))
    largest = cut.argmax(axis=1)[:, None]
    np.put_along_axis(cut, largest, 0.0, axis=1)
    np.put_along_axis(cut, largest, 1.0 - cut.sum(axis=1, keepdims=True), axis=1)
    pure[sample, :, row, column] = cut
    return np.asarray(pure)
