"""`inloop simulate column`: gas optics inside a column of air, judged by the climate that comes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.gasoptics.column import Run, Setting

_FOLDER = Path("out") / "simulate"
_MIXED = {"co2": 1e-6, "ch4": 1e-9, "n2o": 1e-9, "cfc11": 1e-12, "cfc12": 1e-12}
# key in the results, name in the table, digits
_FIGURES = (
    ("surface_temperature", "surface, K", ".3f"),
    ("imbalance", "imbalance at the top, W/m²", ".1e"),
    ("drift", "drift, K a year", ".1e"),
    ("outgoing", "outgoing long wave, W/m²", ".2f"),
    ("absorbed", "absorbed short wave, W/m²", ".2f"),
    ("planetary_albedo", "planetary albedo", ".4f"),
    ("tropopause", "tropopause, Pa", ".0f"),
    ("coldest", "coldest layer, K", ".2f"),
    ("years", "years", ".2f"),
    ("energy_drift", "energy drift", ".1e"),
    ("seconds", "seconds", ".2f"),
    ("milliseconds_per_step", "milliseconds a step", ".2f"),
)


def simulate_column(
    optics: Annotated[
        str,
        typer.Option(
            help="table, learned (from the bundles), gated (the same behind its gate), or several with commas."
        ),
    ] = "table",
    years: Annotated[float, typer.Option(help="Simulated, from the start.")] = 10.0,
    co2: Annotated[float | None, typer.Option(metavar="PPM", help="Carbon dioxide (415).")] = None,
    co2_times: Annotated[float | None, typer.Option(metavar="X", help="So many times the usual instead.")] = None,
    ch4: Annotated[float | None, typer.Option(metavar="PPB", help="Methane (1921).")] = None,
    n2o: Annotated[float | None, typer.Option(metavar="PPB", help="Nitrous oxide (332).")] = None,
    cfc11: Annotated[
        float | None, typer.Option(metavar="PPT", help="CFC-11, other halogens as so much of it included (861).")
    ] = None,
    cfc12: Annotated[float | None, typer.Option(metavar="PPT", help="CFC-12 (495).")] = None,
    ozone: Annotated[float | None, typer.Option(metavar="X", help="So many times the usual profile.")] = None,
    albedo: Annotated[float | None, typer.Option(help="Of the surface; it makes up for clouds (0.27).")] = None,
    irradiance: Annotated[float | None, typer.Option(metavar="W/M2", help="Of the sun (1361).")] = None,
    slab: Annotated[float | None, typer.Option(metavar="M", help="Depth of the water below (10).")] = None,
    layers: Annotated[int | None, typer.Option(help="Of air (60).")] = None,
    step: Annotated[float | None, typer.Option(metavar="DAYS", help="Of time (1).")] = None,
    table: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A long- and a short-wave table; repeat.")
    ] = None,
    terms: Annotated[
        int | None, typer.Option(help="Of the short wave, where there are several tables; the fewest.")
    ] = None,
    bundles: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of the learned bundles; else those that come with inloop."),
    ] = None,
    longwave: Annotated[Path | None, typer.Option(metavar="DIR", help="The bundle of long-wave depths.")] = None,
    planck: Annotated[Path | None, typer.Option(metavar="DIR", help="The bundle of a black body's shares.")] = None,
    shortwave: Annotated[Path | None, typer.Option(metavar="DIR", help="The bundle of short-wave depths.")] = None,
    engine: Annotated[str, typer.Option(help="Where the bundles run.")] = "native",
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The case's files; else INLOOP_DATA, or ../shared/data.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the picture and the runs (out/simulate).")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A line of JSON a month: surface, imbalance, tropopause ...")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Go on from this file; else from that of the same run in --out.")
    ] = None,
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Run a column of air above a slab of water to its radiative-convective equilibrium."""
    for file in (json, log):
        if file is not None:
            options.refuse_output(file)
    options.one_of_two("--co2", co2, "--co2-times", co2_times)
    kinds = [kind.strip() for kind in optics.split(",")]
    if len(kinds) > 1 and (log is not None or resume is not None):
        raise InloopError(f"--optics {optics}: --log and --resume are of one run; give one kind of optics")

    from inloop.gasoptics.a_priori.opening import choose, tables_of
    from inloop.gasoptics.column import Column, pictures, run
    from inloop.gasoptics.column.kernels import kernels
    from inloop.gasoptics.files import data_folder
    from inloop.validation.figures import save_figure

    mixed = {"co2": co2, "ch4": ch4, "n2o": n2o, "cfc11": cfc11, "cfc12": cfc12}
    amounts = {name: amount * _MIXED[name] for name, amount in mixed.items() if amount is not None}
    rest = {"ozone": ozone, "albedo": albedo, "irradiance": irradiance, "slab": slab, "layers": layers, "step": step}
    setting = _setting(amounts | {name: value for name, value in rest.items() if value is not None}, co2_times)
    folder = table[0].parent if table else data_folder(data)
    short = () if shortwave is None else (shortwave,)
    tables = tables_of(folder, table or ())
    chosen = choose(bundles, longwave=longwave, planck=planck, shortwave=short, tables=tables)
    pairs = kernels(kinds, chosen, folder, tables=table or (), terms=terms, engine=engine)
    place = options.folder(out or _FOLDER, "--out")

    runs: dict[str, Run] = {}
    for kind, pair in pairs.items():
        file = place / f"column-{kind}.restart.h5"
        with show.bar(f"column, {kind}") as told:
            runs[kind] = run(
                Column(pair.long, pair.short, setting), years, file=file, resume=resume, log=log, step=told
            )
        if runs[kind].resumed_at:
            show.say(f"resumed: {resume or file}, from step {runs[kind].resumed_at}")
        if runs[kind].set_aside:
            show.say(f"set aside: {file} is not of this run, its name is now {runs[kind].set_aside}")
    results = {kind: found.figures() for kind, found in runs.items()}
    print(
        f"A column of {setting.layers} layers with {setting.co2 * 1e6:g} ppm of CO2 above {setting.slab:g} m of water"
    )
    show.table(
        ["", *runs], [[name, *(format(one[key], form) for one in results.values())] for key, name, form in _FIGURES]
    )
    picture = place / f"column-{'-'.join(runs)}.png"
    save_figure(pictures.climate(runs), picture)
    show.say(f"picture: {picture}; with more --years the run goes on")
    if json is not None:
        names = {kind: {"longwave": pair.long.name, "shortwave": pair.short.name} for kind, pair in pairs.items()}
        details = {"problem": "column", "optics": names, "setting": setting.stated(), "engine": engine, "seed": seed}
        show.write_json(json, show.about(details), results)


def _setting(given: dict[str, Any], co2_times: float | None) -> Setting:
    from inloop.gasoptics.column import Setting

    setting = replace(Setting(), **given)
    return setting if co2_times is None else setting.with_co2(co2_times)
