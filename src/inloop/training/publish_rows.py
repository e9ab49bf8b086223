"""A trained network of rows as a bundle: weights, the graph for other engines, how it came about, how good it is.

Needs torch and onnxscript (the [train] extra).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop.bundle import Argument, Bundle, Signature, fewer_bits, made_here, write_bundle
from inloop.case import Case, Source
from inloop.errors import InloopError
from inloop.nets.perceptron import SteadySquareplus
from inloop.row_network import RowNetwork, layers_of
from inloop.training.checkpoint import load_weights
from inloop.training.config import replaced, to_dict
from inloop.training.export import graph_of
from inloop.training.run import Repetition, new_network

ROWS, ANSWERS = "rows", "answers"
_ACTIVATIONS: Mapping[str, type[nn.Module]] = {
    "squareplus": SteadySquareplus,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "softsign": nn.Softsign,
}

Weights = Mapping[str, NDArray[Any]]


def publish_best(
    case: Case[Any],
    config: Any,
    repetitions: Sequence[Repetition],
    path: str | os.PathLike[str],
    *,
    classical: Mapping[str, Mapping[str, float]],
    command: str,
    taught: Source,
    name: str | None = None,
) -> Bundle:
    """Write the bundle of the training that did best on the validation samples; its figures are of the held-out ones.

    classical: figures of the classical kernels on the same samples, by name. taught: the samples that the network
    learned from. name: the bundle's, the case's by default.
    """
    if case.rows is None:
        raise InloopError(f"case {case.name}: its kernel is not of rows; give it `rows`, or publish it yourself")
    best = min(repetitions, key=lambda one: one.metrics[case.watch])
    config = replaced(config, {"fit.seed": best.seed})
    net = new_network(case, config)
    load_weights(net, best.weights)
    provenance = {
        "command": command,
        "seed": best.seed,
        "data": dict(taught.about),
        "run": to_dict(config),
        "steps": best.fitted.steps,
        "seconds": round(best.fitted.seconds),
    }
    return publish_rows(
        case.rows.network(config),
        {name: value.detach().cpu().numpy() for name, value in net.state_dict().items()},
        path,
        name=name or case.name,
        case=case.name,
        extra={} if case.rows.extra is None else case.rows.extra(config),
        gate=None if case.rows.gate is None else case.rows.gate(config, taught),
        provenance=provenance,
        errors={**best.figures, "classical": {name: dict(figures) for name, figures in classical.items()}},
    )


def publish_rows(
    network: RowNetwork,
    weights: Weights,
    path: str | os.PathLike[str],
    *,
    name: str,
    case: str,
    provenance: Mapping[str, Any],
    errors: Mapping[str, Any],
    extra: Mapping[str, Any] | None = None,
    gate: Mapping[str, Any] | None = None,
    graph: bytes | None = None,
    precision: str = "float32",
) -> Bundle:
    """Write the bundle of a network whose layers are "layers.K.weight" (out, in) and "layers.K.bias".

    provenance: at least the command that makes it again and its seed. extra: what else is stated about the network.
    gate: when its answers are to be trusted. The graph is refused if it does not answer as the weights do; or one is
    given that was made of them, its linear layers in `precision`.
    """
    missing = {"command", "seed"} - set(provenance)
    if missing:
        raise InloopError(f"provenance lacks {', '.join(sorted(missing))}: say how these weights came about")
    tensors = {key: np.asarray(value, dtype=np.float32) for key, value in weights.items()}
    facts = {**made_here(), **provenance}
    stated = {**(extra or {}), **network.entry()} | ({} if precision == "float32" else {"precision": precision})
    return write_bundle(
        Path(path),
        name=name,
        case=case,
        signature=Signature(
            inputs=(Argument(ROWS, (ROWS, len(network.inputs)), ("float32", "float64")),),
            outputs=(Argument(ANSWERS, (ROWS, network.output.count), ("float32",)),),
            halo=0,
        ),
        network=stated,
        weights=tensors,
        gate=gate,
        provenance=facts,
        errors=errors,
        graph=graph_bytes(network, tensors) if graph is None else graph,
        card=_card(name, network, fewer_bits(stated), facts, errors),
    )


class RowLayers(nn.Module):
    """Features to what the network gives, before any transform of the answers."""

    def __init__(self, network: RowNetwork, weights: Weights) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for weight, bias in zip(*checked_layers(network, weights), strict=True):
            layer = nn.Linear(weight.shape[1], weight.shape[0])
            layer.load_state_dict({"weight": torch.from_numpy(weight.copy()), "bias": torch.from_numpy(bias.copy())})
            self.layers.append(layer)
        self.activation = _ACTIVATIONS[network.activation]()

    def forward(self, rows: Tensor) -> Tensor:
        """(..., inputs) to (..., outputs)."""
        for layer in self.layers[:-1]:
            rows = self.activation(layer(rows))
        answer: Tensor = self.layers[-1](rows)
        return answer


def graph_bytes(network: RowNetwork, weights: Weights) -> bytes:
    """ONNX: features `rows` (n, inputs) to `answers` (n, outputs) before their transform, checked against NumPy."""
    example, answer = example_of(network, weights, 7)
    return graph_of(RowLayers(network, weights), example, ANSWERS, batch=ROWS, expected=lambda _: answer)


def example_of(network: RowNetwork, weights: Weights, rows: int) -> tuple[dict[str, NDArray[np.float32]], Any]:
    """Features drawn at random, and what the graph must answer."""
    seen = np.random.default_rng(0).uniform(-1, 1, (rows, network.sizes[0])).astype(np.float32)
    return {ROWS: seen}, network.forward(*checked_layers(network, weights), seen)


def checked_layers(network: RowNetwork, weights: Weights) -> tuple[list[Any], list[Any]]:
    """Weights and biases, layer by layer; refuses shapes that are not those that the network states."""
    matrices, biases = layers_of(weights, len(network.sizes) - 1)
    found = [matrices[0].shape[1], *(matrix.shape[0] for matrix in matrices)]
    if found != list(network.sizes):
        raise InloopError(f"weights: layers of {found} values, the network states {list(network.sizes)}; mend one")
    return matrices, biases


def _card(
    name: str, network: RowNetwork, notes: Sequence[str], provenance: Mapping[str, Any], errors: Mapping[str, Any]
) -> str:
    """The model card."""
    inputs = ", ".join(one.name for one in network.inputs)
    lines = [
        f"# {name}",
        "",
        f"A fully connected network ({' - '.join(map(str, network.sizes))}) from {inputs}"
        f" to {network.output.count} answer{'s' * (network.output.count > 1)}. `inloop.load` makes a kernel of it.",
        "",
        *notes,
        "## Measured",
        "",
        *(f"- {key}: {value}" for key, value in errors.items()),
        "",
        "## How it came about",
        "",
        *(f"- {key}: {value}" for key, value in provenance.items()),
        "",
    ]
    return "\n".join(lines)
