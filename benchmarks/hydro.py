"""Speed of the host simulations: whole runs in Python with each method, on one rank and on two, and where time goes."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.hydro_run import STAGES, Case
from benchmarks.tables import Table

METHODS = ("youngs", "elvira", "learned")
BARS = {"split": 60.0, "unsplit": 15.0}  # seconds
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Size:
    """How much is run. rounds: of the speeds; the median counts."""

    vortex: int = 128
    triple_point: int = 210
    most: int = 120  # steps of compressible flow
    period: float = 1.0
    rounds: int = 3
    ranks: tuple[int, ...] = (1, 2)

    @property
    def cases(self) -> dict[str, Case]:
        """What is run, by what it is called; the method is left open."""
        advection = Case("vortex", "", self.vortex, period=self.period)
        triple = Case("triple-point", "", self.triple_point, most=self.most)
        return {
            "advection, split": replace(advection, scheme="split"),
            "advection, unsplit": replace(advection, scheme="unsplit"),
            "compressible": triple,
        }


def run(size: Size) -> list[Table]:
    """Every table."""
    return [speed(size), whole_vortex(size.vortex), memory(size)]


def speed(size: Size) -> Table:
    """Zones times steps a second and the share of each stage; rounds of all cases, one after the other."""
    keys = [(name, method) for name in size.cases for method in METHODS]
    cases = [replace(size.cases[name], method=method) for name, method in keys]
    counts = [count for count in size.ranks if count == 1 or can_launch()]
    rounds = [{count: launched(cases, count) for count in counts} for _ in range(size.rounds)]
    rows: list[list[str | float]] = []
    for number, (name, method) in enumerate(keys):
        for count in counts:
            found = sorted((each[count][number] for each in rounds), key=lambda figures: figures["seconds"])
            middle = found[len(found) // 2]
            spent = [middle[stage] / middle["seconds"] * 100 for stage in STAGES]
            work = middle["zones"] * middle["steps"] / middle["seconds"]
            rows.append(
                [name, method, str(count), middle["steps"], middle["mixed_zones"], work, *spent, 100 - sum(spent)]
            )
    stages = [f"{stage}, %" for stage in (*STAGES, "rest")]
    missing = "" if len(counts) == len(size.ranks) else " More ranks are left out: mpirun or mpi4py is not there."
    caption = (
        f"Vortex of period {size.period:g} on {size.vortex}², triple point with {size.triple_point} zones along x,"
        f" {size.most} steps; one thread a rank, median of {size.rounds} rounds. Exchange: waiting for each other"
        f" included. Rest: NumPy, and the figures that runs keep.{missing}"
    )
    heads = ["run", "method", "ranks", "steps", "mixed zones", "zones × steps a second", *stages]
    return Table(caption, heads, rows)


def whole_vortex(zones: int) -> Table:
    """The reversed vortex, T = 8, with ELVIRA on one core from start to end."""
    rows: list[list[str | float]] = []
    for scheme, bar in BARS.items():
        (found,) = launched([Case("vortex", "elvira", zones, scheme=scheme)], 1)
        wanted = bar if zones == 128 else math.nan
        rows.append([scheme, found["steps"], found["seconds"], wanted, found["area_error"]])
    caption = f"The vortex of period 8 on {zones}² with ELVIRA, one core, each scheme at its usual CFL:"
    return Table(caption, ["scheme", "steps", "seconds", "wanted below", "area error"], rows)


def memory(size: Size) -> Table:
    """Peak of what Python and NumPy allocate from before the simulation is made to after four steps."""
    rows: list[list[str | float]] = []
    for name, case in size.cases.items():
        cases = [replace(case, method=method, most=4, memory=True) for method in METHODS]
        found = launched(cases, 1)
        rows += [[name, method, each["bytes"]] for method, each in zip(METHODS, found, strict=True)]
    caption = "Peak memory a zone over four steps, arrays of Python and NumPy (the core's own work space is not in it):"
    return Table(caption, ["run", "method", "bytes a zone"], rows)


def can_launch() -> bool:
    """Whether runs on several ranks are possible here."""
    return shutil.which("mpirun") is not None and importlib.util.find_spec("mpi4py") is not None


def launched(cases: Sequence[Case], ranks: int) -> list[dict[str, float]]:
    """The figures of cases run in a fresh process, or in so many."""
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1"}
    environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    launcher = ["mpirun", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1", "-n", str(ranks)] if ranks > 1 else []
    command = [*launcher, sys.executable, "-m", "benchmarks.hydro_run", json.dumps([asdict(case) for case in cases])]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"benchmarks.hydro, {ranks} ranks: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]
