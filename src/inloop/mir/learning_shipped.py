"""From nothing to the shipped bundle: draw samples, train the level sets and the gate, measure, publish. Needs torch.

The level sets are trained in two rounds: on shapes as they are drawn, then also on those that the network itself has
carried to their places, and on some at the end of a mesh.

Everything is decided by a `ShippedRun`; the same one gives the same samples to the last byte and, on the same processor
with one thread, the same weights. A run that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inloop.bundle import Bundle
from inloop.case import Part
from inloop.data import Samples
from inloop.mir import learning_levels as levels
from inloop.mir.carried import carry
from inloop.mir.layers import Layers
from inloop.mir.learned import FEATURES, VERTICES, rebuilt
from inloop.mir.learning_gate import learn_judge
from inloop.mir.publish import publish
from inloop.mir.rejects import teachable
from inloop.mir.samples import Recipe, generate
from inloop.mir.views import joined, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.config import to_dict
from inloop.training.fit import FitConfig, Fitted, Progress, fit

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
    bounded: int = 8
    """In the second round every so manieth sample is seen as if the mesh ended with its core; 0 for none."""
    carried: int = 50
    """To so many samples drawn the second round adds one that the first round's network has carried to its place, step
    by step, as a simulation does; 0 for none."""
    repeated: int = 6
    """How often each of these is shown in a pass."""
    second: float = 0.16
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

    def smaller(self, samples: int | None) -> ShippedRun:
        """With so many samples of two materials, and of more in proportion; None: as it is."""
        if samples is None:
            return self
        four, six = (max(1, samples * count // self.two) for count in (self.four, self.six))
        return replace(self, two=samples, four=four, six=six)


def make(run: ShippedRun, directory: Path, out: Path, *, command: str, say: Say = lambda text: None) -> Bundle:
    """Make the bundle `out`; samples and checkpoints are kept in `directory`."""
    torch.set_num_threads(1)  # the sums' order, and so the weights, depend on the number
    directory.mkdir(parents=True, exist_ok=True)
    stores = drawn(run, directory, say)
    validation = levels.source(list(stores), "validation")
    torch.manual_seed(run.levels.fit.seed)
    net = levels.network(run.levels)
    say(f"the lines alone misplace {_misplaced(net, validation):.5f} of a mixed zone")

    def progress(step: Progress) -> None:
        if step.metrics is not None:
            say(f"epoch {step.epoch}, {step.seconds:.0f} s: {step.metrics['symmetric_difference']:.5f}")

    def learn(name: str, how: FitConfig, training: levels.ViewSource, watched: levels.ViewSource) -> Fitted:
        say(f"{name} round: {len(training)} samples")
        return fit(
            net,
            training,
            encode=levels.encode,
            loss=lambda output, batch: levels.loss(run.levels, output, batch),
            weights=levels.weights(run.levels),
            how=how,
            evaluate=lambda trained: levels.metrics(trained, watched),
            watch=levels.CASE.watch,
            directory=directory / name,
            progress=progress,
        )

    fitted = [learn("first", run.levels.fit, _taught(run, stores), validation)]
    carried = _carry(run, directory, net, say)
    training = _taught(run, stores, carried, bounded=run.bounded)
    watched = _mixed(stores, carried, "validation", bounded=run.bounded)
    fitted.append(learn("second", _gentler(run), training, watched))
    errors = _measured(net, {"held_out": list(stores), "carried": _holding(carried, "test")}, say)
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
        arrays_of(net),
        out,
        provenance=provenance,
        errors=errors,
        gate=judge.about(),
        gate_weights=judge.arrays(),
    )


def drawn(run: ShippedRun, directory: Path, say: Say) -> dict[Path, dict[str, Any]]:
    """The stores, drawn unless they are there, with what they were made from."""
    stores = {}
    for name, recipe, count, seed in _drawn(run):
        path = directory / name
        say(f"drawing {count} samples into {path}")
        generate(recipe, path, count, seed=seed)
        stores[path] = {"recipe": recipe.digest, "samples": count, "seed": seed}
    return stores


def _carry(run: ShippedRun, directory: Path, net: torch.nn.Module, say: Say) -> list[Path]:
    """Stores of samples that the network, as it is now, has carried to their places; drawn with seeds of their own."""
    if not run.carried:
        return []
    layers = Layers.from_arrays(arrays_of(net))
    kernel = hashlib.sha256(b"".join(array.tobytes() for array in layers.arrays().values())).hexdigest()[:16]
    stores = []
    for name, recipe, count, _ in _drawn(run):
        path = directory / f"carried-{name}"
        count = max(1, count // run.carried)
        say(f"carrying {count} samples into {path}")
        carry(recipe, path, count, seed=100 + recipe.materials, kernel=kernel, rebuild=partial(rebuilt, layers.core))
        stores.append(path)
    return stores


def _drawn(run: ShippedRun) -> list[tuple[str, Recipe, int, int]]:
    """Name, recipe, number and seed of each store."""
    return [
        ("two.h5", Recipe(), run.two, 1),
        ("four.h5", Recipe(materials=4), run.four, 2),
        ("six.h5", Recipe(materials=6), run.six, 3),
    ]


def _gentler(run: ShippedRun) -> FitConfig:
    """How the second round goes on with what the first one learned."""
    first = run.levels.fit
    epochs = None if first.epochs is None else max(1, round(run.second * first.epochs))
    return replace(first, epochs=epochs, learning_rate=run.gentler * first.learning_rate)


def _mixed(
    stores: Iterable[Path], carried: Sequence[Path], part: Part, *, bounded: int, repeated: int = 1
) -> levels.ViewSource:
    """A part of the samples drawn, every so manieth as if the mesh ended with it, and, repeated, of those carried."""
    drawn = levels.source(list(stores), part, bounded=bounded)
    held = _holding(carried, part)
    if not held:
        return drawn
    moved = levels.source(held, part)
    about = {"drawn": drawn.about, "carried": moved.about, "repeated": repeated}
    return levels.ViewSource(joined([drawn.views, *[moved.views] * repeated]), about)


def _holding(stores: Iterable[Path], part: Part) -> list[Path]:
    """Those that have samples of this part; a small run carries few."""
    held = []
    for path in stores:
        with Samples(path) as store:
            if len(store.rows(part)):
                held.append(path)
    return held


def _taught(
    run: ShippedRun, stores: Iterable[Path], carried: Sequence[Path] = (), *, bounded: int = 0
) -> levels.ViewSource:
    """The samples to train on: these, and those of zones that a gate rejected."""
    mixed = _mixed(stores, carried, "train", bounded=bounded, repeated=run.repeated)
    if not run.rejected:
        return mixed
    extra = [views_of(*teachable(path)) for path in run.rejected]
    about = {**mixed.about, "rejected": [len(views) for views in extra]}
    return levels.ViewSource(joined([mixed.views, *extra]), about)


def _measured(net: torch.nn.Module, stores: Mapping[str, list[Path]], say: Say) -> dict[str, Any]:
    """Errors of the network and of the classical methods on the samples for testing, by the kind of samples."""
    errors = {}
    for kind, paths in stores.items():
        if not paths:
            continue
        test = levels.source(paths, "test")
        errors[kind] = {"learned": levels.metrics(net, test), **levels.classical(test)}
        figures = (f"{method} {found['symmetric_difference']:.5f}" for method, found in errors[kind].items())
        say(f"{kind.replace('_', ' ')}: {'  '.join(figures)}")
    return errors


def arrays_of(net: torch.nn.Module) -> dict[str, NDArray[np.float32]]:
    """The weights by their names."""
    return {name: value.detach().cpu().numpy() for name, value in net.state_dict().items()}


def _misplaced(net: torch.nn.Module, source: levels.ViewSource) -> float:
    return levels.metrics(net, source)["symmetric_difference"]
