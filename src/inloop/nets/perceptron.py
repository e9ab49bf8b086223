"""A small fully connected network with a smooth activation, the one that the native core evaluates."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from inloop.errors import InloopError


class Squareplus(nn.Module):
    """(x + sqrt(x² + 1)) / 2: a smooth ramp from operations that round alike on every machine."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Elementwise."""
        return (x + torch.sqrt(x * x + 1)) / 2


class SteadySquareplus(Squareplus):
    """The same for graphs: without its difference of nearly equal numbers where x is far below zero, and without an
    overflow in half precision, where the square may be infinite."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Elementwise."""
        return torch.relu(x) + 0.5 / (x.abs() + torch.sqrt(x * x + 1))


@dataclass(frozen=True)
class PerceptronConfig:
    """Widths of the layers, from what the network sees to what it answers."""

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.sizes) < 2 or any(size < 1 for size in self.sizes):
            raise InloopError(f"sizes is {self.sizes}: expected at least two positive widths")

    def build(self) -> Perceptron:
        """The network with fresh weights; its last layer starts at zero, so that it first answers zero."""
        return Perceptron(self)


class Perceptron(nn.Module):
    """Linear layers with the activation between them."""

    def __init__(self, config: PerceptronConfig) -> None:
        super().__init__()
        self.config = config
        pairs = zip(config.sizes[:-1], config.sizes[1:], strict=True)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairs)
        self.activation = Squareplus()
        last = self.layers[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, sizes[0]) to (n, sizes[-1])."""
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        answer: torch.Tensor = self.layers[-1](x)
        return answer
