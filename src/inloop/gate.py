"""The noun `Gate`: which answers of a learned kernel are trusted, and what that promises.

A score, made from what the kernel is shown, says how doubtful its answer is. Answers that score more than a limit are
rejected: the classical kernel's stand in, and the inputs are kept for retraining (`inloop.data.Rejects`). The limit is
found on held-out samples, such that the accepted answers keep a promise in the user's words: "at most this share of
them is worse than the classical kernel's".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inloop.errors import InloopError

SHARES = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1)
"""The promises that are calibrated unless others are asked for."""


class Outcome(NamedTuple):
    """What a limit led to on held-out data: counts in groups of answers (images, say) that are drawn independently."""

    answers: NDArray[np.int64]  # (groups,)
    accepted: NDArray[np.int64]  # (groups,)
    worse: NDArray[np.int64]  # (groups,) of those accepted


@dataclass(frozen=True)
class Promise:
    """One limit and what it promises."""

    worse: float
    """At most this share of the accepted answers is worse than the classical kernel's."""
    limit: float
    """Answers that score more are rejected."""
    accepted: float
    """Share of the held-out answers that was accepted."""
    observed: float
    """Share of those that was worse."""


@dataclass(frozen=True)
class Calibration:
    """The promises that held-out data support; each of them holds with the stated confidence on data like these."""

    promises: tuple[Promise, ...]
    """Ascending in `worse`."""
    confidence: float
    groups: int
    """Independent groups of held-out answers."""
    answers: int
    meaning: str
    """What an answer that is worse than the classical kernel's is."""

    def promise(self, worse: float) -> Promise:
        """The one to keep for at most this share: the loosest that was calibrated and is strict enough."""
        if not 0 <= worse <= 1:
            raise InloopError(f"gate: worse is {worse}, expected a share from 0 to 1, such as 0.01")
        kept = [promise for promise in self.promises if promise.worse <= worse]
        if not kept:
            least = f"the least is {self.promises[0].worse:g}" if self.promises else "no share can"
            raise InloopError(f"gate: worse={worse:g} cannot be promised, {least} on {self.groups} held-out samples")
        return kept[-1]

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Calibration:
        """The calibration again."""
        try:
            promises = tuple(Promise(**one) for one in fields["promises"])
            return cls(**{**fields, "promises": promises})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InloopError(f"gate: the calibration is damaged ({error}); take the bundle from its source") from None


def calibrate(
    outcome: Callable[[float], Outcome],
    limits: Iterable[float],
    *,
    meaning: str,
    shares: Sequence[float] = SHARES,
    confidence: float = 0.95,
) -> Calibration:
    """Find for each share the limit that accepts most, of those whose promise the held-out data support.

    outcome: what the limit leads to, with the rejected answers replaced, since they may touch their neighbours'.
    Limits are tried from the strictest on, and each promise goes as far as its first failure: with the order fixed
    beforehand the confidence is that of a single trial, however many limits there are.
    """
    if not 0.5 <= confidence < 1:
        raise InloopError(f"gate: confidence is {confidence}, expected a share from 0.5 to below 1")
    tried = sorted(set(limits))
    if not tried:
        raise InloopError("gate: no limits to try; give some of the held-out scores")
    kept: dict[float, Promise] = {}
    standing = sorted(shares)
    groups = answers = 0
    for limit in tried:
        found = outcome(limit)
        groups, answers = len(found.answers), int(found.answers.sum())
        accepted = int(found.accepted.sum())
        bound = upper_bound(found, confidence) if accepted else 0.0
        standing = [share for share in standing if bound <= share]
        if not standing:
            break
        if accepted:
            promise = Promise(0.0, float(limit), accepted / answers, float(found.worse.sum() / accepted))
            kept |= {share: replace(promise, worse=share) for share in standing}
    return Calibration(tuple(kept[share] for share in sorted(kept)), confidence, groups, answers, meaning)


def upper_bound(outcome: Outcome, confidence: float) -> float:
    """The share of accepted answers that are worse is below this, with the given confidence.

    Clopper and Pearson's bound. Answers of one group are not independent, so their number is replaced by the effective
    one (Korn & Graubard 1998): that of independent answers whose share would scatter as much as the groups' does. Where
    nothing was worse the scatter tells nothing and each group counts once.
    """
    from inloop.training.statistics import incomplete_beta

    accepted, worse = outcome.accepted[outcome.accepted > 0], outcome.worse[outcome.accepted > 0]
    total, groups = int(accepted.sum()), len(accepted)
    share = float(worse.sum()) / total
    if share in (0, 1) or groups < 2:
        effective = float(groups)
    else:
        scatter = groups / (groups - 1) * float(((worse - share * accepted) ** 2).sum()) / total**2
        effective = min(float(total), share * (1 - share) / scatter) if scatter > 0 else float(total)
    hits = share * effective
    if hits >= effective:
        return 1.0
    low, high = share, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        below = incomplete_beta(hits + 1, effective - hits, middle) < confidence
        low, high = (middle, high) if below else (low, middle)
    return high


def counted(group: ArrayLike, accepted: ArrayLike, worse: ArrayLike) -> Outcome:
    """The outcome of single answers: (n,) numbers of their groups, whether each was accepted, whether it is worse."""
    number, taken = np.asarray(group), np.asarray(accepted, dtype=bool)
    count = int(number.max(initial=-1)) + 1
    sums = [np.bincount(number[kept], minlength=count) for kept in (slice(None), taken, taken & np.asarray(worse))]
    there = sums[0] > 0
    return Outcome(*(one[there].astype(np.int64) for one in sums))


def candidate_limits(scores: ArrayLike, count: int = 24) -> list[float]:
    """Limits worth trying: quantiles of held-out scores, closer towards the end where nearly all are accepted.

    The last one is the largest score that was seen: what scores more is unlike all held-out inputs and is rejected
    whatever is promised.
    """
    values = np.asarray(scores, dtype=np.float64)
    if not len(values) or not np.isfinite(values).all():
        raise InloopError("gate: scores must be finite, and there must be some; the score's network did not converge")
    rejected = np.concatenate([[0.0], np.geomspace(0.002, 0.8, count - 1)])
    return [float(limit) for limit in np.quantile(values, 1 - rejected)]
