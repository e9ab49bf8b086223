"""Write the tables of docs/simulate.md from real runs: python docs/make_simulate.py.

Takes some minutes the first time. Runs are kept in out/a-posteriori/runs, where `inloop validate mir --a-posteriori`
keeps its own, and not done again. The published numbers are those that the problems carry.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inloop.hydro.a_posteriori.case import Contender, Setting
from inloop.hydro.a_posteriori.report import Report, gather, growth, orders
from inloop.hydro.a_posteriori.selection import select
from inloop.hydro.a_posteriori.store import Store
from inloop.hydro.a_posteriori.verdict import error_of
from inloop.hydro.problems import problem_of

PAGE = Path(__file__).with_name("simulate.md")
RUNS = PAGE.parent.parent / "out" / "a-posteriori" / "runs"
BEGIN, END = "<!-- begin figures: written by make_simulate.py -->\n", "<!-- end -->\n"
VORTEX = tuple(Setting("vortex", zones) for zones in (32, 64))
SMALL = (Setting("rotation", 32), Setting("vortex", 32, period=2.0))
FLOW = (Setting("sod-two-gas", 100), Setting("triple-point", 70))
WHO = tuple(map(Contender, ("youngs", "elvira", "lvira", "learned")))


def figures(report: Report) -> str:
    """All tables as Markdown."""
    return "\n".join(
        [_verdicts(report), _vortex(report), _small(report), _orders(report), _turns(report), _flow(report)]
    )


def _verdicts(report: Report) -> str:
    rows = [[verdict.kind, verdict.words] for verdict in report.verdicts]
    return "Whom to trust, computed from the runs below:\n\n" + _table(["kind of run", "trust"], rows)


def _vortex(report: Report) -> str:
    grids = [setting.zones for setting in VORTEX]
    published: dict[str, dict[int, float]] = {}
    for row in problem_of("vortex").published:
        published.setdefault(f"{row.scheme}, published", {})[row.grid] = row.error
    rows = [[name, *(f"{errors[grid]:.2e}" for grid in grids)] for name, errors in published.items()]
    found: dict[str, list[str]] = {}
    for setting in _those(report, VORTEX):
        for run in report.of(setting):
            found.setdefault(f"**{setting.scheme}, `{run.case.contender.label}`**", []).append(_error(error_of(run)))
    rows += [[name, *cells] for name, cells in found.items()]
    title = "The single vortex, T = 8, absolute area error, each scheme at its usual CFL:\n\n"
    return title + _table(["", *(f"{grid}²" for grid in grids)], rows)


def _small(report: Report) -> str:
    settings = _those(report, SMALL)
    rows = [
        [f"`{who.label}`"]
        + [f"{_error(error_of(run))} ({run.figures['mixed_zones']:.0f})" for run in _runs(report, settings, who)]
        for who in WHO
    ]
    title = "On 32², absolute area error, and the mean number of mixed zones behind it:\n\n"
    return title + _table(["", *(f"{setting.title}, {setting.scheme}" for setting in settings)], rows)


def _orders(report: Report) -> str:
    found = orders(report)
    zones = found[0].zones
    rows = [
        [
            f"{one.setting.problem}, {one.setting.scheme}, `{one.who.label}`",
            *map(_error, one.errors),
            f"{one.fitted:.2f}",
        ]
        for one in found
    ]
    title = "A disk on finer and finer meshes, absolute area error, and the order fitted to it:\n\n"
    return title + _table(["", *(f"{n}²" for n in zones), "order"], rows)


def _turns(report: Report) -> str:
    runs = [report.runs[case] for case in report.selection.stability]
    rows = [
        [f"{run.case.setting.scheme}, CFL {run.case.setting.cfl:.2g}, `{run.case.contender.label}`"]
        + (
            [_error(run.returns[0]), _error(run.returns[-1]), f"{growth(run.returns):.2f}"]
            if run.returns
            else ["–"] * 3
        )
        + ["to the end" if run.stopped is None else "refused"]
        for run in runs
    ]
    own = runs[0].case.setting
    title = f"The vortex of period {own.period:g} on {own.zones}², {own.turns} times there and back:\n\n"
    return title + _table(["", "error, first return", "last", "growth", "ran"], rows)


def _flow(report: Report) -> str:
    rows = []
    for setting in _those(report, FLOW):
        for run in report.of(setting):
            own = run.figures
            kept = [f"{own[key]:.1e}" for key in ("mass_drift", "energy_drift", "continuity_error_max")]
            name = f"{setting.title}, {setting.zones} zones, `{run.case.contender.label}`"
            rows.append([name, _error(error_of(run)), *kept, f"{1 / (1 - own['reconstruction_share']):.2f}"])
    title = "Compressible flow; bound: how much faster the run would be if the reconstruction cost nothing:\n\n"
    return title + _table(["", "density error", "mass drift", "energy drift", "longest tear", "bound"], rows)


def _those(report: Report, plain: Sequence[Setting]) -> list[Setting]:
    """The settings, a scheme at a time."""
    chosen = [setting for setting in report.selection.settings if replace(setting, scheme=None) in plain]
    return sorted(chosen, key=lambda setting: (plain.index(replace(setting, scheme=None)), setting.scheme or ""))


def _runs(report: Report, settings: Sequence[Setting], who: Contender) -> list:
    return [run for setting in settings for run in report.of(setting) if run.case.contender == who]


def _error(value: float | None) -> str:
    return "–" if value is None else f"{value:.2e}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [head, ["---"] * len(head), *rows])


def main() -> None:
    """Write them into the page."""
    RUNS.mkdir(parents=True, exist_ok=True)
    selection = select(problems=[*VORTEX, *SMALL, *FLOW], contenders=WHO)

    def told(share: float, words: str) -> None:
        if sys.stdout.isatty():
            print(f"\r{share:6.1%} {words:70}", end="", flush=True)

    report = gather(selection, Store(RUNS), step=told)
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END, 1)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{figures(report)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
