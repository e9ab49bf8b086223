"""Structured pruning: hidden units of a fully connected network are cut, and the others made to stand in for them.

A unit's worth is what the next layer would miss without it, once the units that stay make up for as much of it as a
linear map can. With the covariance C of a hidden layer's values on real inputs and the next layer's weights W, leaving
out unit j costs at least |W[:, j]|² / inv(C)[j, j] (mean square change of the next layer's sums), and the weights that
reach this least are known in closed form. Units go one at a time, the cheapest first; what a constant can stand for
goes into the next layer's biases. (The layer-wise form of Hassibi and Stork's optimal brain surgeon.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError

Array = NDArray[np.float64]
Activation = Callable[[Array], Array]

_RIDGE = 1e-9  # of the mean variance: units that repeat each other leave the covariance singular


@dataclass(frozen=True, eq=False)
class Dense:
    """x to weight @ x + bias."""

    weight: Array  # (outputs, inputs)
    bias: Array  # (outputs,)

    def __call__(self, x: Array) -> Array:
        """(n, inputs) to (n, outputs)."""
        return x @ self.weight.T + self.bias


@dataclass(frozen=True, eq=False)
class Cut:
    """What was done to one hidden layer."""

    kept: NDArray[np.intp]  # ascending
    lost: float
    """Mean square change of the next layer's sums, as a share of their variance."""


def narrowed(
    layers: Sequence[Dense], widths: Sequence[int], inputs: Array, activation: Activation
) -> tuple[list[Dense], list[Cut]]:
    """Cut the hidden layers to `widths`, the first one first, so that each sees what the cuts before it left.

    layers: all but the last are followed by the activation. inputs: (n, first layer's inputs) as they really come.
    """
    _refuse(layers, widths, inputs)
    thin, cuts, seen = list(layers), [], inputs
    for k, width in enumerate(widths):
        values = activation(thin[k](seen))
        cut, following = _thinned(values, thin[k + 1], width)
        thin[k] = Dense(thin[k].weight[cut.kept], thin[k].bias[cut.kept])
        thin[k + 1], seen = following, values[:, cut.kept]
        cuts.append(cut)
    return thin, cuts


def checked_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Widths that hidden layers can be cut to."""
    if not widths or min(widths) < 1:
        raise InloopError(f"widths {list(widths)}: expected one or more positive widths, such as 64,48")
    return tuple(widths)


def cheapest(covariance: Array, gram: Array, keep: int, *, members: int = 1) -> NDArray[np.intp]:
    """Which groups of values to keep, ascending, so that whoever reads them misses least of the others.

    covariance: of the values, (groups * members)², a group's members side by side. gram: the sum over the reader's
    outputs of what each pair of values weighs there, as large.
    """
    groups, every = len(covariance) // members, np.arange(len(covariance) // members)
    inverse = np.asarray(np.linalg.inv(steadied(covariance)), dtype=np.float64)
    gram, there = gram.copy(), np.ones(groups, dtype=bool)

    def own(pairs: Array) -> Array:
        """Each group's with itself, (groups, members, members)."""
        return np.asarray(pairs.reshape(groups, members, groups, members)[every, :, every, :])

    for _ in range(groups - keep):
        among = np.where(there[:, None, None], own(inverse), np.eye(members))
        missed = np.linalg.solve(among, own(gram)).trace(axis1=1, axis2=2)
        least = int(np.where(there, missed, np.inf).argmin())
        gone = slice(least * members, (least + 1) * members)
        share = np.linalg.solve(among[least], inverse[gone])
        taken = gram[:, gone] @ share
        gram += share.T @ gram[gone, gone] @ share - taken - taken.T
        inverse -= inverse[:, gone] @ share
        there[least] = False
        for pairs in (gram, inverse):
            pairs[gone] = pairs[:, gone] = 0.0  # zero but for rounding
    return np.flatnonzero(there)


def steadied(covariance: Array) -> Array:
    """A covariance that can be inverted."""
    mean = np.trace(covariance) / len(covariance) or 1.0  # where nothing varies, any stand-in will do
    return np.asarray(covariance + _RIDGE * mean * np.eye(len(covariance)))


def _thinned(values: Array, following: Dense, width: int) -> tuple[Cut, Dense]:
    """Which units stay, and the next layer as it reads them."""
    mean = values.mean(axis=0)
    covariance = np.atleast_2d(np.cov(values, rowvar=False, bias=True))
    kept = cheapest(covariance, following.weight.T @ following.weight, width)
    steady, weight = steadied(covariance), following.weight.copy()
    gone = np.setdiff1d(np.arange(len(covariance)), kept)
    weight[:, kept] += np.linalg.solve(steady[np.ix_(kept, kept)], steady[np.ix_(kept, gone)] @ weight[:, gone].T).T
    weight[:, gone] = 0.0
    change = following.weight - weight
    variance = np.einsum("oi,ij,oj->", following.weight, covariance, following.weight)
    lost = float(np.einsum("oi,ij,oj->", change, covariance, change) / max(variance, np.finfo(float).tiny))
    return Cut(kept, lost), Dense(weight[:, kept], following.bias + change @ mean)


def _refuse(layers: Sequence[Dense], widths: Sequence[int], inputs: Array) -> None:
    hidden = [len(layer.bias) for layer in layers[:-1]]
    if any(after.weight.shape[1] != len(before.bias) for before, after in pairwise(layers)):
        raise InloopError(f"layers: shapes {[layer.weight.shape for layer in layers]} do not follow on each other")
    if len(widths) != len(hidden) or any(not 1 <= w <= h for w, h in zip(widths, hidden, strict=False)):
        raise InloopError(f"widths {list(widths)}: expected one for each of the hidden layers, from 1 to {hidden}")
    if inputs.ndim != 2 or inputs.shape[1] != layers[0].weight.shape[1] or len(inputs) < 2:
        raise InloopError(f"inputs have shape {inputs.shape}: expected (two or more, {layers[0].weight.shape[1]})")
