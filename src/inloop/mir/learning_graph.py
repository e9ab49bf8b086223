"""The shipped reconstruction's network as a graph that ends at raw vertex values. Needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop.mir.layers import Layers
from inloop.mir.learned import FEATURES, VERTICES
from inloop.nets.perceptron import PerceptronConfig, SteadySquareplus
from inloop.training.export import graph_of

Floats = NDArray[np.float64]
SIDE = 9  # vertices along a zone's side


class RawVertices(nn.Module):
    """The line's level set plus the scale times the network's answer, in the canonical orientation of the view.

    Sharing vertices between zones and the projection onto exact areas stay in the native core, in double precision.
    """

    places: Tensor

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        x = torch.arange(SIDE, dtype=torch.float32) / (SIDE - 1) - 0.5
        places = torch.stack([torch.ones(VERTICES), x.repeat(SIDE), x.repeat_interleave(SIDE)])
        self.register_buffer("places", places)

    def forward(self, features: Tensor, line: Tensor, scale: Tensor) -> Tensor:
        """(n, 58), (n, 3), (n, 1) to (n, 81), row by row, the lowest row first."""
        levels: Tensor = line @ self.places + scale * self.network(features)
        return levels


def graph_bytes(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """ONNX: `features` (n, 58), `line` (n, 3), `scale` (n, 1) to `vertices` (n, 81), checked against NumPy.

    tensors: those named "layers. ..." make the network, others are left alone.
    """
    numbers = Layers.from_arrays(tensors)
    network = PerceptronConfig(numbers.sizes).build()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in numbers.arrays().items()})
    network.activation = SteadySquareplus()
    example, answer = example_of(tensors, 7)
    return graph_of(RawVertices(network.float()), example, "vertices", batch="views", expected=lambda _: answer)


def example_of(tensors: Mapping[str, NDArray[Any]], rows: int) -> tuple[dict[str, NDArray[np.float32]], Floats]:
    """Inputs drawn at random, and what the graph must answer."""
    draw = np.random.default_rng(0)
    shapes = {"features": (rows, FEATURES), "line": (rows, 3), "scale": (rows, 1)}
    inputs = {name: draw.uniform(-1, 1, shape).astype(np.float32) for name, shape in shapes.items()}
    return inputs, raw_vertices(Layers.from_arrays(tensors), *inputs.values())


def raw_vertices(
    network: Layers,
    features: NDArray[np.floating[Any]],
    line: NDArray[np.floating[Any]],
    scale: NDArray[np.floating[Any]],
) -> Floats:
    """What the graph must give, written out in NumPy."""
    value = np.asarray(features, dtype=np.float64)
    for k, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True), 1):
        value = value @ weight.T + bias
        if k < len(network.weights):
            value = (value + np.sqrt(value**2 + 1)) / 2
    x = np.arange(SIDE) / (SIDE - 1) - 0.5
    levels = line[:, 0, None, None] + line[:, 1, None, None] * x + line[:, 2, None, None] * x[:, None]
    answer: Floats = levels.reshape(-1, VERTICES) + scale * value
    return answer
