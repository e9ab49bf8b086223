"""ONNX Runtime on the processor: the default where there is no kernel of our own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import onnxruntime

from inloop.bundle import Bundle
from inloop.engines.rows import checked, graph_file, unreadable

_ERRORS_ONLY = 3
_AT_ONCE = 1024  # rows a thread: what lies between two layers then stays in its cache


class Session:
    """A graph in ONNX Runtime. Inputs are read where they lie; each call makes the array that it answers with."""

    def __init__(self, bundle: Bundle, threads: int, precision: str) -> None:
        self._at_once = threads * _AT_ONCE
        file = graph_file(bundle)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        graph = file.read_bytes()
        if precision != "float32":
            from inloop.engines.half import in_half  # which needs more than the runtime

            graph = in_half(graph, precision)
        try:
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as wrong:  # its errors share no class
            raise unreadable(file, "onnxruntime", wrong) from None
        self.inputs: Mapping[str, tuple[int, ...]] = {
            value.name: tuple(value.shape[1:]) for value in self._session.get_inputs()
        }

    def run(self, inputs: Mapping[str, npt.NDArray[np.float32]], /) -> npt.NDArray[np.float32]:
        """Rows in, rows out."""
        count = checked(inputs, self.inputs)
        part = self._part(inputs, 0)
        if len(part) == count:
            return part
        answer = np.empty((count, *part.shape[1:]), np.float32)
        answer[: len(part)] = part
        for first in range(len(part), count, self._at_once):
            answer[first : first + self._at_once] = self._part(inputs, first)
        return answer

    def _part(self, inputs: Mapping[str, npt.NDArray[np.float32]], first: int) -> npt.NDArray[np.float32]:
        rows = slice(first, first + self._at_once)
        answer: npt.NDArray[np.float32] = self._session.run(
            None, {name: array[rows] for name, array in inputs.items()}
        )[0]
        return answer


def opened(bundle: Bundle, *, threads: int, precision: str) -> Session:
    """The bundle's graph in ONNX Runtime."""
    return Session(bundle, threads, precision)
