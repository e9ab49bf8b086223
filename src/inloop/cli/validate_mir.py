"""`inloop validate mir`: the report of a learned kernel, a priori or inside simulations, on one page."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from inloop.cli import options, show
from inloop.cli.validate_a_posteriori import DEFAULT, validate_a_posteriori
from inloop.errors import InloopError

_PAGE = Path("out/validate-mir.html")
_FOLDER = Path("out/validate-mir")
_SIMULATED = "With --a-posteriori: "


def validate(
    bundle: Annotated[str, typer.Option(metavar="NAME_OR_DIR", help="The kernel: a shipped one, or a folder.")] = "mir",
    samples: Annotated[
        int, typer.Option(min=1, help="Held-out samples of two materials; a quarter as many of up to six.")
    ] = 4000,
    directory: Annotated[Path, typer.Option(help="Folder for the samples that are drawn; used again.")] = _FOLDER,
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A store of samples instead of drawing any; of its test part; repeat."),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(help="Methods with commas between: youngs,elvira,lvira,power; with --a-posteriori any."),
    ] = None,
    gate: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Add the gate at this promise (0.01 if the kernel makes it); 0: none."),
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Trained autoencoders, DIR/MODEL/seed-K: the published family.")
    ] = None,
    ablation: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Runs of the ablation: penalties against projection.")
    ] = None,
    train_ablation: Annotated[
        bool,
        typer.Option("--train-ablation", help="Train what is missing in --ablation first; goes on if interrupted."),
    ] = False,
    ellipses: Annotated[int, typer.Option(min=1, max=25, help="Ellipses beside the published figures.")] = 25,
    rough: Annotated[int, typer.Option(min=1, help="Rough images whose error is held against ELVIRA's.")] = 200,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="The self-contained page; .md: Markdown and its pictures. With --a-posteriori also a folder.",
        ),
    ] = _PAGE,
    a_posteriori: Annotated[
        bool, typer.Option("--a-posteriori", help="Run simulations instead; runs already done are not repeated.")
    ] = False,
    problems: Annotated[
        str | None, typer.Option(help=_SIMULATED + "as in vortex,vortex:period=2,deformation:materials=3.")
    ] = None,
    grids: Annotated[str | None, typer.Option(help=_SIMULATED + "zones along each axis, as in 32,64.")] = None,
    schemes: Annotated[str | None, typer.Option(help=_SIMULATED + "split,unsplit.")] = None,
    full: Annotated[bool, typer.Option("--full", help=_SIMULATED + "every problem and mesh; hours.")] = False,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(min=0, help="Of samples and fields.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Measure a learned kernel on held-out samples and exact shapes: error, both laws, where it fails."""
    if a_posteriori:
        validate_a_posteriori(
            bundle=bundle,
            problems=problems,
            grids=grids,
            schemes=schemes,
            methods=methods,
            gate=gate,
            full=full,
            out=DEFAULT if out == _PAGE else out,
            json=json,
        )
        return
    if problems or grids or schemes or full:
        raise InloopError("--problems, --grids, --schemes, --full: choose simulations; add --a-posteriori")
    options.refuse_page(out, "--out")
    if train_ablation and ablation is None:
        raise InloopError("--train-ablation: give --ablation DIR, the folder to train in")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise InloopError(f"--out {out}: {wrong.strerror}; name a file in a folder that can be made") from None
    for path in (out, json):
        if path is not None:
            options.refuse_output(path)

    from dataclasses import replace

    from inloop.mir.a_priori import errors
    from inloop.mir.a_priori import report as a_priori
    from inloop.mir.a_priori.family import finished_runs
    from inloop.mir.a_priori.samples import draw_stores

    classical = errors.chosen_methods(None if methods is None else [name.strip() for name in methods.split(",")])
    trust = a_priori.gate_of(bundle, gate)  # refused now, not after the samples are drawn
    if runs is not None:
        finished_runs(runs)
    if train_ablation and ablation is not None:
        _learning().ablate(ablation, seed=seed, say=show.say)
    if data:
        stores = data
    else:
        with show.bar("drawing samples") as drawn:
            stores = draw_stores(
                directory,
                samples,
                seed=seed,
                progress=lambda done, count: drawn(done / count, f"{done} of {count} samples"),
            )
    with show.progress(50, "measuring") as step:
        report = a_priori.gather(
            stores,
            bundle,
            methods=classical,
            gate=trust,
            most=samples,
            ellipses=ellipses,
            rough=rough,
            seed=seed,
            step=step,
        )
        if runs is not None or ablation is not None:
            held = report.pairs
            if held is None:
                raise InloopError("--runs, --ablation: autoencoders take two materials; give samples of two")
            learning = _learning()
            if runs is not None:
                family = learning.family(runs, held.samples, bundle, classical, step=step)
                report = replace(report, family=family)
            if ablation is not None:
                report = replace(report, ablation=learning.ablation(ablation, held.samples, step=step))

    head, rows = a_priori.summary(report)
    shown = [[*cells[:2], *map(show.figure, cells[2:])] for cells in rows]
    show.table(head, shown, sections=a_priori.sections(rows))
    about = show.about({"seed": seed, **a_priori.about(report)})
    if json is not None:
        show.write_json(json, about, a_priori.results(report))
    from inloop.mir.a_priori.page import page

    facts = {name: value for name, value in about.items() if isinstance(value, str | int) and name != "command"}
    page(report, foot=str(about["command"]), facts=facts).save(out)
    show.say(f"page: {out}")


def _learning() -> ModuleType:
    """What measures and trains networks; needs the [train] extra."""
    try:
        from inloop.mir import learning_family
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "inloop":
            raise
        raise InloopError(f"--runs, --ablation: need {missing.name}; pip install 'inloop[train]'") from None
    return learning_family
