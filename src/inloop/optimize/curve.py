"""Throughput against the size of the batch, every contender a line. Importing this imports matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib import colormaps
from matplotlib.figure import Figure

from inloop.errors import InloopError
from inloop.optimize.sheets import Sheet

_LINES = ("-", "--", "-.", ":")
_MARKS = ("o", "s", "^", "D", "v", "P")
_INK = "#333333"

Curves = Mapping[str, Sequence[tuple[int, float]]]
"""What a line is called -> sizes with samples a second."""


def curves_of(rates: Sheet) -> dict[str, list[tuple[int, float]]]:
    """The lines in a table of rates."""
    sizes = [int(head) for head in rates.heads[1:]]
    return {
        str(label): [(size, float(rate)) for size, rate in zip(sizes, found, strict=True) if float(rate) > 0]
        for label, *found in rates.rows
    }


def throughput_figure(curves: Curves, *, marks: Mapping[str, float] | None = None) -> Figure:
    """Both axes logarithmic. Colours tell models, lines engines and marks precisions; `marks` are levels to compare."""
    if not curves:
        raise InloopError("curves: nothing to draw; measure at least one contender")
    named = {label: label.split(", ") for label in curves}
    models, engines, precisions = (
        list(dict.fromkeys(", ".join(name[part]) for name in named.values()))
        for part in (slice(0, 1), slice(1, -1), slice(-1, None))
    )
    colours = colormaps["tab10" if len(models) <= 10 else "tab20"]
    height = max(4.6, 0.19 * (len(curves) + 2))
    figure = Figure(figsize=(9.6, height), dpi=110, layout="constrained")
    ax = figure.subplots()
    for label, points in curves.items():
        model, *engine, precision = named[label]
        ax.plot(
            [size for size, _ in points],
            [rate for _, rate in points],
            color=colours(models.index(model)),
            linestyle=_LINES[engines.index(", ".join(engine)) % len(_LINES)],
            marker=_MARKS[precisions.index(precision) % len(_MARKS)],
            markersize=4,
            linewidth=1.4,
            label=label,
        )
    for name, rate in (marks or {}).items():
        ax.axhline(rate, color="#8a8a8a", linewidth=0.8, linestyle=(0, (1, 2)))
        ax.annotate(name, (0.01, rate), xycoords=("axes fraction", "data"), va="bottom", fontsize=7, color=_INK)
    ax.set(xscale="log", yscale="log", xlabel="samples in a batch", ylabel="samples a second")
    sizes = sorted({size for points in curves.values() for size, _ in points})
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes], fontsize=8)
    ax.minorticks_off()
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e2e5e8", linewidth=0.7)
    ax.set_axisbelow(True)
    figure.legend(loc="outside right upper", fontsize=7, frameon=False)
    return figure
