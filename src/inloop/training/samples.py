"""What a run of a case starts from: one of its configurations, and samples to teach with."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from inloop.case import Case, RunConfig
from inloop.errors import InloopError
from inloop.training.locks import locked

SEED = 1  # of the samples, where they are drawn for a training

Config = TypeVar("Config", bound=RunConfig)


def preset_of(case: Case[Config], name: str | None) -> tuple[str, Config]:
    """One of the case's configurations by its name; without one the first."""
    if name is None:
        return next(iter(case.presets.items()))
    if name not in case.presets:
        close = difflib.get_close_matches(name, case.presets, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(case.presets)}"
        raise InloopError(f"preset {name!r} of case {case.name} is unknown: {hint}")
    return name, case.presets[name]


def drawn(
    case: Case[Config],
    directory: Path,
    count: int | None = None,
    *,
    seed: int = SEED,
    say: Callable[[str], None] = print,
) -> Path:
    """The case's samples in a directory, drawn unless they are there already; processes wait for the one that draws.

    count: how many; by default as many as the case says.
    """
    if case.draw is None:
        raise InloopError(f"case {case.name} draws no samples: give a file of them with --data")
    directory.mkdir(parents=True, exist_ok=True)
    count = count or case.count
    path = directory / f"samples-{count}-{seed}.h5"
    with locked(directory / f".{path.name}.lock"):
        if not path.exists():
            say(f"drawing {count} samples into {path}")
            draft = path.with_name(f".{path.name}.part")
            case.draw(draft, count, seed)
            if not draft.exists():
                raise InloopError(f"case {case.name}: draw wrote no file {draft}; let it write to the path it is given")
            draft.replace(path)
    return path
