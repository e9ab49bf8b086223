"""The shipped kernel on a server beside the same kernel here: on one rank, and on ranks that share the server.

Needs `make remote-server`, and for more ranks mpirun and mpi4py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.hydro import ROOT, can_launch
from benchmarks.remote_run import Run
from benchmarks.tables import Table
from inloop.bundle import Bundle
from inloop.engines.remote import Served
from inloop.engines.repository import Serving, write_repository
from inloop.engines.server import Installation, Server

NAME = "remote"
HERE = {"native": "native", "onnxruntime": "onnxruntime"}
BINDINGS = ("none", "core")


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    samples: int = 10_000
    rounds: int = 7
    in_flight: tuple[int, ...] = (1, 2)
    ranks: tuple[int, ...] = (2, 4)
    port: int = 8090


@dataclass(frozen=True)
class Found:
    """Of one contender: samples a second of all ranks, and microseconds of a processor a sample on the first one."""

    rate: float
    here: float
    server: float


def run(size: Size) -> list[Table]:
    """Every table, of one server that has one instance and one thread."""
    bundle, installation = Bundle.load("mir"), Installation.find()
    with tempfile.TemporaryDirectory() as folder:
        write_repository(folder, bundle, Serving())
        with Server(installation, Path(folder), port=size.port) as server:
            server.wait_until_ready(Served.of(bundle))
            return [beside(size, server, whole=True), beside(size, server, whole=False), shared(size, server)]


def beside(size: Size, server: Server, *, whole: bool) -> Table:
    """One client: over the wire, in shared memory, and in how many requests at once."""
    ways = {
        f"triton, {name}, {many} in flight": {"url": server.url, "shared_memory": memory, "in_flight": many}
        for name, memory in (("wire", False), ("shared memory", True))
        for many in size.in_flight
    }
    contenders = HERE | ways if whole else {"onnxruntime": "onnxruntime"} | ways
    found = launched(size, server, contenders, whole=whole)
    local = found["onnxruntime"].rate
    rows = [[name, one.rate, one.rate / local, one.here, one.server] for name, one in found.items()]
    what = "The whole kernel" if whole else "The network alone, on as many views"
    caption = (
        f"{what}: one rank, {size.samples} samples a call, the server on the same machine; median of {size.rounds}"
        f" rounds, all contenders in turn in one process. {_load()}"
    )
    heads = ["engine", "samples a second", "of onnxruntime's", "us of processor a sample: client", "server"]
    return Table(caption, heads, rows)


def shared(size: Size, server: Server) -> Table:
    """Ranks that call at once, bound to cores or not."""
    contenders = HERE | {"triton": {"url": server.url}}
    rows: list[list[str | float]] = []
    for count in size.ranks if can_launch() else ():
        for binding in BINDINGS if count <= (os.cpu_count() or 1) else BINDINGS[:1]:
            found = launched(size, server, contenders, ranks=count, binding=binding)
            local = found["onnxruntime"].rate
            rows += [[str(count), binding, name, one.rate, one.rate / local] for name, one in found.items()]
    caption = (
        f"Ranks that call at once, {size.samples} samples each, one thread a rank; samples of all ranks over the"
        f" seconds of the slowest, median of {size.rounds} rounds. All ranks share one server of one thread on the same"
        f" machine ({os.cpu_count()} cores). {_load()}"
    )
    return Table(caption, ["ranks", "bound to", "engine", "samples a second, all ranks", "of onnxruntime's"], rows)


def launched(
    size: Size,
    server: Server,
    contenders: Mapping[str, Any],
    *,
    whole: bool = True,
    ranks: int = 1,
    binding: str = BINDINGS[0],
) -> dict[str, Found]:
    """Every contender's figures."""
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1"}
    environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    options = ["--oversubscribe", "--bind-to", binding, "--mca", "mpi_yield_when_idle", "1", "-n", str(ranks)]
    case = Run(size.samples, size.rounds, server.process, dict(contenders), whole)
    command = [sys.executable, "-m", "benchmarks.remote_run", json.dumps(asdict(case))]
    launcher = ["mpirun", *options] if ranks > 1 else []
    done = subprocess.run([*launcher, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"benchmarks.remote, {ranks} ranks: {done.stderr.strip()}")
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    each = 1e6 / (size.samples * size.rounds)
    return {
        name: Found(ranks * size.samples / median(one["seconds"]), one["here"] * each, one["server"] * each)
        for name, one in found.items()
    }


def _load() -> str:
    """Figures of a machine that does something else beside mean little: so it is said."""
    return f"The machine's load average afterwards: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
