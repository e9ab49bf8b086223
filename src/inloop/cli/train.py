"""`inloop train CASE`: from nothing to a trained kernel, with one command. Interrupted, it goes on where it was."""

from __future__ import annotations

import dataclasses
import json as json_format
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.mir.training_models import Model
    from inloop.training.fit import Progress

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
Seed = Annotated[int | None, typer.Option(min=0, help="Of the first weights and of the order, as --set fit.seed=.")]
Seeds = Annotated[str | None, typer.Option(help="Train once with each of several seeds: 0-9, or 1,5,7.")]
Tensorboard = Annotated[bool, typer.Option("--tensorboard", help="Curves for TensorBoard, in the run's folder events.")]
Checkpoint = Annotated[float | None, typer.Option(min=0, help="Seconds between checkpoints (60).")]
PrintConfig = Annotated[bool, typer.Option("--print-config", help="Print the configuration as JSON; do nothing else.")]


@dataclass(frozen=True)
class _Job:
    """What is to be trained, on what, where."""

    model: Model
    config: Any
    directory: Path
    samples: int | None
    data: Path | None


@dataclass(frozen=True)
class _Way:
    """How its trainings go."""

    seeds: tuple[int, ...]
    tensorboard: bool
    device: str | None
    threads: int
    checkpoint: float


def train(
    case: options.Case,
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
    options.known_case(case)
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
        print(json_format.dumps(_plain(how), indent=1))
        return
    job = _Job(chosen, how, directory, samples, data)
    if chosen.name == LEVELS:
        results = _make_shipped(job, out or Path("out/mir-bundle"), rejected or [])
    else:
        bundle = out or Path("out/mir-line-bundle") if chosen.name == LINE else None
        way = _Way(
            several or (how.fit.seed,), tensorboard, device, threads or 1, 60.0 if checkpoint is None else checkpoint
        )
        results = _train(job, way, bundle)
    if json is not None and results:
        about = {
            "model": chosen.name,
            "config": _plain(how),
            "seed": how.fit.seed if several is None else list(several),
        }
        show.write_json(json, show.about(about), results)


def _train(job: _Job, way: _Way, out: Path | None) -> dict[str, Any]:
    """Train with each seed; make a bundle of the best, if there is to be one. Of torchrun's processes one tells."""
    from inloop.training.distributed import leads
    from inloop.training.results import averaged
    from inloop.training.run import parts, repeat, use_threads

    case, name = job.model.case, job.model.name
    if out is not None:
        _bundle_folder(out)
    options.folder(job.directory, "--directory")
    use_threads(way.threads)
    data = job.data or show.drawn_samples(job.directory, job.samples)
    opened = parts(case, job.config, data)
    if leads():
        show.errors(case.classical(opened.validation), "classical methods, on the samples that will choose the weights")
    with show.bar(name, shown=leads()) as bar:
        done = repeat(
            case,
            job.config,
            way.seeds,
            opened.train,
            opened.validation,
            held_out=opened.test,
            directory=job.directory / name,
            name=name,
            tensorboard=way.tensorboard,
            progress=_teller(way.seeds, case.watch, bar),
            checkpoint_seconds=way.checkpoint,
            device=way.device,
        )
    if not leads():
        return {}
    classical = case.classical(opened.test)
    single = {f"{name}, seed {one.seed}": one.figures for one in done}
    mean = averaged([one.figures for one in done])
    rows = classical | single | ({f"{name}, all seeds": mean} if len(done) > 1 else {})
    show.errors(
        rows, "on samples that neither taught nor chose", sections=(len(classical), len(classical) + len(single))
    )
    show.say(f"weights: {', '.join(str(one.weights) for one in done)}")
    if out is not None:
        from inloop.mir.training_line import publish_best

        publish_best(
            job.config,
            done,
            data,
            out,
            classical=classical,
            command=lambda config, count: _command(dataclasses.replace(job, config=config, samples=count)),
        )
        show.say(f"bundle: {out}")
    return {**classical, name: mean | {"seeds": {str(one.seed): one.figures for one in done}}}


def _teller(seeds: Sequence[int], watch: str, bar: Callable[[float, str], None]) -> Callable[[int, Progress], None]:
    """What tells of each step: the bar of all trainings, and a line an evaluation."""

    def tell(seed: int, step: Progress) -> None:
        label = f"seed {seed}, epoch {step.epoch}" if len(seeds) > 1 else f"epoch {step.epoch}"
        bar((seeds.index(seed) + step.share) / len(seeds), f"{label}, loss {step.loss:.4f}")
        if step.metrics is not None:
            show.say(f"{label}, {step.seconds:.0f} s: {watch.replace('_', ' ')} {step.metrics[watch]:.5f}")

    return tell


def _make_shipped(job: _Job, out: Path, rejected: Sequence[Path]) -> dict[str, Any]:
    """The level sets, as they are shipped."""
    from inloop.mir import learning_shipped as shipped
    from inloop.training.distributed import alone

    if not alone():
        raise InloopError("--model levels: trains in one process; start it without torchrun")
    for path in rejected:
        _refuse_what_was_not_rejected(path)
    _bundle_folder(out)
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


def _bundle_folder(out: Path) -> None:
    """Refuse now what could not take a bundle at the end."""
    if out.exists() and not (out / "bundle.json").is_file():
        raise InloopError(f"--out {out}: exists and is no bundle; name another folder")
    options.folder(out.absolute().parent, "--out")


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


def _plain(config: Any) -> dict[str, Any]:
    from inloop.training.config import to_dict

    return to_dict(config)
