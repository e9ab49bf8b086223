"""`inloop simulate PROBLEM`: a kernel inside a running simulation, judged by what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inloop.cli import options, show

if TYPE_CHECKING:
    from inloop import mir
    from inloop.hydro.advection import Problem, Simulation

# key in the results, heading
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("area_error", "area error"),
    ("relative_error", "relative"),
    ("volume_drift", "drift"),
    ("continuity_error_mean", "continuity"),
    ("continuity_error_max", "max"),
    ("overshoot_max", "overshoot"),
    ("mended", "mended"),
    ("gate_accepted", "accepted"),
    ("seconds", "seconds"),
    ("reconstruction_share", "of it rebuilding"),
)
_NORMS = {"area_error": "area error", "relative_error": "relative"}


def simulate(
    problem: Annotated[
        str,
        typer.Argument(
            metavar="PROBLEM", help="translation, rotation, zalesak, vortex, shear, deformation or deformation3d."
        ),
    ],
    method: Annotated[
        str | None, typer.Option(help="The reconstruction; by default learned in 2D and elvira in 3D.")
    ] = None,
    grid: Annotated[int | None, typer.Option(help="Zones along each axis; the problem's own by default.")] = None,
    scheme: Annotated[str, typer.Option(help="How the materials are carried: split or unsplit.")] = "split",
    cfl: Annotated[
        float | None,
        typer.Option(help="Largest volume through a face in a step, in zone volumes: 0.25 split, 1 unsplit."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Number of time steps, even, instead of --cfl.")] = None,
    gate: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="For learned: the share of zones that may be worse than ELVIRA's line."),
    ] = None,
    period: Annotated[float | None, typer.Option(help="Duration, of the problems that are reversed half way.")] = None,
    materials: Annotated[int | None, typer.Option(help="Of deformation: 2, 3 or 4.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the picture and the series (out/simulate).")
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Write files for ParaView every K steps.")
    ] = None,
    threads: options.Threads = 1,
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Carry materials with a flow that brings them back, and measure what is wrong at the end."""
    from inloop import mir
    from inloop.hydro.advection import Simulation
    from inloop.hydro.problems import problem_of

    if json is not None:
        options.refuse_output(json)
    chosen = problem_of(problem, period=period, materials=materials)
    simulation = Simulation(
        chosen,
        method=method,
        scheme=scheme,
        zones=grid,
        cfl=cfl,
        steps=steps,
        gate=None if gate is None else mir.Gate(worse=gate),
        threads=threads,
    )
    folder = options.folder(out or Path("out") / "simulate", "--out")
    half = _run(simulation, folder, every)
    results = simulation.results()
    _tell(chosen, simulation, results)
    picture = folder / f"{chosen.name}-{simulation.method}-{scheme}.png"
    _draw(simulation, half, picture)
    show.say(f"picture: {picture}")
    if json is not None:
        details = {
            "problem": chosen.name,
            "what": chosen.about,
            "mesh": " x ".join(map(str, simulation.grid.zones)),
            "scheme": scheme,
            "end": chosen.end,
            "gate": gate,
            "threads": threads,
            "seed": seed,
            "published": [row._asdict() for row in chosen.published],
        }
        show.write_json(json, show.about(details), {simulation.method: results})


def _run(simulation: Simulation, folder: Path, every: int | None) -> mir.Interface:
    """All steps; returns the interface half way, where it is farthest from its start."""
    from inloop.hydro.advection.series import Series

    series = None if every is None else Series(folder)
    if series is not None:
        series.add(simulation.face(), 0.0)
    half = simulation.face()
    with show.bar(f"{simulation.problem.name}, {simulation.method}") as shown:
        while simulation.advance():
            done = simulation.step
            if done == simulation.steps // 2:
                half = simulation.face()
            if series is not None and every is not None and (done % every == 0 or done == simulation.steps):
                series.add(simulation.face(), simulation.time)
            shown(done / simulation.steps, f"step {done} of {simulation.steps}")
    if series is not None:
        show.say(f"series: {len(series)} moments in {folder / 'materials.pvd'} and {folder / 'interface.pvd'}")
    return half


def _tell(problem: Problem, simulation: Simulation, results: dict[str, float]) -> None:
    mesh = " x ".join(map(str, simulation.grid.zones))
    print(
        f"{problem.about}: {mesh} zones, {simulation.scheme.name}, {simulation.steps} steps,"
        f" CFL {simulation.cfl:.3g}, Courant sum {simulation.courant_sum:.3g}"
    )
    cells = [_cell(key, results[key]) for key, _ in _COLUMNS]
    show.table(["method", *(name for _, name in _COLUMNS)], [[simulation.method, *cells]])
    if problem.published:
        near = min({row.grid for row in problem.published}, key=lambda grid: abs(grid - simulation.grid.zones[0]))
        rows = [
            [row.scheme, str(row.grid), _NORMS[row.norm], f"{row.error:.2e}"]
            for row in problem.published
            if row.grid == near
        ]
        show.table(["published", "grid", "norm", "error"], rows)


def _cell(key: str, value: float) -> str:
    if key == "seconds":
        return f"{value:.2f}"
    if key in ("gate_accepted", "reconstruction_share"):
        return f"{value:.3f}"
    return f"{value:.2e}" if value else "0"


def _draw(simulation: Simulation, half: mir.Interface, path: Path) -> None:
    """Half way and at the end, with the border as it should be at the end."""
    from matplotlib.figure import Figure

    from inloop.mir.picture import draw_face, quieten, save_figure

    flat = simulation.grid.dimensions == 2
    figure = Figure(figsize=(13.0, 7.2), dpi=110, layout="constrained")
    settings: dict[str, Any] = {} if flat else {"projection": "3d"}
    panels = [("half way", half), ("at the end", simulation.face())]
    for number, (when, face) in enumerate(panels):
        ax = figure.add_subplot(1, 2, number + 1, **settings)
        border = simulation.problem.outline() if flat and number else None
        draw_face(face, ax, outline=border, legend=False)
        if flat:
            quieten(ax, ticks=False, frame=True)
        ax.set_title(when, fontsize="medium")
    marks = "red: torn edges" + ("; dashed: where the border should be" if flat else "")
    figure.suptitle(f"{simulation.problem.about}; {simulation.method}, {simulation.scheme.name}\n{marks}")
    save_figure(figure, path)
