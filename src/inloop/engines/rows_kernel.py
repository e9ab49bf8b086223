"""The kernel of any small network on rows of numbers, natively or on any engine: what such a bundle needs no case for.

Physical numbers go in and come out, whatever evaluates the network: its features are made in double, its answers
transformed on the client.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from inloop import _core
from inloop.bundle import ABOUT, GRAPH, WEIGHTS, Bundle
from inloop.engines import Settings, open_graph
from inloop.errors import InloopError
from inloop.kernel import GPU, NATIVE, Kernel, checked_threads
from inloop.row_network import RowNetwork, layers_of

ROWS = "rows"  # what the graph calls its one input
_FARTHEST = 3e38  # a feature that a float still holds

Array = npt.NDArray[Any]
# Fills an array with the answers of contiguous rows, each times its factor, if there are factors.
Fill = Callable[[Array, Array, Array | None], None]


class RowsKernel:
    """Rows (n, inputs) to answers (n, outputs), float32 if no `out` of another type is given."""

    def __init__(self, bundle: Bundle, network: RowNetwork, fill: Fill) -> None:
        self.bundle = bundle
        self.network = network
        self.signature = bundle.signature
        self.halo = bundle.signature.halo
        self._fill = fill

    def __repr__(self) -> str:
        names = ", ".join(one.name for one in self.network.inputs)
        return f"<Kernel {self.bundle.name}: {names} -> {self.network.output.count} answers>"

    def __call__(
        self, samples: npt.ArrayLike, /, out: Array | None = None, *, factor: npt.ArrayLike | None = None
    ) -> Array:
        """Answer every row on its own; into `out` (float32 or float64) if given, which is also returned.

        factor: (n,) by which each row's answers are multiplied, as absorption is by the amount of what absorbs.
        """
        rows = self._rows(samples)
        shape = (len(rows), self.network.output.count)
        if out is None:
            out = np.empty(shape, dtype=np.float32)
        elif not isinstance(out, np.ndarray) or out.shape != shape or out.dtype not in (np.float32, np.float64):
            came = f"{out.shape} {out.dtype}" if isinstance(out, np.ndarray) else type(out).__name__
            raise InloopError(f"out is {came}: expected an array {shape}, float32 or float64")
        if factor is not None:
            factor = np.asarray(factor)
            if factor.shape != shape[:1] or factor.dtype not in (np.float32, np.float64):
                raise InloopError(f"factor is {factor.shape} {factor.dtype}: expected {shape[:1]}, float32 or float64")
        whole = out if out.flags.c_contiguous and out.flags.writeable else np.empty(shape, out.dtype)
        if len(rows):
            self._fill(rows, whole, factor)
        if whole is not out:
            out[...] = whole
        return out

    def _rows(self, samples: npt.ArrayLike) -> Array:
        rows = np.asarray(samples)
        inputs = len(self.network.inputs)
        if rows.ndim != 2 or rows.shape[1] != inputs:
            names = ", ".join(one.name for one in self.network.inputs)
            raise InloopError(f"rows have shape {rows.shape}: expected (n, {inputs}) of {names}")
        if rows.dtype not in (np.float32, np.float64):
            raise InloopError(f"rows have type {rows.dtype}: expected float32 or float64")
        return np.ascontiguousarray(rows)


def kernel_of(bundle: Bundle, *, engine: str | Settings, threads: int, precision: str) -> Kernel:
    """What `inloop.load` calls for bundles of a network on rows."""
    checked_threads(threads)
    if engine == GPU:
        raise InloopError("engine 'gpu' has the flagship's kernels alone: take tensorrt, torch or native for rows")
    network = RowNetwork.from_entry(bundle.network, bundle.path / ABOUT)
    if engine == NATIVE:
        return RowsKernel(bundle, network, _native(bundle, threads))
    return RowsKernel(bundle, network, _outside(bundle, network, engine, threads, precision))


def core_of(bundle: Bundle) -> _core.Rows:
    """The network of a bundle as the native core runs it."""
    network = RowNetwork.from_entry(bundle.network, bundle.path / ABOUT)
    try:
        weights, biases = (
            [np.asarray(one, dtype=np.float64, order="C") for one in part]
            for part in layers_of(bundle.weights, len(network.sizes) - 1)
        )
        return _core.Rows(json.dumps(network.entry()), weights, biases)
    except ValueError as wrong:
        raise InloopError(f"{bundle.path / WEIGHTS}: {wrong}") from None


def _native(bundle: Bundle, threads: int) -> Fill:
    core = core_of(bundle)

    def fill(rows: Array, out: Array, factor: Array | None) -> None:
        given = rows if rows.dtype == np.float64 or out.dtype == np.float32 else rows.astype(np.float64)
        times = None if factor is None else np.ascontiguousarray(factor, dtype=given.dtype)
        try:
            core.run(given, out, times, threads)
        except ValueError as wrong:
            raise InloopError(str(wrong)) from None

    return fill


def _outside(bundle: Bundle, network: RowNetwork, engine: str | Settings, threads: int, precision: str) -> Fill:
    graph = open_graph(bundle, engine, threads=threads, precision=precision)
    takes = {ROWS: (network.sizes[0],)}
    if dict(graph.inputs) != takes:
        raise InloopError(f"{bundle.path / GRAPH}: takes {dict(graph.inputs)}, expected {takes}; export it again")

    def fill(rows: Array, out: Array, factor: Array | None) -> None:
        seen, amounts = network.features(rows), network.amounts(rows)
        _refuse_far(network, rows, seen)
        answers = network.output.answers(graph.run({ROWS: seen.astype(np.float32)}), amounts)
        out[...] = answers if factor is None else answers * factor[:, None]

    return fill


def _refuse_far(network: RowNetwork, rows: Array, seen: Array) -> None:
    """Refuse what no float holds, by its input and row."""
    shown = 0
    for number, one in enumerate(network.inputs):
        column = seen[:, shown] if one.seen else rows[:, number]
        shown += one.features
        amount = rows[:, number] if one.name in network.output.amounts else column
        far = np.flatnonzero((np.abs(column) > _FARTHEST) | (np.abs(amount) > _FARTHEST))
        if len(far):
            row = int(far[0])
            raise InloopError(
                f"input {one.name}: {rows[row, number]:g} in row {row} is far beyond what the"
                " network was taught on; check its unit"
            )
