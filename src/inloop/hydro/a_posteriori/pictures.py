"""The pictures of an a-posteriori report, made without pyplot. Importing this imports matplotlib."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from inloop import mir
from inloop.hydro import advection
from inloop.hydro.a_posteriori.perform import Run
from inloop.hydro.a_posteriori.report import Order
from inloop.hydro.a_posteriori.verdict import error_of
from inloop.hydro.advection.grid import Floats
from inloop.mir.a_priori.pictures import method_style
from inloop.mir.a_priori.report import number
from inloop.mir.picture_sheet import compare_figure
from inloop.validation.figures import plain_axes


def ends(runs: Sequence[Run]) -> Figure | None:
    """The state at the end by every contender of one setting, with the border as it should be; None if all stopped."""
    faces: dict[str, mir.Interface] = {}
    captions: dict[str, str] = {}
    outline: list[Floats] | None = None
    for run in runs:
        if run.stopped is None:
            who, problem = run.case.contender, run.case.setting.made()
            grid = problem.grid(run.case.setting.zones)
            faces[who.label] = mir.reconstruct(
                run.arrays["fractions"],
                method=who.strategy(),
                spacing=grid.spacing,
                origin=grid.low,
                boundary=grid.boundary,
                gate=None if who.gate is None else mir.Gate(who.gate),
            )
            error = error_of(run)
            captions[who.label] = "" if error is None else f"error {number(error)}"
            outline = (problem.outline() or None) if isinstance(problem, advection.Problem) else None
    return compare_figure(faces, outline=outline, captions=captions) if faces else None


def acceptance(runs: Sequence[Run]) -> Figure:
    """The share of mixed zones whose network was trusted against the time of the run, a line a setting."""
    figure = Figure(figsize=(9.6, 4.2), dpi=110, layout="constrained")
    share, mixed = figure.subplots(1, 2)
    for run in runs:
        end = run.history[-1].time
        at = [entry.time / end for entry in run.history]
        (line,) = share.plot(at, [entry.gate_accepted for entry in run.history], linewidth=1.3)
        mixed.plot(at, [entry.mixed_zones for entry in run.history], linewidth=1.3, color=line.get_color())
        line.set_label(run.case.setting.where)
    share.set(xlabel="time / duration", ylabel="share of mixed zones accepted", ylim=(0, 1.02))
    mixed.set(xlabel="time / duration", ylabel="mixed zones")
    mixed.set_ylim(bottom=0)
    for ax in (share, mixed):
        plain_axes(ax)
    figure.legend(*share.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return figure


def convergence(orders: Sequence[Order]) -> Figure:
    """Errors against the number of zones, a panel a problem and scheme, with a slope of second order."""
    panels: dict[str, list[Order]] = {}
    for order in orders:
        panels.setdefault(f"{order.setting.title}, {order.setting.scheme}", []).append(order)
    figure = Figure(figsize=(3.4 * len(panels), 3.8), dpi=110, layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for ax, (title, lines) in zip(axes, panels.items(), strict=True):
        for line in lines:
            ax.plot(line.zones, line.errors, label=line.who.label, **method_style(line.who.label))
        zones, most = lines[0].zones, max(line.errors[0] for line in lines)
        ax.plot(
            (zones[0], zones[-1]), (2 * most, 2 * most * (zones[0] / zones[-1]) ** 2), ":", color="#8a939c", linewidth=1
        )
        ax.set(xscale="log", yscale="log", xlabel="zones an axis")
        ax.set_title(title, fontsize=10)
        ax.set_xticks(zones, [str(n) for n in zones], minor=False)
        ax.minorticks_off()
        plain_axes(ax)
    axes[0].set_ylabel("area error; dotted: second order")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=5, frameon=False, fontsize=9)
    return figure


def returning(runs: Sequence[Run]) -> Figure:
    """The error at every return: a panel a scheme, a colour a CFL, dashed with the gate."""
    schemes = list(dict.fromkeys(run.case.setting.scheme for run in runs))
    figure = Figure(figsize=(4.8 * len(schemes), 4.4), dpi=110, layout="constrained")
    axes = dict(zip(schemes, figure.subplots(1, len(schemes), squeeze=False, sharey=True)[0], strict=True))
    for run in runs:
        own, ax = run.case, axes[run.case.setting.scheme]
        tried = [r.case.setting.cfl for r in runs if r.case.setting.scheme == own.setting.scheme]
        colour = f"C{list(dict.fromkeys(tried)).index(own.setting.cfl)}"
        dashed = "--" if own.contender.gate is not None else "-"
        at = range(1, len(run.returns) + 1)
        label = f"{own.contender.label}, CFL {own.setting.cfl:.2g}"
        ax.plot(at, run.returns, dashed, marker=".", linewidth=1.3, color=colour, label=label)
    for scheme, ax in axes.items():
        ax.set(xlabel="return", yscale="log")
        ax.set_title(str(scheme), fontsize=10)
        ax.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
        plain_axes(ax)
    axes[schemes[0]].set_ylabel("area error")
    return figure
