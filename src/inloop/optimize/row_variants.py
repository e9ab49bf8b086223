"""Cheaper variants of a kernel of rows: hidden units cut and the rest taught on, linear layers in fewer bits.

For any case that states its `rows`. Each variant is a bundle that says what was done to which parent, and what that
cost by the case's own measures. Needs torch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.bundle import ABOUT, WEIGHTS, Bundle
from inloop.case import Case, Figures, Rows
from inloop.engines.rows_kernel import ROWS
from inloop.errors import InloopError
from inloop.kernel import NATIVE
from inloop.optimize import prune, quantize
from inloop.optimize.row_figures import Variant, measured
from inloop.row_network import RowNetwork, activated
from inloop.training.config import to_dict
from inloop.training.fit import FitConfig, Progress, fit
from inloop.training.publish_rows import RowLayers, Weights, checked_layers, graph_bytes, publish_rows
from inloop.training.run import Parts

_LOOKED_AT = 100_000  # rows from which the worth of units is judged
_CALIBRATED_ON = 20_000  # rows from which the steps of int8 are found
_AT_ONCE = 8192
_SHORTER, _SLOWER = 4, 2  # what is taught on: so much shorter, and at so much lower a rate, than it was taught


@dataclass(frozen=True, kw_only=True)
class RowPlan:
    """Which variants, where they run, and how cut networks are taught on."""

    widths: tuple[int, ...]
    """Of the hidden layers; one that is narrow enough already is left as it is."""
    precisions: tuple[str, ...]
    """Of the linear layers, for each width."""
    engines: tuple[str, ...]
    """Where graphs run; what is in float32 also runs natively."""
    config: Any
    """Of the case: its `fit` says how cut networks are taught on."""
    tune: bool = True
    """Whether they are."""

    def __post_init__(self) -> None:
        prune.checked_widths(self.widths)
        quantize.checked_precisions(self.precisions)


def perceptron_of(bundle: Bundle) -> RowNetwork:
    """The network of a bundle; refuses what there is nothing to cut from, or whose graph is in fewer bits already."""
    about = bundle.path / ABOUT
    network = RowNetwork.from_entry(bundle.network, about)
    if len(network.sizes) < 3:
        raise InloopError(f"{about}: its network has no hidden layer, so nothing can be cut; take another bundle")
    if bundle.network.get("precision", "float32") != "float32":
        raise InloopError(f"{about}: is in {bundle.network['precision']} already; take the bundle that it was made of")
    return network


def usual_widths(network: RowNetwork) -> tuple[int, ...]:
    """All of the widest hidden layer, three quarters, half and a quarter of it."""
    return tuple(max(1, max(network.sizes[1:-1]) * quarters // 4) for quarters in (4, 3, 2, 1))


def tuning(how: FitConfig, epochs: int | None, seed: int) -> dict[str, Any]:
    """Fields of the case's configuration in which teaching on differs from teaching; epochs: None for the usual."""
    changes: dict[str, Any] = {"fit.seed": seed, "fit.learning_rate": how.learning_rate / _SLOWER}
    if epochs is not None:
        return {**changes, "fit.epochs": epochs, "fit.steps": None, "fit.seconds": None, "fit.evaluate_every": None}
    for name in ("epochs", "steps", "evaluate_every"):
        length = getattr(how, name)
        changes[f"fit.{name}"] = None if length is None else ceil(length / _SHORTER)
    return {**changes, "fit.seconds": None if how.seconds is None else how.seconds / _SHORTER}


class _Thin(NamedTuple):
    """A network of some width, and what was done to the parent's to get there."""

    width: int
    network: RowNetwork
    weights: Weights
    done: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Workshop:
    """A kernel, the samples to teach and measure by, and where what is made of it goes."""

    case: Case[Any]
    rows: Rows[Any]
    parent: Bundle
    network: RowNetwork
    """The parent's."""
    plan: RowPlan
    samples: Parts
    out: Path
    """Folder of the bundles; networks in training are kept in its folder `training`, and go on or are used again."""
    command: str
    say: Callable[[str], None] = lambda text: None

    @cached_property
    def _features(self) -> NDArray[np.float64]:
        """What the network sees of samples that do not teach it, (n, inputs)."""
        source = self.samples.validation.in_order(_AT_ONCE)
        return np.concatenate([self.network.features(self.rows.asked(batch)) for batch in source])[:_LOOKED_AT]

    def variants(self) -> Iterator[Variant]:
        """Make and yield the parent, measured, and one variant after the other."""
        engines = (NATIVE, *self.plan.engines)
        first = Variant(self.parent, {engine: self._measured(self.parent, engine) for engine in engines})
        yield first
        classical = self.case.classical(self.samples.test)
        widest = max(self.network.sizes[1:-1])
        for width in sorted({min(width, widest) for width in self.plan.widths}, reverse=True):
            thin = self._cut(width)
            graph = graph_bytes(thin.network, thin.weights)
            for precision in self.plan.precisions:
                if width < widest or precision != "float32":
                    yield from self._variant(thin, graph, precision, first, classical)

    def _cut(self, width: int) -> _Thin:
        """The network with hidden layers of at most this width, taught on."""
        whole = self.network
        sizes = (whole.sizes[0], *(min(width, size) for size in whole.sizes[1:-1]), whole.sizes[-1])
        both = checked_layers(whole, self.parent.weights)
        if sizes == whole.sizes:
            return _Thin(width, whole, _named(*both), {})
        dense = [prune.Dense(*(part.astype(np.float64) for part in layer)) for layer in zip(*both, strict=True)]
        layers, cuts = prune.narrowed(dense, sizes[1:-1], self._features, lambda x: activated(whole.activation, x))
        network = replace(whole, sizes=sizes)
        left = _named([one.weight for one in layers], [one.bias for one in layers])
        thin = _Thin(width, network, left, {"cut": {"sizes": list(sizes), "lost": [one.lost for one in cuts]}})
        return self._taught(thin) if self.plan.tune else thin

    def _taught(self, thin: _Thin) -> _Thin:
        """The same, its weights as the case's own loss wants them."""
        case, config, samples = self.case, self.plan.config, self.samples
        net = RowLayers(thin.network, thin.weights)

        def progress(step: Progress) -> None:
            if step.metrics is not None:
                error = f"{case.watch.replace('_', ' ')} {step.metrics[case.watch]:.4g}"
                self.say(f"width {thin.width}, epoch {step.epoch}, {step.seconds:.0f} s: {error}")

        fitted = fit(
            net,
            samples.train,
            encode=case.encode,
            loss=lambda output, batch: case.loss(config, output, batch),
            weights=case.weights(config),
            how=config.fit,
            evaluate=lambda net: case.metrics(net, samples.validation),
            watch=case.watch,
            directory=self.out / "training" / f"{self.parent.name}-{thin.width}",
            about={
                "parent": self.parent.files[WEIGHTS],
                "sizes": list(thin.network.sizes),
                "config": to_dict(config),
                "data": dict(samples.train.about),
            },
            progress=progress,
        )
        weights = {name: value.detach().cpu().numpy() for name, value in net.state_dict().items()}
        taught = {"steps": fitted.steps, "seconds": round(fitted.seconds), "config": to_dict(config)}
        return thin._replace(weights=weights, done={**thin.done, "taught": taught})

    def _variant(
        self, thin: _Thin, graph: bytes, precision: str, first: Variant, classical: Mapping[str, Figures]
    ) -> Iterator[Variant]:
        """Measure a variant's bundle, and keep it with its figures; nothing if no engine runs it."""
        try:
            graph = self._rewritten(graph, precision)
        except InloopError as refused:
            self.say(f"left out: {self.parent.name}-{thin.width}-{precision}, {refused}")
            return
        figures: dict[str, Figures] = {}
        with tempfile.TemporaryDirectory(dir=self.out, prefix=".draft-") as draft:
            bundle = self._written(Path(draft), thin, graph, precision, {})
            for engine in (NATIVE, *self.plan.engines) if precision == "float32" else self.plan.engines:
                try:
                    figures[engine] = self._measured(bundle, engine)
                except InloopError as refused:
                    self.say(f"left out: {bundle.name} on {engine}, {refused}")
        if not figures:
            return
        engine, errors = next(iter(figures.items()))
        parents = first.figures[engine]
        stated = {**errors, "engine": engine, "parent": dict(parents), "classical": dict(classical)}
        watch = self.case.watch
        self.say(f"{bundle.name}: {watch.replace('_', ' ')} {errors[watch]:.4g} ({parents[watch]:.4g})")
        yield Variant(self._written(self.out, thin, graph, precision, stated), figures)

    def _rewritten(self, graph: bytes, precision: str) -> bytes:
        """The graph with its linear layers in this precision."""
        if precision == "int8":
            return quantize.in_int8(graph, {ROWS: self._features[:_CALIBRATED_ON].astype(np.float32)}, of=ROWS)
        return graph if precision == "float32" else quantize.in_half(graph, precision, of=ROWS)

    def _measured(self, bundle: Bundle, engine: str) -> Figures:
        return measured(self.case, self.rows, bundle, engine, self.samples.test)

    def _written(self, folder: Path, thin: _Thin, graph: bytes, precision: str, errors: Mapping[str, Any]) -> Bundle:
        """A variant's bundle. It trusts what its parent does, and what it was itself taught on."""
        parent, config = self.parent, self.plan.config
        name = f"{parent.name}-{thin.width}-{precision}"
        done = dict(thin.done)
        if precision == "int8":
            done["int8"] = {"calibrated_on": f"{len(self._features[:_CALIBRATED_ON])} rows of the validation part"}
        gate = parent.gate
        if "taught" in done and self.rows.gate is not None:
            gate = self.rows.gate(config, self.samples.train)
        entry = self.network.entry()
        return publish_rows(
            thin.network,
            thin.weights,
            folder / name,
            name=name,
            case=parent.case,
            provenance={
                "command": self.command,
                "seed": config.fit.seed,
                "data": dict(self.samples.train.about),
                "parent": {"name": parent.name, "weights": parent.files[WEIGHTS]},
                "run": parent.provenance.get("run", {}),
                **done,
            },
            errors=errors,
            extra={key: value for key, value in parent.network.items() if key not in entry},
            gate=gate,
            graph=graph,
            precision=precision,
        )


def _named(weights: Sequence[NDArray[Any]], biases: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Layers by the names that a bundle has for them."""
    both = {"weight": weights, "bias": biases}
    return {f"layers.{k}.{kind}": one.astype(np.float32) for kind, all_ in both.items() for k, one in enumerate(all_)}
