"""Smaller and rougher variants of a level-set kernel: units cut, taught on, linear layers in fewer bits. Needs torch.

Everything is decided by an `OptimizeRun`. Each variant becomes a bundle that says what was done to which parent and
what that cost: on held-out samples, in both laws, in simulations that the caller runs. Whatever the network computes
in, lines, averages and areas stay in the core, in double, so neither law depends on a variant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop import mir
from inloop.bundle import WEIGHTS, Bundle
from inloop.kernel import NATIVE, load
from inloop.mir import learning_levels as levels
from inloop.mir import outside
from inloop.mir.a_priori.samples import HeldOut, held_out
from inloop.mir.gate import Judge
from inloop.mir.layers import Layers
from inloop.mir.learned import KIND, VERTICES, opened
from inloop.mir.learning_gate import calibrated
from inloop.mir.learning_graph import graph_bytes
from inloop.mir.publish import hostile_fields, publish
from inloop.mir.sampled import PIXELS
from inloop.mir.samples.exact import HALO
from inloop.nets.perceptron import PerceptronConfig
from inloop.optimize import prune, quantize
from inloop.optimize.pareto import Candidate, Comparison
from inloop.optimize.throughput import Effort, take_turns
from inloop.training.config import to_dict
from inloop.training.fit import FitConfig, Progress, fit

Say = Callable[[str], None]
Simulate = Callable[[mir.Learned], Mapping[str, float]]

_LOOKED_AT = 100_000  # views from which the worth of units is judged
_CALIBRATED_ON = 20_000  # views from which the steps of int8 are found
_LAWS_ON = 100  # samples of each store on which the laws are measured, besides hostile fields


@dataclass(frozen=True, kw_only=True)
class OptimizeRun:
    """Which variants, and how they are taught and measured."""

    widths: tuple[int, ...] = (96, 80, 64, 48, 32)
    """Of the hidden layers; one that is wide enough already is left as it is."""
    precisions: tuple[str, ...] = quantize.PRECISIONS
    """Of the linear layers, for each width."""
    engine: str = "onnxruntime"
    """Where what is not in float32 runs."""
    teach: int = 40_000
    """Most samples of each store to fine-tune on."""
    measure: int = 2_000
    """Most samples of each store's test part to measure on, and of its validation part to choose and calibrate by."""
    levels: levels.LevelsRun = field(
        default_factory=lambda: levels.LevelsRun(
            relative=0.2, fit=FitConfig(learning_rate=3e-3, weight_decay=1e-4, warmup=0.1, epochs=8, batch=64)
        )
    )
    """How cut networks are taught on; its `net` has no say."""
    tune: bool = True
    """Whether they are."""

    def __post_init__(self) -> None:
        prune.checked_widths(self.widths)
        quantize.checked_precisions(self.precisions)


@dataclass(frozen=True)
class Variant:
    """A bundle, and what was measured of it."""

    bundle: Bundle
    width: int
    precision: str
    held_out: Mapping[str, float]
    """On samples, and in the laws."""
    in_the_loop: Mapping[str, float]

    def engines(self, graphs: str) -> tuple[str, ...]:
        """Where it runs as it is meant to: the core computes in float32."""
        return (NATIVE, graphs) if self.precision == "float32" else (graphs,)


@dataclass(frozen=True)
class _Bench:
    """The samples, opened once, and who measures in the loop."""

    run: OptimizeRun
    train: levels.ViewSource
    validation: levels.ViewSource
    test: levels.ViewSource
    samples: Sequence[HeldOut]
    simulate: Simulate
    say: Say


def parent_of(bundle: str) -> Bundle:
    """A bundle by its folder or shipped name; refuses one of another kind of network."""
    return opened(bundle, KIND, VERTICES).bundle


def make(
    run: OptimizeRun,
    parent: Bundle,
    stores: Sequence[Path],
    *,
    directory: Path,
    out: Path,
    command: str,
    simulate: Simulate = lambda method: {},
    say: Say = lambda text: None,
) -> Iterator[Variant]:
    """Make and yield the parent, measured, and one variant after the other, its bundle in a folder of `out`.

    directory: where networks in training are kept; what is there goes on, or is finished and used.
    """
    torch.set_num_threads(1)  # the sums' order, and so the weights, depend on the number
    bench = _Bench(
        run,
        levels.source(stores, "train", most=run.teach),
        levels.source(stores, "validation", most=run.measure),
        levels.source(stores, "test", most=run.measure),
        [held_out(path, most=_LAWS_ON) for path in stores],
        simulate,
        say,
    )
    whole = Layers.from_arrays(parent.weights)
    widest = max(whole.sizes[1:-1])
    first = Variant(parent, widest, "float32", *_measured(bench, parent, NATIVE))
    yield first
    for width in sorted({min(width, widest) for width in run.widths}, reverse=True):
        network, done = _cut(bench, parent, whole, width, directory)
        for precision in run.precisions:
            if width < widest or precision != "float32":
                yield _variant(bench, first, network, precision, done, out, command)


def _cut(bench: _Bench, parent: Bundle, whole: Layers, width: int, directory: Path) -> tuple[Layers, dict[str, Any]]:
    """The network with hidden layers of at most this width, taught on, and what was done."""
    hidden = [min(width, size) for size in whole.sizes[1:-1]]
    if hidden == list(whole.sizes[1:-1]):
        return whole, {}
    dense = [prune.Dense(weight, bias) for weight, bias in zip(whole.weights, whole.biases, strict=True)]
    seen = bench.train.views.feature[:_LOOKED_AT].astype(np.float64)
    thin, cuts = prune.narrowed(dense, hidden, seen, _squareplus)
    cut = Layers(tuple(layer.weight for layer in thin), tuple(layer.bias for layer in thin))
    done: dict[str, Any] = {"cut": {"sizes": list(cut.sizes), "lost": [one.lost for one in cuts]}}
    if not bench.run.tune:
        return cut, done
    net, how = network_of(cut), bench.run.levels

    def progress(step: Progress) -> None:
        if step.metrics is not None:
            error = step.metrics["symmetric_difference"]
            bench.say(f"width {width}, pass {step.epoch}, {step.seconds:.0f} s: {error:.5f}")

    fitted = fit(
        net,
        bench.train,
        encode=levels.encode,
        loss=lambda output, batch: levels.loss(how, output, batch),
        weights=levels.weights(how),
        how=how.fit,
        evaluate=lambda trained: levels.metrics(trained, bench.validation),
        watch=levels.CASE.watch,
        directory=directory / f"{parent.name}-{width}",
        about={"parent": parent.files[WEIGHTS], "sizes": list(cut.sizes), "views": len(seen)},
        progress=progress,
    )
    done["taught"] = {"steps": fitted.steps, "seconds": round(fitted.seconds), "fit": to_dict(how.fit)}
    return Layers.from_arrays({name: value.numpy() for name, value in net.state_dict().items()}), done


def _variant(
    bench: _Bench, first: Variant, network: Layers, precision: str, done: Mapping[str, Any], out: Path, command: str
) -> Variant:
    """Write a variant's bundle, measure that very bundle, and write the figures into it."""
    parent, width = first.bundle, max(network.sizes[1:-1])
    name = f"{parent.name}-{width}-{precision}"
    weights = {key: value.astype(np.float32) for key, value in network.arrays().items()}
    graph = graph_bytes(weights)
    provenance = {
        "command": command,
        "seed": bench.run.levels.fit.seed,
        "data": _about(bench),
        "parent": {"name": parent.name, "weights": parent.files[WEIGHTS]},
        **done,
    }
    if precision == "int8":
        seen = bench.validation.views.feature[:_CALIBRATED_ON]
        graph = quantize.in_int8(graph, _asked(seen), of="features")
        provenance["int8"] = {"calibrated_on": f"{len(seen)} views of the validation part"}
    elif precision != "float32":
        graph = quantize.in_half(graph, precision, of="features")
    engine = NATIVE if precision == "float32" else bench.run.engine

    def written(errors: Mapping[str, Any], judge: Judge | None) -> Bundle:
        return publish(
            weights,
            out / name,
            name=name,
            provenance=provenance,
            errors=errors,
            gate=None if judge is None else judge.about(),
            gate_weights=None if judge is None else judge.arrays(),
            graph=graph,
            precision=precision,
        )

    draft = written({}, None)
    judge = None
    if parent.gate is not None:
        bench.say(f"{name}: calibrating the gate")
        score = network_of(Judge.from_bundle(parent.weights, parent.gate).network)
        judge = calibrated(answers_of(draft, engine), score, bench.validation.views)
    figures, loop = _measured(bench, draft, engine)
    errors = {
        "held_out": {"learned": figures, "parent": dict(first.held_out)},
        "in_the_loop": {"learned": loop, "parent": dict(first.in_the_loop)},
        "engine": engine,
    }
    bench.say(f"{name}: {figures['symmetric_difference']:.5f} ({first.held_out['symmetric_difference']:.5f})")
    return Variant(written(errors, judge), width, precision, figures, loop)


def _measured(bench: _Bench, bundle: Bundle, engine: str) -> tuple[dict[str, float], dict[str, float]]:
    """A bundle's errors: on held-out samples and in the laws, and in the loop."""
    method = mir.Learned(bundle.path, engine=engine)
    figures = levels.metrics(answers_of(bundle, engine), bench.test) | _laws(method, bench.samples)
    return figures, dict(bench.simulate(method))


def _about(bench: _Bench) -> dict[str, Any]:
    """What the samples are, and how many of each store were used for what."""
    sources = {"train": bench.train, "validation": bench.validation, "test": bench.test}
    return {
        one.path.name: {
            **{key: one.about[key] for key in ("recipe", "materials", "seed")},
            **{part: source.about["stores"][k]["samples"] for part, source in sources.items()},
        }
        for k, one in enumerate(bench.samples)
    }


def _laws(method: mir.Learned, samples: Sequence[HeldOut]) -> dict[str, float]:
    """The largest breach of each law, on held-out samples and on hostile fields."""
    fields = [*hostile_fields(), *(fractions for one in samples for fractions in one.fractions)]
    faces = [mir.reconstruct(fractions, method=method) for fractions in fields]
    return {
        "conservation_error_max": max(face.conservation_error().max for face in faces),
        "continuity_error_max": max(face.continuity_error().max for face in faces),
    }


class _Outside(nn.Module):
    """A bundle's network on an engine, called as if it were torch's."""

    def __init__(self, bundle: Bundle, engine: str) -> None:
        super().__init__()
        self._graph = outside.opened(bundle, engine, 1, "float32")

    def forward(self, features: Tensor) -> Tensor:
        """(n, 58) to (n, 81)."""
        return torch.from_numpy(outside.answers(self._graph, features.numpy()))


def answers_of(bundle: Bundle, engine: str) -> nn.Module:
    """What a bundle's network answers, computed where and as it will be."""
    return network_of(Layers.from_arrays(bundle.weights)) if engine == NATIVE else _Outside(bundle, engine)


def network_of(layers: Layers) -> nn.Module:
    """The network of these numbers, in float32."""
    net = PerceptronConfig(layers.sizes).build()
    net.load_state_dict({name: torch.tensor(value, dtype=torch.float32) for name, value in layers.arrays().items()})
    return net


def _asked(features: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """All inputs of the graph, for its network's sake."""
    n = len(features)
    return {"features": features, "line": np.zeros((n, 3), np.float32), "scale": np.ones((n, 1), np.float32)}


def _squareplus(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((x + np.sqrt(x**2 + 1)) / 2)


def compared(variants: Sequence[Variant], engine: str, stores: Sequence[Path], effort: Effort, size: int) -> Comparison:
    """Error and speed of every variant wherever it runs, the first one first; calls on `size` samples take turns.

    Samples are the cores of the first store's test part, over and over; a call writes their images of coverage.
    """
    fractions = held_out(stores[0], most=size).fractions[:, 0, HALO:-HALO, HALO:-HALO]
    samples = np.ascontiguousarray(np.resize(fractions, (size, *fractions.shape[1:])))
    out = np.empty((size, PIXELS, PIXELS), dtype=np.float32)
    places = [(one, where) for one in variants for where in one.engines(engine)]
    calls = {}
    for one, where in places:
        kernel = load(one.bundle.path, engine=where)
        kernel(samples, out=out)  # warms up
        calls[one.bundle.name, where] = functools.partial(kernel, samples, out=out)
    times = take_turns(calls, effort)
    return Comparison(
        [
            Candidate(
                name=one.bundle.name,
                engine=where,
                precision=one.precision,
                error=one.held_out["symmetric_difference"],
                rate=size / median(times[one.bundle.name, where]),
                figures={name: value for name, value in one.held_out.items() if name != "symmetric_difference"}
                | dict(one.in_the_loop),
            )
            for one, where in places
        ],
        error="symmetric difference",
    )


def briefly(run: OptimizeRun, epochs: int | None, seed: int) -> OptimizeRun:
    """The run with so many passes of fine-tuning, 0 for none, None for the usual, in an order of this seed."""
    how = run.levels.fit
    return replace(
        run,
        tune=epochs != 0,
        levels=replace(run.levels, fit=replace(how, epochs=epochs or how.epochs, seed=seed)),
    )
