"""What finished runs left behind: their figures, and the t-test between two groups of them. Needs no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from inloop.errors import InloopError
from inloop.training.statistics import Comparison, welch

RESULT = "result.json"


class Group(NamedTuple):
    """Finished runs below one directory."""

    directory: Path
    values: list[float]
    """One metric of each, in the order of the runs' names."""
    runs: list[str]
    """Their directories, below that one."""
    samples: list[str]
    """What samples the metric is of (JSON), without repetitions: one entry if all runs were measured alike."""


def group(directory: Path, metric: str) -> Group:
    """Gather one metric of every finished run below a directory."""
    values, runs, samples = [], [], []
    for path in sorted(directory.rglob(RESULT)):
        found = _read(path)
        try:
            for figures in found["results"].values():
                if metric not in figures:
                    raise InloopError(f"{path}: has no result with the metric {metric}; it has {', '.join(figures)}")
                values.append(float(figures[metric]))
                runs.append(str(path.parent.relative_to(directory)))
            measured = found["about"].get("held_out", found["about"].get("validation"))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            if isinstance(error, InloopError):
                raise
            raise InloopError(f"{path}: is no result of a run; remove it, or train again") from None
        samples.append(json.dumps(measured, sort_keys=True))
    if not values:
        raise InloopError(f"{directory}: holds no finished run ({RESULT}); train some with different seeds")
    return Group(directory, values, runs, list(dict.fromkeys(samples)))


def results(directory: Path, metric: str) -> list[float]:
    """Return one metric of every finished run below a directory, in the order of the runs' names."""
    return group(directory, metric).values


def compared_groups(first: Group, second: Group) -> Comparison:
    """Welch's t-test between two groups of runs; a run in both of them is refused."""
    for one in (first, second):
        if len(one.values) < 2:
            raise InloopError(
                f"{one.directory}: holds one finished run; a t-test takes at least two, with different seeds"
            )
    shared = _places(first) & _places(second)
    if shared:
        raise InloopError(f"{sorted(shared)[0]}: is in both groups; name two directories that share no run")
    return welch(first.values, second.values)


def compare_runs(first: Path, second: Path, metric: str) -> Comparison:
    """Welch's t-test of one metric over the finished runs below two directories."""
    return compared_groups(group(first, metric), group(second, metric))


def measured_alike(groups: Sequence[Group]) -> bool:
    """Whether all runs were measured on the same samples."""
    return len({name for one in groups for name in one.samples}) == 1


def averaged(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Means over several runs; of what ends in `_max` the largest."""
    keys = [key for key in figures[0] if all(key in one for one in figures)]
    return {
        key: max(one[key] for one in figures)
        if key.endswith("_max")
        else sum(one[key] for one in figures) / len(figures)
        for key in keys
    }


def _places(one: Group) -> set[str]:
    return {str((one.directory / run).resolve()) for run in one.runs}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InloopError(f"{path}: cannot be read ({' '.join(str(error).split())}); train again") from None
