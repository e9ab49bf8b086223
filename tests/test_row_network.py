"""Networks on rows: what they see and answer is what the formulas say, and nonsense is refused by its name."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from inloop import InloopError
from inloop.row_network import RowInput, RowNetwork, RowOutput

INPUTS = (
    RowInput.between("pressure", 1.0, 1e5, transform="log"),
    RowInput(name="amount", transform="root4", shift=0.5, scale=2.0, least=1e-8),
    RowInput.between("temperature", 160.0, 320.0),
)


def network(transform: str = "exp") -> RowNetwork:
    return RowNetwork(inputs=INPUTS, sizes=(3, 4, 2), output=RowOutput(transform=transform, shift=(1, 2), scale=(3, 4)))


def test_features_are_the_formulas():
    rows = np.array([[1.0, 16.0, 240.0], [1e5, -5.0, 320.0], [np.sqrt(1e5), 0.0, 160.0]])
    least = 1e-8**0.25
    wanted = [[-1, (2 - 0.5) / 2, 0], [1, (least - 0.5) / 2, 1], [0, (least - 0.5) / 2, -1]]
    np.testing.assert_allclose(network().features(rows), wanted, atol=1e-14)
    np.testing.assert_allclose(network().features(rows.astype(np.float32)), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("transform", "answer"),
    [
        ("linear", lambda t: t),
        ("exp", np.exp),
        ("power4", lambda t: t**4),
        ("squareplus", lambda t: t / 2 + np.sqrt(t * t / 4 + 0.25)),
        ("softmax", lambda t: np.exp(t) / np.exp(t).sum(axis=1, keepdims=True)),
    ],
)
def test_answers_are_the_formulas_and_what_is_wanted_leads_back(transform, answer):
    z = np.random.default_rng(0).uniform(0.1, 2, (50, 2))
    output = network(transform).output
    found = output.answers(z)
    np.testing.assert_allclose(found, answer(np.array([1, 2]) + np.array([3, 4]) * z), rtol=1e-13)
    np.testing.assert_allclose(output.answers(output.wanted(found)), found, rtol=1e-12)
    if transform == "softmax":
        np.testing.assert_allclose(output.answers(1e3 * z).sum(axis=1), 1, rtol=1e-13)


def test_between_puts_the_ends_at_one():
    output = RowOutput.between([1e-3, 2.0], [10.0, 8.0], transform="exp")
    np.testing.assert_allclose(output.answers([[-1, -1], [1, 1]]), [[1e-3, 2], [10, 8]], rtol=1e-13)


PARTS = RowNetwork(
    inputs=(
        RowInput.between("temperature", 200.0, 300.0, hats=3),
        RowInput(name="h2o", transform="log"),
        RowInput(name="co2", seen=False),
    ),
    sizes=(5, 4, 6),
    output=RowOutput(transform="power4", shift=(0,) * 6, scale=(1,) * 6, amounts=("1", "co2", "h2o")),
)


def test_hats_tell_how_near_a_point_is():
    rows = np.array([[200.0, 1, 0], [237.5, 1, 0], [250.0, 1, 0], [300.0, 1, 0], [400.0, 1, 0]])
    wanted = [[-1, 1, 0, 0], [-0.25, 0.25, 0.75, 0], [0, 0, 1, 0], [1, 0, 0, 1], [3, 0, 0, 0]]
    np.testing.assert_allclose(PARTS.features(rows)[:, :4], wanted, atol=1e-14)


def test_answers_are_sums_of_parts_times_amounts():
    rows, z = np.array([[250.0, 0.5, 4.0], [250.0, 2.0, -1.0]]), np.array([[1, 2, 3, 1, 0.5, 2], [0, 1, 1, 2, 1, 0]])
    wanted = [[1 + 4 * 81 + 0.5 * 0.5**4, 16 + 4 * 1 + 0.5 * 16], [0 - 1 + 2, 1 - 16 + 0]]
    np.testing.assert_allclose(PARTS.answers(z, rows), wanted, rtol=1e-14)
    with pytest.raises(InloopError, match=r"amounts have shape \(0, 0\): expected \(2, 3\)"):
        PARTS.output.answers(z)
    with pytest.raises(InloopError, match="ask of each part"):
        PARTS.output.wanted(z)


@pytest.mark.parametrize("one", [network("softmax"), PARTS])
def test_its_json_is_itself(one):
    assert RowNetwork.from_entry(json.loads(json.dumps(one.entry())), "here") == one


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([[0.0, 1.0, 200.0]], "input pressure: 0 in row 0 has no log"),
        ([[1.0, 1.0, 200.0], [1.0, 1.0, np.nan]], "input temperature: nan in row 1 is not finite"),
        ([[1.0, np.nan, 200.0]], "input amount: nan in row 0 is not finite"),
        ([[1.0, 1.0]], r"rows have shape (1, 2): expected (n, 3): pressure, amount, temperature"),
    ],
)
def test_rows_that_make_no_sense(rows, told):
    with pytest.raises(InloopError, match=re.escape(told)):
        network().features(np.array(rows))


def test_answers_that_no_network_gives():
    with pytest.raises(InloopError, match="answers of row 1: no network ends in them by exp"):
        network().output.wanted([[1.0, 1.0], [1.0, -1.0]])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"activation": "sine"}, "network: 'sine' is unknown; take one of squareplus"),
        ({"sizes": [2, 4, 2]}, "sizes: [2, 4, 2]; expected 3 features"),
        ({"sizes": None}, "is malformed"),
        ({"output": {"transform": "exp", "shift": [1], "scale": [1, 2]}}, "output: 1 shifts and 2 scales"),
        ({"output": {"transform": "sin", "shift": [1, 2], "scale": [1, 2]}}, "output: 'sin' is unknown"),
        ({"inputs": [{"name": "p"}]}, "lacks 'transform'"),
        ({"inputs": [{"name": "p", "transform": "log", "shift": 0, "scale": 0, "least": None}]}, "scale not 0"),
        ({"inputs": [{"name": "p", "transform": "log", "shift": 0, "scale": 1, "least": -1}]}, "least -1.0 has no log"),
    ],
)
def test_a_bundle_that_states_nonsense(change, told):
    with pytest.raises(InloopError, match=re.escape(told)) as refused:
        RowNetwork.from_entry(network().entry() | change, "b/bundle.json")
    assert str(refused.value).startswith("b/bundle.json: its network")


def test_what_is_published_is_what_was_taught(tmp_path):
    torch = pytest.importorskip("torch", reason="pip install 'inloop[train]'")
    pytest.importorskip("onnxscript", reason="pip install 'inloop[train]'")
    from inloop.nets.perceptron import PerceptronConfig
    from inloop.training.publish_rows import publish_rows

    torch.manual_seed(0)
    net = PerceptronConfig((3, 4, 2)).build()
    torch.nn.init.normal_(net.layers[-1].weight)
    weights = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    story = {"command": "by hand", "seed": 0}
    given = {"name": "tea", "case": "tea", "errors": {}, "extra": {"sun": [1.0], "kind": "mine"}}
    bundle = publish_rows(network(), weights, tmp_path / "b", provenance=story, **given)
    assert bundle.network["sun"] == [1.0]
    assert RowNetwork.from_entry(bundle.network, "here") == network()
    assert bundle.network["kind"] == "perceptron"  # extra words do not change what is stated
    seen = np.random.default_rng(1).uniform(-1, 1, (20, 3)).astype(np.float32)
    ort = pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")
    found = ort.InferenceSession(bundle.graph.read_bytes()).run(None, {"rows": seen})[0]
    with torch.no_grad():
        np.testing.assert_allclose(found, net(torch.from_numpy(seen)), atol=1e-5)
    wide = RowNetwork(inputs=INPUTS, sizes=(3, 5, 2), output=network().output)
    with pytest.raises(InloopError, match=r"layers of \[3, 4, 2\] values, the network states \[3, 5, 2\]"):
        publish_rows(wide, weights, tmp_path / "c", provenance=story, **given)
    with pytest.raises(InloopError, match="provenance lacks seed"):
        publish_rows(network(), weights, tmp_path / "c", provenance={"command": "x"}, **given)
    assert not (tmp_path / "c").exists()
