"""`inloop simulate PROBLEM`: a kernel inside a running simulation, judged by what comes back."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from inloop.cli import options, show
from inloop.errors import InloopError
from inloop.kernel import NATIVE

if TYPE_CHECKING:
    from inloop import mir
    from inloop.hydro.advection import Published
    from inloop.hydro.hosts import AnyProblem, Host
    from inloop.hydro.recorder import Recorder

_FOLDER = Path("out") / "simulate"
_COLUMN = "column"
# key in the results, name in the table
_FIGURES: tuple[tuple[str, str], ...] = (
    ("area_error", "area error"),
    ("relative_error", "relative"),
    ("volume_drift", "volume drift"),
    ("left", "left through open sides"),
    ("mass_drift", "mass drift"),
    ("energy_drift", "energy drift"),
    ("continuity_error_mean", "continuity error, mean"),
    ("continuity_error_max", "continuity error, max"),
    ("overshoot_max", "overshoot"),
    ("mended", "mended"),
    ("mixed_zones", "mixed zones"),
    ("gate_accepted", "accepted by the gate"),
    ("seconds", "seconds"),
    ("reconstruction_share", "share of it rebuilding"),
)
_KEPT = ("mass_drift", "energy_drift")  # in a closed box
_NORMS = {"area_error": "area error", "relative_error": "relative"}


class OrColumn(TyperCommand):
    """The command of hydrodynamics, unless the problem is the column, which has one of its own."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the arguments, by whichever of the two commands they are for."""
        if args[:1] != [_COLUMN]:
            return super().make_context(info_name, args, parent, **extra)
        from inloop.cli.simulate_column import simulate_column

        own = typer.Typer(add_completion=False)
        own.command(_COLUMN)(simulate_column)
        command = typer.main.get_command(own)
        return command.make_context(f"{info_name} {_COLUMN}", args[1:], parent, **extra)


def simulate(
    problem: Annotated[
        str,
        typer.Argument(
            metavar="PROBLEM",
            help="Advection: translation, rotation, zalesak, vortex, shear, deformation, deformation3d. Compressible"
            " flow: sod, sod-two-gas, sedov, triple-point, helium, rayleigh-taylor, richtmyer-meshkov, bubble-layer."
            " A column of air: column, which has options of its own.",
        ),
    ],
    method: Annotated[
        str | None, typer.Option(help="The reconstruction; by default learned in 2D and elvira in 3D.")
    ] = None,
    grid: Annotated[int | None, typer.Option(help="Zones along each axis; the problem's own by default.")] = None,
    scheme: Annotated[
        str | None, typer.Option(help="How the materials are carried: unsplit (in 2D, if not given) or split (in 3D).")
    ] = None,
    cfl: Annotated[
        float | None,
        typer.Option(help="Largest volume through a face in a step, in zone volumes: 0.25 split, 1 unsplit."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Number of time steps, even, instead of --cfl.")] = None,
    gate: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="For learned: the share of zones that may be worse than ELVIRA's line."),
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="For learned: where its network runs (native); inloop doctor lists the others.")
    ] = None,
    bundle: Annotated[
        str | None, typer.Option(metavar="BUNDLE", help="For learned: a bundle's folder, or a shipped name (mir).")
    ] = None,
    period: Annotated[float | None, typer.Option(help="Duration, of the problems that are reversed half way.")] = None,
    materials: Annotated[int | None, typer.Option(help="Of deformation: 2, 3 or 4.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the pictures and the series (out/simulate).")
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Write files for ParaView every K steps.")
    ] = None,
    animate: Annotated[bool, typer.Option("--animate", help="Also draw the run as an animated picture (GIF).")] = False,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A line of JSON a step: time, mixed zones, drift, seconds ...")
    ] = None,
    restart_every: Annotated[
        int | None,
        typer.Option(min=1, metavar="K", help="Steps between two restart files; five minutes if not given."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Go on from this restart file; else from that of an interrupted run in --out."
        ),
    ] = None,
    threads: options.Threads = 1,
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Run a simulation with a reconstruction in its loop, and measure what is wrong at the end."""
    from inloop import mir
    from inloop.hydro.hosts import begin, find, scheme_name
    from inloop.hydro.ranks import ranks_here
    from inloop.hydro.recorder import Recorder, Wanted

    ranks = ranks_here()
    with ranks.guarded():
        for file in (json, log):
            if file is not None:
                options.refuse_output(file)
        chosen = find(problem, period=period, materials=materials)
        host = begin(
            chosen,
            method=method if engine is None and bundle is None else _learned(method, engine, bundle),
            scheme=scheme,
            zones=grid,
            cfl=cfl,
            steps=steps,
            gate=None if gate is None else mir.Gate(worse=gate),
            threads=threads,
            ranks=ranks,
            folder=out or _FOLDER,
        )
        folder = options.folder(out or _FOLDER, "--out")
        stem = folder / "-".join(filter(None, [problem, host.method, scheme_name(host)]))
        told = _run(host, Recorder(host, stem, Wanted(every, animate, log, restart_every, resume)))
        results = host.results()
    if ranks.rank:
        return
    _tell(host, results)
    for line in told:
        show.say(line)
    if json is not None:
        details = {
            "problem": chosen.name,
            "what": chosen.about,
            "mesh": _mesh(host),
            "scheme": scheme_name(host),
            "end": chosen.end,
            "gate": gate,
            "engine": engine,
            "bundle": bundle,
            "threads": threads,
            "ranks": ranks.size,
            "seed": seed,
            "published": _published_as_json(chosen),
        }
        show.write_json(json, show.about(details), {host.method: results})


def _learned(method: str | None, engine: str | None, bundle: str | None) -> mir.Learned:
    from inloop import mir

    for option, given in (("--engine", engine), ("--bundle", bundle)):
        if given is not None and method not in (None, mir.Learned.name):
            raise InloopError(f"{option} {given}: method '{method}' has no network; leave {option} out")
    return mir.Learned(bundle, engine=engine or NATIVE)


def _run(host: Host, recorder: Recorder) -> list[str]:
    """All steps that are left; what is there now, a line each."""
    end, lead = host.problem.end, host.rebuild.part.ranks.rank == 0
    with contextlib.closing(recorder), show.bar(f"{host.problem.name}, {host.method}", shown=lead) as shown:
        while host.advance():
            recorder.note()
            shown(min(host.time / end, 1.0), f"step {host.step}, time {host.time:.3g} of {end:.3g}")
        return recorder.finish()


def _tell(host: Host, results: dict[str, float]) -> None:
    from inloop.hydro import euler
    from inloop.hydro.hosts import closed, own_figures

    print(f"{host.problem.about}: {_mesh(host)} zones, {host.step} steps, CFL {results['cfl']:.3g}")
    hidden = () if closed(host.problem) else _KEPT
    rows = [[name, _cell(key, results[key])] for key, name in _FIGURES if key in results and key not in hidden]
    show.table(["", host.method], rows)
    if isinstance(host.problem, euler.Problem):
        published, own = host.problem.published, own_figures(results)
        rows = [[name, show.value(results[name]), show.value(published.get(name, "-"))] for name in own]
        if rows:
            show.table(["figure", "here", "published"], rows)
    elif host.problem.published:
        _beside(host.problem.published, host.grid.zones[0])


def _beside(published: Sequence[Published], zones: int) -> None:
    """The published figures on the mesh that is nearest."""
    near = min({row.grid for row in published}, key=lambda grid: abs(grid - zones))
    rows = [[row.scheme, str(row.grid), _NORMS[row.norm], f"{row.error:.2e}"] for row in published if row.grid == near]
    show.table(["published", "grid", "norm", "error"], rows)


def _cell(key: str, value: float) -> str:
    if key == "seconds":
        return f"{value:.2f}"
    if key == "mixed_zones":
        return f"{value:.0f}"
    if key in ("gate_accepted", "reconstruction_share"):
        return f"{value:.3f}"
    return f"{value:.2e}" if value else "0"


def _mesh(host: Host) -> str:
    return " x ".join(map(str, host.grid.zones))


def _published_as_json(problem: AnyProblem) -> object:
    from inloop.hydro import euler

    if isinstance(problem, euler.Problem):
        return dict(problem.published)
    return [row._asdict() for row in problem.published]
