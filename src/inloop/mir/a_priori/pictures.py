"""The pictures of an a-priori report, made without pyplot. Importing this imports matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from inloop import mir
from inloop.mir.a_priori.errors import BEST_ORDER, LEARNED, REFERENCE, Study
from inloop.mir.a_priori.family import Family
from inloop.mir.a_priori.published import ELLIPSES, FAMILY, SIZES
from inloop.mir.a_priori.report import OVERALL, ROUNDING, Row, Worst, bar_of
from inloop.mir.a_priori.samples import Doubles, HeldOut
from inloop.mir.picture import TRUTH, colour, draw_face, quieten
from inloop.mir.samples import draw
from inloop.mir.samples.exact import CORE, HALO
from inloop.validation.figures import INK, plain_axes

_COLOURS = {
    LEARNED: "#d55e00",
    "youngs": "#56b4e9",
    "elvira": "#0072b2",
    "lvira": "#009e73",
    "power": "#cc79a7",
    "arcs": "#444444",
}
_GATED, _OTHER = "#e69f00", "#8a8a8a"
_MARKS = {LEARNED: "o", "youngs": "^", "elvira": "s", "lvira": "D", "power": "v", "arcs": "x"}
_WIDTH = 9.6  # inches
_SMALL: dict[str, Any] = {"va": "center", "fontsize": 8, "color": INK}
_WIDEST = 1.6  # a ratio beyond that is told by its number


def _colour(name: str) -> str:
    if name.startswith(f"{LEARNED}, gate"):
        return _GATED
    return _COLOURS.get(name.removesuffix(BEST_ORDER), _OTHER)


def method_style(name: str) -> dict[str, Any]:
    """Colour, mark and weight of a method's line, the same in every picture."""
    base = name.removesuffix(BEST_ORDER)
    wide = name == LEARNED
    return {
        "color": _colour(name),
        "marker": _MARKS.get(base, "P" if base.startswith(LEARNED) else "."),
        "markersize": 6 if wide else 4.5,
        "linewidth": 2.2 if wide else 1.2,
        "zorder": 5 if wide else 3,
        "linestyle": "--" if name != base else "-",
    }


def _figure(height: float, width: float = _WIDTH) -> Figure:
    return Figure(figsize=(width, height), dpi=110, layout="constrained")


# --------------------------------------------------------------------------------------------------------- families
def families(one: Study, rows: Sequence[Row], overall: Row) -> Figure:
    """Left the mean error of every method, right the learned kernel's over the best classical one, with its bars."""
    shown = [overall, *rows]
    place = np.arange(len(shown), dtype=np.float64)
    figure = _figure(0.42 * len(shown) + 1.5)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.25, 1))
    for name in one.methods:
        values = [row.means[name] for row in shown]
        known = [(p, max(v, ROUNDING / 10)) for p, v in zip(place, values, strict=True) if v is not None]
        if known:
            style = method_style(name) | {"linestyle": "none", "markersize": 8 if name == LEARNED else 6}
            if name != name.removesuffix(BEST_ORDER):
                style |= {"markerfacecolor": "white"}
            left.plot([v for _, v in known], [p for p, _ in known], label=name, **style)
    left.set(xscale="log", xlabel="mean symmetric difference, zone areas")
    left.axvline(ROUNDING, color=_OTHER, linewidth=1, linestyle=":")
    left.annotate(" rounding", (ROUNDING, -0.3), fontsize=8, color=_OTHER, va="center")
    widest = min(_WIDEST, max(1.0, *(row.ratio for row in shown if row.ratio is not None)))
    for p, row in zip(place, shown, strict=True):
        limit = _bar(one, row, overall)
        if row.ratio is not None:
            length = min(row.ratio, widest)
            right.barh(p, length, height=0.6, color=_COLOURS[LEARNED] if row.met(limit) else "#c2c8ce")
            beyond = " →" if row.ratio > widest else ""  # the bar goes on
            apart = 0.03 * widest if length <= limit < length + 0.1 * widest else 0.0  # clear of the mark
            right.annotate(f" {row.ratio:.2f}{beyond}", (max(length, limit * (apart > 0)) + apart / 3, p), **_SMALL)
        else:
            words = " right to rounding" if row.best is not None else " no such sample"
            right.annotate(words, (0.0, p), **_SMALL)
        right.plot([limit, limit], [p - 0.4, p + 0.4], color="black", linewidth=1.8)
    right.set(xlabel="learned / best classical; black: wanted")
    right.set_xlim(0, 1.2 * widest)
    left.set_yticks(place, [f"{row.name} ({row.zones})" for row in shown])
    left.set_ylim(len(shown) - 0.4, -0.6)
    for ax in (left, right):
        plain_axes(ax, grid="x")
    left.axhline(0.5, color="#c2c8ce", linewidth=0.8)
    right.axhline(0.5, color="#c2c8ce", linewidth=0.8)
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=5, frameon=False, fontsize=9)
    return figure


def _bar(one: Study, row: Row, overall: Row) -> float:
    if row is overall:
        return OVERALL if one.samples.materials == 2 else 1.0
    return bar_of(one, row.name)


# ------------------------------------------------------------------------------------------------------- resolution
def convergence(
    circle: Mapping[str, Mapping[str, Sequence[float]]], sizes: Sequence[int], *, measure: str, label: str
) -> Figure:
    """One measure of the circle against the number of zones, with slopes of first to third order."""
    figure = _figure(4.4, 6.4)
    ax = figure.subplots()
    for name, own in circle.items():
        ax.plot(sizes, own[measure], label=name, **method_style(name))
    first = max(own[measure][0] for own in circle.values())
    for order in (1, 2, 3):
        ends = [1.6 * first, 1.6 * first * (sizes[0] / sizes[-1]) ** order]
        ax.plot([sizes[0], sizes[-1]], ends, color="#b8bfc6", linewidth=0.9, linestyle=":", zorder=1)
        ax.annotate(f" order {order}", (sizes[-1], ends[1]), fontsize=8, color="#8a939c", va="center")
    ax.set(xscale="log", yscale="log", xlabel="zones along a side", ylabel=label)
    ax.set_xticks(sizes, [str(n) for n in sizes], minor=False)
    ax.minorticks_off()
    ax.set_xlim(sizes[0] / 1.15, sizes[-1] * 1.6)
    plain_axes(ax)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=5, frameon=False, fontsize=9)
    return figure


def ellipses(own: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Hausdorff distance and gap against the number of zones, ours drawn through, published figures dashed."""
    figure = _figure(4.2)
    for ax, measure in zip(figure.subplots(1, 2), ("hausdorff", "gap"), strict=True):
        for name, figures in own.items():
            known = [(n, v) for n, v in zip(SIZES, figures[measure], strict=True) if v > 0]
            if known:
                ax.plot(*zip(*known, strict=True), label=name, **method_style(name))
        if measure == "hausdorff":
            style = method_style(LEARNED) | {"linestyle": ":", "linewidth": 1.2, "markersize": 3.5}
            ax.plot(SIZES, own[LEARNED]["hausdorff_median"], label=f"{LEARNED}, median zone", **style)
        for (name, of), values in ELLIPSES.items():
            if of == measure:
                style = method_style(name) | {"linestyle": "--", "linewidth": 1.0, "markerfacecolor": "white"}
                ax.plot(SIZES, values, label=f"{name}, published", **style)
        ax.set(xscale="log", yscale="log", xlabel="zones along a side", title=measure)
        ax.title.set_fontsize(10)
        ax.set_xticks(SIZES, [str(n) for n in SIZES], minor=False)
        ax.minorticks_off()
        plain_axes(ax)
        if measure == "hausdorff":
            ax.set_ylabel("box units (the box is 100)")
            handles = ax.get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    return figure


def against(points: Sequence[tuple[float, Row]], names: Sequence[str], *, label: str, start: float = 0.0) -> Figure:
    """Mean errors against a length or a fraction, log-log. start: where a group that begins at zero is drawn."""
    figure = _figure(4.4)
    ax = figure.subplots()
    for name in names:
        known = [(at or start, row.means[name]) for at, row in points if row.means[name]]
        if known:
            ax.plot(*zip(*known, strict=True), label=name, **method_style(name))
    ax.set(xscale="log", yscale="log", xlabel=label, ylabel="mean symmetric difference, zone areas")
    plain_axes(ax)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=5, frameon=False, fontsize=9)
    return figure


# ------------------------------------------------------------------------------------------------------ worst cases
def worst_sheet(samples: HeldOut, cases: Sequence[Worst], bundle: str | None) -> Figure:
    """Truth, ELVIRA and learned kernel side by side, two samples a line; the true border dashed."""
    lines = -(-len(cases) // 2)
    figure = Figure(figsize=(13.2, 2.55 * lines), dpi=90, layout="constrained")
    grid = figure.add_gridspec(lines, 7, width_ratios=(1, 1, 1, 0.12, 1, 1, 1))
    for number, case in enumerate(cases):
        line, side = divmod(number, 2)
        fractions = samples.fractions[case.sample]
        outline = borders(samples, case.sample)
        name = samples.names[samples.family[case.sample]]
        axes = [figure.add_subplot(grid[line, 4 * side + column]) for column in range(3)]
        axes[0].imshow(
            _blend(samples.coverage[case.sample]), origin="lower", extent=(0, CORE, 0, CORE), interpolation="nearest"
        )
        axes[0].set_title(f"{name}, sample {case.sample}", fontsize=9)
        for ax, method, error in (
            (axes[1], mir.Elvira(), case.elvira),
            (axes[2], mir.Learned(bundle), case.learned),
        ):
            face = mir.reconstruct(fractions, method=method, boundary=HALO)
            draw_face(face, ax, legend=False, outline=outline)
            title = LEARNED if ax is axes[2] else REFERENCE
            ax.set_title(f"{title} {error:.2e}" if error < 1e-3 else f"{title} {error:.4f}", fontsize=9)
        for part in outline:
            axes[0].plot(*part.T, color=TRUTH, linewidth=0.9)
        for ax in axes:
            ax.set(xlim=(0, CORE), ylim=(0, CORE), aspect="equal")
            quieten(ax, ticks=False, frame=True)
    return figure


def borders(samples: HeldOut, number: int) -> list[Doubles]:
    """The true border of a sample as polylines (k, 2) on the core, (0, 8) x (0, 8)."""
    powers = draw(samples.recipe, int(samples.shape_seed[number])).patches.powers
    s = np.linspace(-1.0, 1.0, 49)
    points = np.einsum("kj,njd->nkd", np.vander(s, powers.shape[1], increasing=True), powers)
    inside = ((points > -0.5) & (points < CORE + 0.5)).all(axis=2).any(axis=1)
    return [np.asarray(part) for part in points[inside]]


def _blend(coverage: Any) -> Doubles:
    """(M, 64, 64) to an image (64, 64, 3) in the materials' colours."""
    palette = np.array([to_rgb(colour(m)) for m in range(len(coverage))])
    return np.asarray(np.clip(np.einsum("mij,mc->ijc", np.asarray(coverage, dtype=np.float64), palette), 0.0, 1.0))


# --------------------------------------------------------------------------------------------------- published family
def family(own: Family) -> Figure:
    """MSE, conservation and continuity error of every published model: as published, ours, the learned kernel's."""
    models = [name for name in FAMILY if name in own.models]
    figure = _figure(0.75 * max(len(models), 2) + 1.6)
    place = np.arange(len(models), dtype=np.float64)
    panels = (
        ("mse", "mse", "mean square error"),
        ("conservation_error_mean", "conservation_error", "conservation error, mean"),
        ("continuity_error_mean", "continuity_error", "continuity error, mean"),
    )
    axes = figure.subplots(1, 3, sharey=True)
    for ax, (mine, theirs, title) in zip(axes, panels, strict=True):
        ax.barh(place - 0.2, [getattr(FAMILY[m], theirs) for m in models], 0.36, color="#b8bfc6", label="published")
        ax.barh(place + 0.2, [own.mean(m, mine) for m in models], 0.36, color=_COLOURS["elvira"], label="ours")
        for p, model in zip(place, models, strict=True):
            dots = [run.figures[mine] for run in own.models[model]]
            ax.plot(dots, [p + 0.2] * len(dots), "|", color="black", markersize=9)
        shipped = own.others[LEARNED][mine]
        ax.axvline(shipped, color=_COLOURS[LEARNED], linewidth=2, label="the learned kernel")
        true = own.others[LEARNED].get(f"true_{mine}")
        if true is not None:
            ax.axvline(true, color=TRUTH, linewidth=1.4, linestyle="--", label="the true images")
        ax.set_xlabel(title, fontsize=9)
        ax.set_xlim(left=0)
        plain_axes(ax, grid="x")
    axes[0].set_yticks(place, [f"{FAMILY[m].title}\nFC {FAMILY[m].fully_connected}" for m in models], fontsize=8)
    axes[0].invert_yaxis()
    handles = axes[2].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    return figure


def repeated(own: Family) -> Figure:
    """The runs of the two best models, each a dot, with mean and standard deviation."""
    from inloop.training.picture import draw_runs

    assert own.rivals is not None
    figure = _figure(3.6, 5.6)
    ax = figure.subplots()
    groups = {model: [run.figures["mse"] for run in own.models[model]] for model in own.rivals}
    draw_runs(groups, ax, metric="mean square error")
    plain_axes(ax, grid="y")
    return figure
