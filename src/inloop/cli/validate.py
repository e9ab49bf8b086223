"""`inloop validate CASE`: the report of a learned kernel, alone or inside simulations, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inloop.cli import options, show
from inloop.cli.by_case import verb
from inloop.cli.own_case import held_out, opened


def validate(
    case: options.Case,
    bundle: options.Bundle = None,
    engines: Annotated[str, typer.Option(help="Engines with commas between, as in native,onnxruntime.")] = "native",
    samples: options.Count = None,
    data: options.Data = None,
    directory: Annotated[
        Path | None, typer.Option(help="Folder for the samples that are drawn (out/validate-NAME); used again.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The self-contained page, .html or .md (out/validate-NAME.html)."),
    ] = None,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Measure a bundle on samples of its own: error beside that of the classical kernels, and where it fails."""
    options.refuse_page(out, "--out")
    if json is not None:
        options.refuse_output(json)
    of = opened(case, bundle, data, samples)
    from inloop.kernel import load
    from inloop.validation.rows import gather, page

    target = out or Path("out") / f"validate-{of.case.name}.html"
    options.folder(target.absolute().parent, "--out")
    options.refuse_output(target)
    kernels = {f"{of.bundle.name}, {name}": load(of.bundle.path, engine=name) for name in options.words(engines)}
    source = held_out(of, directory or Path("out") / f"validate-{of.case.name}", samples=samples, seed=seed)
    names = tuple(one["name"] for one in of.bundle.network["inputs"])
    classical = of.rows.classical(of.config)
    with show.progress(len(kernels) + len(classical), "measuring") as step:
        report = gather(of.case, of.rows, names, source, kernels, classical, step=step)
    show.errors(report.figures, "on samples that neither taught nor chose", sections=(len(kernels),))
    about = show.about({"case": of.case.name, "bundle": str(of.bundle.path), "rows": len(report.asked), "seed": seed})
    if json is not None:
        show.write_json(json, about, report.figures)
    facts = {name: value for name, value in about.items() if name != "command"}
    page(report, facts=facts, foot=str(about["command"])).save(target)
    show.say(f"page: {target}")


app = verb(
    "validate",
    "The report of a learned kernel, alone or inside simulations, on one page.",
    validate,
    {"mir": "inloop.cli.validate_mir:validate", "gasoptics": "inloop.cli.validate_gasoptics:validate"},
)
