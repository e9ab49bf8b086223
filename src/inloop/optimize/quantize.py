"""An ONNX graph whose linear layers compute in fewer bits. All else, such as activations, stays in float32.

Which layers: those that hang on one named input. A graph may carry exact parts beside its network, and they are left
alone. Inputs and outputs keep their types, so that whatever opened the old graph opens the new one.

float16: weights are stored, and a layer's inputs and sums are rounded, in that type. bfloat16: weights and inputs; the
products are summed in float32, as hardware for it does, and so the graph runs where there is no such hardware, too.
int8: each weight and each input of a layer is a whole number of steps (quantise, dequantise), found beforehand on real
inputs: one size of step for all of a layer's inputs, one for the weights of each output. Before that, inputs with a
wide range lend some of it to the weights that read them: one size for all would drown the narrow ones. Needs onnx.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.engines.evaluate import by_runtime
from inloop.errors import InloopError

PRECISIONS = ("float32", "float16", "bfloat16", "int8")

Floats = NDArray[np.float32]

_LINEAR = ("Gemm", "MatMul")
_LENT = 0.7  # exponent of the range that inputs lend to weights (Xiao et al., SmoothQuant, 2023); 0 lends nothing
_COVERED = 0.9999  # of the inputs lies within the steps, the rest is clipped


def checked_precisions(names: Sequence[str]) -> tuple[str, ...]:
    """Precisions that linear layers can be computed in."""
    for name in names:
        if name not in PRECISIONS:
            raise InloopError(f"precision {name!r}: take some of {', '.join(PRECISIONS)}")
    return tuple(names)


def in_half(graph: bytes, precision: str, *, of: str) -> bytes:
    """The graph with the linear layers that hang on input `of` in float16 or bfloat16."""
    rewriters = {"float16": _in_float16, "bfloat16": _in_bfloat16}
    if precision not in rewriters:
        raise InloopError(f"precision {precision!r}: expected {' or '.join(rewriters)}")
    return _rewritten(graph, of, rewriters[precision])


def in_int8(graph: bytes, inputs: Mapping[str, Floats], *, of: str) -> bytes:
    """The graph with those layers in int8, calibrated on real inputs: (n, ...) by the names of the graph's inputs."""
    seen = _layer_inputs(graph, inputs, of)
    return _rewritten(graph, of, lambda layer: _in_int8(layer, seen[layer.node.name]))


class _Layer(NamedTuple):
    """A node x @ weight (+ bias) as a rewriter gets it."""

    node: Any
    weight: Floats  # (outputs, inputs)
    bias: Floats  # (outputs,)


class _Part(NamedTuple):
    """What takes a layer's place."""

    nodes: list[Any]
    constants: dict[str, NDArray[Any]]


def _in_float16(layer: _Layer) -> _Part:
    name = layer.node.name
    constants = {f"{name}.weight": _as_type(layer.weight, "FLOAT16"), f"{name}.bias": _as_type(layer.bias, "FLOAT16")}
    nodes = [
        _cast(layer.node.input[0], f"{name}.x", "FLOAT16"),
        _gemm(f"{name}.x", f"{name}.weight", f"{name}.bias", f"{name}.sum", name),
        _cast(f"{name}.sum", layer.node.output[0], "FLOAT"),
    ]
    return _Part(nodes, constants)


def _in_bfloat16(layer: _Layer) -> _Part:
    name = layer.node.name
    constants = {f"{name}.half": _as_type(layer.weight, "BFLOAT16"), f"{name}.bias": layer.bias}
    nodes = [
        _cast(f"{name}.half", f"{name}.weight", "FLOAT"),
        _cast(layer.node.input[0], f"{name}.rounded", "BFLOAT16"),
        _cast(f"{name}.rounded", f"{name}.x", "FLOAT"),
        _gemm(f"{name}.x", f"{name}.weight", f"{name}.bias", layer.node.output[0], name),
    ]
    return _Part(nodes, constants)


def _in_int8(layer: _Layer, seen: Floats) -> _Part:
    from onnx import helper

    name = layer.node.name
    reach = np.maximum(np.quantile(np.abs(seen), _COVERED, axis=0), 1e-6)
    heaviest = np.maximum(np.abs(layer.weight).max(axis=0), 1e-6)
    lent = (reach**_LENT / heaviest ** (1 - _LENT)).astype(np.float32)
    scaled, weight = seen / lent, layer.weight * lent
    low, high = (float(np.quantile(scaled, share)) for share in (1 - _COVERED, _COVERED))
    low, high = min(low, 0.0), max(high, 1e-6)
    step = np.float32((high - low) / 255)
    steps = np.maximum(np.abs(weight).max(axis=1) / 127, 1e-9).astype(np.float32)
    constants: dict[str, NDArray[Any]] = {
        f"{name}.lent": 1 / lent,
        f"{name}.step": np.array(step),
        f"{name}.zero": np.array(np.rint(-low / step), dtype=np.uint8),
        f"{name}.whole": np.rint(weight / steps[:, None]).astype(np.int8),
        f"{name}.steps": steps,
        f"{name}.zeros": np.zeros(len(steps), dtype=np.int8),
        f"{name}.offset": np.rint(layer.bias / (steps * step)).astype(np.int32),
        f"{name}.offset.steps": steps * step,
        f"{name}.offset.zeros": np.zeros(len(steps), dtype=np.int32),
    }

    def node(kind: str, inputs: list[str], output: str, axis: int | None = None) -> Any:
        return helper.make_node(kind, [f"{name}.{one}" for one in inputs], [f"{name}.{output}"], axis=axis)

    nodes = [
        helper.make_node("Mul", [layer.node.input[0], f"{name}.lent"], [f"{name}.scaled"]),
        node("QuantizeLinear", ["scaled", "step", "zero"], "x.whole"),
        node("DequantizeLinear", ["x.whole", "step", "zero"], "x"),
        node("DequantizeLinear", ["whole", "steps", "zeros"], "weight", axis=0),
        node("DequantizeLinear", ["offset", "offset.steps", "offset.zeros"], "bias", axis=0),
        _gemm(f"{name}.x", f"{name}.weight", f"{name}.bias", layer.node.output[0], name),
    ]
    return _Part(nodes, constants)


def _rewritten(graph: bytes, of: str, rewriter: Callable[[_Layer], _Part]) -> bytes:
    """The graph with each layer that hangs on input `of` replaced."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(graph)
    layers = {layer.node.name: layer for layer in _linear_layers(model, of)}
    nodes: list[Any] = []
    constants: dict[str, NDArray[Any]] = {}
    for node in model.graph.node:
        if node.name not in layers:
            nodes.append(node)
            continue
        part = rewriter(layers[node.name])
        nodes += part.nodes
        constants |= part.constants
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _linear_layers(model: Any, of: str) -> list[_Layer]:
    """The nodes x @ constant (+ constant) that hang on input `of`, in order; nameless ones are named."""
    from onnx import numpy_helper

    if of not in {given.name for given in model.graph.input}:
        raise InloopError(f"the graph has no input {of!r}: {', '.join(given.name for given in model.graph.input)}")
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    reached, found = {of}, []
    for number, node in enumerate(model.graph.node):
        if reached.isdisjoint(node.input):
            continue
        reached.update(node.output)
        if node.op_type not in _LINEAR or node.input[0] not in reached or node.input[1] not in constants:
            continue
        if any((a.name == "transA" and a.i) or (a.name in ("alpha", "beta") and a.f != 1) for a in node.attribute):
            continue
        node.name = f"linear.{number}"
        weight = numpy_helper.to_array(constants[node.input[1]])
        weight = weight if any(a.name == "transB" and a.i for a in node.attribute) else weight.T
        bias = [numpy_helper.to_array(constants[name]) for name in node.input[2:]]
        found.append(_Layer(node, weight, bias[0] if bias else np.zeros(len(weight), dtype=np.float32)))
    if not found:
        raise InloopError(f"no linear layer hangs on input {of!r}; there is nothing to compute in fewer bits")
    return found


def _layer_inputs(graph: bytes, inputs: Mapping[str, Floats], of: str) -> dict[str, Floats]:
    """What each layer is given, by the layer's name."""
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load_from_string(graph)
    layers = _linear_layers(model, of)
    names = list(dict.fromkeys(layer.node.input[0] for layer in layers))
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    seen = dict(zip(names, by_runtime(model, inputs), strict=True))
    return {layer.node.name: seen[layer.node.input[0]] for layer in layers}


def _gemm(x: str, weight: str, bias: str, output: str, name: str) -> Any:
    from onnx import helper

    return helper.make_node("Gemm", [x, weight, bias], [output], name=name, transB=1)


def _cast(x: str, output: str, kind: str) -> Any:
    from onnx import TensorProto, helper

    return helper.make_node("Cast", [x], [output], to=getattr(TensorProto, kind))


def _as_type(numbers: Floats, kind: str) -> NDArray[Any]:
    from onnx import TensorProto, helper

    with np.errstate(over="ignore"):
        rounded = numbers.astype(helper.tensor_dtype_to_np_dtype(getattr(TensorProto, kind)))
    if not np.isfinite(rounded.astype(np.float32)).all():
        raise InloopError(f"weights reach {np.abs(numbers).max():.1e}, which {kind.lower()} does not hold")
    return np.asarray(rounded)
