"""The noun `Case`: one problem for which a kernel is learned, and what every room needs to know of it.

A case is a value, made once in the learning module of its own room from plain functions (they must be importable, so
that worker processes find them). The general rooms train, sweep, compare and validate any case and know none by name.
This module needs no torch; tensors and networks appear in its types only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor, nn

    from inloop.constraints import Mean
    from inloop.row_network import RowNetwork
    from inloop.training.fit import FitConfig

Batch = Mapping[str, NDArray[np.generic]]
"""Named arrays, the number of the sample first."""
Part = Literal["train", "validation", "test"]


class Source(Protocol):
    """Samples that can be read in shuffled batches as often as wanted."""

    def __len__(self) -> int:
        """Return the number of samples."""

    @property
    def about(self) -> Mapping[str, Any]:
        """What the samples are (JSON): a run is not resumed on others."""

    def batches(
        self, size: int, *, seed: int, epoch: int, start: int = 0, rank: int = 0, ranks: int = 1
    ) -> Iterator[Batch]:
        """Yield the batches of one epoch from number `start` on, of each the share of one of `ranks` processes.

        The order depends on (seed, epoch) alone; a last batch of fewer than `size` samples is left out. A batch's
        shares are of equal size and make up the same batch however many there are.
        """

    def in_order(self, size: int) -> Iterator[Batch]:
        """Yield all samples once, unshuffled, in batches of at most `size`."""


class RunConfig(Protocol):
    """What a run of a case can be told: a frozen dataclass with at least this part."""

    @property
    def fit(self) -> FitConfig:
        """How to train."""


Config = TypeVar("Config", bound=RunConfig)


Numbers = NDArray[np.floating[Any]]
Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Rows(Generic[Config]):
    """A case whose kernel takes rows of physical numbers (n, inputs) and gives rows of them (n, outputs)."""

    network: Callable[[Config], RowNetwork]
    """How the network's numbers come of the physical ones, and the other way round."""
    asked: Callable[[Batch], Numbers]
    """What the kernel is asked in a batch of samples."""
    truth: Callable[[Batch], Numbers]
    """What it should answer."""
    figures: Callable[[Numbers, Numbers], Figures]
    """Answers and truth -> the figures that `Case.metrics` gives of a network."""
    classical: Callable[[Config], Mapping[str, Callable[[Numbers], Numbers]]]
    """What the kernel is to replace, by name, called as itself."""
    extra: Callable[[Config], Mapping[str, Any]] | None = None
    """What else a bundle states about its network, as JSON: what a host needs to know of it."""
    gate: Callable[[Config, Source], Mapping[str, Any]] | None = None
    """Of the samples that taught: what a bundle states about when its answers are to be trusted, as JSON."""


@dataclass(frozen=True, kw_only=True)
class Case(Generic[Config]):
    """One problem for which a kernel is learned."""

    name: str
    presets: Mapping[str, Config]
    """Named configurations of a run; the first is the one a run gets if none is asked for."""
    samples: Callable[[Config, Path, Part], Source]
    """How samples come: of a data file the part to train on, to choose weights by, or to report on."""
    network: Callable[[Config], nn.Module]
    """A new network with random weights."""
    encode: Callable[[Mapping[str, Tensor]], Tensor]
    """A batch -> what the network takes."""
    loss: Callable[[Config, Tensor, Mapping[str, Tensor]], Mapping[str, Mean]]
    """The network's output and the batch it came from -> the terms of the loss by name."""
    weights: Callable[[Config], Mapping[str, float]]
    """How much each of those terms counts."""
    metrics: Callable[[nn.Module, Source], dict[str, float]]
    """How error is measured: the network on samples it has not seen -> figures by the names of the JSON reports."""
    watch: str
    """The metric that decides which weights are best; smaller is better."""
    classical: Callable[[Source], dict[str, dict[str, float]]]
    """The same figures of the classical kernels, by their names."""
    constraint: Callable[[Tensor, Mapping[str, Tensor]], Tensor] | None = None
    """A projection that makes the law hold exactly: output and batch -> output; None if the law is only taught."""
    draw: Callable[[Path, int, int], None] | None = None
    """Writes a data file: where, how many samples, their seed. None: a training is given its data."""
    count: int = 10_000
    """How many samples are usual."""
    folder: Callable[[Path], None] | None = None
    """Told the folder of the files that the case itself reads, such as tables; None: it reads none."""
    rows: Rows[Config] | None = None
    """Of a kernel from rows of numbers to rows of numbers; the general rooms then make bundles, graphs and reports."""
    simulation: str | None = None
    """The problem of `inloop simulate` that proves a kernel of this case."""
