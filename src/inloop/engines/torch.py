"""PyTorch, operator by operator or compiled. It reads the graph as the other engines do, so that all run the same."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from inloop.bundle import Bundle
from inloop.engines.rows import checked, graph_file, unreadable
from inloop.errors import InloopError

_TYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def _gemm(
    a: Tensor,
    b: Tensor,
    c: Tensor | None = None,
    *,
    alpha: float = 1,
    beta: float = 1,
    transA: int = 0,
    transB: int = 0,
) -> Tensor:
    a, b = a.T if transA else a, b.T if transB else b
    return alpha * (a @ b) if c is None else torch.addmm(c, a, b, beta=beta, alpha=alpha)


# What fully connected networks are made of; the arguments after the tensors are the operator's attributes.
_OPERATORS: dict[str, Callable[..., Tensor]] = {
    "Abs": torch.abs,
    "Add": torch.add,
    "Div": torch.div,
    "Gemm": _gemm,
    "Identity": torch.clone,
    "MatMul": torch.matmul,
    "Mul": torch.mul,
    "Reciprocal": torch.reciprocal,
    "Relu": torch.relu,
    "Sigmoid": torch.sigmoid,
    "Sqrt": torch.sqrt,
    "Sub": torch.sub,
    "Tanh": torch.tanh,
}


class Nodes(nn.Module):
    """An ONNX graph as a module: its numbers are buffers, its nodes are run in their order."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        super().__init__()
        self._buffer = {number.name: f"number{k}" for k, number in enumerate(graph.initializer)}
        for number in graph.initializer:
            values = torch.from_numpy(np.array(numpy_helper.to_array(number)))
            self.register_buffer(self._buffer[number.name], values)
        self._steps = [
            (
                _OPERATORS[node.op_type],
                tuple(node.input),
                {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute},
                node.output[0],
            )
            for node in graph.node
        ]
        self._takes = tuple(value.name for value in graph.input)
        self._gives = graph.output[0].name

    def forward(self, *inputs: Tensor) -> Tensor:
        """The inputs in the graph's order."""
        values = {name: self.get_buffer(buffer) for name, buffer in self._buffer.items()}
        values |= zip(self._takes, inputs, strict=True)
        for operator, takes, attributes, gives in self._steps:
            values[gives] = operator(*(values[name] for name in takes), **attributes)
        return values[self._gives]


class Module:
    """A graph in PyTorch. In float32 inputs are read where they lie; each call makes the array that it answers with."""

    def __init__(self, bundle: Bundle, threads: int, precision: str, *, compiled: bool) -> None:
        graph = _read(graph_file(bundle))
        self.inputs: Mapping[str, tuple[int, ...]] = {
            value.name: tuple(side.dim_value for side in value.type.tensor_type.shape.dim[1:]) for value in graph.input
        }
        self._type, self._threads = _TYPES[precision], threads
        nodes = Nodes(graph).to(self._type).eval()
        self._module: Callable[..., Any] = torch.compile(nodes, dynamic=True) if compiled else nodes

    def run(self, inputs: Mapping[str, npt.NDArray[np.float32]], /) -> npt.NDArray[np.float32]:
        """Rows in, rows out."""
        checked(inputs, self.inputs)
        with torch.inference_mode(), _threads(self._threads):
            given = (torch.from_numpy(inputs[name]).to(self._type) for name in self.inputs)
            answer: npt.NDArray[np.float32] = self._module(*given).float().numpy()
        return answer


def eager(bundle: Bundle, *, threads: int, precision: str) -> Module:
    """The bundle's graph in PyTorch, operator by operator."""
    return Module(bundle, threads, precision, compiled=False)


def compiled(bundle: Bundle, *, threads: int, precision: str) -> Module:
    """The same through torch.compile, which needs a C++ compiler and takes its time at the first call."""
    return Module(bundle, threads, precision, compiled=True)


def _read(file: Path) -> onnx.GraphProto:
    try:
        graph = onnx.load_from_string(file.read_bytes()).graph
    except Exception as wrong:  # protobuf's error, whose class has moved between releases
        raise unreadable(file, "onnx", wrong) from None
    unknown = sorted({node.op_type for node in graph.node} - set(_OPERATORS))
    if unknown:
        raise InloopError(f"{file}: has operators {', '.join(unknown)}, which the torch engine lacks; take onnxruntime")
    return graph


@contextlib.contextmanager
def _threads(wanted: int) -> Iterator[None]:
    """PyTorch's number of threads is one for the process: it is given back, in case a training shares it."""
    before = torch.get_num_threads()
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)
