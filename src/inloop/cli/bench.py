"""`inloop bench CASE`: throughput and latency against the size of a batch, of all that could answer."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import Annotated

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

_ENDINGS = (".html", ".htm", ".md")


def bench(
    case: options.Case,
    bundle: Annotated[str, typer.Option(help="A bundle's folder, or the name of a shipped one.")] = "mir",
    engines: Annotated[
        str | None, typer.Option(help="Engines of the bundle with commas between, as in native,onnxruntime; else all.")
    ] = None,
    precisions: Annotated[str | None, typer.Option(help="The same of precisions, as in float32,float16.")] = None,
    sizes: Annotated[str | None, typer.Option(help="Samples in a batch, with commas between (1 to 131072).")] = None,
    seconds: Annotated[
        float, typer.Option(help="The longest call that is waited for; about as long is each measured at each size.")
    ] = 1.0,
    samples: Annotated[int, typer.Option(min=1, help="Distinct samples to draw; larger batches repeat them.")] = 512,
    family: Annotated[
        bool, typer.Option("--family", help="Add the published autoencoders, and compare with the original one.")
    ] = False,
    models: Annotated[str | None, typer.Option(help="Of the family, with commas between; all by default.")] = None,
    page: Annotated[Path | None, typer.Option(metavar="FILE", help="A self-contained page: .html, or .md.")] = None,
    picture: Annotated[Path | None, typer.Option(metavar="FILE", help="The curves: .png, .svg or .pdf.")] = None,
    threads: options.Threads = 1,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Measure samples a second against the size of the batch: engines, precisions, classical methods, side by side."""
    options.known_case(case)
    for path in (page, picture, json):
        if path is not None:
            options.refuse_output(path)
    if page is not None and page.suffix.lower() not in _ENDINGS:
        raise InloopError(f"--page {page}: cannot write '{page.suffix}'; give .html or .md")
    from inloop.mir.contenders import contest
    from inloop.mir.picture import figure_bytes, picture_format, save_figure
    from inloop.optimize.contest import hold
    from inloop.optimize.curve import curves_of, throughput_figure
    from inloop.optimize.page import page as page_of
    from inloop.optimize.sheets import rates, ratios_as_json, results, sheets
    from inloop.optimize.throughput import SIZES, Effort, checked_sizes, free_memory

    wanted = SIZES if sizes is None else checked_sizes(options.numbers(sizes, "--sizes", int))
    effort = Effort(seconds=seconds, bytes=free_memory() / 2)
    if picture is not None:
        picture_format(picture)
    with options.training_extra() if family else contextlib.nullcontext(), show.bar("preparing") as prepare:
        prepared = contest(
            bundle,
            engines=_names(engines),
            precisions=_names(precisions),
            family=family,
            models=_names(models),
            threads=threads,
            seed=seed,
            samples=samples,
            progress=prepare,
        )
    steps = len(wanted) + len(prepared.comparisons) + sum(one.stages is not None for one in prepared.contenders)
    with show.progress(steps, "measuring") as step:
        outcome = hold(prepared, wanted, effort, step=step)
    for caption, heads, rows in sheets(outcome):
        show.table(heads, [[_cell(cell) for cell in row] for row in rows], title=caption)
    about = show.about({"seed": seed, "seconds": seconds, **prepared.about})
    if json is not None:
        details = {"ratios": ratios_as_json(outcome), "absent": dict(prepared.absent)}
        show.write_json(json, about | details, results(outcome))
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


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",")]


def _cell(cell: str | float) -> str:
    if isinstance(cell, str):
        return cell
    return "-" if math.isnan(cell) else show.count(cell)
