"""Many trainings over a space of configurations: which channels, pooling stride, dilation ... do best?

Optuna proposes, worker processes (spawned, one trial at a time) train, one journal file keeps everything. Several
sweeps, on one machine or on many that share the directory, may work on the same journal; start one more to help.
Nothing is lost when something is killed: a trial whose worker died is put back into the queue at once, one whose
whole sweep died when the next sweep looks for work, and both go on in the trial's own directory, from its checkpoint.

Only the process that leads a sweep writes to the journal. It holds a lock on a file of its own for as long as it
lives, and its trials carry that file's name: if nobody holds the lock, the trial is an orphan.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from inloop.errors import InloopError
from inloop.training.axes import Axis, Choices, Span, Value
from inloop.training.locks import alive, life, locked

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    import optuna

Objective = Callable[[Mapping[str, Value], Path], Mapping[str, float]]
"""Values by dotted names, and a directory of the trial's own that survives it -> metrics. Must pickle by reference."""

JOURNAL = "journal.log"


@dataclass(frozen=True, kw_only=True)
class SweepConfig:
    """How to sweep."""

    sampler: Literal["grid", "random", "tpe"] = "grid"
    """grid: every combination of choices; random; tpe: Optuna's tree-structured Parzen estimator."""
    trials: int | None = None
    """How many, of all sweeps on the journal together; the grid knows by itself."""
    workers: int = 1
    """Processes of this sweep."""
    attempts: int = 3
    """How often a trial is tried whose worker dies."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("trials", "workers", "attempts"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise InloopError(f"{name}: {getattr(self, name)} is below 1; give a positive number")
        if (self.sampler == "grid") != (self.trials is None):
            raise InloopError(f"trials: {self.trials} with sampler {self.sampler}; a grid takes none, others a number")


class TrialResult(NamedTuple):
    """What came of one trial."""

    number: int
    changes: dict[str, Value]
    metrics: dict[str, float]
    """Empty if it failed."""
    value: float | None
    """The watched metric; None if it failed."""
    message: str
    """Why it failed."""
    attempts: int
    """Workers that died over it."""
    seconds: float
    directory: Path


def sweep(
    objective: Objective,
    axes: Mapping[str, Axis],
    *,
    how: SweepConfig,
    directory: Path,
    watch: str,
    about: Mapping[str, Any] | None = None,
    progress: Callable[[TrialResult], None] = lambda result: None,
) -> list[TrialResult]:
    """Try the objective over the axes (dotted name -> values); return the trials, the smallest `watch` first.

    directory: holds the journal and a folder a trial. A sweep found there goes on if it is the same one (axes, watch
    and `about`, any JSON that says what else makes it so). progress is called after each trial of this sweep.
    """
    if not axes:
        raise InloopError("axes: nothing to vary; name a field and its values, such as net.channels=2,4,8")
    if how.sampler == "grid" and (spans := [name for name, axis in axes.items() if isinstance(axis, Span)]):
        raise InloopError(f"{spans[0]}: a grid takes choices such as 2,4,8; take sampler random or tpe for a span")
    directory.mkdir(parents=True, exist_ok=True)
    with life(directory / "sweeps") as owner:
        queue = _Queue(directory, axes, how, watch, about or {}, owner)
        crew = _Crew(objective, how.workers)
        try:
            _lead(queue, crew, progress)
        finally:
            crew.dismiss()
            for worker in crew.workers:
                if worker.trial is not None:  # interrupted: somebody else's work now, at no attempt's cost
                    queue.put_back(worker.trial, died="")
        return queue.results()


def _lead(queue: _Queue, crew: _Crew, progress: Callable[[TrialResult], None]) -> None:
    """Hand out trials and gather results until there is nothing left to do."""
    while True:
        for worker in crew.workers:
            if worker.trial is None and (task := queue.next()) is not None:
                worker.trial = task.number
                crew.send(worker, task.changes, task.directory)
        if not crew.busy:
            return
        for worker, answer in crew.answers():
            number, worker.trial = worker.trial, None
            assert number is not None
            if answer is None:
                queue.put_back(number, died=crew.replace(worker))
            else:
                queue.close(number, answer)
            if (result := queue.result(number)) is not None:
                progress(result)


# ---- the queue: what is to be done, kept in the journal -------------------------------------------------------------


class _Task(NamedTuple):
    number: int
    changes: dict[str, Value]
    directory: Path


class _Answer(NamedTuple):
    metrics: dict[str, float]
    message: str  # why there are none
    seconds: float


class _Queue:
    def __init__(
        self,
        directory: Path,
        axes: Mapping[str, Axis],
        how: SweepConfig,
        watch: str,
        about: Mapping[str, Any],
        owner: str,
    ) -> None:
        try:
            import optuna
            from optuna.storages.journal import JournalFileBackend
        except ImportError:
            raise InloopError("optuna: is not installed; pip install inloop[train]") from None
        self.optuna, self.directory, self.axes, self.how = optuna, directory, axes, how
        self.watch, self.owner = watch, owner
        self.taken: dict[int, optuna.Trial] = {}  # by this sweep
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with locked(directory / "lock"):
            storage = optuna.storages.JournalStorage(JournalFileBackend(str(directory / JOURNAL)))
            self.study = optuna.create_study(
                storage=storage, study_name="sweep", direction="minimize", load_if_exists=True
            )
            self._refuse_other_sweep({"axes": {n: repr(axis) for n, axis in axes.items()}, "watch": watch, **about})
            if how.sampler == "grid":
                names, values = list(axes), [axis.values for axis in axes.values() if isinstance(axis, Choices)]
                for point in itertools.product(*values):
                    self.study.enqueue_trial(dict(zip(names, point, strict=True)), skip_if_exists=True)

    def _refuse_other_sweep(self, about: Mapping[str, Any]) -> None:
        wanted = json.loads(json.dumps(about))
        found = self.study.user_attrs.get("about")
        if found is None:
            self.study.set_user_attr("about", wanted)
            return
        for name in [*wanted, *found]:
            if wanted.get(name) != found.get(name):
                raise InloopError(
                    f"{self.directory}: holds a sweep with {name} = {found.get(name)}, "
                    f"this one has {wanted.get(name)}; choose another directory"
                )

    def _all(self) -> list[optuna.trial.FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def next(self) -> _Task | None:
        """Take the next trial, or None if all have been taken."""
        states = self.optuna.trial.TrialState
        with locked(self.directory / "lock"):
            for orphan in self._all():
                # one without an owner: killed between taking and signing for it, both of which happen under the lock
                owner = orphan.user_attrs.get("owner")
                if orphan.state == states.RUNNING and not alive(self.directory / "sweeps", owner):
                    self._put_back(orphan, died="")
            trials = self._all()
            waiting = any(trial.state == states.WAITING for trial in trials)
            begun = sum("origin" not in trial.user_attrs for trial in trials)
            if not waiting and (self.how.trials is None or begun >= self.how.trials):
                return None
            self.study.sampler = self._sampler(len(trials))
            trial = self.study.ask()
            changes = {name: axis.suggested(trial, name) for name, axis in self.axes.items()}
            trial.set_user_attr("owner", self.owner)
            self.taken[trial.number] = trial
            return _Task(trial.number, changes, self._directory(trial.user_attrs.get("origin", trial.number)))

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        """Seeded anew for each trial: whichever sweep asks, no two draw the same numbers."""
        samplers = self.optuna.samplers
        kind = samplers.TPESampler if self.how.sampler == "tpe" else samplers.RandomSampler
        sampler: optuna.samplers.BaseSampler = kind(seed=(self.how.seed * 1_000_003 + number) % 2**32)
        return sampler

    def _directory(self, origin: int) -> Path:
        path = self.directory / "trials" / f"{origin:05d}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def close(self, number: int, answer: _Answer) -> None:
        """Enter what a worker answered."""
        trial = self.taken[number]
        message, value = answer.message, answer.metrics.get(self.watch, math.nan)
        if not message and not math.isfinite(value):
            message = f"{self.watch} is {value}; the trial measured {', '.join(answer.metrics) or 'nothing'}"
        trial.set_user_attr("seconds", answer.seconds)
        if message:
            trial.set_user_attr("message", message)
            self.study.tell(number, state=self.optuna.trial.TrialState.FAIL)
        else:
            trial.set_user_attr("metrics", answer.metrics)
            self.study.tell(number, value)

    def put_back(self, number: int, died: str) -> None:
        """Queue a trial again whose worker died (how) or was dismissed ("")."""
        with locked(self.directory / "lock"):
            self._put_back(self._all()[number], died)

    def _put_back(self, frozen: optuna.trial.FrozenTrial, died: str) -> None:
        attempts = frozen.user_attrs.get("attempts", 0) + bool(died)
        follows = [trial.user_attrs.get("follows") for trial in self._all()]
        if died and attempts >= self.how.attempts:
            message = f"the worker died {attempts} times over it, the last time by {died}"
            self.taken[frozen.number].set_user_attr("message", message)
        elif frozen.number not in follows:  # queued before it is closed: killed in between, it is not queued twice
            origin = frozen.user_attrs.get("origin", frozen.number)
            attrs = {"origin": origin, "attempts": attempts, "follows": frozen.number}
            self.study.enqueue_trial(frozen.params, user_attrs=attrs)
        self.study.tell(frozen.number, state=self.optuna.trial.TrialState.FAIL)

    def result(self, number: int) -> TrialResult | None:
        """Tell what came of a trial; None if it is not over."""
        trial = self._all()[number]
        attrs = trial.user_attrs
        origin = attrs.get("origin", number)
        if trial.state == self.optuna.trial.TrialState.FAIL and "message" not in attrs:
            return None  # put back
        if not trial.state.is_finished():
            return None
        return TrialResult(
            origin,
            dict(trial.params),
            dict(attrs.get("metrics", {})),
            trial.value,
            attrs.get("message", ""),
            attrs.get("attempts", 0),
            attrs.get("seconds", 0.0),
            self._directory(origin),
        )

    def results(self) -> list[TrialResult]:
        """All trials that are over, best first, failures last."""
        over = [result for trial in self._all() if (result := self.result(trial.number)) is not None]
        return sorted(over, key=lambda result: (math.inf if result.value is None else result.value, result.number))


# ---- the crew: processes that do it ---------------------------------------------------------------------------------


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: connection.Connection
    trial: int | None = None


class _Crew:
    def __init__(self, objective: Objective, size: int) -> None:
        self.objective = objective
        self.workers = [self._hired() for _ in range(size)]

    def _hired(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(self.objective, theirs), daemon=True)
        process.start()
        theirs.close()  # so that the worker's death ends the pipe
        return _Worker(process, ours)

    @property
    def busy(self) -> bool:
        return any(worker.trial is not None for worker in self.workers)

    def send(self, worker: _Worker, changes: Mapping[str, Value], directory: Path) -> None:
        with contextlib.suppress(OSError):  # dead already: its pipe will say so
            worker.pipe.send((dict(changes), directory))

    def answers(self) -> Iterator[tuple[_Worker, _Answer | None]]:
        """Wait; yield who has answered what, None from the dead."""
        busy = [worker for worker in self.workers if worker.trial is not None]
        ready = connection.wait([worker.pipe for worker in busy])
        for worker in busy:
            if worker.pipe in ready:
                try:
                    yield worker, _Answer(*worker.pipe.recv())
                except (EOFError, OSError):
                    yield worker, None

    def replace(self, worker: _Worker) -> str:
        """Hire somebody for a dead worker; say how it died."""
        worker.process.join()
        code = worker.process.exitcode or 0
        worker.pipe.close()
        fresh = self._hired()
        worker.process, worker.pipe = fresh.process, fresh.pipe
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    def dismiss(self) -> None:
        for worker in self.workers:
            if worker.trial is None:
                with contextlib.suppress(OSError):
                    worker.pipe.send(None)
            else:
                worker.process.terminate()
        for worker in self.workers:
            worker.process.join(10)
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()


def _work(objective: Objective, pipe: connection.Connection) -> None:
    """Do what comes down the pipe until nothing more does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the leading process decides what Ctrl-C means
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if task is None:
            return
        changes, directory = task
        began = time.monotonic()
        metrics, message = {}, ""
        try:
            metrics = {name: float(value) for name, value in objective(changes, directory).items()}
        except InloopError as error:
            message = str(error)
        except Exception as error:  # one bad trial must not end a sweep; it is told in the results
            message = f"{type(error).__name__}: {error}"
        pipe.send((metrics, message, time.monotonic() - began))
