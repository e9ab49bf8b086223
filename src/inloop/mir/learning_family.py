"""Trained autoencoders measured on the held-out samples of an a-priori report, and the ablation. Needs torch.

The ablation trains one small autoencoder with every choice of penalties, and the level-set kernel, in which both laws
hold by construction, on as many samples: a store of 24,000, two passes, batches of 64.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop import mir
from inloop.errors import InloopError
from inloop.mir.a_priori.errors import LEARNED, Step, cores, reconstructed
from inloop.mir.a_priori.family import Ablation, Arm, Family, Run, finished_runs
from inloop.mir.a_priori.samples import HeldOut
from inloop.mir.learning import AUTOENCODER, AutoencoderRun, ImageErrors, LossConfig
from inloop.mir.method import Method
from inloop.mir.publish import publish
from inloop.mir.reconstruct import method_of
from inloop.mir.samples import Recipe, generate
from inloop.training import checkpoint, run
from inloop.training.config import read, replaced
from inloop.training.fit import WEIGHTS
from inloop.training.results import RESULT
from inloop.training.sources import Arrays

_AT_ONCE = 64

ABLATION: dict[str, tuple[str, tuple[float, float, float] | None]] = {
    "mse": ("MSE only", (1.0, 0.0, 0.0)),
    "conservation": ("MSE + conservation", (1.0, 0.1, 0.0)),
    "continuity": ("MSE + continuity", (1.0, 0.0, 0.1)),
    "both": ("MSE + both penalties", (1.0, 0.1, 0.1)),
    "projection": ("hard constraints (level sets)", None),
}
"""Directory of each row, its title, and the weights of MSE, conservation and continuity in its loss."""
SAMPLES, EPOCHS, BATCH = 24000, 2, 64
MODEL = "2-channels"
_BUNDLE = "bundle"


# ------------------------------------------------------------------------------------------------------- the family
def family(
    runs: Path,
    samples: HeldOut,
    bundle: str | os.PathLike[str] | None,
    methods: Sequence[str],
    *,
    step: Step = lambda name: None,
) -> Family:
    """Measure every finished run in runs/MODEL/ (runs/MODEL/seed-3, say) on held-out samples of two materials."""
    found: dict[str, list[Run]] = {}
    for model, directories in finished_runs(runs).items():
        found[model] = []
        for directory in directories:
            step(f"{model}, {directory.name}")
            found[model].append(_measured_run(directory, samples))
    others: dict[str, Mapping[str, float]] = {}
    for name in (LEARNED, *methods):
        step(f"images of {name}")
        others[name] = image_errors(mir.Learned(bundle) if name == LEARNED else method_of(name), samples)
    return Family(len(samples), found, others)


def _measured_run(directory: Path, samples: HeldOut) -> Run:
    config = read(AutoencoderRun, directory / run.CONFIG)
    net = run.new_network(AUTOENCODER, config)
    checkpoint.load_weights(net, directory / WEIGHTS)
    net.eval()
    source = Arrays(fractions=samples.fractions, coverage=samples.coverage)
    figures = AUTOENCODER.metrics(net, source)
    return _run_of(directory, figures, config.net.flattened, config.fit.batch)


def _run_of(directory: Path, figures: Mapping[str, float], fully_connected: int, batch: int) -> Run:
    path = directory / RESULT
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["about"]
        steps, seconds, parameters = int(about["steps"]), float(about["seconds"]), int(about["parameters"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InloopError(f"{path}: is no result of a finished run; remove it and train again") from None
    return Run(directory.name, figures, fully_connected, parameters, steps, steps * batch, seconds)


def image_errors(method: Method, samples: HeldOut) -> dict[str, float]:
    """A method's images of material 0 held against the true ones, as an autoencoder's are."""
    errors = ImageErrors()
    for fractions, truth in _batches(samples):
        images, _ = reconstructed(fractions, method)
        errors.add(images[:, 0], truth, cores(fractions)[:, 0])
    return errors.figures()


def _batches(samples: HeldOut) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Fractions (n, 2, w, w) and true images (n, 64, 64) of material 0."""
    if samples.materials != 2:
        raise InloopError(f"{samples.path}: has {samples.materials} materials; autoencoders take two")
    for first in range(0, len(samples), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        yield samples.fractions[part], samples.coverage[part, 0].astype(np.float64)


# ----------------------------------------------------------------------------------------------------- the ablation
def ablate(
    directory: Path,
    *,
    samples: int = SAMPLES,
    epochs: int = EPOCHS,
    batch: int = BATCH,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Train the rows of the ablation that are missing in a directory; what was interrupted goes on.

    samples: of the store that is drawn there, of which four fifths are trained on.
    """
    directory.mkdir(parents=True, exist_ok=True)
    store = directory / "two.h5"
    say(f"drawing {samples} samples into {store}")
    generate(Recipe(), store, samples, seed=1)
    budget = {"fit.epochs": epochs, "fit.batch": batch, "fit.seed": seed}
    for name, (title, weights) in ABLATION.items():
        say(f"training {title}")
        if weights is None:
            _train_levels(directory / name, store, budget)
            continue
        config = replaced(AUTOENCODER.presets[MODEL], budget)
        config = AutoencoderRun(net=config.net, loss=_loss(weights), fit=config.fit, augment=config.augment)
        training, validation = (AUTOENCODER.samples(config, store, part) for part in ("train", "validation"))
        run.train(AUTOENCODER, config, training, validation, directory=directory / name, name=name)


def _loss(weights: tuple[float, float, float]) -> LossConfig:
    mse, conservation, continuity = weights
    return LossConfig(mse=mse, conservation=conservation, continuity=continuity)


def _train_levels(directory: Path, store: Path, budget: Mapping[str, object]) -> None:
    """The level-set kernel on the same samples, and its bundle."""
    from inloop.mir.learning_levels import CASE

    config = replaced(next(iter(CASE.presets.values())), budget)
    training, validation = (CASE.samples(config, store, part) for part in ("train", "validation"))
    trained = run.train(CASE, config, training, validation, directory=directory, name="projection")
    weights = {name: value.detach().cpu().numpy() for name, value in trained.net.state_dict().items()}
    provenance = {"command": "the ablation", "seed": budget["fit.seed"], "data": dict(training.about)}
    publish(weights, directory / _BUNDLE, name="ablation", provenance=provenance, errors={}, graph=False)


def ablation(directory: Path, samples: HeldOut, *, step: Step = lambda name: None) -> Ablation:
    """Measure the rows that are there on held-out samples of two materials; refused if there are none."""
    if not any((directory / name / RESULT).exists() for name in ABLATION):
        raise InloopError(f"{directory}: holds no finished run of the ablation; train them with --train-ablation")
    arms = []
    for name, (title, weights) in ABLATION.items():
        step(title)
        done = (directory / name / RESULT).exists()
        arms.append(Arm(title, weights, _measured_arm(directory / name, weights is None, samples) if done else None))
    return Ablation(len(samples), arms)


def _measured_arm(directory: Path, projected: bool, samples: HeldOut) -> Run:
    if not projected:
        return _measured_run(directory, samples)
    figures = image_errors(mir.Learned(directory / _BUNDLE), samples)
    batch = json.loads((directory / run.CONFIG).read_text(encoding="utf-8"))["fit"]["batch"]
    return _run_of(directory, figures, 0, int(batch))
