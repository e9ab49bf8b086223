"""Curves as polynomial patches: pieces of degree 7 that follow a placed curve to 1e-12 of a zone.

One kind of piece is all that the exact coverages have to know. A straight line is a patch itself; a curve is cut until
the polynomial through eight of its points meets it at seven points between. Pieces outside the window are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial

from inloop.errors import InloopError
from inloop.mir.samples.curves import Array, Bundle, Ints
from inloop.mir.samples.figure import Figure

DEGREE = 7
TOLERANCE = 1e-12
"""Greatest distance, in zones, between a patch and its curve; or a little more where rounding of far coordinates is."""

_NODES = -np.cos(np.pi * np.arange(DEGREE + 1) / DEGREE)
_CHECKS = -np.cos(np.pi * (np.arange(DEGREE) + 0.5) / DEGREE)
_TO_POWERS = np.linalg.inv(np.vander(_NODES, increasing=True))
_POINTS = np.concatenate([_NODES, _CHECKS])
_AT_CHECKS = np.vander(_CHECKS, DEGREE + 1, increasing=True)
_AT_NODES = np.vander(_NODES, DEGREE + 1, increasing=True)
_SLOPES, _BENDS = (
    np.stack([polynomial.polyval(_NODES, polynomial.polyder(power, order)) for power in np.eye(DEGREE + 1)], axis=1)
    for order in (1, 2)
)
_ROUNDING = 2e-15
_MOST_CUTS, _MOST_PIECES, _ROUNDS = 8, 100_000, 40


@dataclass(frozen=True)
class Patches:
    """Border pieces (x, y)(s) = sum of powers[:, j] s^j, s from -1 to 1, and what lies left and right of each."""

    powers: Array  # (n, 8, 2)
    left: Ints  # (n,), as all below
    right: Ints
    sample: Ints

    def __len__(self) -> int:
        return len(self.powers)


def joined(parts: Sequence[Patches]) -> Patches:
    """All patches of several samples; the samples are numbered in the order given."""
    sample = [np.full(len(part), number, dtype=np.intp) for number, part in enumerate(parts)]
    left, right = (np.concatenate([getattr(part, side) for part in parts]) for side in ("left", "right"))
    return Patches(np.concatenate([part.powers for part in parts]), left, right, np.concatenate(sample))


def patches_of(figure: Figure, place: Callable[[Array], Array], window: tuple[float, float]) -> Patches:
    """The borders of one placed figure, as far as they pass the square window from (low, low) to (high, high).

    Borders with the same material on both sides are left out.
    """
    powers, left, right = [np.empty((0, DEGREE + 1, 2))], [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    for border in figure.borders:
        real = np.flatnonzero(border.left != border.right)
        if len(real) == 0:
            continue
        pieces, curve = _followed(border.curves, real, place, window)
        powers.append(pieces)
        left.append(border.left[curve])
        right.append(border.right[curve])
    everything = np.concatenate(powers)
    return Patches(everything, np.concatenate(left), np.concatenate(right), np.zeros(len(everything), np.intp))


def _followed(
    bundle: Bundle, real: Ints, place: Callable[[Array], Array], window: tuple[float, float]
) -> tuple[Array, Ints]:
    """Patches (n, 8, 2) that follow the curves `real` of a bundle inside the window, and the curve (n,) of each."""
    curve = np.repeat(real, bundle.parts)
    edges = np.linspace(0.0, 1.0, bundle.parts + 1)
    begin, end = np.tile(edges[:-1], len(real)), np.tile(edges[1:], len(real))
    powers, owners = [], []
    for _ in range(_ROUNDS):
        t = begin[:, None] * (1 - _POINTS) / 2 + end[:, None] * (1 + _POINTS) / 2
        drawn = bundle.points(curve, t)
        points = place(drawn)
        reach = np.maximum(np.abs(drawn), np.abs(points)).max(axis=(1, 2))
        nodes, checks = points[:, : DEGREE + 1], points[:, DEGREE + 1 :]
        pieces = np.einsum("jk,nkd->njd", _TO_POWERS, nodes)
        error = np.abs(np.einsum("kj,njd->nkd", _AT_CHECKS, pieces) - checks).max(axis=(1, 2))
        good = error <= TOLERANCE + _ROUNDING * reach
        # A piece that still bends far between its nodes may reach beyond them: by less than half its size.
        low, high = points.min(axis=1), points.max(axis=1)
        margin = np.where(good, 0.05, 0.5)[:, None] * (high - low).max(axis=1, keepdims=True)
        near = ((low - margin < window[1]) & (high + margin > window[0])).all(axis=1)
        powers.append(pieces[good & near])
        owners.append(curve[good & near])
        coarse = near & ~good
        if not coarse.any():
            return np.concatenate(powers), np.concatenate(owners)
        if np.count_nonzero(coarse) > _MOST_PIECES:
            break
        # The error falls with the eighth power of the length.
        cuts = np.ceil((error[coarse] / TOLERANCE) ** (1 / (DEGREE + 1)) * 1.1)
        cuts = np.clip(cuts, 2, _MOST_CUTS).astype(np.intp)
        step = np.arange(cuts.sum()) - np.repeat(np.cumsum(cuts) - cuts, cuts)
        b, e, c = (np.repeat(values[coarse], cuts) for values in (begin, end, curve))
        whole = np.repeat(cuts, cuts)
        begin, end, curve = b + (e - b) * (step / whole), b + (e - b) * ((step + 1) / whole), c
    raise InloopError("figure: a border is too rough to follow; use a smoother curve, or one nearer to the origin")


def sharpest_radius(patches: Patches, window: tuple[float, float]) -> float:
    """Smallest radius of curvature of the borders in the window, in zones; infinite where all are straight."""
    at = np.einsum("kj,njd->nkd", _AT_NODES, patches.powers)
    slope = np.einsum("kj,njd->nkd", _SLOPES, patches.powers)
    bend = np.einsum("kj,njd->nkd", _BENDS, patches.powers)
    inside = ((at > window[0]) & (at < window[1])).all(axis=2)
    speed = np.hypot(slope[..., 0], slope[..., 1])
    turn = np.abs(slope[..., 0] * bend[..., 1] - slope[..., 1] * bend[..., 0])
    curvature = float(np.where(inside, turn / speed**3, 0.0).max(initial=0.0))
    return 1 / curvature if curvature > 1e-7 else np.inf
