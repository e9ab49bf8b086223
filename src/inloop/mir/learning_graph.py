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
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.export import Arrays, graph_of

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
        """(n, 30), (n, 3), (n, 1) to (n, 81), row by row, the lowest row first."""
        levels: Tensor = line @ self.places + scale * self.network(features)
        return levels


def graph_bytes(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """ONNX: `features` (n, 30), `line` (n, 3), `scale` (n, 1) to `vertices` (n, 81), checked against NumPy."""
    numbers = Layers.from_arrays(tensors)
    network = PerceptronConfig(numbers.sizes).build()
    network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})
    draw = np.random.default_rng(0)
    inputs = {"features": (7, FEATURES), "line": (7, 3), "scale": (7, 1)}
    example = {name: draw.uniform(-1, 1, shape).astype(np.float32) for name, shape in inputs.items()}

    def expected(given: Arrays) -> NDArray[np.floating[Any]]:
        return raw_vertices(numbers, given["features"], given["line"], given["scale"])

    return graph_of(RawVertices(network.float()), example, "vertices", batch="views", expected=expected)


def raw_vertices(
    network: Layers,
    features: NDArray[np.floating[Any]],
    line: NDArray[np.floating[Any]],
    scale: NDArray[np.floating[Any]],
) -> NDArray[np.float64]:
    """What the graph must give, written out in NumPy."""
    value = np.asarray(features, dtype=np.float64)
    for k, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True), 1):
        value = value @ weight.T + bias
        if k < len(network.weights):
            value = (value + np.sqrt(value**2 + 1)) / 2
    x = np.arange(SIDE) / (SIDE - 1) - 0.5
    levels = line[:, 0, None, None] + line[:, 1, None, None] * x + line[:, 2, None, None] * x[:, None]
    answer: NDArray[np.float64] = levels.reshape(-1, VERTICES) + scale * value
    return answer
