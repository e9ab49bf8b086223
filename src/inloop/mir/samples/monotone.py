"""Polynomial patches cut where they turn back in x or in y, and where such pieces meet given lines.

A piece that is monotone in x and in y crosses every mesh line at most once, and its two ends tell whether it does. A
polynomial is certainly monotone if the Bernstein coefficients of its derivative have one sign; halving a patch brings
them there, but for a patch with a turning point, which is cut at the turning point.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.polynomial import polynomial
from numpy.typing import NDArray

from inloop.mir.samples.curves import Array, Ints
from inloop.mir.samples.patches import DEGREE

_HALVINGS, _STEPS = 30, 100
_FLAT = 1e-15
"""Slopes below this share of a patch's size are rounding, and of either sign."""


def _bernstein(order: int) -> Array:
    """(d + 1, 8): powers of s to the Bernstein coefficients on [-1, 1] of the derivative of an order."""
    degree = DEGREE - order
    columns = []
    for power in np.eye(DEGREE + 1):
        slope = polynomial.polyder(power, order)
        unit = np.zeros(degree + 1)  # in powers of u, s = 2 u - 1
        for k, coefficient in enumerate(slope):
            unit[: k + 1] += coefficient * polynomial.polypow([-1.0, 2.0], k)
        columns.append([sum(comb(i, k) / comb(degree, k) * unit[k] for k in range(i + 1)) for i in range(degree + 1)])
    return np.array(columns).T


def _half(shift: float) -> Array:
    """(8, 8): powers of s to powers of u, s = (u + shift) / 2."""
    columns = [polynomial.polypow([shift / 2, 0.5], k) if k else np.ones(1) for k in range(DEGREE + 1)]
    return np.stack([np.pad(column, (0, DEGREE + 1 - len(column))) for column in columns], axis=1)


_SLOPE, _BEND = _bernstein(1), _bernstein(2)
_LOWER, _UPPER = _half(-1.0), _half(1.0)


@dataclass(frozen=True)
class Pieces:
    """Monotone stretches: piece i is s from begin[i] to end[i] of powers[i] (8, 2), cut out of patch[i]."""

    powers: Array
    begin: Array
    end: Array
    patch: Ints


def value(powers: Array, s: Array) -> Array:
    """Polynomials (n, d) at s (n,) or (n, k)."""
    columns = powers.T if s.ndim == 1 else powers.T[..., None]
    total = np.zeros_like(s) + columns[-1]
    for column in columns[-2::-1]:
        total = total * s + column
    return np.asarray(total)


def derivative(powers: Array) -> Array:
    """Powers (n, d - 1) of the derivatives of polynomials (n, d)."""
    return powers[:, 1:] * np.arange(1.0, powers.shape[1])


def solve(powers: Array, target: Array, begin: Array, end: Array) -> Array:
    """Where in [begin, end] polynomials (n, d), monotone there, take their targets (n,).

    Newton steps, bisection where they leave the bracket or shrink too slowly.
    """
    slopes = derivative(powers)
    first, last = value(powers, begin) - target, value(powers, end) - target
    rising = last > first
    low, high = begin.copy(), end.copy()
    span = np.where(last == first, 1.0, last - first)
    s = np.clip(begin - first / span * (end - begin), low, high)
    before = high - low
    todo = np.arange(len(s))
    for _ in range(_STEPS):
        at, p = s[todo], powers[todo]
        f, slope = value(p, at) - target[todo], value(slopes[todo], at)
        above = (f > 0) == rising[todo]
        high[todo] = np.where(above, at, high[todo])
        low[todo] = np.where(above, low[todo], at)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(f == 0, 0.0, f / slope)
        fast = (at - step >= low[todo]) & (at - step <= high[todo]) & (np.abs(step) <= 0.5 * before[todo])
        new = np.where(fast, at - step, (low[todo] + high[todo]) / 2)
        moved = np.abs(new - at)
        s[todo], before[todo] = new, np.where(fast, moved, high[todo] - low[todo])
        todo = todo[moved > 2e-16]
        if len(todo) == 0:
            break
    return s


def _one_sign(coefficients: Array, rounding: Array) -> NDArray[np.bool_]:
    """(n, 2) for coefficients (n, d, 2)."""
    return np.asarray((coefficients.min(axis=1) >= -rounding) | (coefficients.max(axis=1) <= rounding))


def monotone(powers: Array) -> Pieces:
    """Cuts patches (n, 8, 2) into stretches on which neither x nor y turns back."""
    patch = np.arange(len(powers))
    done: list[Pieces] = []
    for halving in range(_HALVINGS + 1):
        rounding = _FLAT * np.abs(powers).sum(axis=1)
        slope, bend = (np.einsum("ij,njd->nid", matrix, powers) for matrix in (_SLOPE, _BEND))
        steady, curved = _one_sign(slope, rounding), _one_sign(bend, rounding)
        ready = (steady | curved).all(axis=1) | (halving == _HALVINGS)
        turns = ~steady & (slope[:, 0] * slope[:, -1] < 0)
        done.append(_cut(powers[ready], turns[ready], patch[ready]))
        if ready.all():
            break
        rest = powers[~ready]
        powers = np.concatenate([np.einsum("ij,njd->nid", half, rest) for half in (_LOWER, _UPPER)])
        patch = np.tile(patch[~ready], 2)
    powers, begin, end, patch = (
        np.concatenate([getattr(part, name) for part in done]) for name in ("powers", "begin", "end", "patch")
    )
    return Pieces(powers, begin, end, patch)


def _cut(powers: Array, turns: NDArray[np.bool_], patch: Ints) -> Pieces:
    """Cuts patches at the one turning point that x or y or both have where `turns` (n, 2)."""
    cuts = np.ones((len(powers), 2))
    for axis in (0, 1):
        here = np.flatnonzero(turns[:, axis])
        slopes = derivative(powers[here, :, axis])
        ends = np.ones(len(here))
        cuts[here, axis] = solve(slopes, np.zeros(len(here)), -ends, ends)
    first, second = cuts.min(axis=1), cuts.max(axis=1)
    points = np.stack([np.full(len(powers), -1.0), first, second, np.ones(len(powers))], axis=1)
    row, part = np.nonzero(points[:, 1:] > points[:, :-1])
    return Pieces(powers[row], points[row, part], points[row, part + 1], patch[row])
