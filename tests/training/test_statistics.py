"""The t-tests, against scipy and against the poster's figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from inloop.errors import InloopError
from inloop.training.statistics import Summary, compared, incomplete_beta, quantile, summarized, tail, welch

POSTER = (Summary(4.9548, 0.4145, 22), Summary(4.77, 0.1129, 22))  # without pooling, with; the n is ours

groups = st.lists(st.floats(-100, 100), min_size=2, max_size=30)


@given(groups, groups)
@settings(max_examples=60, deadline=None)
def test_welch_is_scipys(first, second):
    if np.std(first) < 1e-3 or np.std(second) < 1e-3:
        return
    mine, theirs = welch(first, second), stats.ttest_ind(second, first, equal_var=False)
    assert mine.t == pytest.approx(theirs.statistic, rel=1e-8, abs=1e-10)
    assert mine.degrees == pytest.approx(theirs.df, rel=1e-9)
    assert mine.p_two_sided == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-300)
    assert mine.p_less == pytest.approx(
        stats.ttest_ind(second, first, equal_var=False, alternative="less").pvalue, rel=1e-7
    )
    low, high = theirs.confidence_interval(0.95)
    assert mine.interval == pytest.approx((low, high), rel=1e-6, abs=1e-9)


@given(st.floats(1, 1e4), st.floats(0, 12))
@example(9622.52072040786, 1.5)
@settings(max_examples=150, deadline=None)
def test_the_tail_of_t_is_scipys_however_small(degrees, t):
    # Near the middle scipy's own tail loses digits (its argument rounds to 1): there its beta function is asked.
    near = 0.5 - 0.5 * special.betainc(0.5, degrees / 2, t * t / (degrees + t * t))
    expected = near if t < 0.1 else stats.t.sf(t, degrees)
    assert tail(t, degrees) == pytest.approx(expected, rel=1e-10, abs=1e-300)
    assert tail(-t, degrees) == pytest.approx(1 - expected, rel=1e-10)


@given(st.floats(0.1, 500), st.floats(0.1, 500), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_the_incomplete_beta_function_is_scipys(a, b, x):
    assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("degrees", [1, 2.5, 9, 134])
def test_quantiles_undo_the_tail(degrees):
    assert quantile(0.975, degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-10)


def test_student_pools_the_variances():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0, 1, 7), rng.normal(1, 1, 12)
    mine = compared(summarized(first.tolist()), summarized(second.tolist()), equal_variances=True)
    theirs = stats.ttest_ind(second, first)
    assert (mine.t, mine.degrees, mine.p_two_sided) == pytest.approx((theirs.statistic, 17, theirs.pvalue), rel=1e-10)


def test_effect_sizes():
    found = compared(Summary(10, 2, 10), Summary(11, 2, 10))
    assert found.cohens_d == 0.5
    # Hedges' correction: about 1 - 3 / (4 df - 1), exactly gamma(df / 2) / (sqrt(df / 2) gamma((df - 1) / 2))
    assert found.hedges_g == pytest.approx(0.5 * (1 - 3 / (4 * 18 - 1)), rel=2e-4)
    assert found.hedges_g == pytest.approx(0.5 * math.gamma(9) / (3 * math.gamma(8.5)), rel=1e-13)


def test_the_posters_t_takes_22_or_23_runs_each():
    # 4.77 may be anything from 4.765 to 4.775: with n runs of each model, t = -2.0399 lies in reach for n = 22 and 23
    def reach(n):
        ends = [compared(POSTER[0]._replace(n=n), Summary(mean, 0.1129, n)).t for mean in (4.765, 4.775)]
        return ends[0] <= -2.0399 <= ends[1]

    assert [n for n in range(2, 60) if reach(n)] == [22, 23]
    assert compared(*POSTER).t == pytest.approx(-2.0399, abs=0.03)


def test_the_posters_p_is_that_of_134_degrees_of_freedom_which_welch_cannot_have():
    assert tail(2.0399, 134) == pytest.approx(0.02166, abs=5e-6)
    # with as many runs of each, Welch's test has some 24 degrees and p = .026: the poster's p is not Welch's ...
    assert compared(*POSTER).degrees == pytest.approx(24.1, abs=0.05)
    assert compared(*POSTER).p_less == pytest.approx(0.0274, abs=5e-5)
    # ... but Student's, with pooled variances, of 115 runs without pooling and 21 with it, to the digits printed
    student = compared(POSTER[0]._replace(n=115), POSTER[1]._replace(n=21, mean=4.7685), equal_variances=True)
    assert student.t == pytest.approx(-2.0399, abs=1e-3)
    assert student.p_less == pytest.approx(0.02166, abs=1e-4)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan]])
def test_groups_without_a_spread_are_refused(values):
    with pytest.raises(InloopError, match="a spread takes at least two finite numbers"):
        summarized(values)


def test_two_constants_cannot_be_tested():
    with pytest.raises(InloopError, match="neither group has any spread"):
        welch([1.0, 1.0], [2.0, 2.0])
    with pytest.raises(InloopError, match="second: "):
        compared(Summary(0, 1, 2), Summary(0, 1, 1))
