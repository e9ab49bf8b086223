"""From nothing to the shipped bundle: draw samples, train the level sets and the gate, measure, publish. Needs torch.

Everything is decided by a `ShippedRun`; the same one gives the same samples to the last byte and, on the same processor
with one thread, the same weights. A run that was interrupted goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inloop.bundle import Bundle
from inloop.case import Part
from inloop.data import Samples
from inloop.mir import learning_levels as levels
from inloop.mir.learning_gate import learn_judge
from inloop.mir.publish import publish
from inloop.mir.samples import Recipe, generate
from inloop.mir.views import CORE, HALO, SUB, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.config import to_dict
from inloop.training.fit import FitConfig, Progress, fit

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ShippedRun:
    """The whole of it: samples of two materials and of four, the network, how it is trained."""

    pairs: int = 24000
    """Samples of two materials."""
    many: int = 3000
    """Samples of up to four materials, each of which is a sample against the rest."""
    levels: levels.LevelsRun = field(
        default_factory=lambda: levels.LevelsRun(
            net=PerceptronConfig((30, 96, 96, 81)),
            fit=FitConfig(learning_rate=6e-3, weight_decay=1e-4, warmup=0.1, epochs=60, batch=64, seed=0),
        )
    )


def make(run: ShippedRun, directory: Path, out: Path, *, command: str, say: Say = lambda text: None) -> Bundle:
    """Make the bundle `out`; samples and checkpoints are kept in `directory`."""
    torch.set_num_threads(1)  # the sums' order, and so the weights, depend on the number
    directory.mkdir(parents=True, exist_ok=True)
    stores = _draw(run, directory, say)
    training, validation = (_views(stores, part) for part in ("train", "validation"))
    torch.manual_seed(run.levels.fit.seed)
    net = levels.network(run.levels)
    say(f"{len(training)} samples; the lines alone misplace {_misplaced(net, validation):.5f} of a mixed zone")

    def progress(step: Progress) -> None:
        if step.metrics is not None:
            say(f"epoch {step.epoch}, {step.seconds:.0f} s: {step.metrics['symmetric_difference']:.5f}")

    fitted = fit(
        net,
        training,
        encode=levels.encode,
        loss=lambda output, batch: levels.loss(run.levels, output, batch),
        weights=levels.weights(run.levels),
        how=run.levels.fit,
        evaluate=lambda trained: levels.metrics(trained, validation),
        watch=levels.CASE.watch,
        directory=directory / "levels",
        progress=progress,
    )
    held_out = _views(stores, "test")
    errors = {"learned": levels.metrics(net, held_out), **levels.classical(held_out)}
    say("  ".join(f"{name} {figures['symmetric_difference']:.5f}" for name, figures in errors.items()))
    weights = {name: value.detach().cpu().numpy() for name, value in net.state_dict().items()}
    provenance: dict[str, Any] = {
        "command": command,
        "seed": run.levels.fit.seed,
        "data": {path.name: facts for path, facts in stores.items()},
        "run": to_dict(run),
        "epochs": fitted.history[-1]["epoch"] if fitted.history else 0,
        "seconds": round(fitted.seconds),
        "torch": torch.__version__,
    }
    say("teaching and calibrating the gate")
    judge = learn_judge(net, training.views, validation.views, progress=say)
    return publish(
        weights,
        out,
        provenance=provenance,
        errors={"held_out": errors},
        gate=judge.about(),
        gate_weights=judge.arrays(),
    )


def _draw(run: ShippedRun, directory: Path, say: Say) -> dict[Path, dict[str, Any]]:
    """The stores, drawn unless they are there, with what they were made from."""
    stores = {}
    for name, recipe, count, seed in (
        ("two.h5", Recipe(), run.pairs, 1),
        ("many.h5", Recipe(materials=4), run.many, 2),
    ):
        path = directory / name
        say(f"drawing {count} samples into {path}")
        generate(recipe, path, count, seed=seed)
        stores[path] = {"recipe": recipe.digest, "samples": count, "seed": seed}
    return stores


def _views(stores: dict[Path, dict[str, Any]], part: Part) -> levels.ViewSource:
    """One part of all stores; of many materials each one against the rest."""
    fractions, coverage = [], []
    for path in stores:
        with Samples(path) as store:
            held = store.read(store.rows(part), names=("fractions", "coverage"))
        materials = 1 if held["fractions"].shape[1] == 2 else held["fractions"].shape[1]
        side = CORE + 2 * HALO
        fractions.append(held["fractions"][:, :materials].reshape(-1, side, side))
        coverage.append(held["coverage"][:, :materials].reshape(-1, CORE * SUB, CORE * SUB))
    zones, images = np.concatenate(fractions), np.concatenate(coverage)
    core = zones[:, HALO:-HALO, HALO:-HALO]
    mixed = ((core > 0) & (core < 1)).any(axis=(1, 2))
    return levels.ViewSource(views_of(zones[mixed], images[mixed]), {"part": part, "samples": int(mixed.sum())})


def _misplaced(net: torch.nn.Module, source: levels.ViewSource) -> float:
    return levels.metrics(net, source)["symmetric_difference"]
