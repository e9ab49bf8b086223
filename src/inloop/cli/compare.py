"""`inloop compare`: every method side by side, as one table, one picture and one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.cli.problem import Problem
    from inloop.mir.comparison import Comparison

_DEFAULT_SHAPES = ("circle", "star", "three-materials")
_FOLDER = Path("out")

# key in the figures, heading
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("symmetric_difference", "error"),
    ("conservation_error_mean", "conservation"),
    ("conservation_error_max", "max"),
    ("continuity_error_mean", "continuity"),
    ("continuity_error_max", "max"),
    ("gap", "gap"),
)
_EXPLAINED = (
    "Error: misplaced area in zone areas, mean over mixed zones. Conservation: |area - fraction| in zone areas, mean"
    " and largest. Continuity: length of a shared edge over which two mixed zones disagree, in zone widths (in space:"
    " area of the shared face), mean and largest. Gap: mean distance between end points of neighbouring interfaces, in"
    " the mesh's units. Speed: as a ratio to Youngs' method; medians of whole calls, every method once a round."
)
_BELOW = (
    "Each method on the whole mesh, and below, enlarged, the zones in the frame. Red: where two zones disagree on the"
    " edge they share."
)


def compare(
    file: options.File = None,
    inside: options.Inside = None,
    shape: Annotated[
        str | None,
        typer.Option(help=f"Built-in examples with commas between, or all; by default {', '.join(_DEFAULT_SHAPES)}."),
    ] = None,
    grid: options.Grid = 32,
    methods: Annotated[str | None, typer.Option(help="Methods with commas between; all that apply by default.")] = None,
    order: options.Order = None,
    boundary: options.Boundary = "extend",
    spacing: options.Spacing = None,
    origin: options.Origin = None,
    normalise: options.Normalise = False,
    threads: options.Threads = 1,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The picture: .png, .svg or .pdf (out/compare.png).")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The self-contained page (out/compare.html).")
    ] = None,
    table_only: Annotated[
        bool, typer.Option("--table-only", help="Neither picture nor page unless asked for.")
    ] = False,
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Compare all methods: error, conservation, continuity, gap, speed."""
    picture, page = _outputs(picture, page, json, table_only)
    from inloop.mir import METHODS
    from inloop.mir.comparison import compare as compare_methods

    asked = None if methods is None else [name.strip() for name in methods.split(",")]
    unknown = [name for name in asked or [] if name not in METHODS]
    if unknown:
        raise InloopError(f"--methods '{methods}': no method '{unknown[0]}'; give some of {', '.join(METHODS)}")
    problems = [problem.with_mesh(spacing, origin) for problem in _problems(file, inside, shape, grid)]
    results: list[tuple[Problem, Comparison]] = []
    with show.progress(len(problems) * len(asked or METHODS), "comparing") as step:
        for given in problems:
            problem, change = given.normalised() if normalise else (given, 0.0)
            if normalise:
                show.say(f"{problem.title}: normalised, the largest change of a fraction is {change:.1e}")
            comparison = compare_methods(
                problem.fractions,
                methods=asked,
                truth=problem.truth,
                spacing=problem.spacing,
                origin=problem.origin,
                boundary=options.boundary_of(boundary),
                centroids=problem.centroids,
                order=None if order is None else options.numbers(order, "--order", int),
                threads=threads,
                step=_told(step, problem.title),
            )
            results.append((problem, comparison))
    columns, rows, sections = _table(results)
    show.table(columns, rows, sections=sections)
    for line in _remarks(results):
        show.say(line)
    details = {
        "input": [problem.title for problem, _ in results],
        "mesh": results[0][0].mesh,
        "seed": seed,
        "threads": threads,
        "skipped": {problem.title: comparison.skipped for problem, comparison in results},
    }
    if json is not None:
        show.write_json(json, show.about(details), _by_method(results))
    if picture is not None or page is not None:
        _publish(results, picture, page, (columns, rows), details)


def _outputs(
    picture: Path | None, page: Path | None, json: Path | None, table_only: bool
) -> tuple[Path | None, Path | None]:
    """Where picture and page go; refuses at once what cannot be written."""
    if not table_only and (picture is None or page is None):
        try:
            _FOLDER.mkdir(exist_ok=True)
        except OSError as error:
            raise InloopError(
                f"{_FOLDER}: cannot be made ({error.strerror}); give --picture and --page, or --table-only"
            ) from error
        picture, page = picture or _FOLDER / "compare.png", page or _FOLDER / "compare.html"
    for path in (picture, page, json):
        if path is not None:
            options.refuse_output(path)
    if picture is not None:
        from inloop.mir.picture import picture_format

        picture_format(picture)
    if page is not None and page.suffix.lower() not in (".html", ".htm"):
        raise InloopError(f"--page {page}: cannot write '{page.suffix}'; give .html")
    return picture, page


def _problems(file: str | None, inside: str | None, shape: str | None, grid: int) -> list[Problem]:
    from inloop.cli.problem import from_example, from_file
    from inloop.mir.shapes import BUILT_IN

    if file is not None and shape is not None:
        raise InloopError(f"{file}: a file and --shape {shape} were given; give one of the two")
    if file is not None:
        return [from_file(file, inside)]
    if shape == "all":
        return [from_example(name, grid) for name, example in BUILT_IN.items() if example.dimensions == 2]
    names = _DEFAULT_SHAPES if shape is None else [name.strip() for name in shape.split(",")]
    return [from_example(name, grid) for name in names]


def _told(step: Callable[[str], None], title: str) -> Callable[[str], None]:
    return lambda method: step(f"{title}, {method}")


def _table(results: Sequence[tuple[Problem, Comparison]]) -> tuple[list[str], list[list[str]], list[int]]:
    """Headings, rows, and the rows where another field begins."""
    present = [(key, name) for key, name in _COLUMNS if any(key in f for _, c in results for f in c.figures.values())]
    several = len(results) > 1
    rows: list[list[str]] = []
    sections = []
    for problem, comparison in results:
        sections.append(len(rows))
        for method, figures in comparison.figures.items():
            cells = [show.figure(figures.get(key)) for key, _ in present]
            rows.append(([problem.title] if several else []) + [method, *cells, f"{figures['speed_ratio']:.2f}"])
    return [*(["input"] if several else []), "method", *(name for _, name in present), "speed"], rows, sections[1:]


def _remarks(results: Sequence[tuple[Problem, Comparison]]) -> list[str]:
    skipped: dict[str, list[str]] = {}
    for problem, comparison in results:
        for method, reason in comparison.skipped.items():
            skipped.setdefault(f"{method}: left out, {reason}", []).append(problem.title)
    return [line if len(titles) == len(results) else f"{', '.join(titles)}: {line}" for line, titles in skipped.items()]


def _by_method(results: Sequence[tuple[Problem, Comparison]]) -> dict[str, Any]:
    """Figures by method: of the one field, or over several the means (of `_max` the largest) and each field's own."""
    if len(results) == 1:
        return dict(results[0][1].figures)
    gathered: dict[str, dict[str, dict[str, float]]] = {}
    for problem, comparison in results:
        for method, figures in comparison.figures.items():
            gathered.setdefault(method, {})[problem.title] = figures
    return {method: _summary(fields) | {"inputs": fields} for method, fields in gathered.items()}


def _summary(fields: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    every = list(fields.values())
    keys = [key for key in every[0] if all(key in figures for figures in every)]
    summary: dict[str, float] = {}
    for key in keys:
        values = [figures[key] for figures in every]
        summary[key] = max(values) if key.endswith("_max") else sum(values) / len(values)
    if "mixed_zones_per_second" in summary:
        summary["mixed_zones_per_second"] = sum(f["mixed_zones"] for f in every) / sum(f["seconds"] for f in every)
    return summary


def _publish(
    results: Sequence[tuple[Problem, Comparison]],
    picture: Path | None,
    page: Path | None,
    table: tuple[list[str], list[list[str]]],
    details: Mapping[str, Any],
) -> None:
    from inloop.mir.picture import figure_bytes, save_figure
    from inloop.mir.picture_sheet import Panel, compare_sheet
    from inloop.validation.report import Page

    panels = [
        Panel(
            comparison.faces,
            problem.outline(),
            {method: _caption(figures) for method, figures in comparison.figures.items()},
            problem.names,
            f"{problem.title}, {problem.mesh}",
        )
        for problem, comparison in results
    ]
    if picture is not None:
        save_figure(compare_sheet(panels), picture)
        show.say(f"picture: {picture}")
    if page is None:
        return
    columns, rows = table
    document = Page(
        "Material interface reconstruction: methods compared", lead=_EXPLAINED, foot=str(show.about({})["command"])
    )
    document.table(columns, rows, best=_best(results, columns))
    for line in _remarks(results):
        document.text(line)
    for panel in panels:
        document.heading(panel.title)
        image = figure_bytes(compare_sheet([panel._replace(title="")], columns=4))
        document.picture(image, alt=f"{panel.title}, by {', '.join(panel.faces)}", caption=_BELOW)
    document.heading("Made with")
    document.facts(
        {name: value for name, value in show.about({}).items() if name != "command"} | {"threads": details["threads"]}
    )
    document.save(page)
    show.say(f"page: {page}")


def _caption(figures: Mapping[str, float]) -> str:
    """Two lines under a panel's title."""
    error = f"error {show.figure(figures['symmetric_difference'])}, " if "symmetric_difference" in figures else ""
    return (
        f"{error}conservation {show.figure(figures['conservation_error_max'])}\n"
        f"continuity {show.figure(figures['continuity_error_mean'])}, speed {figures['speed_ratio']:.2f}"
    )


def _best(results: Sequence[tuple[Problem, Comparison]], columns: Sequence[str]) -> list[tuple[int, int]]:
    """The cells with each field's smallest error, for the page to stress."""
    best, start = [], 0
    for _, comparison in results:
        errors = [figures.get("symmetric_difference") for figures in comparison.figures.values()]
        known = [error for error in errors if error is not None]
        best += [(start + i, columns.index("error")) for i, error in enumerate(errors) if known and error == min(known)]
        start += len(errors)
    return best
