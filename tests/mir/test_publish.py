"""A trained network becomes a bundle only if it is complete, keeps the laws, and its graph says what it says."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.random_kernel import random_weights

from inloop import InloopError, mir
from inloop.mir import publish as publishing
from inloop.mir.learned import FEATURES, VERTICES
from inloop.mir.publish import publish

PROVENANCE = {"command": "pytest", "seed": 1, "data": {"recipe": "none", "hash": "0"}}


def forward(weights, features, line, scale):
    """The graph's words, one vertex after the other."""
    value = features.astype(float)
    value = value @ weights["layers.0.weight"].T + weights["layers.0.bias"]
    value = (value + np.hypot(value, 1)) / 2 @ weights["layers.1.weight"].T + weights["layers.1.bias"]
    answer = (value + np.hypot(value, 1)) / 2 @ weights["layers.2.weight"].T + weights["layers.2.bias"]
    out = np.empty((len(features), VERTICES))
    for vertex in range(VERTICES):
        y, x = divmod(vertex, 9)
        straight = line[:, 0] + line[:, 1] * (x / 8 - 0.5) + line[:, 2] * (y / 8 - 0.5)
        out[:, vertex] = straight + scale[:, 0] * answer[:, vertex]
    return out


def test_the_graph_gives_the_raw_vertices_of_any_number_of_views(tmp_path):
    reference = pytest.importorskip("onnx.reference", reason="pip install 'inloop[train]'")
    pytest.importorskip("torch", reason="pip install 'inloop[train]'")
    weights = random_weights(seed=3)
    found = publish(weights, tmp_path / "own", provenance=PROVENANCE, errors={"mse": 0.1})
    assert found.graph is not None
    run = reference.ReferenceEvaluator(str(found.graph)).run
    rng = np.random.default_rng(4)
    for n in (1, 5, 64):
        given = {"features": (n, FEATURES), "line": (n, 3), "scale": (n, 1)}
        inputs = {name: rng.normal(size=shape).astype(np.float32) for name, shape in given.items()}
        (vertices,) = run(["vertices"], inputs)
        assert vertices.dtype == np.float32
        np.testing.assert_allclose(vertices, forward(weights, *inputs.values()), atol=1e-5)
    assert str(tmp_path).encode() not in found.graph.read_bytes()
    assert b".py" not in found.graph.read_bytes()  # no notes about the machine it was made on
    again = publish(weights, tmp_path / "again", provenance=PROVENANCE, errors={})
    assert again.files["graph.onnx"] == found.files["graph.onnx"]


def test_what_was_published_is_what_runs(tmp_path):
    found = publish(random_weights(seed=5), tmp_path / "own", provenance=PROVENANCE, errors={"mse": 0.1}, graph=False)
    assert found.graph is None
    assert {"command", "seed", "data", "inloop", "python", "numpy", "date", "machine"} <= set(found.provenance)
    assert found.errors["mse"] == 0.1
    assert max(found.errors["laws"].values()) <= 1e-12
    assert found.network["sizes"] == [FEATURES, 24, 24, VERTICES]
    card = (found.path / "card.md").read_text()
    assert f"{FEATURES} - 24 - 24 - {VERTICES}" in card
    assert "mse: 0.1" in card
    assert "command: pytest" in card
    f = np.random.default_rng(6).random((5, 5))
    own = mir.reconstruct(f, method=mir.Learned(found.path))
    assert own.method == "learned"
    assert not np.array_equal(own.coverage(8), mir.reconstruct(f).coverage(8))


def test_incomplete_provenance_is_refused(tmp_path):
    with pytest.raises(InloopError, match="provenance lacks command, data"):
        publish(random_weights(), tmp_path / "own", provenance={"seed": 1}, errors={}, graph=False)


@pytest.mark.parametrize("sizes", [(FEATURES - 1, 8, VERTICES), (FEATURES, 8, VERTICES - 1)])
def test_a_network_for_something_else_is_refused(tmp_path, sizes):
    weights = random_weights(sizes=sizes)
    with pytest.raises(InloopError, match=f"maps {sizes[0]} to {sizes[-1]} values: expected {FEATURES} to {VERTICES}"):
        publish(weights, tmp_path / "own", provenance=PROVENANCE, errors={}, graph=False)


def test_weights_with_which_a_law_fails_are_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(publishing.LAWS, "continuity_error_max", -1.0)  # no weights can do better than nothing
    with pytest.raises(InloopError, match=r"with these weights the continuity_error_max is .* do not ship them"):
        publish(random_weights(), tmp_path / "own", provenance=PROVENANCE, errors={}, graph=False)
    assert list(tmp_path.iterdir()) == []
