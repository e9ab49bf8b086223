"""From nothing to the shipped bundle: draw samples, train the level sets and the gate, measure, publish. Needs torch.

Everything is decided by a `ShippedRun`; the same one gives the same samples to the last byte and, on the same processor
with one thread, the same weights. A run that was interrupted goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from inloop.bundle import Bundle
from inloop.mir import learning_levels as levels
from inloop.mir.learned import FEATURES, VERTICES
from inloop.mir.learning_gate import learn_judge
from inloop.mir.publish import publish
from inloop.mir.rejects import teachable
from inloop.mir.samples import Recipe, generate
from inloop.mir.views import joined, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.config import to_dict
from inloop.training.fit import FitConfig, Progress, fit

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ShippedRun:
    """The whole of it: samples of two, of up to four and of up to six materials, the network, how it is trained."""

    two: int = 120000
    """Samples of two materials."""
    four: int = 40000
    """Samples of up to four materials."""
    six: int = 24000
    """Samples of up to six."""
    bounded: int = 4
    """In the second round every so manieth sample is seen as if the mesh ended with its core; 0 for none."""
    second: float = 0.2
    """Length of a second round, in multiples of the first."""
    gentler: float = 0.5
    """Learning rate of the second round, in multiples of the first's."""
    rejected: tuple[str, ...] = ()
    """Stores of zones that the gate rejected (`inloop.mir.rejects`), whose samples join those to train on."""
    levels: levels.LevelsRun = field(
        default_factory=lambda: levels.LevelsRun(
            net=PerceptronConfig((FEATURES, 96, 96, VERTICES)),
            relative=0.2,
            fit=FitConfig(learning_rate=6e-3, weight_decay=1e-4, warmup=0.1, epochs=80, batch=64, seed=0),
        )
    )


def make(run: ShippedRun, directory: Path, out: Path, *, command: str, say: Say = lambda text: None) -> Bundle:
    """Make the bundle `out`; samples and checkpoints are kept in `directory`."""
    torch.set_num_threads(1)  # the sums' order, and so the weights, depend on the number
    directory.mkdir(parents=True, exist_ok=True)
    stores = _draw(run, directory, say)
    validation = levels.source(list(stores), "validation")
    torch.manual_seed(run.levels.fit.seed)
    net = levels.network(run.levels)
    say(f"the lines alone misplace {_misplaced(net, validation):.5f} of a mixed zone")

    def progress(step: Progress) -> None:
        if step.metrics is not None:
            say(f"epoch {step.epoch}, {step.seconds:.0f} s: {step.metrics['symmetric_difference']:.5f}")

    fitted = []
    for name, how, bounded in (("first", run.levels.fit, 0), ("second", _gentler(run), run.bounded)):
        training = _taught(run, stores, bounded)
        say(f"{name} round: {len(training)} samples")
        fitted.append(
            fit(
                net,
                training,
                encode=levels.encode,
                loss=lambda output, batch: levels.loss(run.levels, output, batch),
                weights=levels.weights(run.levels),
                how=how,
                evaluate=lambda trained: levels.metrics(trained, validation),
                watch=levels.CASE.watch,
                directory=directory / name,
                progress=progress,
            )
        )
    held_out = levels.source(list(stores), "test")
    errors = {"learned": levels.metrics(net, held_out), **levels.classical(held_out)}
    say("  ".join(f"{name} {figures['symmetric_difference']:.5f}" for name, figures in errors.items()))
    weights = {name: value.detach().cpu().numpy() for name, value in net.state_dict().items()}
    provenance: dict[str, Any] = {
        "command": command,
        "seed": run.levels.fit.seed,
        "data": {path.name: facts for path, facts in stores.items()},
        "run": to_dict(run),
        "epochs": [one.history[-1]["epoch"] for one in fitted],
        "seconds": round(sum(one.seconds for one in fitted)),
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
        ("two.h5", Recipe(), run.two, 1),
        ("four.h5", Recipe(materials=4), run.four, 2),
        ("six.h5", Recipe(materials=6), run.six, 3),
    ):
        path = directory / name
        say(f"drawing {count} samples into {path}")
        generate(recipe, path, count, seed=seed)
        stores[path] = {"recipe": recipe.digest, "samples": count, "seed": seed}
    return stores


def _gentler(run: ShippedRun) -> FitConfig:
    """How the second round goes on with what the first one learned."""
    first = run.levels.fit
    epochs = None if first.epochs is None else max(1, round(run.second * first.epochs))
    return replace(first, epochs=epochs, learning_rate=run.gentler * first.learning_rate)


def _taught(run: ShippedRun, stores: Iterable[Path], bounded: int) -> levels.ViewSource:
    """The samples to train on: those drawn, and those of zones that a gate rejected."""
    drawn = levels.source(list(stores), "train", bounded=bounded)
    if not run.rejected:
        return drawn
    extra = [views_of(*teachable(path)) for path in run.rejected]
    about = {**drawn.about, "rejected": [len(views) for views in extra]}
    return levels.ViewSource(joined([drawn.views, *extra]), about)


def _misplaced(net: torch.nn.Module, source: levels.ViewSource) -> float:
    return levels.metrics(net, source)["symmetric_difference"]
