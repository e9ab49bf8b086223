"""`inloop optimize mir`: narrower networks and fewer bits, each variant a bundle, error held against speed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inloop.cli import optimize_mir_channels, options, show
from inloop.cli.optimize import EVERY_PRECISION, Page, Precisions, Seconds, show_comparison
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop import mir
    from inloop.mir.learning_optimize import OptimizeRun

_FOLDER = Path("out/optimize-mir")
_WIDTHS, _GRIDS, _BATCH = "96,80,64,48,32", "32,64", 2_000


def optimize(
    bundle: Annotated[
        str | None, typer.Option(metavar="NAME_OR_DIR", help="The kernel: a shipped one (mir), or a folder.")
    ] = None,
    widths: Annotated[str | None, typer.Option(help=f"Of the hidden layers, with commas between ({_WIDTHS}).")] = None,
    autoencoder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Instead of --bundle: the training of a published autoencoder, to be cut."),
    ] = None,
    channels: Annotated[
        str | None, typer.Option(help="Of its layers, with commas between (a half, a quarter ... down to 2).")
    ] = None,
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
        int | None,
        typer.Option(
            min=0, help="Passes over them after a cut (8; an autoencoder: 1/4 of its own); 0: as it was left."
        ),
    ] = None,
    grids: Annotated[
        str | None,
        typer.Option(help=f"Meshes of the reversed vortex in which each variant is run ({_GRIDS}); 0: none."),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help=f"Samples a call where speed is measured ({_BATCH}; an autoencoder: 64).")
    ] = None,
    seconds: Seconds = 3.0,
    out: Annotated[Path, typer.Option(help="Folder of the bundles, and of what is drawn and taught.")] = _FOLDER,
    page: Page = None,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the order in which samples teach.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Cut units and teach what is left, compute in fewer bits, measure every variant, show what is worth its error."""
    options.one_of_two("--data", data or None, "--samples", samples)
    only = {"--bundle": bundle, "--widths": widths, "--grids": grids} if autoencoder else {"--channels": channels}
    for option, value in only.items():
        if value is not None:
            raise InloopError(
                f"{option}: has no say {'with' if autoencoder else 'without'} --autoencoder; leave it out"
            )
    meshes = options.numbers(grids or _GRIDS, "--grids", int)
    if meshes != (0,) and min(meshes) < 8:
        raise InloopError(f"--grids '{grids}': {min(meshes)} zones an axis, expected at least 8, or 0 for no runs")
    target = page or out / "index.html"
    options.refuse_page(target, "--page")
    options.folder(out, "--out")
    for path in (target, json):
        if path is not None:
            options.refuse_output(path)
    from inloop.engines import known

    known(engine, "float32")
    if autoencoder is not None:
        optimize_mir_channels.optimize(
            optimize_mir_channels.Asked(
                directory=autoencoder,
                channels=channels,
                precisions=precisions,
                engine=engine,
                data=data or [],
                samples=samples,
                teach=teach,
                measure=measure,
                epochs=epochs,
                batch=batch,
                seconds=seconds,
                out=out,
                page=target,
                json=json,
                seed=seed,
            )
        )
        return
    bundle = bundle or "mir"
    with options.training_extra():
        from inloop.mir import learning_optimize as variants
    from inloop.optimize.throughput import Effort

    parent = variants.parent_of(bundle)  # refused now, not after samples are drawn
    run = variants.briefly(
        variants.OptimizeRun(
            widths=options.numbers(widths or _WIDTHS, "--widths", int),
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
    size = batch or _BATCH
    found = variants.compared(made, engine, stores, Effort(seconds=seconds), size)

    about = show.about({"bundle": parent.name, "seed": seed, "batch": size, "stores": ", ".join(map(str, stores))})
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
