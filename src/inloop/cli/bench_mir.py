"""`inloop bench mir`: throughput and latency against the size of a batch, of all that could answer."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

from inloop.cli import options, show
from inloop.cli.bench import Engines, Measuring, Page, Picture, Precisions, Seconds, Sizes, show_contest


def bench(
    bundle: Annotated[str, typer.Option(help="A bundle's folder, or the name of a shipped one.")] = "mir",
    engines: Engines = None,
    precisions: Precisions = None,
    sizes: Sizes = None,
    seconds: Seconds = 1.0,
    samples: Annotated[int, typer.Option(min=1, help="Distinct samples to draw; larger batches repeat them.")] = 512,
    family: Annotated[
        bool, typer.Option("--family", help="Add the published autoencoders, and compare with the original one.")
    ] = False,
    models: Annotated[str | None, typer.Option(help="Of the family, with commas between; all by default.")] = None,
    page: Page = None,
    picture: Picture = None,
    threads: options.Threads = 1,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Measure samples a second against the size of the batch: engines, precisions, classical methods, side by side."""
    measuring = Measuring.checked(sizes=sizes, seconds=seconds, page=page, picture=picture, json=json)
    from inloop.mir.contenders import contest

    with options.training_extra() if family else contextlib.nullcontext(), show.bar("preparing") as prepare:
        prepared = contest(
            bundle,
            engines=options.words_or_none(engines),
            precisions=options.words_or_none(precisions),
            family=family,
            models=options.words_or_none(models),
            threads=threads,
            seed=seed,
            samples=samples,
            progress=prepare,
        )
    show_contest(prepared, measuring, seed=seed)
