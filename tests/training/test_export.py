"""Graphs agree with the module that they were written from, or are not written."""

from __future__ import annotations

import numpy as np
import pytest

from inloop import InloopError

torch = pytest.importorskip("torch", reason="pip install 'inloop[train]'")
reference = pytest.importorskip("onnx.reference", reason="pip install 'inloop[train]'")
export = pytest.importorskip("inloop.training.export")


class Scaled(torch.nn.Module):
    """Two inputs, one output."""

    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(3, 2)

    def forward(self, x, scale):
        return scale * torch.tanh(self.line(x))


def example(n):
    rng = np.random.default_rng(n)
    return {"x": rng.normal(size=(n, 3)).astype(np.float32), "scale": rng.normal(size=(n, 1)).astype(np.float32)}


def test_the_graph_takes_any_number_of_samples():
    import onnx

    module = Scaled()
    graph = onnx.load_from_string(export.graph_of(module, example(4), "y", batch="samples"))
    assert [part.name for part in graph.graph.input] == ["x", "scale"]
    assert graph.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "samples"
    for n in (1, 9):
        given = example(n)
        (found,) = reference.ReferenceEvaluator(graph).run(["y"], given)
        with torch.no_grad():
            expected = module(torch.from_numpy(given["x"]), torch.from_numpy(given["scale"])).numpy()
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_graph_that_says_something_else_is_refused():
    with pytest.raises(InloopError, match=r"the exported graph is .* from the network, more than 1e-05"):
        export.graph_of(Scaled(), example(4), "y", expected=lambda given: np.full((4, 2), 7.0))
