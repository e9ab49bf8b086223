"""Do, or find done, every run of a selection, and sort what came out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from inloop.hydro.a_posteriori.case import Case, Contender, Setting
from inloop.hydro.a_posteriori.perform import Run, perform
from inloop.hydro.a_posteriori.selection import Selection, applies
from inloop.hydro.a_posteriori.store import Store
from inloop.hydro.a_posteriori.verdict import Verdict, error_of, verdicts

Step = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Report:
    """All runs of a selection."""

    selection: Selection
    runs: dict[Case, Run]

    def of(self, setting: Setting) -> list[Run]:
        """The contenders' runs in one setting."""
        return [self.runs[Case(setting, who)] for who in self.selection.contenders if applies(who, setting)]

    @property
    def main(self) -> list[Run]:
        """All but those made for orders and stability."""
        return [run for setting in self.selection.settings for run in self.of(setting)]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """Who is to be trusted."""
        return verdicts(self.main)

    def results(self) -> dict[str, dict[str, float]]:
        """For a JSON file: the figures by "setting, contender"."""
        return {f"{case.setting.where}, {case.contender.label}": run.figures for case, run in self.runs.items()}


def gather(selection: Selection, store: Store, *, threads: int = 1, step: Step = lambda share, words: None) -> Report:
    """The runs, each kept as soon as it is done. step: called with the share of all that is done, and what now."""
    cases = list(selection.cases())
    runs: dict[Case, Run] = {}
    for number, case in enumerate(cases):
        words = f"{case.setting.where}, {case.contender.label}"

        def tell(share: float, done: int = number, words: str = words) -> None:
            step((done + share) / len(cases), words)

        tell(0.0)
        run = store.find(case)
        if run is None:
            run = perform(case, threads=threads, step=tell)
            store.keep(run)
        runs[case] = run
    return Report(selection, runs)


@dataclass(frozen=True)
class Order:
    """Errors of one contender on finer and finer meshes."""

    setting: Setting  # of the first mesh
    who: Contender
    zones: tuple[int, ...]
    errors: tuple[float, ...]

    @property
    def local(self) -> tuple[float, ...]:
        """Between neighbouring meshes; one fewer than these."""
        points = zip(self.zones, self.errors, strict=True)
        return tuple(math.log(a / b) / math.log(n / m) for (m, a), (n, b) in pairwise(points))

    @property
    def fitted(self) -> float:
        """Over all meshes: the slope of a straight line through the logarithms, by least squares."""
        x, y = [math.log(n) for n in self.zones], [math.log(e) for e in self.errors]
        middle, level = sum(x) / len(x), sum(y) / len(y)
        up = sum((a - middle) * (b - level) for a, b in zip(x, y, strict=True))
        return -up / sum((a - middle) ** 2 for a in x)


def orders(report: Report) -> list[Order]:
    """One a problem, scheme and contender that finished on two meshes at least."""
    groups: dict[tuple[str, str | None, Contender], list[Run]] = {}
    for case in report.selection.orders:
        groups.setdefault((case.setting.problem, case.setting.scheme, case.contender), []).append(report.runs[case])
    found = []
    for (_, _, who), runs in groups.items():
        known = [(run.case.setting.zones, error) for run in runs if (error := error_of(run))]
        if len(known) > 1:
            zones, errors = zip(*known, strict=True)
            found.append(Order(runs[0].case.setting, who, zones, errors))
    return found


def growth(returns: Sequence[float]) -> float:
    """How the error grew from the first return to the last."""
    return returns[-1] / returns[0] if returns and returns[0] else math.nan
