"""TensorRT on an NVIDIA GPU. The graph is built for this device when it is opened, which takes a while.

PyTorch holds the memory on the device. Inputs are copied there, answers back.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tensorrt
import torch

from inloop.bundle import Bundle
from inloop.engines.half import in_half
from inloop.engines.rows import checked, graph_file, unreadable
from inloop.errors import InloopError

ROWS = (1, 16384, 131072)  # fewest, usual and most at a time
_AS_TYPED = 1 << int(tensorrt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)  # the graph itself says what is in half


class Built:
    """A plan in TensorRT."""

    def __init__(self, plan: bytes) -> None:
        self._plan = tensorrt.Runtime(_quiet()).deserialize_cuda_engine(plan)
        self._context = self._plan.create_execution_context()
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        names = [self._plan.get_tensor_name(k) for k in range(self._plan.num_io_tensors)]
        given = [n for n in names if self._plan.get_tensor_mode(n) == tensorrt.TensorIOMode.INPUT]
        (self._output,) = set(names) - set(given)
        self.inputs: Mapping[str, tuple[int, ...]] = {n: tuple(self._plan.get_tensor_shape(n))[1:] for n in given}

    def run(self, inputs: Mapping[str, npt.NDArray[np.float32]], /) -> npt.NDArray[np.float32]:
        """Rows in, rows out; more than the most in several goes."""
        rows, most = checked(inputs, self.inputs), ROWS[-1]
        parts = [self._part({k: v[i : i + most] for k, v in inputs.items()}) for i in range(0, rows, most)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _part(self, inputs: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        with torch.cuda.stream(self._stream):
            held = {name: torch.from_numpy(inputs[name]).cuda() for name in self.inputs}
            for name, array in held.items():
                self._context.set_input_shape(name, tuple(array.shape))
            shape = tuple(self._context.get_tensor_shape(self._output))
            held[self._output] = torch.empty(shape, dtype=torch.float32, device="cuda")
            for name, array in held.items():
                self._context.set_tensor_address(name, array.data_ptr())
            if not self._context.execute_async_v3(self._stream.cuda_stream):
                raise InloopError("engine 'tensorrt': the device refuses to run the graph; take onnxruntime")
            answer: npt.NDArray[np.float32] = held[self._output].cpu().numpy()
        return answer


def opened(bundle: Bundle, *, threads: int, precision: str) -> Built:
    """The bundle's graph in TensorRT; the device knows nothing of threads."""
    file = graph_file(bundle)
    graph = file.read_bytes()
    return Built(build(graph if precision == "float32" else in_half(graph, precision), file))


def build(graph: bytes, name: Path | str) -> bytes:
    """A plan for this device, of `ROWS` rows, from the bytes of an ONNX file, which messages call `name`."""
    if not torch.cuda.is_available():
        raise InloopError("engine 'tensorrt': there is no NVIDIA GPU that PyTorch can use; take onnxruntime")
    builder = tensorrt.Builder(_quiet())
    network = builder.create_network(_AS_TYPED)
    parser = tensorrt.OnnxParser(network, _quiet())
    if not parser.parse(graph):
        raise unreadable(name, "tensorrt", str(parser.get_error(0)))
    settings, profile = builder.create_builder_config(), builder.create_optimization_profile()
    for k in range(network.num_inputs):
        value = network.get_input(k)
        profile.set_shape(value.name, *((rows, *tuple(value.shape)[1:]) for rows in ROWS))
    settings.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, settings)
    if plan is None:
        raise unreadable(name, "tensorrt", "no plan can be built")
    return bytes(plan)


def _quiet() -> tensorrt.Logger:
    return tensorrt.Logger(tensorrt.Logger.ERROR)
