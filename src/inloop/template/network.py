"""The network: what it sees of a row, what it says, and what it is taught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from inloop.case import Part
from inloop.constraints import Mean
from inloop.data import read_arrays
from inloop.nets.perceptron import PerceptronConfig
from inloop.row_network import RowInput, RowNetwork, RowOutput
from inloop.training.fit import FitConfig
from inloop.training.sources import Arrays

from . import data

INPUTS = (
    RowInput.between("temperature", *data.TEMPERATURE),
    RowInput.between("humidity", *data.HUMIDITY),
    RowInput.between("pressure", *data.PRESSURE),
)
OUTPUT = RowOutput.between(250.0, 320.0)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training; every field can be set on the command line and varied in a sweep."""

    width: int = 24
    """Of both hidden layers."""
    fit: FitConfig = field(default_factory=lambda: FitConfig(learning_rate=2e-2, epochs=30, batch=128))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the layers."""
        return len(INPUTS), self.width, self.width, len(OUTPUT.shift)


def rows(run: Run) -> RowNetwork:
    """How the network's numbers come of the physical ones, and the other way round."""
    return RowNetwork(inputs=INPUTS, sizes=run.sizes, output=OUTPUT)


def samples(run: Run, path: Path, part: Part) -> Arrays:
    """Read a part of a data file; another recipe's file is refused."""
    arrays = read_arrays(path, part, recipe=data.RECIPE)
    feature, wanted = rows(run).features(arrays["asked"]), OUTPUT.wanted(arrays["truth"])
    return Arrays(feature=feature.astype(np.float32), wanted=wanted.astype(np.float32), **arrays)


def network(run: Run) -> nn.Module:
    """A new network."""
    return PerceptronConfig(run.sizes).build()


def encode(batch: Mapping[str, Tensor]) -> Tensor:
    """What the network sees of a batch."""
    return batch["feature"]


def loss(run: Run, output: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Mean]:
    """Squared error of what the network says."""
    error = (output - batch["wanted"]).square().mean(dim=1)
    return {"error": Mean(error.sum(), torch.tensor(float(len(error)), device=error.device))}


def weights(run: Run) -> dict[str, float]:
    """How much each term of the loss counts."""
    return {"error": 1.0}
