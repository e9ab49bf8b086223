"""A graph run once, by ONNX's reference and by ONNX Runtime: the same answers; the former where the latter is not."""

from __future__ import annotations

import sys

import numpy as np
import pytest

pytest.importorskip("onnx", reason="pip install 'inloop[train]'")
pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")

from onnx import TensorProto, helper, numpy_helper

from inloop.engines.evaluate import by_reference, by_runtime


def convolution(weight):
    """A graph "x" (n, 2, 5, 5) to "sums" and "half" of them."""
    nodes = [
        helper.make_node("Conv", ["x", "weight"], ["sums"], pads=[1, 1, 1, 1]),
        helper.make_node("Mul", ["sums", "share"], ["half"]),
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("sums", "half")]
    numbers = [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(np.float32(0.5), "share")]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, 5, 5])
    graph = helper.make_graph(nodes, "two answers", [given], outputs, numbers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def test_both_give_every_output_of_a_convolution(monkeypatch):
    draw = np.random.default_rng(0)
    weight, x = (draw.normal(size=shape).astype(np.float32) for shape in ((3, 2, 3, 3), (4, 2, 5, 5)))
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    wanted = np.einsum("nchwij,ocij->nohw", windows, weight)
    model = convolution(weight)
    for run in (by_reference, by_runtime):
        sums, half = run(model, {"x": x})
        assert sums == pytest.approx(wanted, abs=1e-5)
        assert half == pytest.approx(wanted / 2, abs=1e-5)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert by_runtime(model, {"x": x})[0] == pytest.approx(wanted, abs=1e-5)
