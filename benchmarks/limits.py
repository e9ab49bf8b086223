"""What limits the speed of the native core: seconds of its stages, beside what arithmetic and memory allow.

Both allowances are measured here, not looked up: NumPy's product of large matrices on one thread stands for the peak of
single-precision arithmetic, its copy of an array larger than the caches for memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

import inloop
from benchmarks.tables import Table
from inloop import _core
from inloop.mir.contenders import Batches
from inloop.mir.learned import SHIPPED, Learned
from inloop.mir.mesh import mesh_of
from inloop.mir.sampled import SUB_ZONES, ZONES

NAME = "limits"
FACTS, STAGES, BOUNDS = "What was measured on", "Where the time of a call goes", "What the machine allows"
NETWORK = "network"
ARITHMETIC, MEMORY = "arithmetic, by the network alone", "memory, by the images alone"


@dataclass(frozen=True)
class Size:
    """How much is measured: many short turns, so that a stall spoils few of them.

    samples: in a batch; distinct: of them; matrix: rows of the product; copied: bytes.
    """

    samples: int = 256
    distinct: int = 256
    rounds: int = 101
    matrix: int = 512
    copied: int = 1 << 26


def run(size: Size) -> list[Table]:
    """Facts, stages and bounds."""
    batches = Batches(size.distinct, seed=0)
    fractions = batches.zones(size.samples).astype(np.float32)
    out = batches.answers(size.samples)
    kernel, opened = inloop.load(SHIPPED), Learned().opened()
    sizes = opened.bundle.network["sizes"]
    mixed = int(np.resize(batches.mixed, size.samples).sum())
    peaks = [in_a_process_of_its_own(size.matrix)]
    given, copy = np.ones(size.copied, np.uint8), np.ones(size.copied, np.uint8)
    copies, calls, stages = [], [], []
    kernel(fractions, out)
    for _ in range(size.rounds):  # all take turns: what disturbs the machine disturbs all of them
        stages.append(_core.cover_stages(opened.network, fractions))
        calls.append(seconds_of(lambda: kernel(fractions, out)))
        copies.append(seconds_of(lambda: np.copyto(copy, given)))
    peaks.append(in_a_process_of_its_own(size.matrix))
    each = {stage: median(turn[stage] for turn in stages) / size.samples for stage in stages[0]}
    call = median(calls) / size.samples
    views = views_of(fractions) / size.samples
    operations = views * sum(2 * a * b for a, b in pairwise(sizes))
    written = 4.0 * (ZONES * SUB_ZONES) ** 2
    return [
        facts(sizes, mixed / size.samples, views, size.samples, call),
        Table(
            STAGES,
            ["stage", "microseconds a sample", "nanoseconds a mixed zone", "share, %"],
            [
                [stage, 1e6 * seconds, 1e9 * seconds * size.samples / mixed, 100 * seconds / sum(each.values())]
                for stage, seconds in each.items()
            ],
        ),
        bounds(operations, max(peaks), written, size.copied / min(copies), call, each[NETWORK]),
    ]


def facts(sizes: list[int], mixed: float, views: float, samples: int, call: float) -> Table:
    """One value a row."""
    rows: list[list[str | float]] = [
        ["samples in a batch", str(samples)],
        ["mixed zones a sample", mixed],
        ["views a mixed zone that the network answers", views / mixed],
        ["widths of the network", "-".join(map(str, sizes))],
        ["threads", "1"],
        ["samples a second, whole call from Python", f"{1 / call:,.0f}"],
        ["mixed zones a second, whole call from Python", f"{mixed / call:,.0f}"],
    ]
    return Table(FACTS, ["", "value"], rows)


def bounds(operations: float, peak: float, written: float, copied: float, call: float, network: float) -> Table:
    """What a sample needs of a resource, what there is of it, and how much of that is used."""
    rows: list[list[str | float]] = []
    for resource, need, there in ((ARITHMETIC, operations, peak), (MEMORY, written, copied)):
        rows.append([resource, need, there / 1e9, f"{there / need:,.0f}", 100 * need / there / call])
    rows.append(["arithmetic, while the network runs", operations, peak / 1e9, "", 100 * operations / peak / network])
    heads = ["resource", "a sample needs", "the machine has, 10⁹ a second", "allows samples a second", "used, %"]
    return Table(BOUNDS, heads, rows)


def views_of(fractions: NDArray[np.float32]) -> int:
    """How often the network is asked: once a mixed zone, more where orientations tie."""
    mesh = mesh_of((ZONES, ZONES), needed_halo=Learned.halo)
    asked = _core.ask_samples(fractions, mesh.nodes, mesh.widths, mesh.side, 0, 1)
    return len(asked.features)


def seconds_of(work: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def multiplying(rows: int) -> float:
    """Single-precision operations a second of NumPy's product of square matrices: the best of many."""
    a, b = (np.random.default_rng(k).random((rows, rows), np.float32) for k in range(2))
    return 2.0 * rows**3 / min(seconds_of(lambda: a @ b) for _ in range(200))


def in_a_process_of_its_own(rows: int) -> float:
    """`multiplying` on one thread, which a BLAS library wants to know before it is loaded.

    OpenBLAS does not know every processor that has AVX-512, and takes half as wide vectors there unless told.
    """
    told = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "BLIS")}
    if _core.instruction_set() == "avx512":
        told["OPENBLAS_CORETYPE"] = "SkylakeX"
    code = f"from benchmarks.limits import multiplying; print(multiplying({rows}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | told,
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)
