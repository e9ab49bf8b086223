"""Autoencoders of fewer channels, made of a trained one: channels cut, what is left taught on, fewer bits. Needs torch.

Beside each stands one of the same size that was taught from first weights, on the same samples, for as many passes: it
tells what the cut was worth. All become bundles that say how they came about and how good they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop.bundle import WEIGHTS, Bundle
from inloop.case import Part, Source
from inloop.data import Samples
from inloop.engines import Graph, open_graph
from inloop.errors import InloopError
from inloop.kernel import load
from inloop.mir.autoencoder import FRACTIONS, publish
from inloop.mir.learning import AUTOENCODER, SUB_ZONES, AutoencoderRun, Moved, core, encode
from inloop.mir.learning_graph_family import OfZones, graph_bytes, network_of
from inloop.mir.sampled import PIXELS
from inloop.nets import Autoencoder
from inloop.optimize import quantize
from inloop.optimize.autoencoders import thinned
from inloop.optimize.pareto import Candidate, Comparison
from inloop.optimize.row_variants import tuning
from inloop.optimize.throughput import Effort, take_turns
from inloop.training import run as runs
from inloop.training.checkpoint import load_weights
from inloop.training.config import read, replaced, to_dict
from inloop.training.fit import WEIGHTS as TRAINED
from inloop.training.fit import Fitted, Progress, fit, to_tensors
from inloop.training.run import Parts
from inloop.training.sources import Stored

TORCH = "torch"  # runs the weights; the other engines run graphs
Origin = Literal["whole", "pruned", "afresh"]

_LOOKED_AT = (
    2**25
)  # floats: samples from which the worth of channels is judged, times what the largest layer makes of one
_MOST_LOOKED_AT = 512
_CALIBRATED_ON = 64  # samples from which the steps of int8 are found


@dataclass(frozen=True, kw_only=True)
class FamilyRun:
    """Which variants, and how they are taught and measured."""

    channels: tuple[int, ...]
    """Of all layers."""
    precisions: tuple[str, ...] = quantize.PRECISIONS
    """Of the fully connected layers; what is taught afresh stays in float32."""
    engine: str = "onnxruntime"
    """Where the graphs run."""
    teach: int = 40_000
    """Most samples to teach on."""
    measure: int = 2_000
    """Most samples of the test part to measure on, and of the validation part to choose weights by."""
    epochs: int | None = None
    """Passes after a cut; 0: none. None: a quarter of the training's."""
    seed: int = 0
    """Of the order in which samples teach, and of first weights."""

    def __post_init__(self) -> None:
        quantize.checked_precisions(self.precisions)
        if self.engine.startswith(TORCH):
            raise InloopError(f"engine '{self.engine}' runs no graphs of autoencoders; take onnxruntime or openvino")


@dataclass(frozen=True, eq=False)
class Parent:
    """A finished training."""

    config: AutoencoderRun
    net: Autoencoder
    sha256: str
    """Of its weights' file."""


@dataclass(frozen=True)
class Variant:
    """A bundle, and what was measured of it."""

    bundle: Bundle
    figures: Mapping[str, float]

    @property
    def precision(self) -> str:
        """Of its fully connected layers."""
        return str(self.bundle.network["precision"])

    def engines(self, graphs: str) -> tuple[str, ...]:
        """Where it runs as it is meant to."""
        return (TORCH, graphs) if self.precision == "float32" else (graphs,)


class _Made(NamedTuple):
    """A network, and how it came about."""

    origin: Origin
    net: Autoencoder
    done: Mapping[str, Any]
    as_cut: Mapping[str, float]
    """Its errors before it was taught on, if it was cut."""


@dataclass(frozen=True, eq=False)
class _Bench:
    """What all variants have in common."""

    run: FamilyRun
    parent: Parent
    samples: Parts
    tuned: AutoencoderRun
    """How cut networks are taught on."""
    afresh: AutoencoderRun
    """How those from first weights are."""
    directory: Path
    out: Path
    command: str
    say: Callable[[str], None]


def parent_of(directory: Path) -> Parent:
    """The best weights of a training's directory, as `inloop train mir` leaves it."""
    config_file, weights = directory / runs.CONFIG, directory / TRAINED
    if not config_file.is_file() or not weights.is_file():
        below = [str(path.parent) for path in sorted(directory.rglob(TRAINED))]
        hint = f"take one of {', '.join(below)}" if below else "inloop train mir --model 4-channels makes one"
        raise InloopError(f"{directory}: holds no trained autoencoder; {hint}")
    config = read(AutoencoderRun, config_file)
    net = Autoencoder(config.net)
    load_weights(net, weights)
    if config.net.channels == 1:
        raise InloopError(f"{directory}: its autoencoder has one channel, so nothing can be cut; take another training")
    return Parent(config, net.eval(), hashlib.sha256(weights.read_bytes()).hexdigest())


def usual_channels(parent: Parent) -> tuple[int, ...]:
    """Half of them, a quarter and so on down to two, or one of two."""
    whole = parent.config.net.channels
    return tuple(whole >> k for k in range(1, whole.bit_length()) if whole >> k > 1) or (1,)


def make(
    run: FamilyRun,
    parent: Parent,
    store: Path,
    *,
    directory: Path,
    out: Path,
    command: str,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Variant]:
    """Make and yield the parent, measured, and one variant after the other, its bundle in a folder of `out`.

    directory: where networks in training are kept; what is there goes on, or is finished and used.
    """
    runs.use_threads(1)  # the sums' order, and so the weights, depend on the number
    changes = tuning(parent.config.fit, run.epochs or None, run.seed)
    tuned = replaced(parent.config, changes)
    samples = Parts(*(_source(run, parent.config, store, part) for part in ("train", "validation", "test")))
    as_taught = {"fit.learning_rate": parent.config.fit.learning_rate}
    bench = _Bench(run, parent, samples, tuned, replaced(tuned, as_taught), directory, out, command, say)
    classical = AUTOENCODER.classical(samples.test)
    first: Variant | None = None
    for made in _networks(bench):
        graph = graph_bytes(OfZones(made.net))
        for precision in ("float32",) if made.origin == "afresh" else _with_float32(run.precisions, first is None):
            variant = _variant(bench, made, graph, precision, first, classical)
            first = first or variant
            yield variant


def _with_float32(precisions: Sequence[str], wanted: bool) -> tuple[str, ...]:
    """The parent is measured in single precision whatever is asked for, and first."""
    return tuple(dict.fromkeys(("float32", *precisions))) if wanted else tuple(precisions)


def _source(run: FamilyRun, config: AutoencoderRun, store: Path, part: Part) -> Source:
    most = run.teach if part == "train" else run.measure
    stored = Stored(Samples(store), part, names=("fractions", "coverage"), most=most)
    return Moved(stored) if config.augment and part == "train" else stored


def _networks(bench: _Bench) -> Iterator[_Made]:
    """The parent, and for each number of channels the one that is cut and the one that is taught afresh."""
    parent, run = bench.parent, bench.run
    yield _Made("whole", parent.net, {}, {})
    shape = parent.config.net
    count = max(2, min(_MOST_LOOKED_AT, _LOOKED_AT // (shape.channels * shape.size**2)))
    images = encode(to_tensors(next(iter(bench.samples.validation.in_order(count)))))
    for channels in run.channels:
        thin, cuts = thinned(parent.net, channels, images)
        as_cut = AUTOENCODER.metrics(thin.eval(), bench.samples.test)
        done: dict[str, Any] = {
            "cut": {"channels": channels, "lost": [cut.lost for cut in cuts], "samples": len(images)}
        }
        if run.epochs != 0:
            done["taught"] = _taught(bench, thin, bench.tuned, "pruned")
        yield _Made("pruned", thin.eval(), done, as_cut)
        if run.epochs != 0:
            config = replaced(bench.afresh, {"net.channels": channels})
            new = runs.new_network(AUTOENCODER, config)
            assert isinstance(new, Autoencoder)
            taught = _taught(bench, new, config, "afresh")
            yield _Made("afresh", new.eval(), {"taught": taught}, {})


def _taught(bench: _Bench, net: Autoencoder, config: AutoencoderRun, origin: Origin) -> dict[str, Any]:
    """Teach a network in place, by the loss that taught the parent; what was done."""
    channels, samples = net.config.channels, bench.samples

    def progress(step: Progress) -> None:
        if step.metrics is not None:
            error = step.metrics[AUTOENCODER.watch]
            bench.say(f"{channels} channels, {origin}, pass {step.epoch}, {step.seconds:.0f} s: {error:.5f}")

    config = replaced(config, {"net.channels": channels})
    fitted: Fitted = fit(
        net,
        samples.train,
        encode=encode,
        loss=lambda output, batch: AUTOENCODER.loss(config, output, batch),
        weights=AUTOENCODER.weights(config),
        how=config.fit,
        evaluate=lambda trained: AUTOENCODER.metrics(trained, samples.validation),
        watch=AUTOENCODER.watch,
        directory=bench.directory / f"{_name(bench.parent.net)}-{channels}-{origin}",
        about={
            **({"parent": bench.parent.sha256} if origin == "pruned" else {}),
            "config": to_dict(config),
            "data": dict(samples.train.about),
            "validation": dict(samples.validation.about),
        },
        progress=progress,
        device="cpu",
    )
    return {"steps": fitted.steps, "seconds": round(fitted.seconds), "fit": to_dict(config.fit)}


def _variant(
    bench: _Bench,
    made: _Made,
    graph: bytes,
    precision: str,
    first: Variant | None,
    classical: Mapping[str, Mapping[str, float]],
) -> Variant:
    """Write a variant's bundle, measure it, and write the figures into it."""
    parent, samples = bench.parent, bench.samples
    channels = "" if made.origin == "whole" else f"-{made.net.config.channels}-{made.origin}"
    name = f"{_name(parent.net)}{channels}-{precision}"
    done = dict(made.done)
    if precision == "int8":
        zones = core(to_tensors(next(iter(samples.validation.in_order(_CALIBRATED_ON))))["fractions"]).float().numpy()
        graph = quantize.in_int8(graph, {FRACTIONS: zones}, of=FRACTIONS)
        done["int8"] = {"calibrated_on": f"{len(zones)} samples of the validation part"}
    elif precision != "float32":
        graph = quantize.in_half(graph, precision, of=FRACTIONS)

    def written(errors: Mapping[str, Any]) -> Bundle:
        return publish(
            {key: value.detach().numpy() for key, value in made.net.state_dict().items()},
            bench.out / name,
            name=name,
            shape=to_dict(made.net.config),
            graph=graph,
            precision=precision,
            provenance={
                "command": bench.command,
                "seed": bench.run.seed,
                "data": dict(samples.train.about),
                **({} if made.origin == "afresh" else {"parent": {"name": _name(parent.net), WEIGHTS: parent.sha256}}),
                "run": to_dict(parent.config),
                **done,
            },
            errors=errors,
        )

    engine = TORCH if precision == "float32" else bench.run.engine
    net = made.net if engine == TORCH else _OnEngine(open_graph(written({}), engine))
    figures = AUTOENCODER.metrics(net, samples.test)
    stated: dict[str, Any] = {**figures, "engine": engine, "classical": dict(classical)}
    stated |= {"as_cut": dict(made.as_cut)} if made.as_cut else {}
    stated |= {"parent": dict(first.figures)} if first is not None else {}
    bench.say(f"{name}: {AUTOENCODER.watch.replace('_', ' ')} {figures[AUTOENCODER.watch]:.5f}")
    if made.as_cut:
        figures["mse_as_cut"] = made.as_cut["mse"]
    return Variant(written(stated), figures)


def _name(net: Autoencoder) -> str:
    return f"autoencoder-{net.config.channels}"


class _OnEngine(nn.Module):
    """A bundle's graph, called as if it were an autoencoder of torch."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self._graph = graph
        self.nothing = nn.Parameter(torch.empty(0), requires_grad=False)  # who measures asks where parameters are

    def forward(self, images: Tensor) -> Tensor:
        """(n, 64, 64), each zone's pixels alike, to (n, 64, 64)."""
        zones = np.ascontiguousarray(images[:, ::SUB_ZONES, ::SUB_ZONES].numpy())
        return torch.from_numpy(self._graph.run({FRACTIONS: zones}))


def compared(variants: Sequence[Variant], engine: str, store: Path, effort: Effort, size: int) -> Comparison:
    """Error and speed of every variant wherever it runs; calls on `size` samples, from fractions to images, take turns.

    The first one is what the others were made of, where it is faster.
    """
    batch = next(iter(Stored(Samples(store), "test", names=("fractions",)).in_order(size)))
    zones = core(to_tensors(batch)["fractions"]).float().numpy()
    samples = np.ascontiguousarray(np.resize(zones, (size, *zones.shape[1:])))
    places = [(one, where) for one in variants for where in one.engines(engine)]
    calls = {(one.bundle.name, where): _call(one, where, samples) for one, where in places}
    for call in calls.values():
        call()  # warms up
    times = take_turns(calls, effort)
    found = [
        Candidate(
            name=one.bundle.name,
            engine=where,
            precision=one.precision,
            error=one.figures[AUTOENCODER.watch],
            rate=size / median(times[one.bundle.name, where]),
            figures={name: value for name, value in one.figures.items() if name != AUTOENCODER.watch},
        )
        for one, where in places
    ]
    parent = max((one for one in found if one.name == variants[0].bundle.name), key=lambda one: one.rate)
    return Comparison([parent, *(one for one in found if one is not parent)], error=AUTOENCODER.watch.replace("_", " "))


def _call(one: Variant, engine: str, samples: NDArray[np.float32]) -> Callable[[], object]:
    """A bundle as a host calls it, or its weights in torch."""
    out = np.empty((len(samples), PIXELS, PIXELS), dtype=np.float32)
    if engine != TORCH:
        kernel = load(one.bundle.path, engine=engine)
        return lambda: kernel(samples, out)
    net = network_of(one.bundle)

    def call() -> None:
        with torch.inference_mode():
            out[...] = net(torch.from_numpy(samples)).numpy()

    return call
