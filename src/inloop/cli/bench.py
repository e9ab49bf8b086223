"""`inloop bench CASE`: throughput and latency against the size of a batch, of all that could answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inloop.cli import options, show
from inloop.cli.by_case import verb
from inloop.cli.own_case import held_out, opened

if TYPE_CHECKING:
    from inloop.optimize.contest import Contest
    from inloop.optimize.throughput import Effort

Engines = Annotated[
    str | None, typer.Option(help="Engines of the bundle with commas between, as in native,onnxruntime; else all.")
]
Precisions = Annotated[str | None, typer.Option(help="The same of precisions, as in float32,float16.")]
Sizes = Annotated[str | None, typer.Option(help="Samples in a batch, with commas between (1 to 131072).")]
Seconds = Annotated[
    float, typer.Option(help="The longest call that is waited for; about as long is each measured at each size.")
]
Page = Annotated[Path | None, typer.Option(metavar="FILE", help="A self-contained page: .html, or .md.")]
Picture = Annotated[Path | None, typer.Option(metavar="FILE", help="The curves: .png, .svg or .pdf.")]


def bench(
    case: options.Case,
    bundle: options.Bundle = None,
    engines: Engines = None,
    precisions: Precisions = None,
    sizes: Sizes = None,
    seconds: Seconds = 1.0,
    samples: options.Count = None,
    data: options.Data = None,
    directory: Annotated[
        Path | None, typer.Option(help="Folder for the samples that are drawn (out/validate-NAME); used again.")
    ] = None,
    page: Page = None,
    picture: Picture = None,
    threads: options.Threads = 1,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Measure rows a second against the size of the batch: engines, precisions, classical kernels, side by side."""
    measuring = Measuring.checked(sizes=sizes, seconds=seconds, page=page, picture=picture, json=json)
    of = opened(case, bundle, data, samples)
    from inloop.kernel import checked_engine
    from inloop.optimize.row_contest import contest

    for engine in options.words_or_none(engines) or ():
        checked_engine(engine, "float32")  # refused now, not after the samples are drawn

    source = held_out(of, directory or Path("out") / f"validate-{of.case.name}", samples=samples, seed=seed)
    prepared = contest(
        of.bundle,
        of.rows.classical(of.config),
        of.rows.asked(next(iter(source.in_order(len(source))))),
        engines=options.words_or_none(engines),
        precisions=options.words_or_none(precisions),
        threads=threads,
    )
    show_contest(prepared, measuring, seed=seed)


@dataclass(frozen=True)
class Measuring:
    """How a contest is held, and where what comes of it goes."""

    sizes: tuple[int, ...]
    effort: Effort
    page: Path | None
    picture: Path | None
    json: Path | None

    @classmethod
    def checked(
        cls, *, sizes: str | None, seconds: float, page: Path | None, picture: Path | None, json: Path | None
    ) -> Measuring:
        """Of the options of the command line; refuses what could not be done or written."""
        for path in (page, picture, json):
            if path is not None:
                options.refuse_output(path)
        options.refuse_page(page, "--page")
        from inloop.optimize.throughput import SIZES, Effort, checked_sizes, free_memory
        from inloop.validation.figures import picture_format

        wanted = SIZES if sizes is None else checked_sizes(options.numbers(sizes, "--sizes", int))
        effort = Effort(seconds=seconds, bytes=free_memory() / 2)
        if picture is not None:
            picture_format(picture)
        return cls(wanted, effort, page, picture, json)


def show_contest(prepared: Contest, measuring: Measuring, *, seed: int) -> None:
    """Hold a contest; print its tables, write its numbers, picture and page."""
    from inloop.optimize.contest import hold
    from inloop.optimize.curve import curves_of, throughput_figure
    from inloop.optimize.page import page as page_of
    from inloop.optimize.sheets import rates, ratios_as_json, results, sheets
    from inloop.validation.figures import figure_bytes, save_figure

    page, picture = measuring.page, measuring.picture
    steps = len(measuring.sizes) + len(prepared.comparisons)
    steps += sum(one.stages is not None for one in prepared.contenders)
    with show.progress(steps, "measuring") as step:
        outcome = hold(prepared, measuring.sizes, measuring.effort, step=step)
    for caption, heads, rows in sheets(outcome):
        show.table(heads, [[_cell(cell) for cell in row] for row in rows], title=caption)
    about = show.about({"seed": seed, "seconds": measuring.effort.seconds, **prepared.about})
    if measuring.json is not None:
        details = {"ratios": ratios_as_json(outcome), "absent": dict(prepared.absent)}
        show.write_json(measuring.json, about | details, results(outcome))
    if page is None and picture is None:
        return
    figure = throughput_figure(curves_of(rates(outcome)), marks=prepared.marks)
    if picture is not None:
        save_figure(figure, picture)
        show.say(f"picture: {picture}")
    if page is not None:
        facts = {name: value for name, value in about.items() if name != "command"}
        page_of(outcome, figure_bytes(figure), facts=facts, foot=str(about["command"])).save(page)
        show.say(f"page: {page}")


def _cell(cell: str | float) -> str:
    if isinstance(cell, str):
        return cell
    return "-" if math.isnan(cell) else show.count(cell)


app = verb(
    "bench",
    "Throughput and latency against the size of a batch, of all that could answer.",
    bench,
    {"mir": "inloop.cli.bench_mir:bench"},
)
