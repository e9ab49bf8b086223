"""State on disk: one safetensors file, its header carrying the rest as JSON. No pickle; written whole or not at all.

One file rather than two: a run killed at any moment leaves tensors and JSON that belong together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor, nn

from inloop.errors import InloopError
from inloop.writing import whole_file

_KEY = "inloop"


class Stored(NamedTuple):
    """What a file holds."""

    tensors: dict[str, Tensor]
    about: dict[str, Any]


def write(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write tensors and their JSON; NaN is refused in the JSON, floats survive to the last bit."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with whole_file(path) as stream:
        stream.write(save(plain, metadata={_KEY: json.dumps(about, allow_nan=False)}))


def read(path: Path) -> Stored:
    """Read a file back, tensors on the CPU."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})[_KEY])
            return Stored({name: file.get_tensor(name) for name in file.keys()}, about)  # noqa: SIM118
    except FileNotFoundError:
        raise InloopError(f"{path}: there is no such file") from None
    except (OSError, safetensors.SafetensorError, KeyError, ValueError):
        raise InloopError(f"{path}: is not a checkpoint of inloop, or is damaged; remove it to start afresh") from None


def load_weights(net: nn.Module, path: Path, *, prefix: str = "") -> dict[str, Any]:
    """Put stored weights into a network; return what the file says about them."""
    stored = read(path)
    put_weights(net, stored, path, prefix=prefix)
    return stored.about


def put_weights(net: nn.Module, stored: Stored, path: Path, *, prefix: str = "") -> None:
    """Put the stored tensors whose names start with the prefix into a network of exactly these weights."""
    weights = {name.removeprefix(prefix): t for name, t in stored.tensors.items() if name.startswith(prefix)}
    wanted = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if wanted != found:
        name = next(name for name in [*wanted, *found] if wanted.get(name) != found.get(name))
        raise InloopError(
            f"{path}: {name} has shape {found.get(name, 'none')}, this network wants {wanted.get(name, 'none')}; "
            "build the network from the configuration that the weights were trained with"
        )
    net.load_state_dict(weights)


def refuse_other_run(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raise in one line that names what differs between the run that a checkpoint belongs to and the one at hand."""
    there, here = _leaves(found), _leaves(json.loads(json.dumps(wanted)))
    for name in [*here, *there]:
        if there.get(name) != here.get(name):
            raise InloopError(
                f"{path}: belongs to a run with {name} = {there.get(name)}, this one has {here.get(name)}; "
                "choose another directory, or remove the file to start afresh"
            )


def _leaves(tree: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        leaves |= _leaves(value, f"{name}{key}.") if isinstance(value, Mapping) else {f"{name}{key}": value}
    return leaves


def optimizer_tensors(optimizer: torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """Return what an optimizer remembers, named by the number of the weight and of the quantity."""
    memory: dict[int, dict[str, Any]] = optimizer.state_dict()["state"]
    return {
        f"{prefix}{number}.{name}": torch.as_tensor(value)
        for number, quantities in memory.items()
        for name, value in quantities.items()
        if value is not None
    }


def put_optimizer(optimizer: torch.optim.Optimizer, stored: Stored, prefix: str) -> None:
    """Give an optimizer back what it remembered; its settings stay as they are."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    memory: dict[int, dict[str, Tensor]] = {}
    for key, value in stored.tensors.items():
        if key.startswith(prefix):
            number, _, name = key.removeprefix(prefix).partition(".")
            weight = weights[int(number)]
            # the weight's memory layout: a sum over another layout may differ in the last bit
            kept = torch.empty_like(weight).copy_(value) if value.shape == weight.shape and value.ndim else value
            memory.setdefault(int(number), {})[name] = kept
    optimizer.load_state_dict({"state": memory, "param_groups": optimizer.state_dict()["param_groups"]})
