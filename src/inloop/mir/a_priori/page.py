"""The a-priori report as one self-contained page: tables and pictures, and what each of them measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inloop.mir.a_priori import pictures
from inloop.mir.a_priori.errors import LEARNED, REFERENCE, Study
from inloop.mir.a_priori.fields import CIRCLE_SIZES, VORONOI_SIZES, order_of
from inloop.mir.a_priori.gate import ROUGH_KINDS
from inloop.mir.a_priori.page_family import ablation_section, family_section
from inloop.mir.a_priori.published import ARCS, ELLIPSES, SIZES, T_JUNCTION
from inloop.mir.a_priori.report import (
    BARS,
    OVERALL,
    Report,
    Row,
    bar_of,
    by_family,
    by_fraction,
    by_materials,
    by_radius,
    number,
    percent,
    row,
    short,
    summary,
    worse_than_reference,
    worst,
)
from inloop.mir.picture import figure_bytes
from inloop.validation.report import Page

_LEAD = (
    "The learned reconstruction alone, on samples that no training has seen, beside the classical methods. Error: the"
    " symmetric difference (misplaced area in zone areas, each piece counted once), mean over mixed zones unless said"
    " otherwise."
)
_IMAGES = (
    "On samples, misplaced area is measured on the exact coverage of 8 x 8 sub-zones: it is the least that agrees with"
    " these, for every method alike. Conservation: |area - fraction| in zone areas, the largest of a zone's materials."
    " Continuity: on an edge between two mixed zones, the length in zone widths over which the two sides disagree. Both"
    " are of the exact pieces and traces."
)
_HEADS = (
    ' In the tables below, "gated" is the learned kernel with the gate at the promise asked for, "best" a method with'
    " the best order of cutting."
)
_ORDER = (
    "With three and more materials the classical methods except power diagrams cut one material off after the other."
    ' "Best order" knows the truth: for each sample it takes the order with the smallest error over the core. With up'
    " to four materials present, all orders are tried; with more, all ordered pairs come first and the others follow"
    " by falling area; the order left to the method (chosen zone by zone) is always among those tried. No simulation"
    " can choose so well: it is the most that these methods can give."
)


def page(report: Report, *, foot: str = "", facts: Mapping[str, object] | None = None) -> Page:
    """Every section that the report has figures for."""
    made = Page(f"A-priori validation of {report.bundle.name}", lead=_LEAD, foot=foot)
    _summary(made, report)
    _families(made, report)
    _resolution(made, report)
    _materials(made, report)
    _fractions(made, report)
    _worst(made, report)
    _gate(made, report)
    _adversarial(made, report)
    if report.family is not None:
        family_section(made, report.family)
    if report.ablation is not None:
        ablation_section(made, report.ablation)
    made.heading("Made with")
    made.facts({**(facts or {}), **{one.samples.title: _origin(one) for one in report.studies}})
    return made


def _origin(one: Study) -> str:
    held = one.samples
    return (
        f"{len(held)} samples, the test part of {held.path.name} (recipe {held.recipe.digest}, seed {held.seed});"
        f" {int(one.mixed.sum())} mixed zones, {one.figures(LEARNED)['sliver_zones']} with a fraction below 1e-8"
    )


def _compared(made: Page, first: str, names: Sequence[str], rows: Sequence[Row], caption: str = "") -> None:
    """A table of groups: zones, every method's mean, the ratio; the smallest error of each row is stressed."""
    cells, best = [], []
    for place, own in enumerate(rows):
        values = [own.means[name] for name in names]
        known = [value for value in values if value is not None]
        best += [(place, 4 + k) for k, value in enumerate(values) if known and value == min(known)]
        cells.append([own.name, own.samples, own.zones, _ratio(own), *map(number, values)])
    made.table([first, "samples", "zones", "ratio", *map(short, names)], cells, caption=caption, best=best)


def _ratio(own: Row) -> str:
    if own.ratio is not None:
        return f"{own.ratio:.3f}"
    return "–" if own.best is None else "rounding"


# ----------------------------------------------------------------------------------------------------------- 1 and 2
def _summary(made: Page, report: Report) -> None:
    made.heading("1. Summary")
    made.text(_IMAGES)
    head, rows = summary(report)
    best = []
    for one in report.studies:
        mine = [k for k, cells in enumerate(rows) if cells[0] == one.samples.title]
        best.append((min(mine, key=lambda k: rows[k][2]), 2))
    shown = [[*cells[:2], *map(number, cells[2:])] for cells in rows]
    made.table(head, shown, caption="Ratio: to the best classical method on the same samples", best=best)
    if report.many is not None:
        made.text(_ORDER)


def _families(made: Page, report: Report) -> None:
    made.heading("2. By shape family")
    made.text(
        "Ratio: the learned kernel's error over that of the classical method that is best on the family. Wanted: at"
        f" most 1 everywhere, {BARS['wedge']:g} on {', '.join(BARS)} of two materials, {OVERALL:g} over all samples of"
        " two; 1e-6 of a zone is allowed beyond, since the stored truth is rounded. Where both stay below that the"
        ' ratio says "rounding".' + _HEADS
    )
    for one in report.studies:
        rows, overall = by_family(one), row(one, "all families")
        names = list(one.methods)
        shown = pictures.families(one, rows, overall)
        title = f"{one.samples.title}, {one.samples.path.name}"
        made.picture(figure_bytes(shown), alt=f"Errors by family, {title}", caption=f"{title}. In brackets: zones")
        bars = [OVERALL if one.samples.materials == 2 else 1.0, *(bar_of(one, own.name) for own in rows)]
        cells = []
        for bar, own in zip(bars, [overall, *rows], strict=True):
            best = "–" if own.best is None else short(own.best[0])
            met = own.met(bar)
            kept = "–" if met is None else "yes" if met else "no"
            values = [number(own.means[name]) for name in names]
            cells.append([own.name, own.samples, own.zones, best, _ratio(own), f"{bar:g}", kept, *values])
        head = ["family", "samples", "zones", "best classical", "ratio", "wanted", "kept", *map(short, names)]
        made.table(head, cells, caption=title)


# ----------------------------------------------------------------------------------------------------------------- 3
def _resolution(made: Page, report: Report) -> None:
    made.heading("3. By resolution")
    made.text(
        "The circle of radius .3 in the unit box. Area error: misplaced area summed over the mesh. Hausdorff: in each"
        " mixed zone the greatest distance from a point of the true border in the zone to the zone's interface, or from"
        " a point of the interface to the border, whichever is larger; mean over zones. Gap: from each end of a zone's"
        " interface on the zone's border to the nearest end in the mixed zones across an edge; mean over the ends of a"
        " zone, then over zones. A zone's interface is all its polylines, of one piece or of many. Order: observed"
        " between the coarsest and the finest mesh."
    )
    shown = (
        ("symmetric_difference", "symmetric difference"),
        ("area_error", "area error"),
        ("hausdorff", "Hausdorff"),
        ("gap", "gap"),
    )
    for key, title in shown:
        cells = []
        for name, own in report.circle.items():
            order = order_of(own[key], CIRCLE_SIZES)
            cells.append([name, *map(number, own[key]), "–" if order is None else f"{order:.2f}"])
        made.table([title, *(f"n = {n}" for n in CIRCLE_SIZES), "order"], cells, caption=f"Circle: {title}")
    made.picture(
        figure_bytes(
            pictures.convergence(report.circle, CIRCLE_SIZES, measure="area_error", label="area error, unit box")
        ),
        alt="Area error of the circle against resolution",
        caption="The circle's misplaced area against the number of zones along a side",
    )
    made.text(
        f"{report.ellipse_count} ellipses of aspect 1.5 to 3 in a box of 100 x 100, beside published figures; arcs:"
        f" {ARCS}. Where a border passes a corner within a hair, a zone may hold a millionth of the material, and the"
        " level set may put it elsewhere in that zone, or leave through a pure zone's edge. One such zone moves the"
        " mean of Hausdorff distance and gap, not the median over zones, which is given too."
    )
    cells = []
    for measure in ("hausdorff", "hausdorff_median", "gap"):
        for name, own in report.ellipses.items():
            order = order_of(own[measure], SIZES)
            ends = ["–" if order is None else f"{order:.2f}"]
            cells.append([f"{measure.replace('_', ', ')}: {name}", *map(number, own[measure]), *ends])
        for (name, of), values in ELLIPSES.items():
            if of == measure:
                cells.append([f"{measure}: {name}, published", *map(number, values), f"{order_of(values, SIZES):.2f}"])
    made.table(["", *(f"N = {n}" for n in SIZES), "order"], cells, caption="Ellipses, box units")
    made.picture(
        figure_bytes(pictures.ellipses(report.ellipses)),
        alt="Hausdorff distance and gap of ellipses against resolution",
        caption="Ellipses: means over mixed zones. A gap of zero has no place on the logarithmic scale",
    )
    for one in report.studies:
        points = by_radius(one)
        if one.samples.materials == 2 and points:
            names = list(one.methods)
            _compared(
                made, "radius in zones", names, [own for _, own in points], "Error against radius, round families"
            )
            drawn = pictures.against(points, names, label="smallest radius of curvature in the sample, zones")
            made.picture(
                figure_bytes(drawn),
                alt="Error against radius of curvature",
                caption="Arcs, ellipses, lobed and general smooth borders of the samples",
            )


# ----------------------------------------------------------------------------------------------------------- 4 and 5
def _materials(made: Page, report: Report) -> None:
    made.heading("4. By number of materials, junctions")
    for one in report.studies:
        if one.samples.materials > 2:
            _compared(made, "zones", list(one.methods), by_materials(one), f"{one.samples.title}, held-out samples")
    cells = [
        [name, number(value), number(T_JUNCTION.get(name)) if name in T_JUNCTION else "–"]
        for name, value in sorted(report.junction.items(), key=lambda item: item[1])
    ]
    made.table(
        ["method", "ours", "published"],
        cells,
        caption="T-junction on 3 x 5 zones, order A, B, C: misplaced area summed over the materials, so counted twice",
    )
    made.text(
        "The published figures are those of fits over the neighbours that exist (SLIC, the least-squares gradient and"
        " LVIRA here too); the other methods see fractions that go on beyond the mesh."
    )
    head = ["method", *(f"n = {n}" for n in VORONOI_SIZES), "order", "conservation, max", "continuity, max"]
    cells = []
    for name, own in report.voronoi.items():
        errors = own["symmetric_difference"]
        order = order_of(errors, VORONOI_SIZES)
        laws = [number(max(own[law])) for law in ("conservation_error_max", "continuity_error_max")]
        cells.append([name, *map(number, errors), "–" if order is None else f"{order:.2f}", *laws])
    made.table(
        head, cells, caption="Built-in Voronoi diagram of six materials: symmetric difference, order left to each"
    )


def _fractions(made: Page, report: Report) -> None:
    made.heading("5. By fraction")
    made.text("Zones by the smallest fraction above zero, of two materials min(f, 1 - f), in decades.")
    for one in report.studies:
        points = by_fraction(one)
        names = list(one.methods)
        _compared(made, "smallest fraction", names, [own for _, own in points], one.samples.title)
        drawn = pictures.against(
            points, names, label="smallest fraction in the zone, lower end of the decade", start=1e-9
        )
        made.picture(
            figure_bytes(drawn),
            alt=f"Error against the smallest fraction, {one.samples.title}",
            caption=f"{one.samples.title}. The first point stands for all fractions below 1e-8",
        )


# ----------------------------------------------------------------------------------------------------------------- 6
def _worst(made: Page, report: Report) -> None:
    made.heading("6. Worst cases")
    bundle = str(report.bundle.path)
    for one in report.studies:
        count = worse_than_reference(one)
        made.text(f"{one.samples.title}: of {len(one.samples)} samples, {count} came out worse than with ELVIRA.")
        for relative, title in (
            (True, "relative to ELVIRA, (learned + 1e-4) / (elvira + 1e-4), where it is the worse of the two"),
            (False, "in itself"),
        ):
            cases = worst(one, relative=relative)
            if not cases:
                continue
            made.picture(
                figure_bytes(pictures.worst_sheet(one.samples, cases, bundle)),
                alt=f"Worst samples of {one.samples.title}, {title}",
                caption=f"{one.samples.title}: the largest error {title}. From the left: true coverage, {REFERENCE},"
                f" {LEARNED}, with their mean errors; red: torn edges; green: the true border",
            )


# ----------------------------------------------------------------------------------------------------------- 7 and 8
def _gate(made: Page, report: Report) -> None:
    made.heading("7. The gate")
    if not report.kept or report.pairs is None:
        made.text("The bundle carries no gate, or there are no samples of two materials to try it on.")
        return
    made.text(
        "Worse: the zone's error exceeds 1.1 times that of ELVIRA's line, shared and projected alike, by more than 1e-4"
        " of the zone. In rejected zones that line stands in, before vertices are shared and areas made exact. Those"
        f" lines everywhere have an error of {number(report.bare)}. Measured on the samples of two materials."
    )
    cells = [
        [
            "no gate" if own.promised is None else f"{own.promised:g}",
            percent(own.accepted),
            percent(own.worse),
            number(own.symmetric_difference),
            number(own.conservation_error_max),
            number(own.continuity_error_max),
        ]
        for own in report.kept
    ]
    head = ["promise", "accepted", "worse, of the accepted", "error", "conservation, max", "continuity, max"]
    made.table(head, cells, caption="At every promise of the bundle")


def _adversarial(made: Page, report: Report) -> None:
    made.heading("8. Adversarial fields")
    made.text("Fields that no clean border makes. Both laws must hold whatever the network says.")
    gated = "gate on" in report.laws
    head = ["field", "materials", "mixed zones"]
    head += ["accepted", "conservation", "gated", "continuity", "gated"] if gated else ["conservation", "continuity"]
    cells = []
    for own in zip(*report.laws.values(), strict=True):
        line: list[Any] = [own[0].field, own[0].materials, own[0].zones]
        line += [percent(own[1].accepted) if own[1].zones else "–"] if gated else []
        line += [number(laws.conservation_error_max) for laws in own] + [
            number(laws.continuity_error_max) for laws in own
        ]
        cells.append(line)
    made.table(head, cells, caption="Largest errors: of an area in zone areas, of an edge in zone widths")
    made.text(
        f"Rough images ({', '.join(ROUGH_KINDS)}), whose truth is known: the error over ELVIRA's on the same image."
        " Lines: ELVIRA's own lines, shared and projected as the network's answers are, all that a gate can fall back"
        " on. Images that ELVIRA gets right to 1e-3 of a zone are left out."
    )
    if report.rough:
        ways = list(report.rough[0].ratios)
        head = ["images", "number", *(f"{way}, {kind}" for way in ways for kind in ("mean", "worst"))]
        cells = []
        for one in report.rough:
            figures = one.figures()
            cells.append([one.kind, one.images, *(f"{figures[w][k]:.3f}" for w in ways for k in ("mean", "worst"))])
        made.table(head, cells, caption="Ratio to ELVIRA's error, image by image: mean over images, worst image")
