"""`inloop train CASE`: from nothing to a trained kernel, with one command. Interrupted, it goes on where it was."""

from __future__ import annotations

import json as json_format
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from inloop.cases import find
from inloop.cli import options, show
from inloop.cli.by_case import verb
from inloop.cli.own_case import store_of
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.case import Case, Source
    from inloop.training.fit import Progress
    from inloop.training.run import Repetition

Preset = Annotated[
    str | None, typer.Option(help="One of the case's configurations by name; the first if none is given.")
]
Out = Annotated[
    Path | None, typer.Option(help="Folder of the bundle to write (out/NAME-bundle, out/NAME-PRESET-bundle).")
]
Directory = Annotated[
    Path | None, typer.Option(help="Folder for samples and checkpoints (out/NAME-training); a run found there goes on.")
]
Seed = Annotated[int | None, typer.Option(min=0, help="Of the first weights and of the order, as --set fit.seed=.")]
Seeds = Annotated[str | None, typer.Option(help="Train once with each of several seeds: 0-9, or 1,5,7.")]
Tensorboard = Annotated[bool, typer.Option("--tensorboard", help="Curves for TensorBoard, in the run's folder events.")]
Checkpoint = Annotated[float | None, typer.Option(min=0, help="Seconds between checkpoints (60).")]
PrintConfig = Annotated[bool, typer.Option("--print-config", help="Print the configuration as JSON; do nothing else.")]


def train(
    case: options.Case,
    preset: Preset = None,
    out: Out = None,
    directory: Directory = None,
    samples: options.Count = None,
    data: options.Data = None,
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
    """Draw samples, train a network, measure it against the classical kernel, write its bundle."""
    if json is not None:
        options.refuse_output(json)
    options.one_of_two("--seed", seed, "--seeds", seeds)
    several = None if seeds is None else options.seeds_of(seeds)
    with options.training_extra():
        from inloop.training.config import configured
        from inloop.training.samples import preset_of

        opened = find(case).load()
    store = store_of(opened, data, samples)
    name, usual = preset_of(opened, preset)
    how = configured(usual, config, [*(settings or []), *options.shortcuts({"fit.epochs": epochs, "fit.seed": seed})])
    if print_config:
        print_configuration(how)
        return
    if opened.rows is None and out is not None:
        raise InloopError(f"--out: case {opened.name} makes no bundle, its weights stay in --directory; leave it out")
    title = opened.name if usual is next(iter(opened.presets.values())) else f"{opened.name}-{name}"
    bundle = None if opened.rows is None else out or options.usual_bundle(title)
    if bundle is not None:
        refuse_bundle_folder(bundle)
    directory = options.folder(directory or Path("out") / f"{opened.name}-training", "--directory")
    done = carry_out(
        Training(
            case=opened,
            name=name,
            config=how,
            data=store or show.drawn_samples(opened, directory, samples),
            directory=directory,
            seeds=several or (how.fit.seed,),
            tensorboard=tensorboard,
            device=device,
            threads=threads or 1,
            checkpoint=60.0 if checkpoint is None else checkpoint,
        )
    )
    if done is None:
        return
    about = show.about({"case": opened.name, "preset": name, "config": plain(how), "seed": list(done.seeds)})
    if bundle is not None:
        from inloop.training.publish_rows import publish_best

        command = str(about["command"])
        publish_best(
            opened,
            how,
            done.repetitions,
            bundle,
            classical=done.classical,
            command=command,
            taught=done.taught,
            name=title,
        )
        show.say(f"bundle: {bundle}")
    if json is not None:
        show.write_json(json, about, done.results)


@dataclass(frozen=True, kw_only=True)
class Training:
    """What is to be trained, on what, where and how often."""

    case: Case[Any]
    name: str
    """Of the model, in tables and folders."""
    config: Any
    data: Path
    directory: Path
    seeds: tuple[int, ...]
    tensorboard: bool
    device: str | None
    threads: int
    checkpoint: float


class Done(NamedTuple):
    """Trainings that are over."""

    repetitions: list[Repetition]
    classical: Mapping[str, Mapping[str, float]]
    results: dict[str, Any]
    """Figures on the held-out samples by kernel, for JSON."""
    taught: Source
    """The samples to learn from."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of all that was trained."""
        return tuple(one.seed for one in self.repetitions)


def carry_out(training: Training) -> Done | None:
    """Train with each seed and show what came of it; of torchrun's processes one tells, the others get None."""
    from inloop.training.distributed import leads
    from inloop.training.results import averaged
    from inloop.training.run import parts, repeat, use_threads

    case, name = training.case, training.name
    use_threads(training.threads)
    opened = parts(case, training.config, training.data)
    known = case.classical(opened.validation) if leads() else {}
    if known:
        show.errors(known, "classical methods, on the samples that will choose the weights")
    with show.bar(name, shown=leads()) as bar:
        done = repeat(
            case,
            training.config,
            training.seeds,
            opened.train,
            opened.validation,
            held_out=opened.test,
            directory=training.directory / name,
            name=name,
            tensorboard=training.tensorboard,
            progress=_teller(training.seeds, case.watch, bar),
            checkpoint_seconds=training.checkpoint,
            device=training.device,
        )
    if not leads():
        return None
    classical = case.classical(opened.test)
    single = {f"{name}, seed {one.seed}": one.figures for one in done}
    mean = averaged([one.figures for one in done])
    rows = classical | single | ({f"{name}, all seeds": mean} if len(done) > 1 else {})
    show.errors(
        rows, "on samples that neither taught nor chose", sections=(len(classical), len(classical) + len(single))
    )
    show.say(f"weights: {', '.join(str(one.weights) for one in done)}")
    return Done(
        done,
        classical,
        {**classical, name: mean | {"seeds": {str(one.seed): one.figures for one in done}}},
        opened.train,
    )


def _teller(seeds: Sequence[int], watch: str, bar: Callable[[float, str], None]) -> Callable[[int, Progress], None]:
    """What tells of each step: the bar of all trainings, and a line an evaluation."""

    def tell(seed: int, step: Progress) -> None:
        label = f"seed {seed}, epoch {step.epoch}" if len(seeds) > 1 else f"epoch {step.epoch}"
        bar((seeds.index(seed) + step.share) / len(seeds), f"{label}, loss {step.loss:.4f}")
        if step.metrics is not None:
            show.say(f"{label}, {step.seconds:.0f} s: {watch.replace('_', ' ')} {step.metrics[watch]:.5f}")

    return tell


def refuse_bundle_folder(out: Path) -> None:
    """Refuse now what could not take a bundle at the end."""
    if out.exists() and not (out / "bundle.json").is_file():
        raise InloopError(f"--out {out}: exists and is no bundle; name another folder")
    options.folder(out.absolute().parent, "--out")


def print_configuration(config: Any) -> None:
    """As JSON, to start another run from."""
    print(json_format.dumps(plain(config), indent=1))


def plain(config: Any) -> dict[str, Any]:
    """A configuration for JSON."""
    from inloop.training.config import to_dict

    return to_dict(config)


app = verb(
    "train",
    "From nothing to a trained kernel, with one command; interrupted, it goes on where it was.",
    train,
    {"mir": "inloop.cli.train_mir:train"},
)
