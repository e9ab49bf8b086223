"""Graphs in fewer bits: how far they are from the float graph, and that what is exact in it stays exact."""

from __future__ import annotations

import numpy as np
import pytest

from inloop.errors import InloopError
from inloop.optimize.quantize import in_half, in_int8

onnx = pytest.importorskip("onnx", reason="pip install 'inloop[train]'")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

HALVES = {"float16": 2.0**-10, "bfloat16": 2.0**-7}  # rounding to nearest is within half of this
draw = np.random.default_rng(5)


def graph(weights: list[np.ndarray], *, turned: bool = True) -> bytes:
    """base @ places + scale * (a network of x): the exact part beside the network is a matrix product, too."""
    biases = [draw.normal(size=len(weight)).astype(np.float32) for weight in weights]
    nodes, value = [helper.make_node("MatMul", ["base", "places"], ["straight"])], "x"
    for k in range(len(weights)):
        nodes.append(helper.make_node("Gemm", [value, f"w{k}", f"b{k}"], [f"sum{k}"], transB=int(turned)))
        value = f"sum{k}"
        if k + 1 < len(weights):
            nodes.append(helper.make_node("Relu", [value], [f"unit{k}"]))
            value = f"unit{k}"
    nodes += [helper.make_node("Mul", ["scale", value], ["part"]), helper.make_node("Add", ["straight", "part"], ["y"])]
    held = {f"w{k}": weight if turned else weight.T.copy() for k, weight in enumerate(weights)}
    held |= {f"b{k}": bias for k, bias in enumerate(biases)}
    held["places"] = draw.normal(size=(3, len(weights[-1]))).astype(np.float32)
    widths = {"base": 3, "x": weights[0].shape[1], "scale": 1}
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width]) for name, width in widths.items()]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", len(weights[-1])])
    constants = [numpy_helper.from_array(array, name) for name, array in held.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "test", inputs, [output], constants), opset_imports=[helper.make_opsetid("", 20)]
    )
    model.ir_version = 10
    return model.SerializeToString()


def normal(*shape: int) -> np.ndarray:
    return draw.normal(size=shape).astype(np.float32)


def given(count: int, columns: int) -> dict[str, np.ndarray]:
    return {"base": normal(count, 3), "x": normal(count, columns), "scale": np.ones((count, 1), np.float32)}


def run(graph: bytes, inputs: dict[str, np.ndarray]) -> np.ndarray:
    return ReferenceEvaluator(onnx.load_from_string(graph)).run(None, inputs)[0]


def variants(source: bytes, inputs: dict[str, np.ndarray]) -> dict[str, bytes]:
    return {name: in_half(source, name, of="x") for name in HALVES} | {"int8": in_int8(source, inputs, of="x")}


@pytest.mark.parametrize("precision", HALVES)
def test_a_layer_in_half_precision_is_off_by_the_rounding_of_its_numbers(precision):
    weight, inputs = normal(7, 20), given(50, 20)
    source = graph([weight])
    apart = np.abs(run(in_half(source, precision, of="x"), inputs) - run(source, inputs))
    sums = np.abs(inputs["x"]) @ np.abs(weight).T
    assert np.all(apart <= HALVES[precision] * (sums + 4) * 1.5)
    assert apart.max() > HALVES[precision] / 100  # it does round


def test_int8_is_near_on_inputs_like_those_it_was_calibrated_on():
    source, inputs = graph([normal(32, 20), normal(32, 32) / 6, normal(7, 32) / 6]), given(2000, 20)
    fresh = given(500, 20) | {"base": np.zeros((500, 3), np.float32)}
    wanted = run(source, fresh)
    apart = run(in_int8(source, inputs, of="x"), fresh) - wanted
    assert np.sqrt((apart**2).mean()) < 0.02 * wanted.std()


def test_int8_keeps_inputs_that_vary_little_beside_those_that_vary_much():
    weight = np.array([[1.0, 1000.0], [-1.0, 1000.0]], np.float32)
    inputs = given(1000, 2) | {"base": np.zeros((1000, 3), np.float32)}
    inputs["x"][:, 1] /= 1000  # as important as the first, and below one step of 6/255
    source = graph([weight])
    wanted = run(source, inputs)
    apart = run(in_int8(source, inputs, of="x"), inputs) - wanted
    assert np.sqrt((apart**2).mean()) < 0.15 * wanted.std()


@pytest.mark.parametrize("turned", [True, False])
def test_what_does_not_hang_on_the_named_input_stays_exact(turned):
    source, inputs = graph([normal(8, 6), normal(5, 8)], turned=turned), given(100, 6)
    straight = inputs | {"scale": np.zeros((100, 1), np.float32)}
    for name, rough in variants(source, inputs).items():
        assert np.array_equal(run(rough, straight), run(source, straight)), name
        assert not np.array_equal(run(rough, inputs), run(source, inputs)), name


def test_weights_are_stored_in_the_bits_that_are_stated():
    source, inputs = graph([normal(64, 50), normal(50, 64)]), given(100, 50)
    sizes = {name: len(rough) for name, rough in variants(source, inputs).items()}
    numbers = 2 * 64 * 50
    assert sizes["float16"] < len(source) - 1.9 * numbers
    assert sizes["bfloat16"] < len(source) - 1.9 * numbers
    assert sizes["int8"] < len(source) - 2.4 * numbers
    held = {tensor.data_type for tensor in onnx.load_from_string(variants(source, inputs)["int8"]).graph.initializer}
    assert TensorProto.INT8 in held


def test_onnxruntime_gives_what_the_graphs_say():
    onnxruntime = pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")
    source, inputs = graph([normal(32, 20), normal(7, 32) / 6]), given(300, 20)
    for name, rough in variants(source, inputs).items():
        session = onnxruntime.InferenceSession(rough, providers=["CPUExecutionProvider"])
        found, wanted = session.run(None, inputs)[0], run(rough, inputs)
        # a sum that is rounded elsewhere may fall on the other side of a step
        assert np.sqrt(((found - wanted) ** 2).mean()) < HALVES["bfloat16"] * wanted.std(), name


def test_what_cannot_be_done_is_refused():
    source, inputs = graph([normal(8, 6)]), given(10, 6)
    with pytest.raises(InloopError, match="no input 'z'"):
        in_half(source, "float16", of="z")
    with pytest.raises(InloopError, match="no linear layer"):
        in_int8(source, inputs, of="scale")
    with pytest.raises(InloopError, match="'int4'"):
        in_half(source, "int4", of="x")
    with pytest.raises(InloopError, match="float16 does not hold"):
        in_half(graph([1e6 * np.ones((2, 2), np.float32)]), "float16", of="x")
