"""Runs of a case, as the command line starts them: one training, its repetitions with other seeds, a sweep's trial.

A run's directory holds config.json (what was asked for), checkpoint.safetensors, weights.safetensors (the best) and,
once the run is over, result.json: {"about": ..., "results": {name: figures}, "validation": figures, "history": [...]}.
The results are figures of the held-out samples where there are any, else those of the validation samples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from torch import nn

from inloop import __version__
from inloop.case import Case, RunConfig, Source
from inloop.errors import InloopError
from inloop.training.axes import Value
from inloop.training.config import replaced, to_dict
from inloop.training.distributed import leads
from inloop.training.fit import CHECKPOINT, WEIGHTS, Fitted, Progress, fit, to_tensors
from inloop.training.results import RESULT
from inloop.writing import whole_file

CONFIG = "config.json"

Config = TypeVar("Config", bound=RunConfig)


class Trained(NamedTuple):
    """A trained network and how it came to be."""

    net: nn.Module
    fitted: Fitted
    figures: dict[str, float]
    """Of the held-out samples, if there were any, else of the validation samples; the leading process has them."""


class Repetition(NamedTuple):
    """One of several trainings; its weights wait in its directory."""

    seed: int
    directory: Path
    fitted: Fitted
    figures: dict[str, float]

    @property
    def metrics(self) -> dict[str, float]:
        """Of the validation samples."""
        return self.fitted.metrics

    @property
    def weights(self) -> Path:
        """The best weights."""
        return self.directory / WEIGHTS


class Parts(NamedTuple):
    """A data file's samples to train on, to choose weights by, and to report on."""

    train: Source
    validation: Source
    test: Source


def parts(case: Case[Config], config: Config, data: Path) -> Parts:
    """Open a data file for a case; refuse one whose samples are not the case's."""
    opened = Parts(*(case.samples(config, data, part) for part in ("train", "validation", "test")))
    for name, source in opened._asdict().items():
        if not len(source):
            raise InloopError(f"{data}: has no samples for {name}; make more")
    try:
        case.encode(to_tensors(next(iter(opened.validation.in_order(1)))))
    except InloopError as error:
        raise InloopError(f"{data}: {error}") from None
    return opened


def use_threads(count: int) -> None:
    """Compute with so many threads from now on. Sums depend on it: the same number gives the same weights."""
    torch.set_num_threads(count)


def train(
    case: Case[Config],
    config: Config,
    samples: Source,
    validation: Source,
    *,
    held_out: Source | None = None,
    directory: Path | None = None,
    name: str = "learned",
    tensorboard: bool = False,
    progress: Callable[[Progress], None] = lambda progress: None,
    checkpoint_seconds: float = 60.0,
    device: str | None = None,
) -> Trained:
    """Train the case's network as configured; in a directory, go on where an earlier run was interrupted.

    held_out: samples to report on that chose no weights. name: the model's, in result.json.
    """
    net = new_network(case, config)
    about: dict[str, Any] = {
        "case": case.name,
        "config": to_dict(config),
        "data": dict(samples.about),
        "validation": dict(validation.about),
    }
    if directory is not None and leads():
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / CHECKPOINT).exists():  # else it is there already, or this is another run, refused below
            _write_json(directory / CONFIG, about["config"])
    fitted = fit(
        net,
        samples,
        encode=case.encode,
        loss=lambda output, batch: case.loss(config, output, batch),
        weights=case.weights(config),
        how=config.fit,
        evaluate=lambda net: case.metrics(net, validation),
        watch=case.watch,
        directory=directory,
        about=about,
        checkpoint_seconds=checkpoint_seconds,
        tensorboard=tensorboard,
        progress=progress,
        device=device,
    )
    figures = fitted.metrics if held_out is None or not leads() else case.metrics(net.eval(), held_out)
    if directory is not None and leads():
        parameters = sum(weight.numel() for weight in net.parameters())
        about |= {"held_out": dict((held_out or validation).about)}
        about |= {"inloop": __version__, "torch": torch.__version__, "parameters": parameters, "step": fitted.step}
        about |= {"steps": fitted.steps, "seconds": fitted.seconds, "stopped": fitted.stopped}
        result = {"results": {name: figures}, "validation": fitted.metrics, "history": fitted.history}
        _write_json(directory / RESULT, {"about": about} | result)
    return Trained(net, fitted, figures)


def new_network(case: Case[Config], config: Config) -> nn.Module:
    """Build the case's network with the first weights that the configuration's seed gives."""
    with torch.random.fork_rng([]):
        torch.manual_seed(config.fit.seed)
        return case.network(config)


def repeat(
    case: Case[Config],
    config: Config,
    seeds: Sequence[int],
    samples: Source,
    validation: Source,
    *,
    directory: Path,
    held_out: Source | None = None,
    name: str = "learned",
    tensorboard: bool = False,
    progress: Callable[[int, Progress], None] = lambda seed, progress: None,
    checkpoint_seconds: float = 60.0,
    device: str | None = None,
) -> list[Repetition]:
    """Train once with each seed, each in a directory of its own; what is done already is not done again."""
    if len(set(seeds)) < len(seeds):
        raise InloopError(f"seeds: {list(seeds)} repeat; the same seed gives the same network")
    done = []
    for seed in seeds:
        trained = train(
            case,
            replaced(config, {"fit.seed": seed}),
            samples,
            validation,
            held_out=held_out,
            directory=directory / f"seed-{seed}",
            name=name,
            tensorboard=tensorboard,
            progress=lambda step, seed=seed: progress(seed, step),  # type: ignore[misc]
            checkpoint_seconds=checkpoint_seconds,
            device=device,
        )
        done.append(Repetition(seed, directory / f"seed-{seed}", trained.fitted, trained.figures))
    return done


@dataclass(frozen=True)
class SweepObjective:
    """A sweep's objective: train the case with some fields changed, on one data file."""

    case: Case[Any]
    config: Any
    data: Path
    threads: int = 1
    """Of each worker process."""
    device: str | None = None

    def __call__(self, changes: Mapping[str, Value], directory: Path) -> Mapping[str, float]:
        """Return the metrics of the trained network."""
        use_threads(self.threads)
        config = replaced(self.config, changes)
        samples = self.case.samples(config, self.data, "train")
        validation = self.case.samples(config, self.data, "validation")
        return train(self.case, config, samples, validation, directory=directory, device=self.device).fitted.metrics


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    with whole_file(path) as stream:
        stream.write(json.dumps(content, indent=1, allow_nan=False).encode())
