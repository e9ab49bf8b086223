"""The native core's part in training: views in canonical orientation, the projection, its error and its gradient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mir.strategies import Floats, laws, seeds

from inloop import _core
from inloop.mir.shapes import Circle

X = np.arange(9) / 8
BUBBLE = (16 * (X * (1 - X))[:, None] * (X * (1 - X))).ravel()


def shares(level: Floats) -> Floats:
    """Share of each sub-zone, (8, 8), in which a level set (81,) is positive: four triangles about each centre, by the
    textbook formula for sorted vertex values, which is not how the core does it."""
    v = level.reshape(9, 9)
    a, b, c, d = v[:-1, :-1], v[:-1, 1:], v[1:, 1:], v[1:, :-1]
    middle = (a + b + c + d) / 4
    total = np.zeros((8, 8))
    for p, q in ((a, b), (b, c), (c, d), (d, a)):
        low, mid, high = np.sort([p, q, middle], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            one = high**2 / ((high - mid) * (high - low))  # only the highest is positive
            two = 1 - low**2 / ((mid - low) * (high - low))
        total += np.where(low > 0, 1.0, np.where(mid > 0, two, np.where(high > 0, one, 0.0))) / 4
    return total


def level_sets(rng: np.random.Generator, n: int, noise: float) -> Floats:
    """(n, 81): lines in any direction and place, and noise on top."""
    turn, offset = rng.uniform(0, 2 * np.pi, n), rng.normal(0, 0.3, n)
    straight = np.cos(turn)[:, None, None] * (X - 0.5) + np.sin(turn)[:, None, None] * (X - 0.5)[:, None]
    return (offset[:, None, None] + straight + noise * rng.normal(size=(n, 9, 9))).reshape(n, 81)


@pytest.mark.parametrize("noise", [0.0, 0.1, 3.0])
@laws(15)
@given(seed=seeds)
def test_projection_gives_the_wanted_share(noise, seed):
    rng = np.random.default_rng(seed)
    levels, wanted = level_sets(rng, 20, noise), rng.uniform(0.01, 0.99, 20)
    multiples = _core.project(levels, wanted, 1)
    got = np.array([shares(level + b * BUBBLE).mean() for level, b in zip(levels, multiples, strict=True)])
    np.testing.assert_allclose(got, wanted, atol=1e-13)


@pytest.mark.parametrize("exponent", [-3, -6, -9, -12])
def test_projection_of_traces_is_right_to_their_last_digits_but_a_few(exponent):
    rng = np.random.default_rng(-exponent)
    levels = level_sets(rng, 30, 0.05)
    levels[:, BUBBLE == 0] -= 3  # the material may live inside only, so its share is a peak's
    wanted = 10.0 ** rng.uniform(exponent, exponent + 1, 30)
    multiples = _core.project(levels, wanted, 1)
    got = np.array([shares(level + b * BUBBLE).mean() for level, b in zip(levels, multiples, strict=True)])
    np.testing.assert_allclose(got, wanted, rtol=1e-14 / np.sqrt(10.0**exponent) + 1e-12)


@laws(10)
@given(seed=seeds, exponent=st.integers(-300, -13))
def test_projection_ends_whatever_is_asked_for(seed, exponent):
    rng = np.random.default_rng(seed)
    levels = level_sets(rng, 5, 1.0) * 10.0 ** rng.uniform(-6, 6, (5, 1))
    multiples = _core.project(levels, np.full(5, 10.0**exponent), 1)
    assert np.isfinite(multiples).all()
    for level, b in zip(levels, multiples, strict=True):
        scale = max(1.0, abs(b))
        assert shares(level / scale + b / scale * BUBBLE).mean() <= 1e-12


def test_projection_knows_no_side():
    rng = np.random.default_rng(4)
    levels, wanted = level_sets(rng, 40, 0.3), rng.integers(1, 512, 40) / 1024  # 1 - wanted is exact
    np.testing.assert_array_equal(_core.project(levels, wanted, 1), -_core.project(-levels, 1 - wanted, 1))


def test_misplaced_is_the_mean_difference_and_its_gradient_follows_the_projection():
    rng = np.random.default_rng(5)
    levels, wanted, truth = level_sets(rng, 30, 0.1), rng.uniform(0.05, 0.95, 30), rng.random((30, 64))
    error, gradient = _core.misplaced(levels, wanted, truth, 1)
    multiples = _core.project(levels, wanted, 1)
    for k in range(30):
        got = shares(levels[k] + multiples[k] * BUBBLE).ravel()
        assert error[k] == pytest.approx(np.abs(got - truth[k]).mean(), abs=1e-13)
    along = rng.normal(size=levels.shape)
    step = 1e-6
    ahead, behind = (_core.misplaced(levels + sign * step * along, wanted, truth, 1)[0] for sign in (1, -1))
    np.testing.assert_allclose((gradient * along).sum(axis=1), (ahead - behind) / (2 * step), atol=2e-5)


def test_the_bubble_itself_makes_no_difference_to_the_error():
    rng = np.random.default_rng(6)
    levels, wanted, truth = level_sets(rng, 20, 0.1), rng.uniform(0.05, 0.95, 20), rng.random((20, 64))
    _, gradient = _core.misplaced(levels, wanted, truth, 1)
    assert np.abs(gradient @ BUBBLE).max() < 1e-12  # the projection takes it out again


def turned(block: Floats, turn: int) -> Floats:
    """A block seen in the canonical orientation `turn`, by array operations."""
    out = block[:, ::-1] if turn & 1 else block
    out = out[::-1] if turn & 2 else out
    return out.T if turn & 4 else out


def test_views_show_the_residual_of_the_line_in_canonical_orientation():
    centre, radius = np.array([7.3, 6.6]), 4.1
    f = Circle(tuple(centre), radius).fractions((np.arange(15.0),) * 2)
    sample, place, turn, feature, line, size, fraction = _core.views(f[None])
    inside = ((place >= -1) & (place <= 8)).all(axis=1)
    assert inside.all()
    assert (sample == 0).all()
    mixed = (f > 0) & (f < 1)
    assert len(place) >= mixed[3:-3, 3:-3].sum()
    u, w, offset, smaller, log_size = feature[:, 25:].T
    assert (u >= w - 1e-9).all()
    assert (w >= 0).all()
    np.testing.assert_allclose(u**2 + w**2, 1, atol=1e-12)
    assert (smaller <= 0.5).all()
    np.testing.assert_allclose(log_size, np.log10(size) / 3 + 1, atol=1e-12)
    np.testing.assert_allclose(np.stack([offset, u, w], axis=1), line, atol=1e-15)
    np.testing.assert_allclose(np.abs(feature[:, :25]).max(axis=1), 1, atol=1e-12)
    for k, (row, column) in enumerate(place):
        assert fraction[k] == f[row + 3, column + 3]
        seen = f[row + 1 : row + 6, column + 1 : column + 6]
        seen = turned(1 - seen if turn[k] >= 8 else seen, turn[k] % 8)
        under = seen - size[k] * feature[k, :25].reshape(5, 5)  # what the line alone would give
        assert under.min() >= -1e-12
        assert under.max() <= 1 + 1e-12
        assert under[2, 2] == pytest.approx(smaller[k], abs=1e-12)
        assert under[2, 3] >= under[2, 1]  # the material lies to the right, as the slope u >= 0 says


def test_the_eight_motions_and_the_swap_of_a_sample_show_the_same_views():
    rng = np.random.default_rng(8)
    f = rng.uniform(0.01, 0.99, (14, 14))
    images = [turned(g, turn) for g in (f, 1 - f) for turn in range(8)]
    told = [np.sort(_core.views(np.ascontiguousarray(image)[None])[3], axis=0) for image in images]
    for other in told[1:]:
        np.testing.assert_allclose(other, told[0], atol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: _core.views(np.zeros((14, 14))), "three halo layers included"),
        (lambda: _core.views(np.zeros((1, 6, 14))), "more than six rows"),
        (lambda: _core.project(np.zeros((2, 80)), np.zeros(2), 1), r"level sets \(n, 81\)"),
        (lambda: _core.project(np.zeros((2, 81)), np.zeros(3), 1), r"fractions \(n,\)"),
        (lambda: _core.misplaced(np.zeros((2, 81)), np.zeros(2), np.zeros((2, 63)), 1), r"truth \(n, 64\)"),
        (lambda: _core.Network([], []), "a weight and a bias a layer"),
        (lambda: _core.Network([np.ones((3, 2)), np.ones((1, 4))], [np.ones(3), np.ones(1)]), "layer 1"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
