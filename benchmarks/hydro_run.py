"""Runs of host simulations, timed stage by stage, on as many ranks as a launcher started.

    [mpirun -n N] python -m benchmarks.hydro_run JSON

JSON is a list of cases. The first rank prints a line of JSON with the figures of each.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from inloop import mir
from inloop.hydro.hosts import Host, begin, find
from inloop.hydro.ranks import Array, Ranks, ranks_here

STAGES = ("reconstruction", "shares", "exchange")
_WATCHED = (
    (mir, "reconstruct", "reconstruction"),
    (mir.Interface, "share", "shares"),
    (mir.Interface, "inside", "shares"),
)


@dataclass(frozen=True)
class Case:
    """A run. most: steps after which it is cut off. memory: trace what is allocated, which spoils the seconds."""

    problem: str
    method: str
    zones: int
    scheme: str | None = None
    period: float | None = None
    most: int | None = None
    memory: bool = False

    def begin(self, ranks: Ranks) -> Host:
        """The simulation at its start, the kernel loaded."""
        problem = find(self.problem, period=self.period)
        return begin(problem, method=self.method, scheme=self.scheme, zones=self.zones, ranks=ranks)


class Clock:
    """Seconds spent in each stage: inside `mir.reconstruct`, inside the interface's answers, and talking to others."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A block that belongs to a stage."""
        start = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - start

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """A block in which the calls of all simulations count, from zero."""
        self.seconds = dict.fromkeys(STAGES, 0.0)
        with contextlib.ExitStack() as stack:
            for owner, name, stage in _WATCHED:
                stack.enter_context(patch.object(owner, name, self._timed(getattr(owner, name), stage)))
            yield

    def _timed(self, work: Callable[..., Any], stage: str) -> Callable[..., Any]:
        @functools.wraps(work)
        def call(*given: Any, **named: Any) -> Any:
            with self.stage(stage):
                return work(*given, **named)

        return call


class Timed(Ranks):
    """Ranks whose talk is timed, waiting for each other included."""

    def __init__(self, ranks: Ranks, clock: Clock) -> None:
        self.rank, self.size = ranks.rank, ranks.size
        self._ranks, self._clock = ranks, clock

    def swap(self, sent: Mapping[int, Array], wanted: Mapping[int, Array]) -> None:
        """As the ranks do."""
        with self._clock.stage("exchange"):
            self._ranks.swap(sent, wanted)

    def everyone(self, value: Any) -> list[Any]:
        """As the ranks do."""
        with self._clock.stage("exchange"):
            return self._ranks.everyone(value)

    def guarded(self) -> contextlib.AbstractContextManager[None]:
        """As the ranks do."""
        return self._ranks.guarded()


def measured(case: Case, ranks: Ranks) -> dict[str, float]:
    """The figures of one run; stages are the mean over ranks, the seconds those of the slowest."""
    clock = Clock()
    if case.memory:
        case.begin(ranks)  # what is loaded once belongs to no zone
        tracemalloc.start()
    host = case.begin(Timed(ranks, clock))
    ranks.everyone(None)
    with clock.listening():
        start = time.perf_counter()
        while (case.most is None or host.step < case.most) and host.advance():
            pass
        seconds = time.perf_counter() - start
    figures = {name: ranks.sum(spent) / ranks.size for name, spent in clock.seconds.items()}
    zones = host.grid.zones[0] * host.grid.zones[1]
    if case.memory:
        figures["bytes"] = tracemalloc.get_traced_memory()[1] / zones
        tracemalloc.stop()
    results = host.results()
    return figures | {
        "seconds": ranks.max(seconds),
        "steps": float(host.step),
        "zones": float(zones),
        "mixed_zones": results["mixed_zones"],
        "area_error": results.get("area_error", float("nan")),
    }


def main() -> None:
    """All cases, one after the other."""
    ranks = ranks_here()
    with ranks.guarded():
        for given in json.loads(sys.argv[1]):
            figures = measured(Case(**given), ranks)
            if not ranks.rank:
                print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
