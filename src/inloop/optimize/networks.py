"""A torch network of float32 arrays to float32 arrays as contenders: in torch, on the processor or a GPU, and as ONNX.

Needs torch. On a GPU every call ends with all work done; the copies of samples and answers are included, or the arrays
lie on the device already, and the engine's name says which.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from inloop.engines.evaluate import by_runtime
from inloop.errors import InloopError
from inloop.optimize.layers import seconds_by_kind
from inloop.optimize.throughput import Call, Contender, Stages
from inloop.training.export import graph_of

Samples = Callable[[int], NDArray[np.float32]]
"""The size of a batch -> the network's input."""

TORCH, ONNX = "torch", "onnxruntime"
CUDA, ON_DEVICE = "torch cuda", "torch cuda, no copies"
NAME = "samples"
_AGREES = 1e-4  # floats, in sums of the 100,000 values that a fully connected layer takes


@dataclass(frozen=True, eq=False)
class Network:
    """A network in single precision, what it is given, and about how much memory a sample needs in it."""

    model: str
    net: nn.Module
    samples: Samples
    bytes_a_sample: int

    def on(self, engine: str, precision: str, prepare: Callable[[int], Call], stages: Stages | None) -> Contender:
        """Itself as a contender."""
        return Contender(
            model=self.model,
            engine=engine,
            precision=precision,
            prepare=prepare,
            bytes_a_sample=self.bytes_a_sample,
            stages=stages,
        )


def gpu() -> bool:
    """Whether torch finds one here."""
    return torch.cuda.is_available()


def in_torch(network: Network, *, precision: str, threads: int) -> Contender:
    """Eager torch on the processor; refused in one line if it cannot compute in this precision."""
    torch.set_num_threads(threads)
    kind = getattr(torch, precision)
    net = copy.deepcopy(network.net).to(kind)

    def prepare(size: int) -> Call:
        given = torch.from_numpy(network.samples(size))

        @torch.inference_mode()
        def call() -> NDArray[np.float32]:
            answers: NDArray[np.float32] = net(given.to(kind)).float().numpy()
            return answers

        return call

    try:
        prepare(1)()
    except RuntimeError as refused:
        raise InloopError(f"torch: {str(refused).splitlines()[0]}; take another precision") from None

    def stages(size: int) -> dict[str, float]:
        return seconds_by_kind(net, torch.from_numpy(network.samples(size)).to(kind))

    return network.on(TORCH, precision, prepare, stages)


def in_onnxruntime(network: Network, *, threads: int) -> Contender:
    """The network exported in memory, and run by ONNX Runtime on the processor in single precision."""
    try:
        import onnxruntime
    except ImportError:
        raise InloopError("onnxruntime: is missing; pip install 'inloop[onnx]'") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    graph = graph_of(_Named(network.net), {NAME: network.samples(2)}, "answers", agrees=_AGREES, run=by_runtime)
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def prepare(size: int) -> Call:
        given = {NAME: network.samples(size)}
        return lambda: session.run(None, given)

    return network.on(ONNX, "float32", prepare, None)


def on_gpu(network: Network, *, precision: str, copies: bool) -> Contender:
    """Eager torch on the first GPU, with the copies of samples and answers or without."""
    kind = getattr(torch, precision)
    net = copy.deepcopy(network.net).to("cuda", kind)

    def prepare(size: int) -> Call:
        host = torch.from_numpy(network.samples(size))
        there = host.to("cuda", kind)

        @torch.inference_mode()
        def call() -> None:
            if copies:
                net(host.to("cuda", kind)).float().cpu()
            else:
                net(there)
            torch.cuda.synchronize()

        return call

    def stages(size: int) -> dict[str, float]:
        return seconds_by_kind(net, torch.from_numpy(network.samples(size)).to("cuda", kind))

    return network.on(CUDA if copies else ON_DEVICE, precision, prepare, None if copies else stages)


class _Named(nn.Module):
    """The network, its one argument by the name that the graph's input gets."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        answers: torch.Tensor = self.net(samples)
        return answers
