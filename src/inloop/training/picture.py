"""Repeated trainings side by side: every run a dot, mean and standard deviation a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from inloop.errors import InloopError
from inloop.training.statistics import summarized

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_runs(groups: Mapping[str, Sequence[float]], axes: Axes, *, metric: str) -> None:
    """Draw groups of runs (model -> one number a run) into a matplotlib axes."""
    if not groups:
        raise InloopError("groups: nothing to draw; give at least one model's numbers")
    for place, (model, values) in enumerate(groups.items()):
        mean, deviation, n = summarized(values)
        # spread sideways by rank, so that equal values do not hide each other and a redrawn picture is the same
        rank = {index: number for number, index in enumerate(sorted(range(n), key=lambda index: values[index]))}
        sideways = [place + 0.2 * ((rank[index] * 0.618) % 1 - 0.5) for index in range(n)]
        axes.plot(sideways, values, "o", alpha=0.5, label=model)
        axes.errorbar(place + 0.25, mean, deviation, fmt="_", color="black", capsize=4, markersize=14)
    axes.set_xticks(range(len(groups)), [f"{model}\n{len(values)} runs" for model, values in groups.items()])
    axes.set_xlim(-0.5, len(groups) - 0.3)
    axes.set_ylabel(metric.replace("_", " "))
