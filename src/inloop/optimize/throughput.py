"""How fast contenders answer, against the size of a batch: all of them in one run, taking turns.

A figure is the median of repeats. In its turn a contender is called once for nothing if a call is short, so that its
arrays and weights are where its own loop would find them. What would take too long or too much memory is not run, and
the reason is kept: no figure is extrapolated.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

from inloop.errors import InloopError

Call = Callable[[], object]
Stages = Callable[[int], Mapping[str, float]]
"""The size of a batch -> where the time of a call goes: seconds by the names of its parts."""
Step = Callable[[str], None]
Key = TypeVar("Key", bound=Hashable)

SIZES = (1, 2, 8, 32, 128, 512, 2048, 8192, 32768, 131072)
_SHORT = 0.01  # seconds; a longer call brings its own memory near


@dataclass(frozen=True, kw_only=True, eq=False)
class Contender:
    """What answers batches of samples, by a model, on an engine, in a precision."""

    model: str
    engine: str
    precision: str
    prepare: Callable[[int], Call]
    """The size of a batch -> a call on so many samples, all arrays made; it returns when the answers are there."""
    bytes_a_sample: int = 0
    """What a call needs, its arrays included."""
    stages: Stages | None = None

    @property
    def label(self) -> str:
        """What it is called in tables."""
        return f"{self.model}, {self.engine}, {self.precision}"


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long to measure."""

    seconds: float = 1.0
    """The longest call that is waited for, and what one contender's repeats at one size may take together ..."""
    least: int = 3
    """... though there are so many of them,"""
    most: int = 21
    """and no more than that."""
    bytes: float = math.inf
    """No call may need more."""

    def __post_init__(self) -> None:
        if not 0 < self.seconds < math.inf:
            raise InloopError(f"seconds: {self.seconds} is no time to measure in; give a positive number")
        if not 1 <= self.least <= self.most:
            raise InloopError(f"repeats: from {self.least} to {self.most} is no range; give 1 or more")


@dataclass(frozen=True, eq=False)
class Point:
    """One contender on batches of one size."""

    contender: Contender
    size: int
    times: Sequence[float]
    """Seconds of each call that counts."""

    @property
    def seconds(self) -> float:
        """Their median: how long a host waits for an answer."""
        return median(self.times)

    @property
    def rate(self) -> float:
        """Samples a second."""
        return self.size / self.seconds

    @property
    def quartiles(self) -> tuple[float, float]:
        """Half of the calls took seconds between these."""
        if len(self.times) < 2:
            return self.seconds, self.seconds
        low, _, high = quantiles(self.times, method="inclusive")
        return low, high


@dataclass(frozen=True)
class Stop:
    """Why a contender was not measured on batches of this size, nor on larger ones."""

    contender: Contender
    size: int
    why: str


@dataclass(frozen=True)
class Sweep:
    """All that was measured."""

    points: Sequence[Point]
    stops: Sequence[Stop]

    def of(self, contender: Contender) -> list[Point]:
        """One contender's points by rising size."""
        return [point for point in self.points if point.contender is contender]

    def best(self, contender: Contender) -> Point | None:
        """Where it answers the most samples a second; None if it was stopped before the first size."""
        return max(self.of(contender), key=lambda point: point.rate, default=None)


def sweep(
    contenders: Sequence[Contender], sizes: Sequence[int], effort: Effort, *, step: Step = lambda name: None
) -> Sweep:
    """Measure every contender on batches of every size, size by size, the contenders taking turns."""
    sizes = checked_sizes(sizes)
    points: list[Point] = []
    stopped: dict[Contender, Stop] = {}
    for size in sizes:
        step(f"batches of {size}")
        last = {point.contender: point for point in points}
        ready: dict[Contender, Call] = {}
        for contender in contenders:
            if contender in stopped:
                continue
            why = _too_much(contender, size, last.get(contender), effort)
            if why is None:
                try:
                    ready[contender] = call = contender.prepare(size)
                    call()  # warms up, and does not count
                except (MemoryError, RuntimeError) as failed:  # what torch and engines raise when there is no room
                    why = f"failed: {str(failed).partition(chr(10))[0] or type(failed).__name__}"
                    ready.pop(contender, None)
            if why is not None:
                stopped[contender] = Stop(contender, size, why)
        points += [Point(contender, size, times) for contender, times in take_turns(ready, effort).items()]
    return Sweep(points, list(stopped.values()))


def take_turns(calls: Mapping[Key, Call], effort: Effort) -> dict[Key, list[float]]:
    """Seconds of each call, round after round; who has used up the time sits out the rest.

    The calls are warm already.
    """
    times: dict[Key, list[float]] = {key: [] for key in calls}
    for turn in range(effort.most):
        for key, call in calls.items():
            own = times[key]
            if turn >= effort.least and sum(own) >= effort.seconds:
                continue
            if own and own[-1] < _SHORT:
                call()
            start = time.perf_counter()
            call()
            own.append(time.perf_counter() - start)
    return times


def checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Rising sizes of batches."""
    if not sizes or min(sizes) < 1:
        raise InloopError(f"sizes: {', '.join(map(str, sizes)) or 'none'} are no sizes of batches; give 1 or more")
    return tuple(sorted(set(sizes)))


def free_memory() -> float:
    """Bytes that this process may still take, as far as the system tells."""
    found = [math.inf]
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        lines = dict(line.split(":", 1) for line in meminfo.read_text(encoding="utf-8").splitlines())
        found.append(int(lines["MemAvailable"].split()[0]) * 1024.0)
    limits = [Path("/sys/fs/cgroup") / name for name in ("memory.max", "memory.current")]
    if all(file.exists() for file in limits):
        most, used = (file.read_text(encoding="utf-8").strip() for file in limits)
        if most != "max":
            found.append(float(most) - float(used))
    return min(found)


def _too_much(contender: Contender, size: int, last: Point | None, effort: Effort) -> str | None:
    needed = contender.bytes_a_sample * size
    if needed > effort.bytes:
        return f"would need about {needed / 1e9:.2g} GB of memory, more than {effort.bytes / 1e9:.2g}"
    if last is not None:
        seconds = last.seconds * size / last.size
        if seconds > effort.seconds:
            return f"a call would take about {seconds:.2g} s, more than {effort.seconds:g}"
    return None
