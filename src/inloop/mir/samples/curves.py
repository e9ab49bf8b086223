"""The curves that borders are made of, many at once, and the bend that makes any of them a general smooth one.

A bundle holds n curves of one kind, each a map from t in [0, 1] to the plane. Lengths are zone widths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.intp]


class Bundle(Protocol):
    """n curves of one kind."""

    def __len__(self) -> int:
        """How many curves."""

    @property
    def parts(self) -> int:
        """Into how many equal parts of t a curve is cut before its shape is looked at: each turns by less than 1."""

    def points(self, which: Ints, t: Array) -> Array:
        """Points (m, k, 2) of the curves `which` (m,) at parameters t (m, k)."""


@dataclass(frozen=True)
class Segments:
    """Straight curves from `start` (n, 2) to `end` (n, 2)."""

    start: Array
    end: Array

    def __len__(self) -> int:
        return len(self.start)

    @property
    def parts(self) -> int:
        """One: a line does not turn."""
        return 1

    def points(self, which: Ints, t: Array) -> Array:
        """Weighted means of the ends, so that t = 0 and t = 1 give them to the last bit."""
        return (1 - t)[..., None] * self.start[which, None] + t[..., None] * self.end[which, None]


@dataclass(frozen=True)
class Rounds:
    """Arcs of ellipses whose radius may swell in lobes, counter-clockwise from angle `begin` to `finish`.

    With u from begin to finish: centre + turned by `turn` of rho(u) (a cos u, b sin u), and
    rho(u) = 1 + swell cos(lobes u + phase). No swell and a = b: an arc of a circle.
    """

    centre: Array  # (n, 2)
    semiaxes: Array  # (n, 2): a, b
    begin: Array  # (n,), as all below
    finish: Array
    turn: Array
    swell: Array
    lobes: Array
    phase: Array

    def __len__(self) -> int:
        return len(self.centre)

    @property
    def parts(self) -> int:
        """Eighths of a turn, and no fewer than four to a lobe."""
        angle = float((self.finish - self.begin).max())
        lobes = np.where(self.swell > 0, self.lobes, 0.0)
        return max(1, int(np.ceil(angle / (2 * np.pi) * max(8.0, 4.0 * float(lobes.max())))))

    def points(self, which: Ints, t: Array) -> Array:
        """By the formula above."""
        begin, finish = self.begin[which, None], self.finish[which, None]
        u = (1 - t) * begin + t * finish
        rho = 1 + self.swell[which, None] * np.cos(self.lobes[which, None] * u + self.phase[which, None])
        along = rho * self.semiaxes[which, :1] * np.cos(u)
        across = rho * self.semiaxes[which, 1:] * np.sin(u)
        c, s = np.cos(self.turn[which, None]), np.sin(self.turn[which, None])
        x = self.centre[which, :1] + c * along - s * across
        y = self.centre[which, 1:] + s * along + c * across
        return np.stack([x, y], axis=-1)


def circles(
    centre: Array, radius: Array | float, begin: Array | float = 0.0, finish: Array | float = 2 * np.pi
) -> Rounds:
    """Arcs of circles about centres (n, 2): whole circles unless told otherwise."""
    n = len(centre)
    each = [np.broadcast_to(np.asarray(value, dtype=np.float64), (n,)) for value in (radius, begin, finish)]
    none = np.zeros(n)
    return Rounds(centre, np.stack([each[0], each[0]], axis=1), each[1], each[2], none, none, none, none)


@dataclass(frozen=True)
class Bend:
    """A smooth map of the plane: p + sum of push_i sin(wave_i . p + phase_i).

    The sum of |push_i| |wave_i| is `strain`; below 1 the map is one to one and distances change by no more than a
    factor of 1 - strain to 1 + strain, so borders that did not touch still do not.
    """

    wave: Array  # (m, 2)
    push: Array  # (m, 2)
    phase: Array  # (m,)

    @property
    def strain(self) -> float:
        """Bound of the gradient of the displacement."""
        return float((np.hypot(*self.wave.T) * np.hypot(*self.push.T)).sum())

    def __call__(self, points: Array) -> Array:
        """Points (..., 2) after the bend."""
        bent = points.copy()
        for wave, push, phase in zip(self.wave, self.push, self.phase, strict=True):
            swing = np.sin(points[..., 0] * wave[0] + points[..., 1] * wave[1] + phase)
            bent += swing[..., None] * push
        return bent
