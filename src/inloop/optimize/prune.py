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


def _thinned(values: Array, following: Dense, width: int) -> tuple[Cut, Dense]:
    """Which units stay, and the next layer as it reads them."""
    mean = values.mean(axis=0)
    covariance = np.atleast_2d(np.cov(values, rowvar=False, bias=True))
    units = len(covariance)
    inverse = np.linalg.inv(covariance + _RIDGE * np.trace(covariance) / units * np.eye(units))
    weight = following.weight.copy()
    there = np.ones(units, dtype=bool)
    for _ in range(units - width):
        own = np.where(there, np.diag(inverse), 1.0)
        least = int(np.where(there, (weight**2).sum(axis=0) / own, np.inf).argmin())
        share = inverse[least] / own[least]
        weight -= np.outer(weight[:, least], share)
        inverse -= np.outer(inverse[least], share)
        there[least] = False
        weight[:, least] = inverse[least] = inverse[:, least] = 0.0  # zero but for rounding
    change = following.weight - weight
    variance = np.einsum("oi,ij,oj->", following.weight, covariance, following.weight)
    lost = float(np.einsum("oi,ij,oj->", change, covariance, change) / max(variance, np.finfo(float).tiny))
    kept = np.flatnonzero(there)
    return Cut(kept, lost), Dense(weight[:, kept], following.bias + change @ mean)


def _refuse(layers: Sequence[Dense], widths: Sequence[int], inputs: Array) -> None:
    hidden = [len(layer.bias) for layer in layers[:-1]]
    if any(after.weight.shape[1] != len(before.bias) for before, after in pairwise(layers)):
        raise InloopError(f"layers: shapes {[layer.weight.shape for layer in layers]} do not follow on each other")
    if len(widths) != len(hidden) or any(not 1 <= w <= h for w, h in zip(widths, hidden, strict=False)):
        raise InloopError(f"widths {list(widths)}: expected one for each of the hidden layers, from 1 to {hidden}")
    if inputs.ndim != 2 or inputs.shape[1] != layers[0].weight.shape[1] or len(inputs) < 2:
        raise InloopError(f"inputs have shape {inputs.shape}: expected (two or more, {layers[0].weight.shape[1]})")
