"""One kernel, or its network alone, on as many ranks as a launcher started: all call at once, and the slowest counts.

    [mpirun -n N] python -m benchmarks.remote_run JSON

JSON: a `Run`. The first rank prints a line of JSON: for each contender the seconds of every round, and the processor's
seconds in all rounds together, of this rank and of the server.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import inloop
from inloop.bundle import Bundle
from inloop.engines import Settings, open_graph
from inloop.engines.remote import Remote
from inloop.hydro.ranks import ranks_here
from inloop.mir.contenders import Batches

_DISTINCT = 256


@dataclass(frozen=True)
class Run:
    """What is measured. server: the number of its process group."""

    samples: int
    rounds: int
    server: int
    contenders: Mapping[str, str | dict[str, Any]]
    """Name to an engine, or to settings of a remote one."""
    whole: bool = True
    """The kernel, interface included; or the network alone, on as many random views as the samples have."""


def main() -> None:
    """Rounds of all contenders, one after the other."""
    run = Run(**json.loads(sys.argv[1]))
    ranks = ranks_here()
    with ranks.guarded():
        calls = _calls(run, ranks.rank)
        found: dict[str, dict[str, Any]] = {name: {"seconds": [], "here": 0.0, "server": 0.0} for name in calls}
        for number in range(run.rounds + 1):  # the first warms up
            for name, call in calls.items():
                ranks.everyone(0.0)  # all start together
                there, here, start = _processor(run.server), time.process_time(), time.perf_counter()
                call()
                spent = max(ranks.everyone(time.perf_counter() - start))
                if number:
                    found[name]["seconds"].append(spent)
                    found[name]["here"] += time.process_time() - here
                    found[name]["server"] += _processor(run.server) - there
        if ranks.rank == 0:
            print(json.dumps(found), flush=True)


def _calls(run: Run, seed: int) -> dict[str, Callable[[], object]]:
    batches, bundle = Batches(_DISTINCT, seed=seed), Bundle.load("mir")
    engines = {name: _engine(which) for name, which in run.contenders.items()}
    if run.whole:
        fractions, out = batches.zones(run.samples), batches.answers(run.samples)
        kernels = {name: inloop.load("mir", engine=engine) for name, engine in engines.items()}
        return {name: lambda kernel=kernel: kernel(fractions, out=out) for name, kernel in kernels.items()}
    count = int(batches.mixed.mean() * run.samples)
    graphs = {name: open_graph(bundle, engine) for name, engine in engines.items()}
    draw = np.random.default_rng(seed)
    takes = next(iter(graphs.values())).inputs
    rows = {name: draw.uniform(-1, 1, (count, *row)).astype(np.float32) for name, row in takes.items()}
    return {name: lambda graph=graph: graph.run(rows) for name, graph in graphs.items()}


def _engine(which: str | dict[str, Any]) -> str | Settings:
    """A lost server is an error here, not a local engine's time."""
    return which if isinstance(which, str) else Remote(**which, timeout=60, fallback=None)


def _processor(group: int) -> float:
    """Seconds that the processes of a group have spent on a processor."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
