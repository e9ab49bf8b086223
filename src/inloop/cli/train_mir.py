"""`inloop train mir`: the shipped level sets, the drop-in line, the published autoencoders."""

from __future__ import annotations

import dataclasses
import json as json_format
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inloop.cli import options, show
from inloop.cli.train import (
    Checkpoint,
    PrintConfig,
    Seed,
    Seeds,
    Tensorboard,
    Training,
    carry_out,
    plain,
    print_configuration,
    refuse_bundle_folder,
)
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.mir.training_models import Model

Name = Annotated[
    str,
    typer.Option(
        "--model",
        help="levels: the shipped kernel; line: the drop-in line; or a published autoencoder: 32-channels, 2-channels,"
        " 4-channels, 2-channels-pooling, 2-channels-pooling-dilation-2.",
    ),
]
Out = Annotated[
    Path | None, typer.Option(help="Folder of the bundle to write (out/mir-bundle; of the line out/mir-line-bundle).")
]
Directory = Annotated[Path, typer.Option(help="Folder for samples and checkpoints; a run found there goes on.")]
Rejected = Annotated[
    list[Path] | None,
    typer.Option("--with", metavar="FILE", help="Zones that the gate rejected, to learn from too (levels); repeat."),
]


@dataclass(frozen=True)
class _Job:
    """What is to be trained, on what, where."""

    model: Model
    config: Any
    directory: Path
    samples: int | None
    data: Path | None


def train(
    model: Name = "levels",
    out: Out = None,
    directory: Directory = Path("out/mir-training"),
    samples: options.Drawn = None,
    data: options.Data = None,
    rejected: Rejected = None,
    config: options.Config = None,
    settings: options.Settings = None,
    epochs: options.Epochs = None,
    seed: Seed = None,
    seeds: Seeds = None,
    tensorboard: Tensorboard = False,
    device: options.Device = None,
    threads: options.TrainingThreads = None,
    checkpoint: Checkpoint = None,
    print_config: PrintConfig = False,
    json: options.Json = None,
    debug: options.Debug = False,
) -> None:
    """Draw samples, train a kernel, measure it against the classical methods, write its bundle or its weights."""
    if json is not None:
        options.refuse_output(json)
    options.one_of_two("--seed", seed, "--seeds", seeds)
    options.one_of_two("--data", data, "--samples", samples)
    several = None if seeds is None else options.seeds_of(seeds)
    with options.training_extra():
        from inloop.mir.training_models import LEVELS, LINE
        from inloop.mir.training_models import model as model_of
    chosen = model_of(model)
    given: dict[str, object] = {
        "--data": data,
        "--seeds": seeds,
        "--tensorboard": tensorboard or None,
        "--device": device,
    }
    given |= {"--threads": threads, "--checkpoint": checkpoint, "--out": out, "--with": rejected or None}
    _refuse_what_does_not_apply(chosen.name, [option for option, value in given.items() if value is not None])
    how = chosen.configured(config, [*(settings or []), *options.shortcuts({"fit.epochs": epochs, "fit.seed": seed})])
    if print_config:
        print_configuration(how)
        return
    job = _Job(chosen, how, directory, samples, data)
    if chosen.name == LEVELS:
        results = _make_shipped(job, out or Path("out/mir-bundle"), rejected or [])
    else:
        bundle = out or Path("out/mir-line-bundle") if chosen.name == LINE else None
        if bundle is not None:
            refuse_bundle_folder(bundle)
        options.folder(directory, "--directory")
        training = Training(
            case=chosen.case,
            name=chosen.name,
            config=how,
            data=data or drawn_pairs(directory, samples),
            directory=directory,
            seeds=several or (how.fit.seed,),
            tensorboard=tensorboard,
            device=device,
            threads=threads or 1,
            checkpoint=60.0 if checkpoint is None else checkpoint,
        )
        results = _train(job, training, bundle)
    if json is not None and results:
        about = {
            "model": chosen.name,
            "config": plain(how),
            "seed": how.fit.seed if several is None else list(several),
        }
        show.write_json(json, show.about(about), results)


def _train(job: _Job, training: Training, out: Path | None) -> dict[str, Any]:
    """Train with each seed; make a bundle of the best, if there is to be one. Of torchrun's processes one tells."""
    done = carry_out(training)
    if done is None:
        return {}
    if out is not None:
        from inloop.mir.training_line import publish_best

        publish_best(
            job.config,
            done.repetitions,
            training.data,
            out,
            classical=done.classical,
            command=lambda config, count: _command(dataclasses.replace(job, config=config, samples=count)),
        )
        show.say(f"bundle: {out}")
    return done.results


def drawn_pairs(directory: Path, count: int | None) -> Path:
    """The two-material samples in a directory, drawn with a bar if they are not there."""
    from inloop.mir.training_models import STORE, drawn
    from inloop.training.distributed import leads

    if leads() and not (directory / STORE).exists():
        show.say(f"drawing samples into {directory / STORE}")
    with show.bar("samples", shown=leads()) as shown:
        return drawn(directory, count, progress=lambda done, all_: shown(done / all_, f"{done} of {all_} samples"))


def _make_shipped(job: _Job, out: Path, rejected: Sequence[Path]) -> dict[str, Any]:
    """The level sets, as they are shipped."""
    from inloop.mir import learning_shipped as shipped
    from inloop.training.distributed import alone

    if not alone():
        raise InloopError("--model levels: trains in one process; start it without torchrun")
    for path in rejected:
        _refuse_what_was_not_rejected(path)
    refuse_bundle_folder(out)
    options.folder(job.directory, "--directory")
    plan = shipped.ShippedRun().smaller(job.samples)
    plan = dataclasses.replace(plan, levels=job.config, rejected=tuple(str(path) for path in rejected))
    bundle = shipped.make(plan, job.directory, out, command=_command(job, plan.rejected), say=show.say)
    held_out: dict[str, dict[str, float]] = bundle.errors["held_out"]
    show.errors(held_out, "on samples that neither taught nor chose")
    show.say(f"{bundle.name} written to {out}")
    return held_out


def _command(job: _Job, rejected: Sequence[str] = ()) -> str:
    """The command that makes this kernel again, for its bundle."""
    from inloop.mir.training_models import command

    return command(job.model, job.config, data=job.data, samples=job.samples, rejected=rejected)


def _refuse_what_was_not_rejected(path: Path) -> None:
    from inloop.data import Samples
    from inloop.mir.rejects import RECIPE

    Samples(path, recipe=json_format.dumps(RECIPE, sort_keys=True)).close()


def _refuse_what_does_not_apply(model: str, given: Sequence[str]) -> None:
    """A model that has no use for an option says so rather than pass it over."""
    useless = {
        "levels": ("--data", "--seeds", "--tensorboard", "--device", "--threads", "--checkpoint"),
        "line": ("--with",),
    }.get(model, ("--with", "--out"))
    for option in given:
        if option in useless:
            why = "makes no bundle, its weights stay in --directory" if option == "--out" else "has no use for it"
            raise InloopError(f"{option}: {model} {why}; leave it out")
