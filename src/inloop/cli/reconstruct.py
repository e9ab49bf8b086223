"""`inloop reconstruct`: one field, one method, and the result as files and as a picture."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.cli.problem import Problem
    from inloop.mir.interface import Interface

_ENDINGS = (".vtp", ".vtu", ".npz", ".h5")


def reconstruct(
    file: options.File = None,
    inside: options.Inside = None,
    shape: Annotated[str | None, typer.Option(help="Built-in example to take instead of a file.")] = None,
    grid: options.Grid = 32,
    method: Annotated[
        str | None,
        typer.Option(
            help="slic, youngs, elvira, lvira, mof, equiz, power, learned-line or learned;"
            " by default learned in 2D, elvira in 3D."
        ),
    ] = None,
    order: options.Order = None,
    boundary: options.Boundary = "extend",
    spacing: options.Spacing = None,
    origin: options.Origin = None,
    normalise: options.Normalise = False,
    threads: options.Threads = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=".vtp: the interface; .vtu: the material pieces; .npz, .h5: everything as arrays."
        ),
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="A picture: .png, .svg or .pdf.")] = None,
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Find the material interfaces in a mesh of volume fractions."""
    _refuse_outputs(out, plot, json)
    from inloop import mir
    from inloop.cli.problem import from_example, from_file

    if file is not None and shape is not None:
        raise InloopError(f"{file}: a file and --shape {shape} were given; give one of the two")
    problem = from_file(file, inside) if file is not None else from_example(shape or "circle", grid)
    problem = problem.with_mesh(spacing, origin)
    if normalise:
        problem, change = problem.normalised()
        show.say(f"{problem.title}: normalised, the largest change of a fraction is {change:.1e}")
    start = time.perf_counter()
    face = mir.reconstruct(
        problem.fractions,
        method=method,
        spacing=problem.spacing,
        origin=problem.origin,
        boundary=options.boundary_of(boundary),
        centroids=problem.centroids,
        order=None if order is None else options.numbers(order, "--order", int),
        threads=threads,
    )
    seconds = time.perf_counter() - start
    figures = _figures(face, problem, seconds)
    show.facts(_summary(face, problem, figures))
    if out is not None:
        write = face.to_vtk if out.suffix.lower() in (".vtp", ".vtu") else face.save
        write(out)
    if plot is not None:
        from inloop.mir import picture

        title = f"{problem.title}, {problem.mesh}, {face.method}"
        picture.save_figure(
            picture.face_figure(face, names=problem.names, outline=problem.outline(), title=title), plot
        )
    if json is not None:
        details = {
            "input": problem.title,
            "mesh": problem.mesh,
            "materials": face.materials,
            "seed": seed,
            "threads": threads,
        }
        show.write_json(json, show.about(details), {face.method: figures})


def _refuse_outputs(out: Path | None, plot: Path | None, json: Path | None) -> None:
    """Find out before the work, not after it, that a result has nowhere to go."""
    for path in (out, plot, json):
        if path is not None:
            options.refuse_output(path)
    if out is not None and out.suffix.lower() not in _ENDINGS:
        raise InloopError(f"--out {out}: cannot write '{out.suffix}'; give one of {', '.join(_ENDINGS)}")
    if plot is not None:
        from inloop.mir.picture import picture_format

        picture_format(plot)


def _figures(face: Interface, problem: Problem, seconds: float) -> dict[str, float]:
    from inloop.mir.comparison import measured

    mixed = len(face.zones)
    speed = {"seconds": seconds} | ({"mixed_zones_per_second": mixed / seconds} if mixed else {})
    return measured(face, problem.truth) | speed


def _summary(face: Interface, problem: Problem, figures: dict[str, float]) -> dict[str, str]:
    def pair(key: str) -> str:
        return f"mean {show.figure(figures[f'{key}_mean'])}, max {show.figure(figures[f'{key}_max'])}"

    rows = {
        "input": f"{problem.title}, {problem.mesh}, {face.materials} materials",
        "method": face.method,
        "mixed zones": str(len(face.zones)),
        "conservation error": pair("conservation_error"),
        "continuity error": pair("continuity_error"),
    }
    if "symmetric_difference" in figures:
        rows["error"] = f"{show.figure(figures['symmetric_difference'])} of a mixed zone misplaced"
    return rows | {"time": f"{1e3 * figures['seconds']:.3g} ms"}
