"""The training loop.

A network, batches of samples, the terms of a loss and a `FitConfig` go in; the network comes out trained. The numbers
depend on these alone: the order of the samples is a function of (seed, epoch), what is random inside a step of (seed,
step, process), so a run that is killed and started again goes on from its last checkpoint as if nothing had happened,
to the last bit on a CPU with the same number of threads. (A limit in seconds is the exception: it also drives the
learning rate's schedule, and depends on the machine.) Several processes under torchrun take equal shares of each
batch; each mean of the loss is divided by the count over the whole batch, so they follow the single process to the
rounding of sums taken in another order, about 1e-6 of the loss a step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from inloop.case import Batch, Source
from inloop.constraints import Mean
from inloop.errors import InloopError
from inloop.training import checkpoint
from inloop.training.config import to_dict
from inloop.training.distributed import World, world
from inloop.training.events import Events
from inloop.training.failures import TrainingError
from inloop.training.schedule import learning_rate
from inloop.training.soap import Soap

CHECKPOINT, WEIGHTS = "checkpoint.safetensors", "weights.safetensors"

Tensors = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """How to train. At least one of epochs, steps and seconds limits the run; the first one reached ends it."""

    optimizer: Literal["adam", "adamw", "sgd", "soap"] = "adamw"
    """adam, adamw, sgd, or soap: Adam in the gradients' own directions, for small networks."""
    learning_rate: float = 1e-3
    """Its largest value."""
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    """How the learning rate falls towards the end of the run: constant, linear or cosine."""
    warmup: float = 0.05
    """Share of the run over which the learning rate first rises."""
    weight_decay: float = 0.0
    """Pull of the weights towards zero, as the optimizer understands it."""
    momentum: float = 0.9
    """Of sgd."""
    clip: float | None = 1.0
    """Longest gradient (2-norm over all weights); None: as they come."""
    batch: int = 64
    """Samples a step, over all processes."""
    epochs: int | None = 10
    """Most passes over the samples."""
    steps: int | None = None
    """Most steps."""
    seconds: float | None = None
    """Most seconds; the learning rate then follows the clock, so runs differ."""
    evaluate_every: int | None = None
    """Steps between evaluations; None: once an epoch."""
    patience: int | None = None
    """Stop early after so many evaluations without a better one."""
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    """What the network computes in (losses and weights stay in fp32): fp32, bf16, or fp16, on a GPU only."""
    seed: int = 0
    """Of the first weights and of the order of the samples."""

    def __post_init__(self) -> None:
        limits = ("epochs", "steps", "seconds", "evaluate_every", "patience")
        for name in ("learning_rate", "clip", "batch", *limits):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InloopError(f"{name}: {value} is not positive")
        for name in ("weight_decay", "momentum", "seed"):
            if getattr(self, name) < 0:
                raise InloopError(f"{name}: {getattr(self, name)} is negative")
        if not 0 <= self.warmup < 1:
            raise InloopError(f"warmup: {self.warmup} is not a share of the run; give 0 or more and less than 1")
        if self.epochs is self.steps is self.seconds is None:
            raise InloopError("epochs: nothing limits the run; give epochs, steps or seconds")


class Progress(NamedTuple):
    """One step, as the callback sees it."""

    step: int
    """Steps done, this one included."""
    steps: int | None
    """Steps of the whole run, None if only time limits it."""
    share: float
    """Of the run that is done, 0 to 1."""
    epoch: int
    loss: float
    terms: dict[str, float]
    learning_rate: float
    seconds: float
    """Spent so far, in earlier parts of the run too."""
    metrics: dict[str, float] | None
    """Of the evaluation after this step, if there was one."""


class Fitted(NamedTuple):
    """A finished run; its network holds the best weights, or the last ones where no `evaluate` told which are best."""

    metrics: dict[str, float]
    """Of these weights."""
    step: int
    """After which they were taken."""
    history: list[dict[str, Any]]
    """Of each evaluation: step, epoch, seconds and metrics, "loss" being the mean over the steps since the last."""
    steps: int
    seconds: float
    stopped: str
    """What ended the run: epochs, steps, seconds or patience."""


def fit(
    net: nn.Module,
    source: Source,
    *,
    encode: Callable[[Tensors], Tensor],
    loss: Callable[[Tensor, Tensors], Mapping[str, Mean]],
    weights: Mapping[str, float],
    how: FitConfig,
    evaluate: Callable[[nn.Module], dict[str, float]] | None = None,
    watch: str = "loss",
    directory: Path | None = None,
    about: Mapping[str, Any] | None = None,
    checkpoint_seconds: float = 60.0,
    tensorboard: bool = False,
    progress: Callable[[Progress], None] = lambda progress: None,
    device: str | None = None,
) -> Fitted:
    """Train `net` in place.

    encode: a batch -> what the network takes. loss: the network's output and the batch -> the terms by name; their sum
    weighted by `weights` is minimised. evaluate: the network on held-out samples -> metrics; the smallest `watch` marks
    the best weights. directory: where the best weights, TensorBoard's events and, `checkpoint_seconds` apart and at the
    end, checkpoints go; a run found there goes on, if it is this run (`about`: what else makes it so, JSON). Processes
    share the directory. progress is called after each step in the leading process.
    """
    with world(device) as here, torch.random.fork_rng([here.device] if here.device.type == "cuda" else []):
        if how.batch % here.size:
            raise InloopError(f"fit.batch: {how.batch} is not a multiple of the {here.size} processes")
        if len(source) < how.batch:
            raise InloopError(f"fit.batch: {how.batch} samples a step, the data has {len(source)}; give more data")
        if how.precision == "fp16" and here.device.type != "cuda":
            raise InloopError(f"fit.precision: fp16 underflows on a {here.device.type}; take fp32 or bf16")
        if directory is not None and here.leads:
            directory.mkdir(parents=True, exist_ok=True)
        identity = {"fit": to_dict(how), "weights": dict(weights), "samples": len(source), **(about or {})}
        run = _Run(net.to(here.device), how, here, directory, identity, epoch_steps=len(source) // how.batch)
        events = Events(directory, run.state.step) if tensorboard and directory is not None and here.leads else None
        here.share_weights(net)
        written = time.monotonic()
        for batch in run.batches(source):
            terms, rate = run.learn(batch, encode, loss, weights)
            metrics = run.evaluated(evaluate, watch) if run.evaluation_is_due else None
            if here.leads:
                step = run.progress(terms, rate, metrics)
                progress(step)
                if events is not None:
                    events.add(step.step, terms | {"learning_rate": rate}, metrics or {})
                if run.over() or time.monotonic() - written >= checkpoint_seconds:
                    run.save()
                    written = time.monotonic()
        if events is not None:
            events.close()
        return run.finished(evaluate is not None)


@dataclass
class _State:
    """What changes during a run besides weights and the optimizer's memory; all of it goes into a checkpoint."""

    step: int = 0
    epoch: int = 0
    batch: int = 0  # batches of this epoch done
    clock: float = 0.0  # seconds spent in all, as of the leading process's last message
    loss_sum: float = 0.0  # since the last evaluation
    loss_count: int = 0
    best: float | None = None
    stale: int = 0  # evaluations since the best
    scaler: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    stopped: str = ""


class _Run:
    """A run as one process sees it: the verbs of the loop above."""

    def __init__(
        self,
        net: nn.Module,
        how: FitConfig,
        here: World,
        directory: Path | None,
        identity: Mapping[str, Any],
        *,
        epoch_steps: int,
    ) -> None:
        self.net, self.how, self.here, self.directory, self.identity = net, how, here, directory, identity
        self.epoch_steps = epoch_steps
        limits = [how.steps, how.epochs and how.epochs * epoch_steps]
        self.steps = min((limit for limit in limits if limit is not None), default=None)
        self.optimizer = _optimizer(net, how)
        self.scaler = torch.amp.GradScaler(here.device.type, enabled=how.precision == "fp16")
        self.state = _State()
        self.best: checkpoint.Stored | None = None  # kept here where there is no directory
        if directory is not None and (directory / CHECKPOINT).exists():
            self._resume(directory / CHECKPOINT)
        self.began = time.monotonic() - self.state.clock

    @property
    def share(self) -> float:
        """Share of the run that is done, by steps or by time, whichever is further."""
        by_steps = self.state.step / self.steps if self.steps else 0.0
        return min(1.0, max(by_steps, self.state.clock / self.how.seconds if self.how.seconds else 0.0))

    def over(self) -> bool:
        """Whether something has stopped the run."""
        return bool(self.state.stopped)

    @property
    def evaluation_is_due(self) -> bool:
        """At the end of an epoch, or after every so many steps, and when the run stops."""
        every = self.how.evaluate_every or self.epoch_steps
        return self.over() or self.state.step % every == 0

    def batches(self, source: Source) -> Iterator[Batch]:
        """Yield this process's shares of the batches, from where the run stands until it stops."""
        state, here = self.state, self.here
        while not self.over():
            for batch in source.batches(
                self.how.batch,
                seed=self.how.seed,
                epoch=state.epoch,
                start=state.batch,
                rank=here.rank,
                ranks=here.size,
            ):
                yield batch
                if self.over():  # after the step that the caller took
                    return

    def learn(
        self,
        batch: Batch,
        encode: Callable[[Tensors], Tensor],
        loss: Callable[[Tensor, Tensors], Mapping[str, Mean]],
        weights: Mapping[str, float],
    ) -> tuple[dict[str, float], float]:
        """Take one step; return the loss and its terms by name, and the learning rate."""
        how, state, device = self.how, self.state, self.here.device
        torch.manual_seed(int(np.random.SeedSequence([how.seed, state.step, self.here.rank]).generate_state(1)[0]))
        rate = learning_rate(how, self.share)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        tensors = to_tensors(batch, device)
        half = torch.float16 if how.precision == "fp16" else torch.bfloat16
        with torch.autocast(device.type, half, enabled=how.precision != "fp32"):
            output = self.net(encode(tensors))
        terms = loss(output if output.dtype == torch.float64 else output.float(), tensors)
        if terms.keys() != weights.keys():
            raise InloopError(f"weights: given for {', '.join(weights)}; the loss has the terms {', '.join(terms)}")
        totals = torch.stack([term.total.double() for term in terms.values()])
        counts = torch.stack([term.count.double() for term in terms.values()])
        # all that the processes must agree on in one message: sums, counts, the leading process's clock
        clock = totals.new_tensor([time.monotonic() - self.began if self.here.leads else 0.0])
        sums, counts, clock = torch.split(self.here.add(torch.cat([totals, counts, clock])), [len(terms)] * 2 + [1])
        counts = counts.clamp_min(1)
        factors = totals.new_tensor([weights[name] for name in terms])
        objective = (factors * totals / counts).sum()  # this process's part of it: the parts' gradients add up
        self.optimizer.zero_grad()
        torch.autograd.backward(self.scaler.scale(objective))
        self.here.add_gradients(self.net)
        self.scaler.unscale_(self.optimizer)
        if how.clip is not None:
            nn.utils.clip_grad_norm_(self.net.parameters(), how.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        figures = dict(zip(terms, (sums / counts).tolist(), strict=True))
        figures["loss"] = sum(weights[name] * value for name, value in figures.items())
        self._advance(figures["loss"], float(clock))
        return figures, rate

    def _advance(self, loss: float, clock: float) -> None:
        state, how = self.state, self.how
        state.step, state.batch, state.clock = state.step + 1, state.batch + 1, clock
        if not math.isfinite(loss):
            raise TrainingError(f"loss: is {loss} at step {state.step}; lower fit.learning_rate ({how.learning_rate})")
        state.loss_sum, state.loss_count = state.loss_sum + loss, state.loss_count + 1
        if state.batch == self.epoch_steps:
            state.epoch, state.batch = state.epoch + 1, 0
        if state.step == how.steps:
            state.stopped = "steps"
        elif state.epoch == how.epochs:
            state.stopped = "epochs"
        elif how.seconds is not None and clock >= how.seconds:
            state.stopped = "seconds"

    def evaluated(self, evaluate: Callable[[nn.Module], dict[str, float]] | None, watch: str) -> dict[str, float]:
        """Evaluate in the leading process, keep the weights if they are the best, lose patience if they are not."""
        state = self.state
        metrics = {"loss": state.loss_sum / state.loss_count}
        state.loss_sum, state.loss_count = 0.0, 0
        if evaluate is not None and self.here.leads:
            self.net.eval()
            with torch.no_grad():
                metrics |= evaluate(self.net)
            self.net.train()
            if not math.isfinite(metrics.get(watch, math.nan)):
                raise InloopError(f"{watch}: {metrics.get(watch, 'not measured')}; watch one of {', '.join(metrics)}")
        state.history.append({"step": state.step, "epoch": state.epoch, "seconds": state.clock, "metrics": metrics})
        if evaluate is None:
            return metrics
        value = float(self.here.share(torch.tensor(metrics.get(watch, 0.0), device=self.here.device)))
        if state.best is None or value < state.best:
            state.best, state.stale = value, 0
            if self.here.leads:
                self._keep_best(metrics)
        else:
            state.stale += 1
            if self.how.patience is not None and state.stale >= self.how.patience:
                state.stopped = state.stopped or "patience"
        return metrics

    def _keep_best(self, metrics: dict[str, float]) -> None:
        about = {**self.identity, "step": self.state.step, "metrics": metrics}
        if self.directory is None:
            self.best = checkpoint.Stored({n: t.detach().clone() for n, t in self.net.state_dict().items()}, about)
        else:
            checkpoint.write(self.directory / WEIGHTS, self.net.state_dict(), about)

    def progress(self, terms: dict[str, float], rate: float, metrics: dict[str, float] | None) -> Progress:
        """Say how far the run is."""
        state = self.state
        parts = {name: value for name, value in terms.items() if name != "loss"}
        return Progress(
            state.step, self.steps, self.share, state.epoch, terms["loss"], parts, rate, state.clock, metrics
        )

    def save(self) -> None:
        """Write a checkpoint, if there is a directory for it."""
        if self.directory is None:
            return
        self.state.scaler = self.scaler.state_dict()
        tensors = {f"net.{name}": tensor for name, tensor in self.net.state_dict().items()}
        if not self.over():
            tensors |= checkpoint.optimizer_tensors(self.optimizer, "optimizer.")
        checkpoint.write(self.directory / CHECKPOINT, tensors, {"run": self.identity, "state": asdict(self.state)})

    def _resume(self, path: Path) -> None:
        stored = checkpoint.read(path)
        checkpoint.refuse_other_run(path, stored.about["run"], self.identity)
        checkpoint.put_weights(self.net, stored, path, prefix="net.")
        checkpoint.put_optimizer(self.optimizer, stored, "optimizer.")
        self.state = _State(**stored.about["state"])
        self.scaler.load_state_dict(self.state.scaler)

    def finished(self, has_best: bool) -> Fitted:
        """Put the best weights into the network of every process and sum up."""
        state = self.state
        step, metrics = state.step, state.history[-1]["metrics"]
        if has_best and self.here.leads:
            path = (self.directory or Path()) / WEIGHTS
            best = self.best or checkpoint.read(path)
            checkpoint.put_weights(self.net, best, path)
            step, metrics = best.about["step"], best.about["metrics"]
        self.here.share_weights(self.net)
        return Fitted(metrics, step, state.history, state.step, state.clock, state.stopped)


def to_tensors(batch: Batch, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """Return a batch's numbers as tensors on the device; texts, which no network reads, are left out."""
    numbers = {name: array for name, array in batch.items() if array.dtype.kind in "biuf"}
    return {name: torch.from_numpy(np.require(array, None, "W")).to(device) for name, array in numbers.items()}


def _optimizer(net: nn.Module, how: FitConfig) -> torch.optim.Optimizer:
    weights = list(net.parameters())
    if how.optimizer == "sgd":
        return torch.optim.SGD(weights, how.learning_rate, momentum=how.momentum, weight_decay=how.weight_decay)
    if how.optimizer == "soap":
        return Soap(weights, how.learning_rate, weight_decay=how.weight_decay)
    kind = torch.optim.AdamW if how.optimizer == "adamw" else torch.optim.Adam
    return kind(weights, how.learning_rate, weight_decay=how.weight_decay)
