"""An ONNX graph run once, in this process, to check it or to see what its layers are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def by_reference(model: Any, inputs: Mapping[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """All outputs, by ONNX's own reference: needs onnx alone, and is slow at convolutions."""
    from onnx.reference import ReferenceEvaluator

    run: Any = ReferenceEvaluator(model).run
    return list(run(None, dict(inputs)))


def by_runtime(model: Any, inputs: Mapping[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """All outputs, by ONNX Runtime on one thread where it is installed, else by the reference."""
    try:
        import onnxruntime
    except ImportError:
        return by_reference(model, inputs)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(None, dict(inputs)))
