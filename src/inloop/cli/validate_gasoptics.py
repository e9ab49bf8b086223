"""`inloop validate gasoptics`: tables and the kernels that learned them, against line-by-line fluxes, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

_PAGE = Path("out/validate-gasoptics.html")


def validate(
    bundles: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of all bundles; else those that come with inloop."),
    ] = None,
    longwave: Annotated[Path | None, typer.Option(metavar="DIR", help="The bundle of long-wave depths.")] = None,
    planck: Annotated[Path | None, typer.Option(metavar="DIR", help="The bundle of a black body's shares.")] = None,
    shortwave: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="A bundle of short-wave depths; repeat.")
    ] = None,
    table: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Tables instead of those in the data folder; repeat.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The case's files; else INLOOP_DATA, or ../shared/data.")
    ] = None,
    engine: Annotated[str, typer.Option(help="Where the bundles run.")] = "native",
    a_posteriori: Annotated[
        bool,
        typer.Option("--a-posteriori", help="Also the climates of a column: present day, 2 and 4 times the CO2."),
    ] = False,
    years: Annotated[float, typer.Option(help="Of each of these climates.")] = 10.0,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The self-contained page; .md: Markdown and its pictures.")
    ] = _PAGE,
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Measure gas optics on the CKDMIP profiles and the RFMIP experiments, the gate on absurd atmospheres."""
    if out.suffix.lower() not in (".html", ".htm", ".md"):
        raise InloopError(f"--out {out}: cannot write '{out.suffix}'; give .html or .md")
    options.folder(out.parent, "--out")
    for path in (out, json):
        if path is not None:
            options.refuse_output(path)

    from inloop.gasoptics import a_posteriori as climate
    from inloop.gasoptics.a_priori import report as a_priori
    from inloop.gasoptics.a_priori.opening import choose, open_parts, tables_of
    from inloop.gasoptics.a_priori.parts import LEARNED, TABLE
    from inloop.gasoptics.column.kernels import kernels
    from inloop.gasoptics.files import data_folder

    folder = data_folder(data)
    chosen = choose(
        bundles, longwave=longwave, planck=planck, shortwave=shortwave or (), tables=tables_of(folder, table or ())
    )
    parts = open_parts(chosen, folder, tables=table or (), engine=engine)
    pair = kernels((TABLE, LEARNED), chosen, folder, tables=table or (), engine=engine) if a_posteriori else {}
    with show.progress(a_priori.STEPS * len(parts), "measuring") as step:
        report = a_priori.gather(parts, folder, step=step)

    head, rows = a_priori.summary(report)
    starts = [k for k in range(1, len(rows)) if rows[k][0] != rows[k - 1][0]]
    show.table(head, rows, sections=starts)
    results = dict(a_priori.results(report))
    climates = None
    if pair:
        runs = options.folder(out.with_name(f"{out.stem}-columns"), "--out")
        with show.bar("columns") as told:
            climates = climate.gather(pair, years=years, folder=runs, step=told)
        show.table(*climates.rows())
        results["a posteriori"] = climates.results()
    about = show.about({"seed": seed, "engine": engine, **a_priori.about(report)})
    if json is not None:
        show.write_json(json, about, results)
    from inloop.gasoptics.a_priori.page import page

    facts = {name: value for name, value in about.items() if isinstance(value, str | int) and name != "command"}
    made = page(report, foot=str(about["command"]), facts=facts)
    if climates is not None:
        climate.sections(made, climates)
    made.save(out)
    show.say(f"page: {out}")
