"""A graph that computes in half precision, for engines that take the precision from the graph. Needs onnx.

Inputs and answers stay float32: casts are the first and the last thing that the graph does. So whoever calls it need
not know, and the answers may be scaled and added up in full precision.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from inloop.engines.rows import unreadable

_KINDS: dict[str, tuple[int, Any]] = {
    "float16": (TensorProto.FLOAT16, np.float16),
    "bfloat16": (TensorProto.BFLOAT16, ml_dtypes.bfloat16),
}
_LARGEST = {"float16": 65504.0, "bfloat16": float("inf")}


def in_half(graph: bytes, precision: str) -> bytes:
    """The bytes of a float32 graph with its numbers and its work in "float16" or "bfloat16"."""
    try:
        model = onnx.load_from_string(graph)
    except Exception as wrong:  # protobuf's error, whose class has moved between releases
        raise unreadable("the graph", "onnx", wrong) from None
    kind, dtype = _KINDS[precision]
    inner = model.graph
    for numbers in inner.initializer:
        if numbers.data_type == TensorProto.FLOAT:
            array = np.clip(numpy_helper.to_array(numbers), -_LARGEST[precision], _LARGEST[precision])
            numbers.CopyFrom(numpy_helper.from_array(array.astype(dtype), numbers.name))
    outside = {value.name: f"{value.name}.half" for value in (*inner.input, *inner.output)}
    for node in inner.node:
        for names in (node.input, node.output):
            names[:] = [outside.get(name, name) for name in names]
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = kind
    first = [helper.make_node("Cast", [v.name], [outside[v.name]], to=kind) for v in inner.input]
    last = [helper.make_node("Cast", [outside[v.name]], [v.name], to=TensorProto.FLOAT) for v in inner.output]
    nodes = [*first, *inner.node, *last]
    del inner.node[:], inner.value_info[:]
    inner.node.extend(nodes)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
