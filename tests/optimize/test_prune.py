"""Pruning against what it claims: nothing is lost that others can stand for, and the cheapest unit goes first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from inloop.errors import InloopError
from inloop.optimize.prune import Dense, narrowed

draw = np.random.default_rng(3)


def ramp(x: np.ndarray) -> np.ndarray:
    return (x + np.sqrt(x**2 + 1)) / 2


def network(*sizes: int) -> list[Dense]:
    return [Dense(draw.normal(size=(b, a)) / np.sqrt(a), draw.normal(size=b)) for a, b in pairwise(sizes)]


def answers(layers: list[Dense], x: np.ndarray) -> np.ndarray:
    for layer in layers[:-1]:
        x = ramp(layer(x))
    return layers[-1](x)


def test_units_that_repeat_others_or_never_change_are_cut_for_nothing():
    first, second, last = network(5, 6, 4, 3)
    copies = Dense(np.vstack([first.weight, first.weight, np.zeros((2, 5))]), np.tile(first.bias, 3)[:14])
    reader = Dense(draw.normal(size=(4, 14)), second.bias)
    x = draw.normal(size=(400, 5))
    whole = [copies, reader, last]
    thin, cuts = narrowed(whole, (6, 4), x, ramp)
    assert [layer.weight.shape for layer in thin] == [(6, 5), (4, 6), (3, 4)]
    assert cuts[0].lost < 1e-8
    unseen = draw.normal(size=(50, 5))
    assert np.abs(answers(thin, unseen) - answers(whole, unseen)).max() < 1e-4


def test_the_first_unit_to_go_and_the_weights_that_stand_in_are_those_of_least_squares():
    hidden, last = network(4, 7, 3)
    x = draw.normal(size=(300, 4))
    values = ramp(hidden(x))
    wanted = values @ last.weight.T
    tried = {}
    for unit in range(7):
        others = np.delete(values, unit, axis=1)
        read, *_ = np.linalg.lstsq(np.column_stack([others, np.ones(300)]), wanted, rcond=None)
        missed = wanted - np.column_stack([others, np.ones(300)]) @ read
        tried[unit] = (missed**2).sum(), read
    best = min(tried, key=lambda unit: tried[unit][0])
    thin, (cut,) = narrowed([hidden, last], (6,), x, ramp)
    assert cut.kept.tolist() == [unit for unit in range(7) if unit != best]
    assert thin[1].weight == pytest.approx(tried[best][1][:-1].T, abs=1e-5)
    assert thin[1].bias == pytest.approx(last.bias + tried[best][1][-1], abs=1e-5)
    variance = ((wanted - wanted.mean(axis=0)) ** 2).sum()
    assert cut.lost == pytest.approx(tried[best][0] / variance, rel=1e-4)


def test_the_more_is_cut_the_more_is_lost_and_nothing_if_nothing_is():
    layers = network(4, 12, 3)
    x = draw.normal(size=(300, 4))
    lost = [narrowed(layers, (width,), x, ramp)[1][0].lost for width in range(12, 0, -1)]
    assert lost[0] == 0
    assert np.all(np.diff(lost) > 0)
    assert lost[-1] < 1  # the mean alone would lose all of the variance


@pytest.mark.parametrize(
    ("widths", "columns", "message"),
    [((13,), 4, "widths"), ((0,), 4, "widths"), ((6, 6), 4, "widths"), ((6,), 5, "inputs have shape")],
)
def test_what_does_not_fit_is_refused(widths, columns, message):
    with pytest.raises(InloopError, match=message):
        narrowed(network(4, 12, 3), widths, np.zeros((9, columns)), ramp)
    broken = [network(4, 12)[0], network(11, 3)[0]]
    with pytest.raises(InloopError, match="follow"):
        narrowed(broken, (6,), np.zeros((9, 4)), ramp)


def test_units_that_are_there_twice_change_nothing_about_what_else_is_cut():
    layers = network(3, 6, 6, 1)
    twice = [
        Dense(np.vstack([layers[0].weight] * 2), np.tile(layers[0].bias, 2)),
        Dense(np.tile(layers[1].weight / 2, (2, 2)), np.tile(layers[1].bias, 2)),
        Dense(np.hstack([layers[2].weight] * 2) / 2, layers[2].bias),
    ]
    x = draw.normal(size=(500, 3))
    _, once = narrowed(layers, (3, 3), x, ramp)
    _, cuts = narrowed(twice, (3, 3), x, ramp)
    assert [set(cut.kept % 6) for cut in cuts] == [set(cut.kept) for cut in once]
    assert [cut.lost for cut in cuts] == pytest.approx([cut.lost for cut in once], rel=1e-3)
