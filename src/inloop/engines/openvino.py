"""OpenVINO on the processor, which also computes in half precision where the processor does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import openvino

from inloop.bundle import Bundle
from inloop.engines.rows import checked, graph_file, unreadable
from inloop.errors import InloopError

_TYPES = {"float32": openvino.Type.f32, "float16": openvino.Type.f16, "bfloat16": openvino.Type.bf16}


class Compiled:
    """A graph in OpenVINO. Inputs are read where they lie; answers are copied out of its memory."""

    def __init__(self, bundle: Bundle, threads: int, precision: str) -> None:
        file = graph_file(bundle)
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": _TYPES[precision],
        }
        try:
            compiled = openvino.Core().compile_model(file, "CPU", settings)
        except RuntimeError as wrong:
            raise unreadable(file, "openvino", wrong) from None
        if compiled.get_property("INFERENCE_PRECISION_HINT") != _TYPES[precision]:
            raise InloopError(f"engine 'openvino': this processor does not compute in {precision}; take float32")
        self._request = compiled.create_infer_request()
        self.inputs: Mapping[str, tuple[int, ...]] = {
            value.any_name: tuple(side.get_length() for side in list(value.partial_shape)[1:])
            for value in compiled.inputs
        }

    def run(self, inputs: Mapping[str, npt.NDArray[np.float32]], /) -> npt.NDArray[np.float32]:
        """Rows in, rows out."""
        checked(inputs, self.inputs)
        answer: npt.NDArray[np.float32] = self._request.infer(dict(inputs), share_inputs=True)[0]
        return answer


def opened(bundle: Bundle, *, threads: int, precision: str) -> Compiled:
    """The bundle's graph in OpenVINO."""
    return Compiled(bundle, threads, precision)
