"""`inloop optimize CASE`: narrower networks and fewer bits, each variant a bundle, error held against speed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inloop.cli import options, show
from inloop.cli.by_case import verb
from inloop.cli.own_case import opened
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.optimize.pareto import Comparison

Precisions = Annotated[str, typer.Option(help="Of the linear layers: some of float32,float16,bfloat16,int8.")]
Seconds = Annotated[float, typer.Option(min=0.01, help="Measure each kernel's speed about so long.")]
Page = Annotated[Path | None, typer.Option(metavar="FILE", help="The self-contained page (index.html in --out).")]
EVERY_PRECISION = "float32,float16,bfloat16,int8"


def optimize(
    case: options.Case,
    bundle: options.Bundle = None,
    widths: Annotated[
        str | None,
        typer.Option(help="Of the hidden layers, with commas between (all, 3/4, 1/2 and 1/4 of the widest)."),
    ] = None,
    precisions: Precisions = EVERY_PRECISION,
    engines: Annotated[
        str, typer.Option(help="Where the graphs run, with commas between; what is in float32 also runs natively.")
    ] = "onnxruntime",
    samples: options.Count = None,
    data: options.Data = None,
    directory: Annotated[
        Path | None, typer.Option(help="Folder for the samples that are drawn (out/NAME-training); used again.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=0, help="Passes over them after a cut (a quarter of the training's); 0: none.")
    ] = None,
    settings: options.Settings = None,
    batch: Annotated[int, typer.Option(min=1, help="Rows a call where speed is measured.")] = 4096,
    seconds: Seconds = 1.0,
    out: Annotated[Path | None, typer.Option(help="Folder of the bundles (out/optimize-NAME).")] = None,
    page: Page = None,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the order in which samples teach.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Cut units and teach what is left, compute in fewer bits, measure every variant, show what is worth its error."""
    options.refuse_page(page, "--page")
    of = opened(case, bundle, data, samples)
    with options.training_extra():
        from inloop.optimize import row_figures
        from inloop.optimize import row_variants as variants
        from inloop.training.config import configured, replaced
        from inloop.training.run import parts, use_threads
    from inloop.kernel import NATIVE, checked_engine
    from inloop.optimize.throughput import Effort

    where = tuple(name for name in options.words(engines) if name != NATIVE)
    for name in where:
        checked_engine(name, "float32")  # refused now, not after samples are drawn
    config = replaced(of.config, variants.tuning(of.config.fit, epochs or None, seed))
    config = configured(config, None, settings or [])
    if of.rows.network(config) != of.rows.network(of.config):
        raise InloopError("--set: changes the network, not how it is taught; train another one, or leave it out")
    network = variants.perceptron_of(of.bundle)
    plan = variants.RowPlan(
        widths=variants.usual_widths(network) if widths is None else options.numbers(widths, "--widths", int),
        precisions=tuple(options.words(precisions)),
        engines=where,
        config=config,
        tune=epochs != 0,
    )
    out = options.folder(out or Path("out") / f"optimize-{of.case.name}", "--out")
    target = page or out / "index.html"
    for path in (target, json):
        if path is not None:
            options.refuse_output(path)
    use_threads(1)
    store = of.store or show.drawn_samples(
        of.case, options.folder(directory or Path("out") / f"{of.case.name}-training", "--directory"), samples
    )
    opened_parts = parts(of.case, of.config, store)
    about = show.about({"case": of.case.name, "bundle": str(of.bundle.path), "seed": seed, "batch": batch})
    workshop = variants.Workshop(
        case=of.case,
        rows=of.rows,
        parent=of.bundle,
        network=network,
        plan=plan,
        samples=opened_parts,
        out=out,
        command=str(about["command"]),
        say=show.say,
    )
    made = list(workshop.variants())
    show.say("measuring speed, in turns")
    asked = of.rows.asked(next(opened_parts.test.in_order(batch)))
    found = row_figures.compared(made, asked, of.case.watch, size=batch, effort=Effort(seconds=seconds))
    show_comparison(found, about, lead=_LEAD, page=target, json=json)
    show.say(f"bundles: {out}; page: {target}")


_LEAD = (
    "Variants of one learned kernel: hidden units cut and the rest taught on, linear layers in fewer bits. Errors are"
    " those of samples that neither taught nor chose the weights; one thread, from physical numbers to physical ones."
)


def show_comparison(
    found: Comparison, about: Mapping[str, object], *, lead: str, page: Path, json: Path | None
) -> None:
    """Print variants, write their figures and their page."""
    heads, rows = found.table(brief=True)
    show.table(heads, rows)
    if json is not None:
        show.write_json(json, about, found.results())
    facts = {name: value for name, value in about.items() if name != "command"}
    found.page(lead=lead, facts=facts, foot=str(about["command"])).save(page)


app = verb(
    "optimize",
    "Narrower networks and fewer bits, each variant a bundle, error held against speed.",
    optimize,
    {"mir": "inloop.cli.optimize_mir:optimize"},
)
