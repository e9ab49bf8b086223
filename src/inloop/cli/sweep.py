"""`inloop sweep CASE`: many trainings over a space of configurations. Start it again, or twice, and it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inloop.cases import find
from inloop.cli import options, show
from inloop.cli.by_case import verb
from inloop.cli.own_case import store_of
from inloop.cli.train import Preset
from inloop.errors import InloopError
from inloop.training.failures import TrainingError

if TYPE_CHECKING:
    from inloop.case import Case
    from inloop.training.axes import Axis
    from inloop.training.sweep import SweepConfig, TrialResult

Given = Annotated[
    list[str] | None,
    typer.Option(
        "--axis",
        metavar="FIELD=VALUES",
        help="What to vary, as in fit.batch=32,64 or fit.learning_rate=1e-4..1e-2:log; repeat.",
    ),
]
Directory = Annotated[
    Path | None,
    typer.Option(help="Folder for samples, trials and results (out/NAME-sweep); a sweep found there goes on."),
]
Sampler = Annotated[str | None, typer.Option(help="grid, random or tpe; a grid unless --trials is given, then tpe.")]
Trials = Annotated[int | None, typer.Option(help="Trials in all, where they are no grid.", min=1)]
Workers = Annotated[int, typer.Option(help="Processes that train at the same time.", min=1)]
Best = Annotated[int, typer.Option(help="Trials to show.", min=1)]
Seed = Annotated[int | None, typer.Option(min=0, help="Of the trainings and of what is drawn between them.")]
Picture = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="The picture: .png, .svg or .pdf (DIRECTORY/sweep.png).")
]


def sweep(
    case: options.Case,
    axis: Given = None,
    preset: Preset = None,
    data: options.Data = None,
    samples: options.Count = None,
    config: options.Config = None,
    settings: options.Settings = None,
    epochs: options.Epochs = None,
    sampler: Sampler = None,
    trials: Trials = None,
    workers: Workers = 1,
    seed: Seed = None,
    device: options.Device = None,
    threads: options.TrainingThreads = None,
    directory: Directory = None,
    out: Picture = None,
    best: Best = 10,
    json: options.Json = None,
    debug: options.Debug = False,
) -> None:
    """Train many configurations; the errors on the samples that choose weights decide which is best."""
    refuse_outputs(out, json)
    with options.training_extra():
        from inloop.training.config import configured
        from inloop.training.samples import preset_of

        opened = find(case).load()
    store = store_of(opened, data, samples)
    name, usual = preset_of(opened, preset)
    how = configured(usual, config, [*(settings or []), *options.shortcuts({"fit.epochs": epochs, "fit.seed": seed})])
    directory = directory or Path("out") / f"{opened.name}-sweep"
    carry_out(
        Sweeping(
            case=opened,
            name=name,
            config=how,
            axes=axes_of(axis or [], how),
            data=lambda: store or show.drawn_samples(opened, directory, samples),
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


@dataclass(frozen=True, kw_only=True)
class Sweeping:
    """What is varied, of what, and where the results go."""

    case: Case[Any]
    name: str
    config: Any
    axes: Mapping[str, Axis]
    data: Callable[[], Path]
    """Called once all else has been found in order: it may draw."""
    directory: Path
    picture: Path
    json: Path | None
    best: int
    threads: int
    device: str | None


def refuse_outputs(out: Path | None, json: Path | None) -> None:
    """Raise now if the picture or the numbers could not be written."""
    from inloop.validation.figures import picture_format

    for path in (out, json):
        if path is not None:
            options.refuse_output(path)
    if out is not None:
        picture_format(out)
    with options.training_extra():
        import optuna  # noqa: F401  # asked for now, not after the samples are drawn


def carry_out(sweeping: Sweeping, *, sampler: str | None, trials: int | None, workers: int) -> None:
    """Do the trials that are missing; show and write what came of all."""
    from inloop.training.config import to_dict
    from inloop.training.distributed import alone
    from inloop.training.run import SweepObjective, parts
    from inloop.training.sweep import sweep as run_sweep

    case, how, axes, directory = sweeping.case, sweeping.config, sweeping.axes, sweeping.directory
    if not alone():
        raise InloopError("sweep: its trials train in one process each; start it without torchrun, with --workers")
    if not axes:
        raise InloopError(
            f"--axis: there is nothing to vary of {sweeping.name}; give one, as in --axis fit.batch=32,64"
        )
    plan = _plan(sampler, trials, workers, how.fit.seed, axes)
    options.folder(directory, "--directory")
    data = sweeping.data()
    opened = parts(case, how, data)
    about = {"model": sweeping.name, "config": to_dict(how), "data": dict(opened.train.about)}
    with show.bar("trials") as bar:
        results = run_sweep(
            SweepObjective(case, how, data.absolute(), sweeping.threads, sweeping.device),
            axes,
            how=plan,
            directory=directory,
            watch=case.watch,
            about=about,
            progress=_teller(bar, _count(plan, axes), case.watch),
        )
    _report(results, axes, case.watch, sweeping.best, sweeping.picture)
    details = show.about(about | {"axes": {name: str(one) for name, one in axes.items()}, "seed": plan.seed})
    for path in [directory / "sweep.json", *([] if sweeping.json is None else [sweeping.json])]:
        show.write_json(path, details, _plain(results, directory))
    show.say(f"numbers: {directory / 'sweep.json'}")
    if results and all(one.value is None for one in results):
        raise TrainingError(f"no trial came to an end; the first one: {results[0].message}")


def axes_of(given: Sequence[str], config: Any) -> dict[str, Axis]:
    """The axes by the fields that they vary; a field that is not there and values that it never takes are refused."""
    from inloop.training.axes import Choices, parsed_axis
    from inloop.training.config import replaced

    axes: dict[str, Axis] = {}
    for text in given:
        name, equals, values = (part.strip() for part in text.partition("="))
        if not (name and equals and values):
            raise InloopError(f"--axis {text}: is not of the form FIELD=VALUES, such as net.channels=2,4,8")
        if name in axes:
            raise InloopError(f"--axis {name}: is given twice; give all its values at once")
        axis = parsed_axis(values)
        refusals = []
        tried = axis.values if isinstance(axis, Choices) else (axis.low, axis.high)
        for value in tried:
            try:
                replaced(config, {name: value})
            except InloopError as error:
                refusals.append(error)
        if len(refusals) == len(tried):  # a single one may be possible together with other axes' values
            raise InloopError(f"--axis {refusals[0]}")
        axes[name] = axis
    return axes


def _plan(sampler: str | None, trials: int | None, workers: int, seed: int, axes: Mapping[str, Axis]) -> SweepConfig:
    from inloop.training.axes import Span
    from inloop.training.config import from_dict
    from inloop.training.sweep import SweepConfig

    sampler = sampler or ("grid" if trials is None else "tpe")
    if trials is None and (sampler != "grid" or any(isinstance(axis, Span) for axis in axes.values())):
        raise InloopError("--trials: say how many; only a grid of choices ends by itself")
    given = {"sampler": sampler, "trials": trials, "workers": workers, "seed": seed}
    return from_dict(SweepConfig, given)


def _count(plan: SweepConfig, axes: Mapping[str, Axis]) -> int:
    from inloop.training.axes import Choices

    return plan.trials or math.prod(len(axis.values) for axis in axes.values() if isinstance(axis, Choices))


def _teller(bar: Callable[[float, str], None], count: int, watch: str) -> Callable[[TrialResult], None]:
    done = 0

    def tell(trial: TrialResult) -> None:
        nonlocal done
        done += 1
        bar(min(1.0, done / count), f"{done} trials")
        what = trial.message or f"{watch.replace('_', ' ')} {trial.value:.5f}"
        show.say(f"trial {trial.number}, {trial.seconds:.0f} s: {what}; {_changes(trial)}")

    return tell


def _changes(trial: TrialResult) -> str:
    return ", ".join(f"{name}={show.value(value)}" for name, value in trial.changes.items())


def _report(results: Sequence[TrialResult], axes: Mapping[str, Axis], watch: str, best: int, out: Path) -> None:
    good = [trial for trial in results if trial.value is not None]
    others = [name for name in ("mse", "conservation_error_mean", "continuity_error_mean") if name != watch]
    shown = [name for name in others if good and name in good[0].metrics]
    rows = [
        [
            str(trial.number),
            *(show.value(trial.changes[name]) for name in axes),
            f"{trial.value:.5g}",
            *(show.figure(trial.metrics[name]) for name in shown),
            f"{trial.seconds:.0f}",
        ]
        for trial in good[:best]
    ]
    heads = [name.replace("_", " ") for name in (watch, *shown)]
    if rows:
        print(f"the best of {len(results)} trials")
        show.table(["trial", *axes, *heads, "seconds"], rows)
    for trial in results[len(good) :]:
        show.say(f"trial {trial.number} failed: {trial.message}; {_changes(trial)}")
    if good:
        from inloop.training.picture import sweep_figure
        from inloop.validation.figures import save_figure

        save_figure(sweep_figure(good, axes, metric=watch), out)
        show.say(f"picture: {out}")


def _plain(results: Sequence[TrialResult], directory: Path) -> dict[str, Any]:
    return {
        f"trial-{trial.number}": {
            **trial.metrics,
            "changes": trial.changes,
            "seconds": trial.seconds,
            "attempts": trial.attempts,
            "directory": str(trial.directory.relative_to(directory)),
        }
        | ({"message": trial.message} if trial.message else {})
        for trial in results
    }


app = verb(
    "sweep",
    "Many trainings over a space of configurations; start it again, or twice, and it goes on.",
    sweep,
    {"mir": "inloop.cli.sweep_mir:sweep"},
)
