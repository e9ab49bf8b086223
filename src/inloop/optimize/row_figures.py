"""What a bundle of rows is worth where it runs: its errors by the case's own measures, its speed among others.

Needs torch: `Case.metrics` asks a network, so one that an engine computes is given to it as torch's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from inloop.bundle import ABOUT, Bundle
from inloop.case import Case, Figures, Numbers, Rows, Source
from inloop.engines import open_graph
from inloop.engines.rows_kernel import ROWS
from inloop.errors import InloopError
from inloop.kernel import NATIVE, load
from inloop.optimize.pareto import Candidate, Comparison
from inloop.optimize.row_contest import asking
from inloop.optimize.throughput import Effort, take_turns
from inloop.row_network import RowNetwork
from inloop.training.publish_rows import RowLayers
from inloop.training.rows import figures_on


@dataclass(frozen=True)
class Variant:
    """A bundle, and its figures by the engines where it runs as it is meant to."""

    bundle: Bundle
    figures: Mapping[str, Figures]

    @property
    def precision(self) -> str:
        """Of its linear layers."""
        return str(self.bundle.network.get("precision", "float32"))


def measured(case: Case[Any], rows: Rows[Any], bundle: Bundle, engine: str, held_out: Source) -> Figures:
    """Errors on an engine: `case.metrics` of the network, then `rows.figures` of the kernel."""
    kernel = load(bundle.path, engine=engine)
    with torch.no_grad():
        figures = case.metrics(network_on(bundle, engine), held_out)
    figures |= figures_on(rows, held_out, lambda batch: np.asarray(kernel(rows.asked(batch)), dtype=np.float64))
    for name, value in figures.items():
        if not math.isfinite(value):
            raise InloopError(f"{bundle.name} on {engine}: its {name} is {value}; take another precision")
    return figures


def network_on(bundle: Bundle, engine: str) -> nn.Module:
    """A bundle's network, features to what the network gives, computed where and as it will be."""
    if engine == NATIVE:
        return RowLayers(RowNetwork.from_entry(bundle.network, bundle.path / ABOUT), bundle.weights).eval()
    return _OnEngine(bundle, engine)


class _OnEngine(nn.Module):
    """A bundle's graph, called as if it were a network of torch."""

    def __init__(self, bundle: Bundle, engine: str) -> None:
        super().__init__()
        self._graph = open_graph(bundle, engine)
        self.nothing = nn.Parameter(torch.empty(0), requires_grad=False)  # who measures asks where parameters are

    def forward(self, features: Tensor) -> Tensor:
        """(..., inputs) to (..., outputs)."""
        rows = np.ascontiguousarray(features.reshape(-1, features.shape[-1]).numpy(), dtype=np.float32)
        return torch.from_numpy(self._graph.run({ROWS: rows})).reshape(*features.shape[:-1], -1)


def compared(variants: Sequence[Variant], asked: Numbers, watch: str, *, size: int, effort: Effort) -> Comparison:
    """Error, by the figure `watch`, and speed of all variants on all their engines, the first one first.

    Calls on `size` rows, of those asked over and over, take turns.
    """
    places = [(one, engine) for one in variants for engine in one.figures]
    calls = {}
    for one, engine in places:
        calls[one.bundle.name, engine] = call = asking(load(one.bundle.path, engine=engine), asked)(size)
        call()  # warms up
    times = take_turns(calls, effort)
    return Comparison(
        [
            Candidate(
                name=one.bundle.name,
                engine=engine,
                precision=one.precision,
                error=one.figures[engine][watch],
                rate=size / median(times[one.bundle.name, engine]),
                figures={name: value for name, value in one.figures[engine].items() if name != watch},
            )
            for one, engine in places
        ],
        error=watch.replace("_", " "),
    )
