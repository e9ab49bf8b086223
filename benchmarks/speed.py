"""Speed of the classical methods: the core alone, the Python call, and VTK's filter, interleaved in one run."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np

from benchmarks.peer_vtk import interface_length, youngs_filter
from benchmarks.tables import Table
from inloop import _core, mir
from inloop.mir.mesh import mesh_of
from inloop.mir.shapes import Ball, Circle, uniform_edges

CIRCLE = Circle((0.51, 0.493), 0.3)
BALL = Ball((0.51, 0.493, 0.487), 0.3)
PER_ZONE = "ns a mixed zone"
CLASSICAL = ("slic", "youngs", "elvira", "lvira", "mof", "equiz", "power")
LEARNED = tuple(name for name in mir.METHODS if name not in CLASSICAL)


def run(repeats: int) -> list[Table]:
    """Every table."""
    return [plane(64, repeats), space(32, max(5, repeats // 8)), large(4096, max(5, repeats // 8)), memory(2048)]


def interleaved(calls: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, float]:
    """Median seconds of each call; every round runs each of them once. A call returns its own seconds."""
    for call in calls.values():
        call()
    rounds = [{name: call() for name, call in calls.items()} for _ in range(repeats)]
    return {name: median(r[name] for r in rounds) for name in calls}


def timed(work: Callable[[], Any]) -> Callable[[], float]:
    """A call that returns the seconds that `work` takes."""

    def call() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return call


def core_call(
    fractions: np.ndarray, method: str, centroids: np.ndarray | None, threads: int = 1
) -> Callable[[], float]:
    """A call that returns the seconds of the native core for one reconstruction, Python's part left out."""
    n = fractions.shape[-1]
    mesh = mesh_of(fractions.shape if fractions.ndim == 2 else fractions.shape[1:], 1 / n)
    time_core = _core.time2 if mesh.dimensions == 2 else _core.time3
    settings = (mesh.nodes, mesh.widths, mesh.halo, mesh.side, [], centroids, -1, threads)
    return lambda: float(time_core(1, method, fractions, *settings)[0])


def plane(n: int, repeats: int) -> Table:
    """2D: nanoseconds a mixed zone at n x n zones, and each as a ratio to VTK's filter."""
    edges = uniform_edges(n)
    fractions, centroids = CIRCLE.fractions(edges), CIRCLE.centroids(edges)
    face = mir.reconstruct(fractions, method="youngs", spacing=1 / n)
    calls: dict[str, Callable[[], float]] = {}
    for method in CLASSICAL:
        given = centroids if method == "mof" else None
        calls[f"{method} core"] = core_call(fractions, method, given)
        calls[f"{method} call"] = timed(
            lambda m=method, c=given: mir.reconstruct(fractions, method=m, spacing=1 / n, centroids=c)
        )
    for method in LEARNED:
        calls[f"{method} call"] = timed(lambda m=method: mir.reconstruct(fractions, method=m, spacing=1 / n))
    peer = importlib.util.find_spec("vtkmodules") is not None
    if peer:
        run_peer = youngs_filter(fractions, face)
        length = interface_length(run_peer())
        if not math.isclose(length, 2 * math.pi * CIRCLE.radius, rel_tol=0.02):
            raise SystemExit(f"the VTK filter drew an interface of length {length:.4f}, not the circle's")
        calls["VTK Youngs filter"] = timed(run_peer)
    seconds = interleaved(calls, repeats)
    zones = len(face.zones)
    beside = seconds.get("VTK Youngs filter", math.nan)
    rows: list[list[str | float]] = []
    for method in CLASSICAL:
        core, call = seconds[f"{method} core"], seconds[f"{method} call"]
        ratio = beside / core if peer else math.nan
        rows.append([method, core / zones * 1e9, call / zones * 1e9, (call - core) * 1e6, ratio])
    rows += [[name, math.nan, seconds[f"{name} call"] / zones * 1e9, math.nan, math.nan] for name in LEARNED]
    if peer:
        rows.append(["VTK Youngs filter (given our normals)", math.nan, beside / zones * 1e9, math.nan, 1.0])
    heads = ["method", f"core, {PER_ZONE}", f"call, {PER_ZONE}", "Python's part, us a call", "VTK time / core time"]
    caption = f"2D, circle, {n} x {n} zones, {zones} mixed, one thread, median of {repeats} interleaved rounds:"
    return Table(caption, heads, rows)


def space(n: int, repeats: int) -> Table:
    """3D: mixed zones a second on a ball."""
    fractions = np.stack([f := BALL.fractions(uniform_edges(n, 3)), 1 - f])
    centroids = BALL.centroids(uniform_edges(n, 3))
    zones = len(mir.reconstruct(fractions, method="youngs").zones)
    names = ("youngs", "elvira", "lvira", "mof")
    calls = {m: core_call(fractions, m, centroids if m == "mof" else None) for m in names}
    seconds = interleaved(calls, repeats)
    rows = [[m, zones / s, s / seconds["youngs"]] for m, s in seconds.items()]
    caption = f"3D, ball, {n}^3 zones, {zones} mixed, one thread, core alone, median of {repeats} interleaved rounds:"
    return Table(caption, ["method", "mixed zones a second", "time / youngs"], rows)


def large(n: int, repeats: int) -> Table:
    """A large mesh with about 0.1 % of its zones mixed, beside one read of the array (NumPy's sum)."""
    fractions = Circle((0.5, 0.5), 0.49).fractions(uniform_edges(n))
    calls: dict[str, Callable[[], float]] = {"one read (numpy.sum)": timed(fractions.sum)}
    for threads in (1, 2) if _core.openmp() else (1,):
        for method in ("youngs", "elvira", "lvira"):
            calls[f"{method}, {threads} thread{'s' * (threads > 1)}"] = core_call(fractions, method, None, threads)
    seconds = interleaved(calls, repeats)
    zones = len(mir.reconstruct(fractions, method="youngs").zones)
    read = seconds["one read (numpy.sum)"]
    rows = [[name, s * 1e3, s / read, fractions.nbytes / s / 1e9] for name, s in seconds.items()]
    caption = f"{n} x {n} zones, {zones} mixed ({100 * zones / n**2:.2f} %), core alone, median of {repeats} rounds:"
    return Table(caption, ["", "ms", "time / one read", "GB/s of input"], rows)


def memory(n: int) -> Table:
    """Peak memory above the input, in copies of the input, of a call in a fresh process."""
    rows = []
    for method in ("youngs", "elvira", "lvira"):
        script = _MEMORY.format(n=n, method=method)
        output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        rows.append([method, float(output)])
    caption = f"{n} x {n} zones, circle: peak memory above the input, in copies of it (fresh process):"
    return Table(caption, ["method", "copies of the input"], rows)


_MEMORY = """
import resource
from inloop import mir
from inloop.mir.shapes import Circle, uniform_edges
f = Circle((0.5, 0.5), 0.49).fractions(uniform_edges({n}))
mir.reconstruct(f[:64, :64].copy(), method={method!r})
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
with open("/proc/self/clear_refs", "w") as reset:
    reset.write("5")
before = peak()
face = mir.reconstruct(f, method={method!r})
print((peak() - before) / f.nbytes)
"""
