"""`inloop export`: files that answer as the network does, or none."""

from __future__ import annotations

import importlib.util
import json
import shutil

import pytest

from inloop import InloopError
from inloop.bundle import Bundle
from inloop.cli import main
from inloop.engines.exchange import Check, write

pytest.importorskip("torch", reason="pip install 'inloop[train]'")
pytest.importorskip("onnxscript", reason="pip install 'inloop[train]'")


def test_the_shipped_graph_is_what_its_weights_export_to(tmp_path):
    onnx = pytest.importorskip("onnx")
    assert main(["export", "mir", "--to", "onnx", "--out", str(tmp_path), "--json", str(tmp_path / "e.json")]) == 0
    told = json.loads((tmp_path / "e.json").read_text())
    assert told["results"]["mir"]["apart"] <= 1e-5
    assert told["about"]["files"] == [str(tmp_path / "mir.onnx")]
    graph = onnx.load(tmp_path / "mir.onnx").graph
    assert {d.dim_param for value in graph.input for d in value.type.tensor_type.shape.dim[:1]} == {"views"}
    shipped = onnx.load(Bundle.load("mir").graph).graph
    assert [node.op_type for node in shipped.node] == [node.op_type for node in graph.node]
    numbers = [{n.name: n.raw_data for n in g.initializer} for g in (graph, shipped)]
    assert numbers[0] == numbers[1]


def test_without_tensorrt_the_commands_are_written_and_said_not_to_have_run(tmp_path, capsys):
    if importlib.util.find_spec("tensorrt"):
        pytest.skip("tensorrt is installed: nothing to fall back to")
    assert main(["export", "mir", "--to", "tensorrt", "--precision", "float16", "--out", str(tmp_path)]) == 0
    assert "they have not been run" in capsys.readouterr().err
    commands = (tmp_path / "mir-float16.tensorrt.txt").read_text()
    assert commands.startswith("# Not run: tensorrt is not installed.")
    assert "--minShapes=features:1x58,line:1x3,scale:1x1" in commands
    assert (tmp_path / "mir-float16.onnx").exists()


def test_openvino_files_answer_as_the_network_does(tmp_path):
    pytest.importorskip("openvino", reason="pip install 'inloop[openvino]'")
    assert main(["export", "mir", "--to", "openvino", "--out", str(tmp_path)]) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mir.bin", "mir.xml"]


def test_a_graph_that_answers_otherwise_leaves_no_file(tmp_path):
    from inloop.mir.learning_graph import example_of

    known = Bundle.load("mir")
    inputs, expected = example_of(known.weights, 5)
    with pytest.raises(InloopError, match=r"mir.onnx is .* from the network, more than 1e-05; report this"):
        write(known.graph.read_bytes(), tmp_path / "mir", to="onnx", check=Check(inputs, expected + 1, "float32"))
    assert list(tmp_path.iterdir()) == []


def test_the_steady_form_of_the_activation_is_the_same_function():
    torch = pytest.importorskip("torch")
    from inloop.mir.learning_graph import SteadySquareplus

    x = torch.linspace(-1000, 1000, 4001, dtype=torch.float64)
    plain = (x + torch.sqrt(x * x + 1)) / 2
    assert (SteadySquareplus()(x) - plain).abs().max() <= 1e-12
    single, half = (SteadySquareplus()(x.to(kind)).double() for kind in (torch.float32, torch.float16))
    assert ((single - SteadySquareplus()(x)).abs() / SteadySquareplus()(x)).max() <= 1e-6
    assert half.isfinite().all()


def test_bad_arguments_are_refused_in_one_line(tmp_path, capsys):
    for arguments, said in (
        (["mir", "--to", "punchcards"], "--to punchcards: take one of onnx, openvino, tensorrt"),
        (["mir", "--to", "onnx", "--precision", "int3"], "--precision int3: take one of float32, float16, bfloat16"),
        (["tea", "--to", "onnx"], "case 'tea' is unknown"),
        (["mir", "--to", "onnx", "--bundle", "no/such"], "no/such: no such bundle"),
    ):
        assert main(["export", *arguments, "--out", str(tmp_path)]) == 2
        assert said in capsys.readouterr().err
    damaged = tmp_path / "damaged"
    shutil.copytree(Bundle.load("mir").path, damaged)
    (damaged / "weights.safetensors").write_bytes(b"")
    assert main(["export", "mir", "--to", "onnx", "--bundle", str(damaged), "--out", str(tmp_path)]) == 2
    assert "SHA-256 differs" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.onnx"))
