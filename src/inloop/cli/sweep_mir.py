"""`inloop sweep mir`: many trainings of one of its models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inloop.cli import options
from inloop.cli.sweep import (
    Best,
    Picture,
    Sampler,
    Seed,
    Sweeping,
    Trials,
    Workers,
    axes_of,
    carry_out,
    refuse_outputs,
)
from inloop.cli.train_mir import drawn_pairs

Given = Annotated[
    list[str] | None,
    typer.Option(
        "--axis",
        metavar="FIELD=VALUES",
        help="What to vary, as in net.channels=2,4,8 or fit.learning_rate=1e-4..1e-2:log; repeat."
        " An autoencoder's channels, pooling and dilation by default.",
    ),
]
Name = Annotated[str, typer.Option("--model", help="levels, line or a published autoencoder; see train.")]
Directory = Annotated[Path, typer.Option(help="Folder for samples, trials and results; a sweep found there goes on.")]


def sweep(
    axis: Given = None,
    model: Name = "2-channels",
    data: options.Data = None,
    samples: options.Drawn = None,
    config: options.Config = None,
    settings: options.Settings = None,
    epochs: options.Epochs = None,
    sampler: Sampler = None,
    trials: Trials = None,
    workers: Workers = 1,
    seed: Seed = None,
    device: options.Device = None,
    threads: options.TrainingThreads = None,
    directory: Directory = Path("out/mir-sweep"),
    out: Picture = None,
    best: Best = 10,
    json: options.Json = None,
    debug: options.Debug = False,
) -> None:
    """Train many configurations; the errors on the samples that choose weights decide which is best."""
    options.one_of_two("--data", data, "--samples", samples)
    refuse_outputs(out, json)
    with options.training_extra():
        from inloop.mir.training_models import model as model_of
    chosen = model_of(model)
    how = chosen.configured(config, [*(settings or []), *options.shortcuts({"fit.epochs": epochs, "fit.seed": seed})])
    carry_out(
        Sweeping(
            case=chosen.case,
            name=chosen.name,
            config=how,
            axes=axes_of(axis or [], how) or chosen.axes,
            data=lambda: data or drawn_pairs(directory, samples),
            directory=directory,
            picture=out or directory / "sweep.png",
            json=json,
            best=best,
            threads=threads or 1,
            device=device,
        ),
        sampler=sampler,
        trials=trials,
        workers=workers,
    )
