"""Repeated trainings side by side, every run a dot; a sweep's trials, one panel an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from inloop.errors import InloopError
from inloop.training.axes import Axis, Choices
from inloop.training.statistics import summarized

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from inloop.training.sweep import TrialResult


def draw_runs(groups: Mapping[str, Sequence[float]], axes: Axes, *, metric: str) -> None:
    """Draw groups of runs (model -> one number a run) into a matplotlib axes."""
    if not groups:
        raise InloopError("groups: nothing to draw; give at least one model's numbers")
    for place, (model, values) in enumerate(groups.items()):
        mean, deviation, n = summarized(values)
        # spread sideways by rank, so that equal values do not hide each other and a redrawn picture is the same
        rank = {index: number for number, index in enumerate(sorted(range(n), key=lambda index: values[index]))}
        sideways = [place + _spread(rank[index]) for index in range(n)]
        axes.plot(sideways, values, "o", alpha=0.5, label=model)
        axes.errorbar(place + 0.25, mean, deviation, fmt="_", color="black", capsize=4, markersize=14)
    axes.set_xticks(range(len(groups)), [f"{model}\n{len(values)} runs" for model, values in groups.items()])
    axes.set_xlim(-0.5, len(groups) - 0.3)
    axes.set_ylabel(metric.replace("_", " "))


def runs_figure(groups: Mapping[str, Sequence[float]], *, metric: str) -> Figure:
    """Draw groups of runs on a figure of their own."""
    from matplotlib.figure import Figure

    width = sum(max(2.0, 0.1 * len(model)) for model in groups)
    figure = Figure(figsize=(max(4.0, 1.0 + width), 4.0), layout="constrained")
    draw_runs(groups, figure.subplots(), metric=metric)
    return figure


def sweep_figure(trials: Sequence[TrialResult], axes: Mapping[str, Axis], *, metric: str) -> Figure:
    """Draw the trials that came to an end: a panel an axis with every trial a dot, the best one red."""
    from matplotlib.figure import Figure

    done = [trial for trial in trials if trial.value is not None]
    if not done or not axes:
        raise InloopError("trials: none came to an end; there is nothing to draw")
    figure = Figure(figsize=(1.0 + 2.8 * len(axes), 3.4), layout="constrained")
    panels = figure.subplots(1, len(axes), sharey=True, squeeze=False)[0]
    values = [trial.value for trial in done]
    best = min(range(len(done)), key=lambda index: values[index] or 0.0)
    colours = ["C3" if index == best else "C0" for index in range(len(done))]
    for panel, (name, axis) in zip(panels, axes.items(), strict=True):
        given = [trial.changes[name] for trial in done]
        if isinstance(axis, Choices):
            places = [axis.values.index(value) + _spread(number) for number, value in enumerate(given)]
            panel.set_xticks(range(len(axis.values)), [str(value) for value in axis.values])
            panel.set_xlim(-0.5, len(axis.values) - 0.5)
        else:
            places = [float(value) for value in given]
            panel.set_xscale("log" if axis.log else "linear")
            panel.set_xlim(axis.low, axis.high)
        panel.scatter(places, values, c=colours, alpha=0.7)
        panel.set_xlabel(name)
    panels[0].set_ylabel(metric.replace("_", " "))
    return figure


def _spread(number: int) -> float:
    """A place beside 0 that differs from those of the numbers before."""
    return 0.2 * ((number * 0.618) % 1 - 0.5)
