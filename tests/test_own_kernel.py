"""The page on kernels of one's own: every command runs as it stands there, and what comes of it is true."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

import inloop
from inloop.bundle import Bundle
from inloop.cli import main

pytest.importorskip("torch", reason="pip install 'inloop[train]'")
pytest.importorskip("onnxscript", reason="pip install 'inloop[train]'")
pytest.importorskip("optuna", reason="pip install 'inloop[train]'")

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = "wetbulb"


@pytest.fixture(scope="module")
def followed(root, tmp_path_factory):
    """The folder in which the page was followed."""
    folder = tmp_path_factory.mktemp("own")
    before = list(sys.path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for language, text in BLOCK.findall((root / "docs" / "own-kernel.md").read_text(encoding="utf-8")):
            if not language:
                for line in text.splitlines():
                    patch.setattr(sys, "argv", shlex.split(line))
                    assert main() == 0, line
    yield folder
    sys.path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def results(path):
    return json.loads(path.read_text(encoding="utf-8"))["results"]


def test_the_bundle_needs_neither_the_case_nor_torch(followed, root):
    (code,) = (
        text
        for language, text in BLOCK.findall((root / "docs" / "own-kernel.md").read_text(encoding="utf-8"))
        if language == "python"
    )
    (followed / NAME).rename(followed / "elsewhere")
    try:
        done = subprocess.run(
            [sys.executable, "-c", code + "\nimport sys\nprint('torch' in sys.modules)"],
            cwd=followed,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    finally:
        (followed / "elsewhere").rename(followed / NAME)
    shown, answer, torch = done.stdout.splitlines()
    assert "temperature, humidity, pressure" in shown
    assert float(answer.strip("[] ")) == pytest.approx(273.15 + 13.7, abs=2.0)
    assert torch == "False"


def test_the_report_is_of_the_bundle_on_samples_that_can_be_asked_again(followed):
    from inloop.data import read_arrays

    found = results(followed / "validated.json")
    assert found["solved"] == {"error_mean": 0.0, "error_max": 0.0}
    (drawn,) = (followed / "out" / f"validate-{NAME}").glob("*-2000-0.h5")
    data = sys.modules[f"{NAME}.data"]
    held_out = read_arrays(drawn, "test", recipe=data.RECIPE)
    kernel = inloop.load(followed / "out" / f"{NAME}-bundle")
    error = np.abs(kernel(held_out["asked"]) - held_out["truth"])
    assert found[f"{NAME}, native"]["error_mean"] == pytest.approx(error.mean(), rel=1e-6)
    assert found[f"{NAME}, native"]["error_max"] == pytest.approx(error.max(), rel=1e-6)
    assert np.abs(data.balance(held_out["asked"], held_out["truth"][:, 0])).max() < 1e-6
    page = (followed / "out" / f"validate-{NAME}.html").read_text(encoding="utf-8")
    assert "data:image/png" in page
    assert "Where it fails" in page


def test_the_bundle_says_how_it_came_about_and_its_graph_answers_alike(followed):
    bundle = Bundle.load(followed / "out" / f"{NAME}-bundle")
    assert bundle.case == NAME
    assert bundle.provenance["command"] == f"inloop train ./{NAME} --epochs 10"
    assert bundle.provenance["run"]["fit"]["epochs"] == 10
    assert set(bundle.errors["classical"]) == {"solved", "stull"}
    pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")
    rows = np.random.default_rng(0).uniform([260, 0.1, 6e4], [310, 0.9, 1e5], (50, 3))
    native, other = (inloop.load(bundle.path, engine=engine)(rows) for engine in ("native", "onnxruntime"))
    np.testing.assert_allclose(native, other, atol=1e-3)


def test_speed_is_of_rows_and_beside_the_classical_kernels(followed):
    found = results(followed / "speed.json")
    assert set(found) == {f"{NAME}, native, float32", "solved, own code, float64", "stull, own code, float64"}
    for figures in found.values():
        batch = figures["batches"]["1"]
        assert batch["rows_per_second"] * batch["seconds"] == pytest.approx(1)


def test_smaller_variants_are_bundles_and_their_figures_those_of_the_command(followed):
    found = results(followed / "optimized.json")
    assert set(found) == {
        f"{NAME}, native",
        f"{NAME}, onnxruntime",
        f"{NAME}-12-float32, native",
        f"{NAME}-12-float32, onnxruntime",
        f"{NAME}-12-int8, onnxruntime",
    }
    folder = followed / "out" / f"optimize-{NAME}"
    for name, engine in ((f"{NAME}-12-float32", "native"), (f"{NAME}-12-int8", "onnxruntime")):
        bundle = Bundle.load(folder / name)
        assert bundle.errors["error_mean"] == found[f"{name}, {engine}"]["error_mean"]
        assert bundle.provenance["taught"]["config"]["fit"]["epochs"] == 2
    assert "data:image/png" in (folder / "index.html").read_text(encoding="utf-8")


def test_a_wider_network_is_better_and_the_export_is_there(followed):
    trials = results(followed / "out" / f"{NAME}-sweep" / "sweep.json").values()
    error = {trial["changes"]["width"]: trial["error_mean"] for trial in trials}
    assert set(error) == {4, 16}
    assert error[16] < error[4]
    assert (followed / "out" / "export" / f"{NAME}.onnx").exists()


def test_another_presets_data_and_foreign_bundles_are_refused(followed, monkeypatch, capsys):
    monkeypatch.chdir(followed)
    for arguments, told in (
        (["train", NAME, "--preset", "usuall"], "preset 'usuall' of case wetbulb is unknown: did you mean usual?"),
        (["train", NAME, "--set", "width=no"], 'width: "no" instead of an integer'),
        (["train", NAME, "--data", "absent.h5"], "absent.h5: no such file"),
        (["validate", NAME, "--bundle", "mir"], "is of case 'mir', expected 'wetbulb'"),
        (["validate", NAME, "--out", "page.pdf"], "--out page.pdf: cannot write '.pdf'"),
        (["bench", NAME, "--engines", "abacus"], "engine 'abacus' is unknown"),
        (["export", NAME, "--to", "onnx", "--bundle", "mir"], "its network is no perceptron"),
        (["optimize", NAME, "--widths", "0"], "widths [0]: expected one or more positive widths"),
        (["optimize", NAME, "--precisions", "int4"], "precision 'int4': take some of"),
        (["optimize", NAME, "--engines", "abacus"], "engine 'abacus' is unknown"),
        (["optimize", NAME, "--set", "width=3"], "--set: changes the network"),
        (["optimize", NAME, "--page", "page.pdf"], "--page page.pdf: cannot write '.pdf'"),
        (["optimize", NAME, "--bundle", "out/optimize-wetbulb/wetbulb-12-int8"], "is in int8 already"),
        (["new", NAME], "wetbulb: exists; name another case"),
    ):
        assert main(arguments) == 2, arguments
        error = capsys.readouterr().err
        assert told in error
        assert error.count("\n") == 1
