"""How long a host waits for one sample: through the C interface, from a compiled program, and through Python."""

from __future__ import annotations

import math
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import inloop
from benchmarks.tables import Table
from inloop.bundle import find
from inloop.mir.contenders import Batches
from inloop.mir.learned import SHIPPED

NAME, SAMPLES = "latency", "samples"
SOURCE = Path(__file__).with_name("latency.c")
CAPTION = "Time of a call with one sample, microseconds"
_LINK = "import sys; from inloop.cli import main; sys.argv[1:] = ['config', '--cflags', '--libs', '--rpath']; main()"


@dataclass(frozen=True)
class Size:
    """How much is measured. samples: different ones, asked for in turn; rounds: of C and Python, taking turns."""

    samples: int = 64
    calls: int = 2000
    rounds: int = 5


class AbsentError(Exception):
    """Why the C interface cannot be measured."""


def run(size: Size) -> list[Table]:
    """One table; where the C interface is not there its row says why."""
    fractions = Batches(size.samples, seed=0).zones(size.samples).astype(np.float32)
    ways: dict[str, Callable[[], NDArray[np.float64]]] = {"Python": lambda: through_python(fractions, size.calls)}
    rows: list[Sequence[str | float]] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            program = compiled(Path(folder))
        except AbsentError as why:
            rows.append([f"C, not measured: {why}", *[math.nan] * 4])
        else:
            fractions.tofile(program.with_name(SAMPLES))
            ways = {"C": lambda: through_c(program, size)} | ways
        turns = [{way: measure() for way, measure in ways.items()} for _ in range(size.rounds)]
    for way in ways:
        microseconds = 1e6 * np.concatenate([turn[way] for turn in turns])
        rows.append([way, *map(float, np.percentile(microseconds, (50, 25, 75))), len(microseconds)])
    return [Table(CAPTION, ["through", "median", "lower quartile", "upper quartile", "calls"], rows)]


def through_python(fractions: NDArray[np.float32], calls: int) -> NDArray[np.float64]:
    """Seconds of each call of the kernel, its answer in the same array every time."""
    kernel = inloop.load(SHIPPED)
    samples = [fractions[k : k + 1] for k in range(len(fractions))]
    out = kernel(samples[0])
    seconds = np.empty(calls)
    for call in range(-len(samples), calls):  # first all samples once, untimed
        sample = samples[call % len(samples)]
        start = time.perf_counter()
        kernel(sample, out)
        if call >= 0:
            seconds[call] = time.perf_counter() - start
    return seconds


def compiled(folder: Path) -> Path:
    """The C program, built as a host would be; raises AbsentError."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise AbsentError("there is no C compiler")
    flags = subprocess.run([sys.executable, "-c", _LINK], capture_output=True, text=True, check=False)
    if flags.returncode:
        raise AbsentError(flags.stderr.strip())
    program = folder / NAME
    command = [compiler, "-std=c99", "-O2", str(SOURCE), *shlex.split(flags.stdout), "-o", str(program)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        raise AbsentError(built.stderr.strip().splitlines()[-1])
    return program


def through_c(program: Path, size: Size) -> NDArray[np.float64]:
    """Seconds of each call from the C program."""
    command = [program, find(SHIPPED), program.with_name(SAMPLES), str(size.samples), str(size.calls)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return np.array(done.stdout.split(), dtype=float)
