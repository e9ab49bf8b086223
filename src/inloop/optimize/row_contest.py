"""What is measured of a case whose kernel takes rows: its bundle on every engine, and what it is to replace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from inloop.bundle import Bundle
from inloop.case import Numbers
from inloop.kernel import Kernel
from inloop.optimize.contest import Comparison, Contest
from inloop.optimize.kernels import on_engines
from inloop.optimize.throughput import Call, Contender

_DOUBLE = 8  # bytes


def contest(
    bundle: Bundle,
    classical: Mapping[str, Callable[[Numbers], Numbers]],
    asked: Numbers,
    *,
    engines: Sequence[str] | None = None,
    precisions: Sequence[str] | None = None,
    threads: int = 1,
) -> Contest:
    """All contenders that are there; batches repeat the rows that are asked (n, inputs), in order.

    classical: what the bundle is to replace, by name. engines, precisions: of the bundle; all by default.
    """
    kernels, absent = on_engines(bundle, engines, precisions, threads)
    width = sum(int(argument.shape[1]) for argument in (*bundle.signature.inputs, *bundle.signature.outputs))
    learned = [
        Contender(
            model=bundle.name,
            engine=engine,
            precision=precision,
            prepare=asking(kernel, asked),
            bytes_a_sample=2 * _DOUBLE * width,
        )
        for (engine, precision), kernel in kernels.items()
    ]
    replaced = [
        Contender(
            model=name,
            engine="own code",
            precision=str(asked.dtype),
            prepare=_classical(kernel, asked),
            bytes_a_sample=4 * _DOUBLE * width,
        )
        for name, kernel in classical.items()
    ]
    comparisons = [
        Comparison(
            f"{bundle.name} against {name}",
            ours=lambda one: one.model == bundle.name,
            yardstick=lambda one, name=name: one.model == name,  # type: ignore[misc]
        )
        for name in classical
    ]
    return Contest(
        contenders=[*learned, *replaced],
        absent=absent,
        unit="rows",
        counts=np.ones(len(asked), dtype=np.int64),
        comparisons=comparisons,
        about={"case": bundle.case, "samples": "rows of numbers", "distinct samples": len(asked), "threads": threads},
    )


def asking(kernel: Kernel, asked: Numbers) -> Callable[[int], Call]:
    """The kernel as a host calls it, its answers in the same array each time."""
    answers = int(kernel.signature.outputs[0].shape[1])

    def prepare(size: int) -> Call:
        rows, out = np.resize(asked, (size, asked.shape[1])), np.zeros((size, answers), dtype=np.float32)
        return lambda: kernel(rows, out)

    return prepare


def _classical(kernel: Callable[[Numbers], Numbers], asked: Numbers) -> Callable[[int], Call]:
    def prepare(size: int) -> Call:
        rows = np.resize(asked, (size, asked.shape[1]))
        return lambda: kernel(rows)

    return prepare
