"""Runs of a case, as the command line starts them: one training, its repetitions with other seeds, a sweep's trial.

A run's directory holds config.json (what was asked for), checkpoint.safetensors, weights.safetensors (the best) and,
once the run is over, result.json: {"about": ..., "results": {name: metrics}, "history": [...]}.
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
from inloop.training.fit import CHECKPOINT, Fitted, Progress, fit
from inloop.training.statistics import Comparison, welch
from inloop.writing import whole_file

CONFIG, RESULT = "config.json", "result.json"

Config = TypeVar("Config", bound=RunConfig)


class Trained(NamedTuple):
    """A trained network and how it came to be."""

    net: nn.Module
    fitted: Fitted


def train(
    case: Case[Config],
    config: Config,
    samples: Source,
    validation: Source,
    *,
    directory: Path | None = None,
    name: str = "learned",
    tensorboard: bool = False,
    progress: Callable[[Progress], None] = lambda progress: None,
    checkpoint_seconds: float = 60.0,
    device: str | None = None,
) -> Trained:
    """Train the case's network as configured; in a directory, go on where an earlier run was interrupted.

    name: the model's, in result.json.
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
    if directory is not None and leads():
        parameters = sum(weight.numel() for weight in net.parameters())
        about |= {"inloop": __version__, "torch": torch.__version__, "parameters": parameters, "step": fitted.step}
        about |= {"steps": fitted.steps, "seconds": fitted.seconds, "stopped": fitted.stopped}
        _write_json(directory / RESULT, {"about": about, "results": {name: fitted.metrics}, "history": fitted.history})
    return Trained(net, fitted)


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
    name: str = "learned",
    progress: Callable[[int, Progress], None] = lambda seed, progress: None,
    device: str | None = None,
) -> list[Fitted]:
    """Train once with each seed, each in a directory of its own; what is done already is not done again."""
    if len(set(seeds)) < len(seeds):
        raise InloopError(f"seeds: {list(seeds)} repeat; the same seed gives the same network")
    return [
        train(
            case,
            replaced(config, {"fit.seed": seed}),
            samples,
            validation,
            directory=directory / f"seed-{seed}",
            name=name,
            progress=lambda step, seed=seed: progress(seed, step),  # type: ignore[misc]
            device=device,
        ).fitted
        for seed in seeds
    ]


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
        torch.set_num_threads(self.threads)
        config = replaced(self.config, changes)
        samples = self.case.samples(config, self.data, "train")
        validation = self.case.samples(config, self.data, "validation")
        return train(self.case, config, samples, validation, directory=directory, device=self.device).fitted.metrics


def results(directory: Path, metric: str) -> list[float]:
    """Return one metric of every finished run below a directory, in the order of the runs' names."""
    found = []
    for path in sorted(directory.rglob(RESULT)):
        try:
            for metrics in json.loads(path.read_text(encoding="utf-8"))["results"].values():
                found.append(float(metrics[metric]))
        except (ValueError, KeyError, AttributeError, TypeError):
            raise InloopError(f"{path}: has no result with the metric {metric}") from None
    if not found:
        raise InloopError(f"{directory}: holds no finished run ({RESULT}); train some with different seeds")
    return found


def compare_runs(first: Path, second: Path, metric: str) -> Comparison:
    """Welch's t-test of one metric over the finished runs below two directories."""
    return welch(results(first, metric), results(second, metric))


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    with whole_file(path) as stream:
        stream.write(json.dumps(content, indent=1, allow_nan=False).encode())
