"""Boxes stay full, materials are kept, and specks neither enter nor stay."""

from __future__ import annotations

import numpy as np

from inloop.hydro.euler.trace import TRACE, settled


def zones(n=2000):
    """Volumes of three materials, some of them specks, and boxes at both ends that take random shares of each."""
    rng = np.random.default_rng(1)
    has = rng.dirichlet(np.ones(3), n).T
    has[0, ::2] = TRACE * 10.0 ** rng.uniform(-3, 3, (n + 1) // 2)
    has /= has.sum(axis=0)
    part = rng.dirichlet(np.ones(3), (3, n)).transpose(2, 0, 1)[:2]
    part[1, :, ::3] = 0.0
    part[0, 0, ::5] = 1 - part[1, 0, ::5] - 1e-16 * rng.integers(-3, 4, len(part[0, 0, ::5]))
    shares = has * part
    return has, shares, shares.sum(axis=1) * (1 + 1e-16)


def test_boxes_are_full_and_hold_no_more_than_there_is():
    has, shares, sizes = zones()
    boxes = settled(has, shares, sizes)
    assert np.abs(boxes.sum(axis=1) - sizes).max() < 1e-15
    assert boxes.min() > -1e-15
    assert (has - boxes.sum(axis=0)).min() > -1e-15
    assert np.abs(boxes - shares).max() < 4 * TRACE  # nothing else is moved


def test_specks_go_all_at_once_or_not_at_all():
    has, shares, sizes = zones()
    boxes = settled(has, shares, sizes)
    rest = has - boxes.sum(axis=0)
    roomy = (sizes.max(axis=0) > 0.1) & (rest.max(axis=0) > 0.1) & (shares[:, 1:].max(axis=1).min(axis=0) > 1e-3)
    small = has[0] < TRACE / 2
    speck = boxes[:, 0][:, roomy & small]
    assert speck.shape[1] > 50
    assert (speck == 0).all()  # too small to enter anywhere
    leaving = roomy & ~small & (shares[0, 0] > TRACE) & (has[0] - shares[:, 0].sum(axis=0) < TRACE / 4)
    assert leaving.sum() > 20
    assert np.abs(rest[0, leaving]).max() < 1e-15  # and none is left behind


def test_shares_of_a_method_that_keeps_no_volumes_are_bounded_by_what_there_is():
    has, shares, sizes = zones()
    rng = np.random.default_rng(2)
    wrong = shares * rng.uniform(0.2, 3.0, shares.shape)
    wrong *= sizes[:, None] / np.maximum(wrong.sum(axis=1, keepdims=True), 1e-300)
    boxes = settled(has, wrong, sizes)
    assert np.abs(boxes.sum(axis=1) - sizes).max() < 1e-14
    assert boxes.min() > -1e-15
    assert (has - boxes.sum(axis=0)).min() > -1e-15
