"""The report on a kernel of rows: its figures beside those of what it is to replace, and the rows where it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inloop.case import Case, Figures, Numbers, Rows, Source
from inloop.validation.figures import figure_bytes, plain_axes
from inloop.validation.report import Page

_AT_ONCE, _WORST = 8192, 8
_LEAD = (
    "A learned kernel beside the classical ones, on samples that neither taught it nor chose its weights. Errors in the"
    " picture are in units of the answers' own spread, so that answers of different size can be compared."
)


@dataclass(frozen=True)
class RowReport:
    """Answers of several kernels to the same rows (n, inputs), and the truth (n, outputs)."""

    case: str
    learned: str
    names: tuple[str, ...]
    """Of the numbers in a row."""
    asked: Numbers
    truth: Numbers
    answers: Mapping[str, Numbers]
    figures: Mapping[str, Figures]

    def misses(self, kernel: str) -> Numbers:
        """(n,): the largest error of each row's answers, in units of their spread."""
        spread = self.truth.std(axis=0)
        errors = np.abs(np.asarray(self.answers[kernel], np.float64) - self.truth)
        return np.asarray((errors / np.where(spread > 0, spread, 1.0)).max(axis=1))

    def worst(self) -> list[int]:
        """The rows that the learned kernel misses most, the worst first."""
        return [int(row) for row in np.argsort(-self.misses(self.learned), kind="stable")[:_WORST]]


def gather(
    case: Case[Any],
    rows: Rows[Any],
    names: tuple[str, ...],
    source: Source,
    kernels: Mapping[str, Callable[[Numbers], Numbers]],
    classical: Mapping[str, Callable[[Numbers], Numbers]],
    *,
    step: Callable[[str], None] = lambda name: None,
) -> RowReport:
    """Ask all kernels, the first of which is the learned one that the report is about, and the classical ones."""
    batches = list(source.in_order(_AT_ONCE))
    asked, truth = (np.concatenate([of(batch) for batch in batches]) for of in (rows.asked, rows.truth))
    answers = {}
    for name, kernel in {**kernels, **classical}.items():
        step(name)
        answers[name] = kernel(asked)
    figures = {name: rows.figures(np.asarray(given, np.float64), truth) for name, given in answers.items()}
    return RowReport(case.name, next(iter(kernels)), names, asked, truth, answers, figures)


def page(report: RowReport, *, facts: Mapping[str, object], foot: str) -> Page:
    """The report on one self-contained page."""
    made = Page(f"Case {report.case}", lead=_LEAD, foot=foot)
    made.facts(facts)
    heads = list(dict.fromkeys(key for one in report.figures.values() for key in one))
    cells = [
        [name, *(f"{one[key]:.3g}" if key in one else "-" for key in heads)] for name, one in report.figures.items()
    ]
    made.heading("Error")
    made.table(["kernel", *(key.replace("_", " ") for key in heads)], cells)
    made.picture(_picture(report), alt="Share of rows with a smaller error", caption="Rows with an error below")
    made.heading("Where it fails")
    made.table(
        ["row", *report.names, "answer", "true", report.learned],
        [_miss(report, row) for row in report.worst()],
        caption="The rows that the learned kernel misses most, and the answer that it misses there.",
    )
    return made


def _miss(report: RowReport, row: int) -> list[str]:
    given, truth = report.answers[report.learned][row], report.truth[row]
    answer = int(np.argmax(np.abs(given - truth) / (report.truth.std(axis=0) + np.finfo(float).tiny)))
    return [
        str(row),
        *(f"{x:.5g}" for x in report.asked[row]),
        str(answer),
        f"{truth[answer]:.6g}",
        f"{given[answer]:.6g}",
    ]


def _picture(report: RowReport) -> bytes:
    """Of each kernel the share of rows whose error is below a bound, as the bytes of a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2), dpi=110, layout="constrained")
    ax = figure.subplots()
    for name in report.answers:
        misses = np.sort(report.misses(name))
        if misses[-1] > 1e-12:  # what is exact has no line on a logarithmic axis
            ax.plot(np.maximum(misses, 1e-12), np.arange(1, len(misses) + 1) / len(misses), label=name)
    ax.set(xscale="log", xlabel="error of a row, in spreads of the answers", ylabel="share of rows", ylim=(0, 1))
    plain_axes(ax)
    ax.legend(frameon=False)
    return figure_bytes(figure)
