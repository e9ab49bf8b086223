"""The a-priori report of gas optics as one self-contained page: tables and pictures, and what each of them measures."""

from __future__ import annotations

from collections.abc import Mapping

from inloop.gasoptics.a_priori import pictures
from inloop.gasoptics.a_priori.depths import FAINT, SLANT
from inloop.gasoptics.a_priori.parts import GATED, LEARNED, TABLE
from inloop.gasoptics.a_priori.profiles import LINES
from inloop.gasoptics.a_priori.report import Measured, Report, number, summary
from inloop.validation.figures import figure_bytes
from inloop.validation.report import Page

_LEAD = (
    "A gas-optics table and the kernel that learned it, alone: what they make of fluxes and heating rates, against each"
    " other and against line-by-line calculations. No training has seen the CKDMIP profiles."
)
_MEASURES = (
    "Root mean square errors over columns and levels; short wave over five heights of the sun together. Heating rates:"
    " weighted means that a layer counts by the difference of the cube root of pressure between its faces, unweighted"
    " that all layers count alike, so that the many thin ones of the upper atmosphere decide. The bars of the table"
    " are those of the long wave; of the short wave its figures are stated. Against line by line, the bar is 1.1 times"
    " the table's own error."
)
_FIGURES = (
    ("flux_rmse", "fluxes"),
    ("top_up_rmse", "up, top"),
    ("top_up_bias", "bias"),
    ("surface_down_rmse", "down, surface"),
    ("surface_down_bias", "bias"),
    ("heating_rmse_weighted", "heating, weighted"),
    ("heating_rmse", "unweighted"),
    ("heating_rmse_weighted_low", "below 4 hPa, weighted"),
    ("heating_rmse_low", "unweighted"),
    ("heating_rmse_high", "above 4 hPa"),
    ("heating_error_max", "largest"),
)


def page(report: Report, *, foot: str = "", facts: Mapping[str, object] | None = None) -> Page:
    """Every section that the report has figures for."""
    made = Page("Gas optics: a-priori validation", lead=_LEAD, foot=foot)
    made.heading("What must hold")
    made.text(_MEASURES)
    made.table(*summary(report))
    for one in report.measured:
        _profiles(made, one)
        _depths(made, one)
        _forcings(made, one)
        _gate(made, one)
    made.heading("Made with")
    made.facts(dict(facts or {}))
    return made


def _head(one: Measured, text: str) -> str:
    return f"{one.part.title[0].upper()}{one.part.title[1:]}: {text}"


def _profiles(made: Page, one: Measured) -> None:
    seen = one.profiles
    made.heading(_head(one, "the CKDMIP profiles"))
    made.facts({name: kernel.name for name, kernel in one.part.kernels.items()})
    scenes = [None, *range(len(seen.scenes))] if len(seen.scenes) > 1 else [None]
    for k in scenes:
        title = "All suns together" if k is None and len(scenes) > 1 else "" if k is None else seen.scenes[k].title
        rows = []
        for found, true in seen.pairs:
            figures = seen.figures(found, true, k)
            rows.append([f"{found}, {true}", *(number(figures[key]) for key, _ in _FIGURES)])
        made.table(["", *(name for _, name in _FIGURES)], rows, caption=f"{title}. W/m² and K/day".removeprefix(". "))
    picture = figure_bytes(pictures.heating_rates(seen))
    caption = f"Fifty columns: mean heating rates, and errors against {LINES}"
    made.picture(picture, alt=f"Heating rates, {one.part.title}", caption=caption)
    picture = figure_bytes(pictures.flux_errors(seen))
    made.picture(picture, alt=f"Errors of fluxes, {one.part.title}", caption="Each point a column under one sun")


def _depths(made: Page, one: Measured) -> None:
    if one.depths is None:
        return
    deep = one.depths
    made.heading(_head(one, "before any solver"))
    made.text(
        f"Transmission: exp(-{SLANT} depth) of a layer, learned less table, root mean square over {deep.layers} layers."
        f" Ratios: layers with a depth above {FAINT:g}. Over all terms, each by its share in"
        f" {'the emission of a black body at 260 K' if one.part.longwave else 'sunlight'}, the error of transmission is"
        f" {number(deep.transmission_rmse)}. The smallest depth the learned kernel gave, the RFMIP columns included:"
        f" {number(min(deep.least, one.forcings.least))}."
    )
    picture = figure_bytes(pictures.depth_errors(deep))
    made.picture(picture, alt=f"Errors by term, {one.part.title}", caption="Learned against table, term by term")
    if one.shares is not None:
        own = one.shares
        made.text(
            f"Black bodies from {own.temperature[0]:g} to {own.temperature[-1]:g} K: the largest error of a term's"
            f" share is {number(float(own.share.max()))}, that of all terms together"
            f" {number(float(abs(own.whole).max()))} of the whole; shares sum to one to {number(own.sum)}."
        )
        picture = figure_bytes(pictures.share_errors(own))
        made.picture(picture, alt="Errors of emission", caption="Emission of black bodies, learned against table")


def _forcings(made: Page, one: Measured) -> None:
    forced = one.forcings
    made.heading(_head(one, "the RFMIP experiments"))
    made.text(
        "Net flux downwards at the top and at the surface, less that of the present day: instant, temperatures as the"
        " experiment states them. Global means by the weights of the hundred sites, in W/m²; single sites, the largest"
        " difference between learned and table."
    )
    rows = []
    for own in forced.forcings:
        cells = [own.short, own.gas]
        for values in (own.top, own.surface):
            cells += [number(values[TABLE]), *([number(values[LEARNED])] if LEARNED in values else [])]
        rows.append([*cells, *([number(own.worst)] if own.worst is not None else [])])
    names = [f"{name}, {kernel}" for name in ("top", "surface") for kernel in one.part.kernels]
    single = ["single sites"] if one.part.learned is not None else []
    made.table(["experiment", "gas", *names, *single], rows, caption="Forcings")
    picture = figure_bytes(pictures.forcings(forced.forcings))
    made.picture(
        picture,
        alt=f"Forcings, {one.part.title}",
        caption="Global means; the scale is linear below 1 W/m² and logarithmic above",
    )
    if one.part.learned is None:
        return
    keys = ("flux_rmse", "heating_rmse_weighted", "heating_rmse", "heating_error_max")
    groups = [figures for figures in (forced.sites, forced.held_out) if figures]
    rows = [[name, *(number(figures[name][key]) for figures in groups for key in keys)] for name in forced.sites]
    columns = ("fluxes", "weighted", "unweighted", "largest")
    heads = [f"{name}{where}" for where in ("", ", held out")[: len(groups)] for name in columns]
    made.table(
        ["experiment", *heads],
        rows,
        caption=f"Learned against table: fluxes, W/m², and heating rates, K/day, over all sites in daylight"
        f" or, in the long wave, all, and over the {forced.held_out_sites} of them whose columns no training took",
    )


def _gate(made: Page, one: Measured) -> None:
    if not one.trials or one.part.envelope is None or one.profiles.refused is None:
        return
    made.heading(_head(one, "the gate"))
    made.text(
        "A column is trusted if pressure, temperature and gases of each layer lie, singly and together, within what was"
        " taught or a quarter beyond; else the table is looked up for all of it. Of the CKDMIP profiles"
        f" {100 * one.profiles.refused:.2g} % are refused. Below, the same profiles driven to absurd ends, the sun at a"
        " cosine of .5: errors against the table, which out there is no truth but stays what it is."
    )
    keys = ("flux_rmse", "heating_rmse", "heating_error_max")
    rows = [
        [
            trial.name,
            f"{100 * trial.refused:.3g} %",
            *(number(trial.errors[name][key]) for key in keys for name in (LEARNED, GATED)),
        ]
        for trial in one.trials
    ]
    heads = [f"{name}, {kernel}" for name in ("fluxes", "heating", "largest") for kernel in (LEARNED, GATED)]
    made.table(["atmosphere", "refused", *heads], rows, caption="W/m² and K/day, unweighted")
    made.picture(
        figure_bytes(pictures.trials(one.trials)),
        alt=f"Errors with and without the gate, {one.part.title}",
        caption="Atmospheres that nobody taught; what is below 10⁻⁴ is drawn there",
    )
    made.picture(
        figure_bytes(pictures.envelope(one.part.envelope, one.profiles.air)),
        alt="What was taught of temperature and water",
        caption="Grey: what was taught at each pressure. Points: layers of the CKDMIP profiles, orange: beyond it",
    )
