"""What a case brings to be measured, and what was found: `hold` measures a whole contest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from inloop.optimize.throughput import Contender, Effort, Point, Step, Sweep, sweep, take_turns

_ROUNDS = 9  # of a comparison


@dataclass(frozen=True)
class Comparison:
    """The fastest of some contenders against the fastest of others, each on batches of the size that suits it best."""

    title: str
    ours: Callable[[Contender], bool]
    yardstick: Callable[[Contender], bool]
    wanted: float | None = None
    """The ratio that was aimed at, if one was."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contest:
    """Contenders on the same samples, and what to learn from them."""

    contenders: Sequence[Contender]
    absent: Mapping[str, str] = field(default_factory=dict)
    """What could have been a contender, and why it is none."""
    unit: str
    """What a sample's work is counted in, as in "mixed zones"."""
    counts: NDArray[np.integer]
    """How many of them each sample has; a larger batch repeats the samples in order."""
    comparisons: Sequence[Comparison] = ()
    marks: Mapping[str, float] = field(default_factory=dict)
    """Published samples a second, for the picture."""
    about: Mapping[str, str | int | float] = field(default_factory=dict)
    """What the samples are, and whatever else a reader has to know."""

    def units(self, size: int) -> int:
        """How many of the unit a batch has."""
        whole, rest = divmod(size, len(self.counts))
        return int(whole * self.counts.sum() + self.counts[:rest].sum())

    def units_a_second(self, point: Point) -> float:
        """Of the unit, as `Point.rate` of samples."""
        return self.units(point.size) / point.seconds


@dataclass(frozen=True)
class Ratio:
    """A comparison's answer: samples a second over samples a second, of calls that took turns."""

    comparison: Comparison
    ours: Point
    yardstick: Point

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self._rounds())

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest of the rounds."""
        return min(self._rounds()), max(self._rounds())

    def _rounds(self) -> list[float]:
        per_sample = self.ours.size / self.yardstick.size
        return [per_sample * b / a for a, b in zip(self.ours.times, self.yardstick.times, strict=True)]


@dataclass(frozen=True)
class Breakdown:
    """Where the time of a call goes."""

    contender: Contender
    size: int
    seconds: Mapping[str, float]

    def shares(self) -> dict[str, float]:
        """Of the whole, largest first."""
        whole = sum(self.seconds.values())
        return {name: s / whole for name, s in sorted(self.seconds.items(), key=lambda item: -item[1])}


@dataclass(frozen=True)
class Outcome:
    """A contest that was held."""

    contest: Contest
    sweep: Sweep
    ratios: Sequence[Ratio]
    breakdowns: Sequence[Breakdown]


def hold(contest: Contest, sizes: Sequence[int], effort: Effort, *, step: Step = lambda name: None) -> Outcome:
    """Sweep over the sizes; then compare, and look where time goes, at the size that suits each contender best."""
    swept = sweep(contest.contenders, sizes, effort, step=step)
    best = [point for contender in contest.contenders if (point := swept.best(contender)) is not None]
    ratios = []
    for comparison in contest.comparisons:
        ours, yardstick = _fastest(best, comparison.ours), _fastest(best, comparison.yardstick)
        if ours is not None and yardstick is not None:
            step(comparison.title)
            ratios.append(_compared(comparison, ours, yardstick))
    breakdowns = []
    for point in best:
        if point.contender.stages is not None:
            step(f"where time goes: {point.contender.model}")
            breakdowns.append(Breakdown(point.contender, point.size, point.contender.stages(point.size)))
    return Outcome(contest, swept, ratios, breakdowns)


def _fastest(points: Sequence[Point], among: Callable[[Contender], bool]) -> Point | None:
    return max((point for point in points if among(point.contender)), key=lambda point: point.rate, default=None)


def _compared(comparison: Comparison, ours: Point, yardstick: Point) -> Ratio:
    calls = {point: point.contender.prepare(point.size) for point in (ours, yardstick)}
    for call in calls.values():
        call()
    times = take_turns(calls, Effort(least=_ROUNDS, most=_ROUNDS))
    return Ratio(comparison, *(Point(point.contender, point.size, times[point]) for point in (ours, yardstick)))
