"""Where the time of a network's call goes: seconds by kind of layer, measured layer by layer. Needs torch.

On a GPU the device is waited for before and after each layer, so that each pays for its own work; what that costs, and
whatever happens between layers, is the rest.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

CONVOLUTIONS, FULLY_CONNECTED, REST = "convolutions", "fully connected", "rest"

_KINDS: tuple[tuple[str, tuple[type[nn.Module], ...]], ...] = (
    (FULLY_CONNECTED, (nn.Linear,)),
    (CONVOLUTIONS, (_ConvNd,)),  # transposed ones are of it too
    ("normalisation", (nn.GroupNorm, nn.LayerNorm, _NormBase)),
    ("pooling", (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)),
)


def seconds_by_kind(net: nn.Module, samples: Tensor, *, turns: int = 5) -> dict[str, float]:
    """Seconds of one call by kind of layer, over the median call of so many; the first one warms up."""
    found = []
    with torch.inference_mode():
        net(samples)
        for _ in range(turns):
            with _listening(net) as spent:
                start = _now(samples)
                net(samples)
                whole = _now(samples) - start
            found.append((whole, spent))
    whole, spent = sorted(found, key=lambda one: one[0])[turns // 2]
    return spent | {REST: max(0.0, whole - sum(spent.values()))}


@contextlib.contextmanager
def _listening(net: nn.Module) -> Iterator[dict[str, float]]:
    """Seconds by kind, of the calls in this block."""
    spent: dict[str, float] = {}
    begun: dict[nn.Module, float] = {}

    def before(layer: nn.Module, given: tuple[Any, ...]) -> None:
        begun[layer] = _now(given[0])

    with contextlib.ExitStack() as stack:
        for layer in net.modules():
            kind = next((name for name, types in _KINDS if isinstance(layer, types)), None)
            if kind is None:
                continue

            def after(layer: nn.Module, given: tuple[Any, ...], answer: Tensor, kind: str = kind) -> None:
                spent[kind] = spent.get(kind, 0.0) + _now(answer) - begun[layer]

            for handle in (layer.register_forward_pre_hook(before), layer.register_forward_hook(after)):
                stack.callback(handle.remove)
        yield spent


def _now(where: Tensor) -> float:
    """The time at which all work given to a tensor's device is done."""
    if where.is_cuda:
        torch.cuda.synchronize(where.device)
    return time.perf_counter()
