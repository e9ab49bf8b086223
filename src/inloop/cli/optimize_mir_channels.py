"""`inloop optimize mir --autoencoder DIR`: a trained autoencoder of the published family, with fewer channels."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from inloop.cli import options, show
from inloop.cli.optimize import show_comparison
from inloop.cli.train_mir import drawn_pairs
from inloop.errors import InloopError

_LEAD = (
    "Variants of one autoencoder: channels cut and the rest taught on, fully connected layers in fewer bits; beside"
    " each one of the same size that was taught from first weights (afresh), on the same samples for as many passes."
    " Errors are those of held-out samples; one thread, from fractions to images."
)
_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line says."""

    directory: Path
    channels: str | None
    precisions: str
    engine: str
    data: list[Path]
    samples: int | None
    teach: int
    measure: int
    epochs: int | None
    batch: int | None
    seconds: float
    out: Path
    page: Path
    json: Path | None
    seed: int


def optimize(asked: Asked) -> None:
    """Cut channels and teach what is left, measure every variant, show what is worth its error."""
    if len(asked.data) > 1:
        raise InloopError(f"--data: given {len(asked.data)} times; an autoencoder learns from one store")
    with options.training_extra():
        from inloop.mir import learning_optimize_family as variants
        from inloop.optimize.autoencoders import checked_channels
    from inloop.optimize.throughput import Effort

    parent = variants.parent_of(asked.directory)
    channels = variants.usual_channels(parent)
    if asked.channels is not None:
        wanted = options.numbers(asked.channels, "--channels", int)
        channels = checked_channels(wanted, parent.config.net.channels)
    run = variants.FamilyRun(
        channels=channels,
        precisions=tuple(options.words(asked.precisions)),
        engine=asked.engine,
        teach=asked.teach,
        measure=asked.measure,
        epochs=asked.epochs,
        seed=asked.seed,
    )
    store = asked.data[0] if asked.data else drawn_pairs(asked.out / "samples", asked.samples)
    made = list(
        variants.make(
            run,
            parent,
            store,
            directory=asked.out / "training",
            out=asked.out,
            command=_command(asked, channels),
            say=show.say,
        )
    )
    show.say("measuring speed, in turns")
    size = asked.batch or _BATCH
    found = variants.compared(made, asked.engine, store, Effort(seconds=asked.seconds), size)
    about = show.about({"autoencoder": str(asked.directory), "seed": asked.seed, "batch": size, "store": str(store)})
    show_comparison(found, about, lead=_LEAD, page=asked.page, json=asked.json)
    show.say(f"bundles: {asked.out}; page: {asked.page}")


def _command(asked: Asked, channels: tuple[int, ...]) -> str:
    """The command that makes a variant again, for its bundle."""
    words = ["inloop", "optimize", "mir", "--autoencoder", str(asked.directory)]
    words += ["--channels", ",".join(map(str, channels)), "--precisions", asked.precisions, "--engine", asked.engine]
    words += [word for path in asked.data for word in ("--data", str(path))]
    words += [] if asked.samples is None else ["--samples", str(asked.samples)]
    words += ["--teach", str(asked.teach), "--measure", str(asked.measure)]
    words += [] if asked.epochs is None else ["--epochs", str(asked.epochs)]
    return shlex.join([*words, "--seed", str(asked.seed)])
