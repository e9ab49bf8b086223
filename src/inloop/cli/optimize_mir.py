"""`inloop optimize mir`: narrower networks and fewer bits, each variant a bundle, error held against speed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inloop.cli import options, show
from inloop.cli.optimize import EVERY_PRECISION, Page, Precisions, Seconds, show_comparison
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop import mir
    from inloop.mir.learning_optimize import OptimizeRun

_FOLDER = Path("out/optimize-mir")


def optimize(
    bundle: Annotated[str, typer.Option(metavar="NAME_OR_DIR", help="The kernel: a shipped one, or a folder.")] = "mir",
    widths: Annotated[str, typer.Option(help="Of the hidden layers, with commas between.")] = "96,80,64,48,32",
    precisions: Precisions = EVERY_PRECISION,
    engine: Annotated[
        str, typer.Option(help="Where the graphs run; what is in float32 also runs natively.")
    ] = "onnxruntime",
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A store of samples instead of drawing any; the first gives speed; repeat."),
    ] = None,
    samples: options.Drawn = None,
    teach: Annotated[int, typer.Option(min=64, help="Most samples of each store to teach cut networks on.")] = 40_000,
    measure: Annotated[int, typer.Option(min=10, help="Most held-out samples of each store to measure on.")] = 2_000,
    epochs: Annotated[
        int | None, typer.Option(min=0, help="Passes over them after a cut (8); 0: as the cut left it.")
    ] = None,
    grids: Annotated[
        str, typer.Option(help="Meshes of the reversed vortex in which each variant is run; 0 for none.")
    ] = "32,64",
    batch: Annotated[int, typer.Option(min=1, help="Samples a call where speed is measured.")] = 2_000,
    seconds: Seconds = 3.0,
    out: Annotated[Path, typer.Option(help="Folder of the bundles, and of what is drawn and taught.")] = _FOLDER,
    page: Page = None,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the order in which samples teach.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Cut units and teach what is left, compute in fewer bits, measure every variant, show what is worth its error."""
    options.one_of_two("--data", data or None, "--samples", samples)
    meshes = options.numbers(grids, "--grids", int)
    if meshes != (0,) and min(meshes) < 8:
        raise InloopError(f"--grids '{grids}': {min(meshes)} zones an axis, expected at least 8, or 0 for no runs")
    target = page or out / "index.html"
    options.refuse_page(target, "--page")
    options.folder(out, "--out")
    for path in (target, json):
        if path is not None:
            options.refuse_output(path)
    with options.training_extra():
        from inloop.mir import learning_optimize as variants
    from inloop.engines import known
    from inloop.optimize.throughput import Effort

    known(engine, "float32")
    parent = variants.parent_of(bundle)  # refused now, not after samples are drawn
    run = variants.briefly(
        variants.OptimizeRun(
            widths=options.numbers(widths, "--widths", int),
            precisions=tuple(name.strip() for name in precisions.split(",")),
            engine=engine,
            teach=teach,
            measure=measure,
        ),
        epochs,
        seed,
    )
    stores = data or _drawn(out, samples)
    made = []
    for one in variants.make(
        run,
        parent,
        stores,
        directory=out / "training",
        out=out,
        command=_command(bundle, run, data, samples),
        simulate=_in_the_loop(() if meshes == (0,) else meshes),
        say=show.say,
    ):
        made.append(one)
    show.say("measuring speed, in turns")
    found = variants.compared(made, engine, stores, Effort(seconds=seconds), batch)

    about = show.about({"bundle": parent.name, "seed": seed, "batch": batch, "stores": ", ".join(map(str, stores))})
    show_comparison(found, about, lead=_LEAD, page=target, json=json)
    show.say(f"bundles: {out}; page: {target}")


_LEAD = (
    "Variants of one learned kernel: hidden units cut and the rest taught on, linear layers in fewer bits. Errors are"
    " those of held-out samples; one thread; interface and images included in the speed."
)


def _drawn(out: Path, samples: int | None) -> list[Path]:
    """The stores that teach the shipped kernel, smaller if asked."""
    from inloop.mir import learning_shipped as shipped

    return list(
        shipped.drawn(shipped.ShippedRun().smaller(samples), options.folder(out / "samples", "--out"), show.say)
    )


def _in_the_loop(meshes: tuple[int, ...]) -> Callable[[mir.Learned], Mapping[str, float]]:
    """Runs the reversed vortex with a kernel; what is wrong at the end, by mesh."""

    def simulate(method: mir.Learned) -> dict[str, float]:
        from inloop.hydro.advection import Simulation
        from inloop.hydro.problems import problem_of

        problem = problem_of("vortex", period=0.5, materials=None)
        runs = {zones: Simulation(problem, method=method, scheme="unsplit", zones=zones) for zones in meshes}
        return {f"vortex_{zones}": run.run()["area_error"] for zones, run in runs.items()}

    return simulate


def _command(bundle: str, run: OptimizeRun, data: list[Path] | None, samples: int | None) -> str:
    """The command that makes a variant again, for its bundle."""
    words = ["inloop", "optimize", "mir", "--bundle", bundle, "--widths", ",".join(map(str, run.widths))]
    words += ["--precisions", ",".join(run.precisions), "--engine", run.engine]
    words += [word for path in data or () for word in ("--data", str(path))]
    words += [] if samples is None else ["--samples", str(samples)]
    words += ["--teach", str(run.teach), "--measure", str(run.measure)]
    words += ["--epochs", str(run.levels.fit.epochs if run.tune else 0), "--seed", str(run.levels.fit.seed)]
    return shlex.join(words)
