"""The native core's part in training: views in canonical orientation, the projection, its error and its gradient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mir.strategies import Floats, laws, seeds

from inloop import _core
from inloop.mir.learned import FEATURES
from inloop.mir.samples.exact import CORE, HALO, ZONES
from inloop.mir.shapes import Circle, HalfPlane

SINGLE = 2.0**-23  # two numbers of about one that differ by a rounding to single precision
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
    centre, radius = np.array([8.3, 7.6]), 4.1
    f = Circle(tuple(centre), radius).fractions((np.arange(ZONES + 1.0),) * 2)
    sample, place, asked, material, fraction, feature, line, size, scale, turn, _ = _core.views(f[None, None], HALO)
    assert ((place >= -1) & (place <= CORE)).all()
    assert (sample == 0).all()
    assert (asked == 1).all()
    assert (material == (0, 1)).all()
    mixed = (f > 0) & (f < 1)
    assert len(place) >= mixed[HALO:-HALO, HALO:-HALO].sum()
    assert feature.dtype == np.float32
    assert feature.shape == (len(place), FEATURES)
    u, w, offset, smaller, log_size, log_largest, *others = feature[:, 49:].T
    assert (line[:, 1] >= line[:, 2] - 1e-9).all()
    assert (line[:, 2] >= 0).all()
    np.testing.assert_allclose(line[:, 1] ** 2 + line[:, 2] ** 2, 1, atol=1e-12)
    assert (smaller <= 0.5).all()
    assert (np.stack([offset, u, w], axis=1) == line.astype(np.float32)).all()
    np.testing.assert_allclose(log_size, np.log10(size) / 3 + 1, atol=SINGLE)
    np.testing.assert_allclose(scale, size * (0.03 + size), rtol=1e-14)
    assert [(other == value).all() for other, value in zip(others, (0, 1, log_size), strict=True)] == [True] * 3
    for k, (row, column) in enumerate(place):
        assert fraction[k, 0] == f[row + HALO, column + HALO]
        assert fraction[k].sum() == 1
        seen = f[row + HALO - 3 : row + HALO + 4, column + HALO - 3 : column + HALO + 4]
        seen = turned(1 - seen if turn[k] >= 8 else seen, turn[k] % 8)
        assert seen[3, 3] == pytest.approx(smaller[k], abs=SINGLE)
        under = under_line(line[k])
        assert under[3, 3] == pytest.approx(seen[3, 3], abs=1e-12)
        difference = seen - under
        inner = np.abs(difference[1:-1, 1:-1]).max()
        assert size[k] == pytest.approx(inner, abs=1e-12)
        assert log_largest[k] == pytest.approx(np.log10(np.abs(difference).max()) / 3 + 1, abs=SINGLE)
        divided = difference / np.abs(difference).max()  # the ring; of the inner 25 zones that are nearer:
        divided[1:-1, 1:-1] = difference[1:-1, 1:-1] / inner
        np.testing.assert_allclose(feature[k, :49].reshape(7, 7), divided, atol=SINGLE + 1e-12 / inner)


def under_line(line: Floats) -> Floats:
    """(7, 7): fractions of the zones around under a level set (value at the centre, slopes)."""
    value, u, w = line
    point = (-value * u, -value * w)  # slopes of unit length
    return HalfPlane(point, (-u, -w)).fractions((np.arange(8) - 3.5,) * 2)


def test_the_eight_motions_and_the_swap_of_a_sample_show_the_same_views():
    rng = np.random.default_rng(8)
    f = rng.uniform(0.01, 0.99, (ZONES, ZONES))
    images = [turned(g, turn) for g in (f, 1 - f) for turn in range(8)]
    told = [_core.views(np.ascontiguousarray(image)[None, None], HALO)[5:9] for image in images]
    told = [[np.sort(array, axis=0) for array in one] for one in told]
    for other in told[1:]:
        for here, there in zip(told[0], other, strict=True):
            np.testing.assert_allclose(there, here, atol=SINGLE if here.dtype == np.float32 else 1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: _core.views(np.zeros((1, 16, 16)), 4), r"must be \(samples, materials, rows, columns\)"),
        (lambda: _core.views(np.zeros((1, 1, 8, 16)), 4), "a zone within their halo layers"),
        (lambda: _core.views(np.zeros((1, 1, 16, 16)), -1), "a zone within their halo layers"),
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
