"""The a-posteriori report as one page: verdict, errors beside published figures, laws, gate, cost, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inloop.hydro import euler
from inloop.hydro.a_posteriori import pictures
from inloop.hydro.a_posteriori.case import Setting
from inloop.hydro.a_posteriori.perform import Run
from inloop.hydro.a_posteriori.report import Report, growth, orders
from inloop.hydro.a_posteriori.verdict import KEPT, LEVEL, MENDED, Verdict, error_of, unsound
from inloop.hydro.hosts import drift_of, own_figures
from inloop.mir.a_priori.report import number, percent
from inloop.mir.picture import figure_bytes
from inloop.validation.report import Page

WANTED_ORDER = 1.9
_LEAD = (
    "What running simulations make of each reconstruction. Problems of advection bring their materials back to where"
    " they began, so what is misplaced at the end is the error of the kernel in the loop, not of one call."
)
_ORDERING = (
    "Of three and more materials, slic, youngs, elvira and lvira cut one after the other (nested), in the order that"
    " they find zone by zone; power diagrams, equi-z and the learned kernel take no order."
)


def page(report: Report, *, foot: str = "", facts: Mapping[str, object] | None = None) -> Page:
    """Every section that the report has runs for."""
    made = Page("A-posteriori validation: reconstructions in the loop", lead=_LEAD, foot=foot)
    _verdict(made, report)
    _errors(made, report)
    _laws(made, report)
    _orders(made, report)
    _stability(made, report)
    _gate(made, report)
    _cost(made, report)
    _ends(made, report)
    made.heading("Made with")
    made.facts(facts or {})
    return made


def _verdict(made: Page, report: Report) -> None:
    made.heading("Which kernel to trust")
    made.text(
        "Ratio: a kernel's error over the smallest of any sound classical method in the same setting; geometric mean"
        f" over the settings. Trusted is the sound kernel with the smallest ratio, and any within {LEVEL - 1:.0%} of"
        f" it. Sound: finished every run, kept every volume or mass to {KEPT:.0e}, and needed no mending of more than"
        f" {MENDED:.0%} of the materials."
    )
    made.table(
        ["kind of run", "settings", "trust"],
        [[verdict.kind, verdict.settings, verdict.words] for verdict in report.verdicts],
    )
    for verdict in report.verdicts:
        _records(made, verdict)


def _records(made: Page, verdict: Verdict) -> None:
    rows = [
        [
            record.label,
            number(record.ratio),
            "–" if record.worst is None else number(record.worst[0]),
            "–" if record.worst is None else record.worst[1],
            f"{record.wins} of {record.runs}",
            number(record.drift),
            number(record.left),
            number(record.torn),
            record.fault or "yes",
        ]
        for record in verdict.records
    ]
    best = [(verdict.records.index(record), 1) for record in verdict.trusted]
    head = ["kernel", "ratio", "worst", "in", "first", "drift", "left", "longest tear", "sound"]
    made.table(head, rows, caption=verdict.kind, best=best)


def _errors(made: Page, report: Report) -> None:
    made.heading("Errors, beside the published figures")
    made.text(
        "Relative: over the materials' own volume, without the background. Published figures come with schemes and step"
        " sizes of their own; ours are at each scheme's usual CFL unless said otherwise. " + _ORDERING
    )
    for title, settings in _grouped(report).items():
        _error_table(made, report, title, settings)


def _error_table(made: Page, report: Report, title: str, settings: Sequence[Setting]) -> None:
    problem = settings[0].made()
    if isinstance(problem, euler.Problem):
        for setting in settings:
            _figures_table(made, report, setting, problem)
        return
    norm = problem.published[0].norm if problem.published else "area_error"
    grids = sorted({setting.zones for setting in settings})
    rows: dict[str, dict[int, float | None]] = {}
    for published in problem.published:
        if published.grid in grids:
            rows.setdefault(f"{published.scheme}, published", {})[published.grid] = published.error
    for setting in settings:
        for run in report.of(setting):
            value = None if error_of(run) is None else run.figures[norm]
            rows.setdefault(f"{run.case.contender.label}, {setting.scheme}", {})[setting.zones] = value
    cells = [[name, *(_error(errors.get(grid)) for grid in grids)] for name, errors in rows.items()]
    best = []
    for column, grid in enumerate(grids):
        known = {row: value for row, errors in enumerate(rows.values()) if (value := errors.get(grid)) is not None}
        best += [(row, column + 1) for row, value in known.items() if value == min(known.values())]
    caption = f"{title}: {problem.about}; {norm.replace('_', ' ')}"
    made.table(["scheme", *(f"{grid} zones" for grid in grids)], cells, caption=caption, best=best)


def _figures_table(made: Page, report: Report, setting: Setting, problem: euler.Problem) -> None:
    """The figures that a compressible problem measures itself."""
    runs = report.of(setting)
    names = list(dict.fromkeys(name for run in runs for name in own_figures(run.figures)))
    if names:
        rows = [["published", *(number(problem.published.get(name)) for name in names)]] if problem.published else []
        rows += [[run.case.contender.label, *(number(run.figures.get(name)) for name in names)] for run in runs]
        head = ["kernel", *(name.replace("_", " ") for name in names)]
        made.table(head, rows, caption=f"{setting.where}: {problem.about}")


def _laws(made: Page, report: Report) -> None:
    made.heading("Laws kept, borders whole")
    made.text(
        "Drift: largest relative change of any material's volume at any step, what left through open sides added; left:"
        " that, at the end, as a share of all but the background. Overshoot: how far below zero a fraction"
        " ever lay before it was mended; mended: the volume exchanged for that over the run, as a share of all but the"
        " background. Continuity: on edges between two mixed zones the length in zone widths over which the sides"
        " disagree, at 21 moments. Of compressible flow the drift is that of the materials' masses, and energy"
        " that of the total energy; with open sides neither need be small."
    )
    laws = {"left": "left", "overshoot": "overshoot_max", "mended": "mended"}, {"energy": "energy_drift"}
    tears = {"continuity mean": "continuity_error_mean", "max": "continuity_error_max"}
    for setting in report.selection.settings:
        shown = laws[isinstance(setting.made(), euler.Problem)] | tears
        rows = [
            [
                run.case.contender.label,
                number(drift_of(run.figures) if run.figures else None),
                *(number(run.figures.get(key)) for key in shown.values()),
                run.stopped or unsound(run) or "yes",
            ]
            for run in report.of(setting)
        ]
        made.table(["kernel", "drift", *shown, "sound"], rows, caption=setting.where)


def _orders(made: Page, report: Report) -> None:
    found = orders(report)
    if not found:
        return
    made.heading("Order of convergence")
    made.text(
        "A disk, carried across a periodic box and around it, on finer and finer meshes at a fixed CFL. Order: slope of"
        f" the logarithms, between neighbours and fitted over all meshes; wanted {WANTED_ORDER}."
    )
    made.picture(figure_bytes(pictures.convergence(found)), alt="Errors against zones", caption="Order of convergence")
    sizes = sorted({n for order in found for n in order.zones})
    rows = []
    for order in found:
        errors = dict(zip(order.zones, order.errors, strict=True))
        local = dict(zip(order.zones[1:], order.local, strict=True))
        cells = [cell for n in sizes for cell in (_error(errors.get(n)), number(local.get(n)))]
        del cells[1]  # nothing lies before the first mesh
        met = "yes" if order.fitted >= WANTED_ORDER else "no"
        rows.append(
            [f"{order.setting.problem}, {order.setting.scheme}, {order.who.label}", *cells, f"{order.fitted:.2f}", met]
        )
    head = [name for n in sizes for name in (f"{n} zones", "order")]
    del head[1]
    made.table(["run", *head, "fitted", f"{WANTED_ORDER} met"], rows)


def _stability(made: Page, report: Report) -> None:
    runs = [report.runs[case] for case in report.selection.stability]
    if not runs:
        return
    own = runs[0].case.setting
    made.heading("Stability over many turns")
    made.text(
        f"The vortex of period {own.period:g} on {own.zones} zones, {own.turns} times there and back, at a small, a"
        " large and the scheme's largest CFL. Growth: the error at the last return over that at the first."
    )
    whole = [run for run in runs if run.returns]
    if whole:
        caption = "Error at every return"
        made.picture(figure_bytes(pictures.returning(whole)), alt=caption, caption=caption)
    rows = [
        [
            f"{run.case.contender.label}, {run.case.setting.scheme}, CFL {run.case.setting.cfl:.3g}",
            *(_error(run.returns[k] if run.returns else None) for k in (0, -1)),
            number(growth(run.returns)),
            number(drift_of(run.figures) if run.figures else None),
            run.stopped or "to the end",
        ]
        for run in runs
    ]
    made.table(["run", "first return", "last", "growth", "drift", "ran"], rows)


def _gate(made: Page, report: Report) -> None:
    runs = [run for run in report.main if run.case.contender.gate is not None and run.history]
    if not runs:
        return
    made.heading("The gate over time")
    made.text(
        "The share of the mixed zones in which the network was trusted; the others kept ELVIRA's line. Least: of any"
        " fiftieth of the run."
    )
    caption = "Accepted zones, and mixed zones, over the run"
    made.picture(figure_bytes(pictures.acceptance(runs)), alt=caption, caption=caption)
    rows = []
    for run in runs:
        shares = [entry.gate_accepted for entry in run.history]
        accepted = run.figures["gate_accepted"]
        cells = map(percent, (accepted, min(shares), shares[0], shares[-1]))
        rows.append([run.case.setting.where, *cells, number(_ratio(report, run))])
    head = ["run", "accepted", "least", "at the start", "at the end", "error / ungated"]
    made.table(head, rows)


def _ratio(report: Report, gated: Run) -> float | None:
    """The error with the gate over that without."""
    bare = next(
        (
            run
            for run in report.of(gated.case.setting)
            if run.case.contender.method == gated.case.contender.method and run.case.contender.gate is None
        ),
        None,
    )
    mine, other = error_of(gated), error_of(bare)
    return mine / other if mine is not None and other else None


def _cost(made: Page, report: Report) -> None:
    made.heading("Cost, and what a faster kernel could win")
    made.text(
        "Share: of the time of all steps, the part inside the reconstruction. Bound: if the reconstruction cost"
        " nothing, the run would be that many times faster, 1 / (1 - share). The host is a Python loop around a"
        " compiled core; in a host that is compiled itself the share, and so the bound, is larger."
    )
    rows = []
    for setting in report.selection.settings:
        for run in report.of(setting):
            if run.stopped is None:
                own, share = run.figures, run.figures["reconstruction_share"]
                counts = [f"{own['steps']:.0f}", f"{own['mixed_zones']:.0f}", f"{own['seconds']:.2f}"]
                name = f"{setting.where}, {run.case.contender.label}"
                rows.append([name, *counts, percent(share), f"{1 / (1 - share):.2f}"])
    made.table(["run", "steps", "mixed zones", "seconds", "share", "bound"], rows)


def _ends(made: Page, report: Report) -> None:
    made.heading("At the end")
    for setting in report.selection.settings:
        drawn = pictures.ends(report.of(setting))
        if drawn is not None:
            title = f"{setting.where}: {setting.made().about}"
            made.picture(figure_bytes(drawn), alt=f"All methods at the end, {setting.where}", caption=title)


def _grouped(report: Report) -> dict[str, list[Setting]]:
    """Settings that share a table: the same problem, on any mesh and with any scheme."""
    groups: dict[str, list[Setting]] = {}
    for setting in report.selection.settings:
        groups.setdefault(setting.title, []).append(setting)
    return groups


def _error(value: float | None) -> str:
    return "–" if value is None else f"{value:.2e}"
