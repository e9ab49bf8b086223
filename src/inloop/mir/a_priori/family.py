"""Trained autoencoders and the ablation in an a-priori report: what was measured of them. Needs no torch.

All of these are images, so all methods are judged by their images here, the shipped kernel and the classical ones too:
inside a sub-zone pieces cancel, and continuity is told by the pixels beside an edge, for which the true image has a
figure of its own. `inloop.mir.learning_family` measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from inloop.errors import InloopError
from inloop.mir.a_priori.published import FAMILY, REPEATED
from inloop.training.results import RESULT
from inloop.training.statistics import Comparison, welch

Figures = Mapping[str, float]

METRIC = "mse"
"""By which models rank and are tested against each other: the poster's own error."""


def finished_runs(directory: Path) -> dict[str, list[Path]]:
    """The directories of the finished runs below directory/MODEL, by model; refused if there are none.

    The published models come first, in the order of their table; then what else is there.
    """
    if not directory.is_dir():
        raise InloopError(f"{directory}: no such directory; name one that holds runs as MODEL/seed-K")
    there = sorted(path.name for path in directory.iterdir() if path.is_dir())
    models = [*(name for name in FAMILY if name in there), *(name for name in there if name not in FAMILY)]
    found = {model: [path.parent for path in sorted((directory / model).rglob(RESULT))] for model in models}
    if not any(found.values()):
        raise InloopError(f"{directory}: holds no finished run (MODEL/seed-K/{RESULT}); train some first")
    return {model: runs for model, runs in found.items() if runs}


class Run(NamedTuple):
    """One finished training."""

    name: str
    """Its directory's."""
    figures: Figures
    """On the held-out samples."""
    fully_connected: int
    """Number of values that enter the fully connected layers."""
    parameters: int
    steps: int
    samples: int
    """Seen in training: steps times batch."""
    seconds: float


@dataclass(frozen=True)
class Family:
    """Models with their finished runs, and the other kernels on the same samples."""

    images: int
    models: dict[str, list[Run]]
    others: dict[str, Figures]

    def mean(self, model: str, figure: str) -> float:
        """Of a model over its runs; of what ends in `_max` the largest."""
        values = [run.figures[figure] for run in self.models[model]]
        return max(values) if figure.endswith("_max") else sum(values) / len(values)

    @property
    def ranked(self) -> list[str]:
        """The models, the best first."""
        return sorted(self.models, key=lambda model: self.mean(model, METRIC))

    @property
    def rivals(self) -> tuple[str, str] | None:
        """The two best models if both have two runs or more: the second of them stands first, as on the poster."""
        best, second = (*self.ranked, "", "")[:2]
        return (second, best) if min(len(self.models.get(one, [])) for one in (best, second)) > 1 else None

    @property
    def test(self) -> Comparison | None:
        """Welch's test between those two; None where there are too few runs or no spread at all."""
        if self.rivals is None:
            return None
        groups = [[run.figures[METRIC] for run in self.models[model]] for model in self.rivals]
        return welch(*groups) if any(len(set(group)) > 1 for group in groups) else None

    def results(self) -> dict[str, dict[str, Any]]:
        """What a JSON file says of each model."""
        found: dict[str, dict[str, Any]] = {}
        for model, runs in self.models.items():
            keys = [key for key in runs[0].figures if all(key in run.figures for run in runs)]
            found[model] = {key: self.mean(model, key) for key in keys}
            found[model]["runs"] = {run.name: {**run._asdict(), "figures": dict(run.figures)} for run in runs}
            if model in FAMILY:
                found[model]["published"] = FAMILY[model]._asdict()
        return found

    def comparison(self) -> dict[str, Any]:
        """The other kernels by their images, and the test, beside the published one."""
        test = self.test
        own = (
            None if test is None else {**test._asdict(), "first": test.first._asdict(), "second": test.second._asdict()}
        )
        return {
            "images": self.images,
            "kernels": {name: dict(figures) for name, figures in self.others.items()},
            "rivals": self.rivals,
            "test": own,
            "published_test": {**REPEATED._asdict(), "cohens_d": REPEATED.cohens_d},
        }


class Arm(NamedTuple):
    """One row of the ablation."""

    title: str
    weights: tuple[float, float, float] | None
    """Of MSE, conservation and continuity in the loss; None: both laws hold by construction."""
    run: Run | None
    """None if it has not been trained."""


@dataclass(frozen=True)
class Ablation:
    """Penalties against projection, at the same number of training samples seen."""

    images: int
    arms: list[Arm]

    def results(self) -> dict[str, Any]:
        """What a JSON file says of each row."""
        return {
            arm.title: None if arm.run is None else {**arm.run._asdict(), "figures": dict(arm.run.figures)}
            for arm in self.arms
        }
