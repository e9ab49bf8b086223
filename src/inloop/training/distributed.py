"""Data parallel training under torchrun, told in few words: who am I, add this up, share that.

Started by `torchrun --nproc-per-node 2 ...` every process takes its share of each batch. Without torchrun there is one
process and nothing is sent anywhere. Gradients are added here, in one message, and not by DistributedDataParallel: its
reducer ends the group's threads without letting go of the interpreter, for which they may be waiting (torch 2.13).
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from inloop.errors import InloopError


@dataclass(frozen=True)
class World:
    """The processes that train together, as one of them sees them."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files and talks to the user."""
        return self.rank == 0

    def add(self, values: Tensor) -> Tensor:
        """Return the sum of the processes' tensors; without gradient."""
        total = values.detach().clone()
        if self.size > 1:
            distributed.all_reduce(total)
        return total

    def share(self, values: Tensor) -> Tensor:
        """Return the leading process's tensor."""
        if self.size > 1:
            distributed.broadcast(values, 0)
        return values

    def add_gradients(self, net: nn.Module) -> None:
        """Replace every gradient by the sum over the processes, in one message."""
        if self.size > 1:
            weights = [weight for weight in net.parameters() if weight.requires_grad]
            own = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
            total = self.add(torch.cat([gradient.flatten() for gradient in own]))
            for weight, part in zip(weights, torch.split(total, [weight.numel() for weight in weights]), strict=True):
                weight.grad = part.view(weight.shape)

    def share_weights(self, net: nn.Module) -> None:
        """Give every process the leading one's weights."""
        for tensor in net.state_dict().values():
            self.share(tensor)


def leads() -> bool:
    """Whether this process is torchrun's first, or the only one."""
    return int(os.environ.get("RANK", "0")) == 0


def alone() -> bool:
    """Whether torchrun started no other process than this."""
    return int(os.environ.get("WORLD_SIZE", "1")) == 1


@contextlib.contextmanager
def world(device: str | None = None) -> Iterator[World]:
    """Join the processes that torchrun started, or be alone.

    device: a torch device; None takes a GPU if there is one (each process its own), else the CPU.
    """
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        here = torch.device(device)
        torch.empty(0, device=here)
    except (RuntimeError, AssertionError):
        raise InloopError(f"device: {device} is not to be had here; cpu always is") from None
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if device == "cuda":
        here = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    joined = size > 1 and not distributed.is_initialized()
    if joined:
        # Imported later (an optimizer does it), this module keeps the group as a default argument for ever; a thread of
        # the group's that is still at work when the interpreter ends aborts the process.
        importlib.import_module("torch.distributed.nn")
        distributed.init_process_group("nccl" if here.type == "cuda" else "gloo")
    try:
        yield World(rank, size, here)
    finally:
        if joined:
            distributed.destroy_process_group()
