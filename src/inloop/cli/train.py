"""`inloop train CASE`: from nothing to a bundle, with one command. Interrupted, it goes on where it was."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

Case = Annotated[str, typer.Argument(help="The case: mir.", metavar="CASE")]
Out = Annotated[Path, typer.Option(help="Folder of the bundle to write.")]
Directory = Annotated[Path, typer.Option(help="Folder for samples and checkpoints; a run found there goes on.")]
Epochs = Annotated[int, typer.Option(min=1, help="Passes over the samples.")]
Drawn = Annotated[int, typer.Option(min=100, help="Two-material samples to draw; an eighth as many of four materials.")]


def train(
    case: Case,
    out: Out = Path("out/mir-bundle"),
    directory: Directory = Path("out/mir-training"),
    epochs: Epochs = 60,
    samples: Drawn = 24000,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Draw samples, train the level-set network, measure it against the classical methods, write its bundle."""
    if case != "mir":
        raise InloopError(f"case {case!r} is unknown: there is mir")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise InloopError(f"--out {out}: {wrong.strerror}; name a folder that can be made") from None
    options.refuse_output(out.parent / "bundle.json")
    try:
        from inloop.mir import learning_shipped as shipped
    except ModuleNotFoundError as missing:
        raise InloopError(f"training needs {missing.name}: pip install 'inloop[train]'") from None
    plan = shipped.ShippedRun()
    how = dataclasses.replace(plan.levels.fit, epochs=epochs, seed=seed)
    plan = shipped.ShippedRun(pairs=samples, many=samples // 8, levels=dataclasses.replace(plan.levels, fit=how))
    command = f"inloop train mir --samples {samples} --epochs {epochs} --seed {seed}"
    bundle = shipped.make(plan, directory, out, command=command, say=show.say)
    show.say(f"{bundle.name} written to {out}")
