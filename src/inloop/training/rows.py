"""Figures of networks and classical kernels on rows of numbers, for a `Case` whose kernel takes such rows.

Values, not closures: they go to the worker processes of a sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from inloop.case import Batch, Figures, Numbers, Rows, Source
from inloop.row_network import RowNetwork

_AT_ONCE = 8192


@dataclass(frozen=True)
class Measured:
    """`Case.metrics`: the figures of a network that is being taught."""

    rows: Rows[Any]
    network: RowNetwork
    """How its answers come of what it gives; whatever its widths."""
    encode: Callable[[Mapping[str, Tensor]], Tensor]

    def __call__(self, net: nn.Module, source: Source) -> Figures:
        """On samples that it has not seen."""
        device = next(net.parameters()).device

        def answers(batch: Batch) -> Numbers:
            tensors = {name: torch.from_numpy(np.asarray(array)).to(device) for name, array in batch.items()}
            with torch.no_grad():
                return self.network.answers(net(self.encode(tensors)).double().cpu().numpy(), self.rows.asked(batch))

        return figures_on(self.rows, source, answers)


@dataclass(frozen=True)
class Classical:
    """`Case.classical`: the same figures of what the kernel is to replace, in a configuration."""

    rows: Rows[Any]
    config: Any

    def __call__(self, source: Source) -> dict[str, Figures]:
        """On the same samples."""
        return {
            name: figures_on(self.rows, source, lambda batch, kernel=kernel: kernel(self.rows.asked(batch)))  # type: ignore[misc]
            for name, kernel in self.rows.classical(self.config).items()
        }


def figures_on(rows: Rows[Any], source: Source, answers: Callable[[Batch], Numbers]) -> Figures:
    """The case's figures of whatever answers its samples."""
    pairs = [(answers(batch), rows.truth(batch)) for batch in source.in_order(_AT_ONCE)]
    given, truth = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    return rows.figures(given, truth)
