"""How the shares of a black body's emission are taught: one small network of the temperature alone. Needs torch.

The table has, for each temperature, what a black body emits in each term. Their sum is Planck's law; how they share it
is learned, as a softmax: positive, and one together, whatever the network says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from inloop.case import Batch, Case, Numbers, Part, Source
from inloop.case import Rows as RowsOf
from inloop.constraints import Mean
from inloop.data import Draft, Field, Layout, Samples
from inloop.errors import InloopError
from inloop.gasoptics.encoding import TEMPERATURE
from inloop.gasoptics.files import use_folder
from inloop.gasoptics.learning import look_up
from inloop.nets.perceptron import PerceptronConfig
from inloop.row_network import RowNetwork, RowOutput
from inloop.training.fit import FitConfig
from inloop.training.sources import Arrays

KIND = "temperatures"
COLDEST, HOTTEST = 120.0, 350.0  # K, the ends of the tables


@dataclass(frozen=True, kw_only=True)
class PlanckRun:
    """One training of the shares of one long-wave table."""

    table: str = "lw_climate_fsck-32b"
    hidden: tuple[int, ...] = (16, 16)
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(
            optimizer="soap", learning_rate=3e-3, batch=512, epochs=None, steps=6000, evaluate_every=500
        )
    )


def draw(path: Path, count: int, seed: int) -> None:
    """Draw temperatures between those that the air can have."""
    recipe = json.dumps({"kind": KIND, "from": COLDEST, "to": HOTTEST})
    layout = Layout(
        (Field("temperature", (), "float64"), Field("number", (), "int64")), count, recipe, seed, ("number",)
    )
    draft = Draft(path, layout)
    warm = np.random.default_rng(seed).uniform(COLDEST, HOTTEST, count)
    for block in draft.begin():
        rows = layout.rows(block)
        draft.put(block, {"temperature": warm[rows.start : rows.stop], "number": np.arange(rows.start, rows.stop)})
    draft.finish()


def samples(config: PlanckRun, path: Path, part: Part) -> Source:
    """Open a part of a store of temperatures, with the table's shares there."""
    with Samples(path) as store:
        if store.recipe.get("kind") != KIND:
            raise InloopError(f"{path}: holds no temperatures; draw them with inloop train gasoptics-planck")
        warm = store.read(store.rows(part), names=["temperature"])["temperature"]
    emission = look_up(config.table).emission(warm)
    return Arrays(
        asked=warm[:, None],
        features=((warm - TEMPERATURE.shift) / TEMPERATURE.scale).astype(np.float32)[:, None],
        shares=(emission / emission.sum(axis=1, keepdims=True)).astype(np.float32),
    )


def network(config: PlanckRun) -> nn.Module:
    """Build the network."""
    return PerceptronConfig((1, *config.hidden, look_up(config.table).terms)).build()


def encode(batch: Mapping[str, Tensor]) -> Tensor:
    """Return the temperature as the network sees it."""
    return batch["features"]


def loss(config: PlanckRun, output: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Mean]:
    """Return the squared error of the shares, and that of each relative to its size: faint terms count too."""
    found, true = torch.softmax(output, dim=-1), batch["shares"]
    count = torch.tensor(float(len(output)))
    return {
        "share": Mean((found - true).square().sum(dim=-1).sum(), count),
        "relative": Mean(((found - true) / true).square().mean(dim=-1).sum(), count),
    }


def weights(config: PlanckRun) -> dict[str, float]:
    """Return the weights of those terms."""
    return {"share": 1000.0, "relative": 1.0}


def metrics(net: nn.Module, held_out: Source) -> dict[str, float]:
    """Return the largest error of a share, and that relative to the share."""
    worst, relative = 0.0, 0.0
    for batch in held_out.in_order(4096):
        true = np.asarray(batch["shares"])
        with torch.no_grad():
            found = torch.softmax(net(torch.from_numpy(np.asarray(batch["features"]))), dim=-1).numpy()
        worst = max(worst, float(np.abs(found - true).max()))
        relative = max(relative, float(np.abs(found / true - 1).max()))
    return {"share_error_max": worst, "share_error_relative_max": relative}


def classical(held_out: Source) -> dict[str, dict[str, float]]:
    """The table is what is learned: there is nothing else to compare with."""
    return {}


def row_network_of(config: PlanckRun) -> RowNetwork:
    """How the network's numbers come of temperatures; softmax of what it gives are the shares."""
    terms = look_up(config.table).terms
    output = RowOutput(transform="softmax", shift=(0.0,) * terms, scale=(1.0,) * terms)
    return RowNetwork(inputs=(TEMPERATURE,), sizes=(1, *config.hidden, terms), output=output)


def _asked(batch: Batch) -> Numbers:
    return np.asarray(batch["asked"])


def _truth(batch: Batch) -> Numbers:
    return np.asarray(batch["shares"])


def _figures(answers: Numbers, truth: Numbers) -> dict[str, float]:
    """The largest error of a share, and that relative to the share."""
    wrong = np.abs(answers - truth)
    return {"share_error_max": float(wrong.max()), "share_error_relative_max": float((wrong / truth).max())}


def _looked_up(config: PlanckRun) -> dict[str, Any]:
    """The table's look-up, its terms divided by their sum."""
    optics = look_up(config.table)

    def shares(asked: Numbers) -> Numbers:
        emission = optics.emission(np.asarray(asked[:, 0], dtype=np.float64))
        return np.asarray(emission / emission.sum(axis=1, keepdims=True))

    return {"look-up": shares}


CASE: Case[PlanckRun] = Case(
    name="gasoptics-planck",
    presets={"planck": PlanckRun()},
    samples=samples,
    network=network,
    encode=encode,
    loss=loss,
    weights=weights,
    metrics=metrics,
    watch="share_error_max",
    classical=classical,
    draw=draw,
    folder=use_folder,
    count=4000,
    rows=RowsOf(
        network=row_network_of,
        asked=_asked,
        truth=_truth,
        figures=_figures,
        classical=_looked_up,
    ),
)
