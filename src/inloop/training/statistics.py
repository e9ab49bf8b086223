"""Are two groups of repeated trainings different, or is it chance? Two-sample t-tests from first principles.

Welch's test, for groups whose variances may differ, is the one to use; Student's, which pools the variances, is here
because older reports use it. The tail of Student's t is an incomplete beta function, evaluated by its continued
fraction to about 1e-11 of itself, so the smallest p-values are as good as the largest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from inloop.errors import InloopError


class Summary(NamedTuple):
    """What a t-test needs to know of a group of numbers."""

    mean: float
    deviation: float
    """Sample standard deviation, of n - 1."""
    n: int


class Comparison(NamedTuple):
    """Two groups, the second against the first."""

    first: Summary
    second: Summary
    difference: float
    """Second mean less the first."""
    interval: tuple[float, float]
    """In which the true difference lies with 95 % confidence."""
    t: float
    degrees: float
    """Degrees of freedom."""
    p_two_sided: float
    p_less: float
    """One-sided: how likely is a t this low if the second group is truly no smaller than the first."""
    p_greater: float
    """One-sided, the other way."""
    cohens_d: float
    """The difference in units of the pooled standard deviation."""
    hedges_g: float
    """The same without the bias of small groups."""


def summarized(values: Sequence[float]) -> Summary:
    """Mean, sample standard deviation and number of the values."""
    n = len(values)
    if n < 2 or not all(map(math.isfinite, values)):
        raise InloopError(f"values: {n} of them, or not all finite; a spread takes at least two finite numbers")
    mean = math.fsum(values) / n
    return Summary(mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1)), n)


def welch(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Welch's two-sample t-test of two groups of numbers."""
    return compared(summarized(first), summarized(second))


def compared(first: Summary, second: Summary, *, equal_variances: bool = False) -> Comparison:
    """Welch's two-sample t-test of two summaries; Student's if the variances are said to be equal."""
    for name, group in (("first", first), ("second", second)):
        if group.n < 2 or not (math.isfinite(group.mean) and 0 <= group.deviation < math.inf):
            raise InloopError(f"{name}: {tuple(group)} is no mean, standard deviation and number (2 or more)")
    n, m = first.n, second.n
    pooled = ((n - 1) * first.deviation**2 + (m - 1) * second.deviation**2) / (n + m - 2)
    a, b = (pooled / n, pooled / m) if equal_variances else (first.deviation**2 / n, second.deviation**2 / m)
    if not a + b > 0:
        raise InloopError("first and second: neither group has any spread; there is nothing to test the difference by")
    degrees = n + m - 2.0 if equal_variances else (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))
    difference, error = second.mean - first.mean, math.sqrt(a + b)
    t, width = difference / error, quantile(0.975, degrees) * error
    d = difference / math.sqrt(pooled)
    unbiased = math.exp(math.lgamma((n + m - 2) / 2) - math.lgamma((n + m - 3) / 2)) / math.sqrt((n + m - 2) / 2)
    return Comparison(
        first,
        second,
        difference,
        (difference - width, difference + width),
        t,
        degrees,
        p_two_sided=2 * tail(abs(t), degrees),
        p_less=tail(-t, degrees),
        p_greater=tail(t, degrees),
        cohens_d=d,
        hedges_g=d * unbiased,
    )


def tail(t: float, degrees: float) -> float:
    """Probability that Student's t with these degrees of freedom exceeds t."""
    if t < 0:
        return 1.0 - tail(-t, degrees)
    if t < 0.5:  # from the middle outwards: the argument below would round to 1
        return 0.5 - 0.5 * incomplete_beta(0.5, degrees / 2, t * t / (degrees + t * t))
    return 0.5 * incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t))


def quantile(probability: float, degrees: float) -> float:
    """The t that is exceeded with probability 1 - `probability` (above 1/2), by bisection."""
    low, high = 0.0, 1.0
    while tail(high, degrees) > 1 - probability:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if tail(middle, degrees) > 1 - probability else (low, middle)
    return middle


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b)) / a
    # 1 / (1 + c1 / (1 + c2 / (1 + ...))), from the far end; it converges within a few times sqrt(max(a, b)) terms
    value = 1.0
    for m in range(40 + int(8 * math.sqrt(max(a, b))), 0, -1):
        value = 1.0 + m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) / value
        k = m - 1
        value = 1.0 - (a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1)) / value
    return front / value


def _log_beta(a: float, b: float) -> float:
    """Logarithm of the beta function. Of a large argument's gammas the quotient alone is formed, with its digits."""
    small, large = min(a, b), max(a, b)
    if large < 50:
        return math.lgamma(small) + math.lgamma(large) - math.lgamma(small + large)
    both = small + large

    def rest(x: float) -> float:  # of Stirling's formula
        return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * x * x)) / (x * x)) / (x * x)) / x

    grows = (large - 0.5) * math.log1p(small / large) + small * (math.log(both) - 1) + rest(both) - rest(large)
    return math.lgamma(small) - grows
