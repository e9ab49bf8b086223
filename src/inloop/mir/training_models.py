"""The models of interface reconstruction that can be trained, by the names that the command line knows them by.

Their samples are those of the shipped kernel: the usual recipe, drawn from the same seed. Needs torch; each model's
own module is loaded when the model is asked for.
"""

from __future__ import annotations

import difflib
import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inloop.case import Case
from inloop.errors import InloopError
from inloop.mir.samples import Recipe, generate
from inloop.nets import PUBLISHED
from inloop.training import config as configuration
from inloop.training.axes import Axis, Choices
from inloop.training.locks import locked

LEVELS, LINE = "levels", "line"
SEED = 1  # of the samples; that of the shipped kernel's
STORE = "two.h5"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Model:
    """A case and one of its configurations."""

    name: str
    case: Case[Any]
    config: Any
    axes: dict[str, Axis]
    """What a sweep varies unless told otherwise."""

    def configured(self, file: Path | None, settings: Sequence[str]) -> Any:
        """Its configuration with the fields that a JSON file states, then those of `name=value` settings."""
        return configuration.configured(self.config, file, settings)


AUTOENCODER_AXES: dict[str, Axis] = {
    "net.channels": Choices((2, 4, 8)),
    "net.pooling": Choices((0, 1)),
    "net.dilation": Choices((1, 2)),
}

NAMES = (LEVELS, LINE, *PUBLISHED)


def model(name: str) -> Model:
    """Look a model up by its name."""
    if name == LEVELS:
        from inloop.mir import learning_levels, learning_shipped

        return Model(LEVELS, learning_levels.CASE, learning_shipped.ShippedRun().levels, {})
    if name == LINE:
        from inloop.mir import learning_line

        return Model(LINE, learning_line.CASE, learning_line.LineRun(), {})
    if name in PUBLISHED:
        from inloop.mir.learning import AUTOENCODER

        return Model(name, AUTOENCODER, AUTOENCODER.presets[name], AUTOENCODER_AXES)
    close = difflib.get_close_matches(name, NAMES, 1)
    raise InloopError(
        f"model {name!r} is unknown: " + (f"did you mean {close[0]}?" if close else f"there are {', '.join(NAMES)}")
    )


def usual_count() -> int:
    """How many samples of two materials the shipped kernel is taught with."""
    from inloop.mir.learning_shipped import ShippedRun

    return ShippedRun().two


def drawn(directory: Path, count: int | None = None, *, progress: Progress = lambda done, count: None) -> Path:
    """Return the store of two-material samples in a directory, drawn unless it is there already.

    count: how many; by default what is there, or as many as for the shipped kernel.

    Processes that ask at the same time wait for the first of them to draw.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory / f".{STORE}.lock"):
        if count is not None or not (directory / STORE).exists():
            generate(Recipe(), directory / STORE, count or usual_count(), seed=SEED, progress=progress)
    return directory / STORE


def command(
    model: Model, config: Any, *, data: Path | None = None, samples: int | None = None, rejected: Sequence[str] = ()
) -> str:
    """Return the command that trains this configuration again."""
    words = ["inloop", "train", "mir"] + ([] if model.name == LEVELS else ["--model", model.name])
    words += ["--samples", str(samples or usual_count())] if data is None else ["--data", str(data)]
    words += ["--epochs", str(config.fit.epochs)] if config.fit.epochs is not None else []
    words += ["--seed", str(config.fit.seed)]
    for name, value in configuration.changes(model.config, config).items():
        if name == "fit.seed" or (name == "fit.epochs" and value is not None):
            continue
        words += ["--set", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    for path in rejected:
        words += ["--with", path]
    return shlex.join(words)
