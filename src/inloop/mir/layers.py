"""The weights of a small fully connected network as plain arrays, between training, bundle and native core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop import _core
from inloop.errors import InloopError


@dataclass(frozen=True, eq=False, repr=False)
class Layers:
    """Layer k maps x to weights[k] @ x + biases[k], all but the last followed by (x + sqrt(x² + 1)) / 2."""

    weights: tuple[NDArray[np.float64], ...]  # each (outputs, inputs)
    biases: tuple[NDArray[np.float64], ...]  # each (outputs,)

    def __repr__(self) -> str:
        return f"<Layers {' -> '.join(map(str, self.sizes))}>"

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of values, from what the network is shown to what it answers."""
        return (self.weights[0].shape[1], *(len(bias) for bias in self.biases))

    @cached_property
    def core(self) -> _core.Network:
        """The network as the native core runs it."""
        return _core.Network(list(self.weights), list(self.biases))

    def arrays(self, prefix: str = "") -> dict[str, NDArray[np.float64]]:
        """The arrays by the names that PyTorch gives them: "layers.0.weight", "layers.0.bias", ..."""
        named = {}
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            named[f"{prefix}layers.{k}.weight"], named[f"{prefix}layers.{k}.bias"] = weight, bias
        return named

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], prefix: str = "") -> Layers:
        """The network of arrays with such names; others are left alone."""
        count = sum(name.startswith(f"{prefix}layers.") and name.endswith(".weight") for name in arrays)
        try:
            pairs = [[arrays[f"{prefix}layers.{k}.{part}"] for part in ("weight", "bias")] for k in range(count)]
        except KeyError as missing:
            raise InloopError(f"the network's weights lack {missing}; export them again") from None
        made = [[np.array(array, dtype=np.float64, order="C") for array in pair] for pair in pairs]
        fits = all(weight.ndim == 2 and bias.shape == weight.shape[:1] for weight, bias in made)
        if not made or not fits or any(after[0].shape[1] != len(bias) for (_, bias), after in pairwise(made)):
            shapes = ", ".join(str(weight.shape) for weight, _ in made) or "none"
            raise InloopError(f"the network's layers have shapes {shapes}, which do not follow on each other")
        return cls(tuple(weight for weight, _ in made), tuple(bias for _, bias in made))
