"""Bundles come back as they were written, and whatever is wrong with one is told in one line with file and mend."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import save

from inloop import InloopError, bundle
from inloop.bundle import ABOUT, GRAPH, WEIGHTS, Argument, Bundle, Signature, write_bundle
from inloop.writing import OutputError

SIGNATURE = Signature(
    inputs=(Argument("fractions", ("samples", 8, 8), ("float32", "float64")),),
    outputs=(Argument("coverage", ("samples", 64, 64), ("float32",)),),
    halo=3,
)
NUMBERS = {"layers.0.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "layers.0.bias": np.array([0.5, -1.5])}


def write(path, **changes):
    parts = {
        "name": "toy",
        "case": "toys",
        "signature": SIGNATURE,
        "network": {"kind": "linear", "sizes": [3, 2]},
        "weights": NUMBERS,
        "provenance": {"command": "pytest", "seed": 3, "data": {"recipe": "none", "hash": "0"}},
        "errors": {"mse": 0.25},
        "graph": b"a graph",
        "card": "# Toy\n",
    }
    return write_bundle(path, **(parts | changes))


def rewrite(path, change):
    """Change bundle.json as a tool that knows no better might."""
    about = json.loads((path / ABOUT).read_text())
    change(about)
    (path / ABOUT).write_text(json.dumps(about))


def replace(path, name, data):
    """Change a file and make bundle.json agree with it."""
    (path / name).write_bytes(data)
    rewrite(path, lambda about: about["files"].update({name: hashlib.sha256(data).hexdigest()}))


def refusal(path):
    with pytest.raises(InloopError) as told:
        Bundle.load(path)
    assert "\n" not in str(told.value)
    assert len(str(told.value).split("; ")) >= 2, "no mend"
    return str(told.value)


def test_what_is_written_comes_back(tmp_path):
    write(tmp_path / "toy")
    found = Bundle.load(tmp_path / "toy")
    assert (found.name, found.case, found.signature) == ("toy", "toys", SIGNATURE)
    assert found.network == {"kind": "linear", "sizes": [3, 2]}
    assert found.provenance["seed"] == 3
    assert found.errors == {"mse": 0.25}
    assert found.gate is None
    assert found.graph is not None
    assert found.graph.read_bytes() == b"a graph"
    assert set(found.weights) == set(NUMBERS)
    for name, array in NUMBERS.items():
        np.testing.assert_array_equal(found.weights[name], array)
        assert found.weights[name].dtype == array.dtype
    for name, digest in found.files.items():
        assert hashlib.sha256((tmp_path / "toy" / name).read_bytes()).hexdigest() == digest
    assert str(SIGNATURE.inputs[0]) == "fractions (samples, 8, 8) float32 or float64"


def test_a_graph_may_be_left_out(tmp_path):
    found = write(tmp_path / "toy", graph=None, card=None, gate={"limit": 1.0})
    assert found.graph is None
    assert found.gate == {"limit": 1.0}
    assert sorted(path.name for path in (tmp_path / "toy").iterdir()) == [ABOUT, WEIGHTS]


def test_the_shipped_ones_are_found_by_name_and_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "mir" in bundle.shipped()
    for name in bundle.shipped():
        found = Bundle.load(name)
        assert found.name == name
        assert {"command", "seed", "data", "inloop", "date", "machine"} <= set(found.provenance)
        assert sum(path.stat().st_size for path in found.path.iterdir()) < 2e6
    (tmp_path / "mir").mkdir()  # a bare name is the shipped one's, a path is a path
    assert Bundle.load("mir").path == bundle.SHIPPED / "mir"
    assert "mir/bundle.json: missing, so mir is not a bundle" in refusal("./mir")


def test_a_missing_folder_and_a_file_are_no_bundles(tmp_path):
    told = refusal(tmp_path / "nowhere")
    assert "nowhere: no such bundle; give a bundle's folder or one of the shipped: gas-longwave-32, " in told
    assert ", mir, mir-line" in told
    (tmp_path / "file").touch()
    assert "file: is a file, not the folder of a bundle" in refusal(tmp_path / "file")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"format": NaN}', "is not JSON"),
        ("[1]", "states no format"),
        ("{}", "states no format"),
        ('{"format": true}', "states no format"),
        ('{"format": 99}', "has format 99, this inloop reads up to 1; pip install --upgrade inloop"),
        ('{"format": 1}', "'files' is missing"),
    ],
)
def test_an_index_that_is_none(tmp_path, text, message):
    path = write(tmp_path / "toy").path
    (path / ABOUT).write_text(text)
    assert message in refusal(path)
    assert str(path / ABOUT) in refusal(path)


@pytest.mark.parametrize("name", ["name", "case", "signature", "network", "tensors", "provenance", "errors", "files"])
def test_every_entry_is_needed(tmp_path, name):
    path = write(tmp_path / "toy").path
    rewrite(path, lambda about: about.pop(name))
    assert f"bundle.json: '{name}' is missing or not as expected" in refusal(path)


def test_a_signature_without_shapes(tmp_path):
    path = write(tmp_path / "toy").path
    rewrite(path, lambda about: about["signature"]["inputs"][0].pop("shape"))
    assert "bundle.json: 'signature' is not as expected" in refusal(path)


@pytest.mark.parametrize("name", [WEIGHTS, GRAPH])
def test_a_changed_truncated_or_missing_file(tmp_path, name):
    path = write(tmp_path / "toy").path
    data = (path / name).read_bytes()
    for wrong in (data[:-1], data[:-1] + bytes([data[-1] ^ 1]), b""):
        (path / name).write_bytes(wrong)
        assert f"{path / name}: is not the file that was written (SHA-256 differs); copy the bundle again" in refusal(
            path
        )
    (path / name).unlink()
    assert f"{path / name}: missing, though bundle.json lists it; copy the whole folder again" in refusal(path)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "sub/file", ".", "bundle.json", "a\\b"])
def test_files_outside_the_folder_are_not_even_opened(tmp_path, name):
    (tmp_path / "outside").write_text("secret")
    path = write(tmp_path / "toy").path
    rewrite(path, lambda about: about["files"].update({name: "0" * 64}))
    assert "which is no file of a bundle" in refusal(path)


def test_weights_that_are_not_listed(tmp_path):
    path = write(tmp_path / "toy").path
    rewrite(path, lambda about: about["files"].pop(WEIGHTS))
    assert "does not list weights.safetensors" in refusal(path)


@pytest.mark.parametrize("data", [b"", b"\x80\x04K\x01.", b"\xff" * 64, b"PK\x03\x04 a zip file"])
def test_foreign_weights_are_refused_and_never_run(tmp_path, data):
    path = write(tmp_path / "toy").path
    replace(path, WEIGHTS, data)
    assert "weights.safetensors: does not hold safetensors" in refusal(path)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"layers.0.weight": NUMBERS["layers.0.weight"]}, "tensor 'layers.0.bias' is in one of two files only"),
        (NUMBERS | {"more": np.zeros(2)}, "tensor 'more' is in one of two files only (bundle.json does not list it)"),
        (NUMBERS | {"layers.0.bias": np.zeros(3)}, "tensor 'layers.0.bias' has shape [3], bundle.json states [2]"),
        (NUMBERS | {"layers.0.bias": np.zeros(2, np.float32)}, "has dtype float32, bundle.json states float64"),
        (
            NUMBERS | {"layers.0.bias": np.array([1.0, np.nan])},
            "holds numbers that are not finite; take another bundle",
        ),
        (NUMBERS | {"layers.0.bias": np.array([np.inf, 1.0])}, "holds numbers that are not finite"),
    ],
)
def test_tensors_that_are_not_those_stated(tmp_path, weights, message):
    path = write(tmp_path / "toy").path
    replace(path, WEIGHTS, save(weights))
    assert message in refusal(path)


def test_tensors_of_whole_numbers_are_no_weights(tmp_path):
    path = write(tmp_path / "toy").path
    replace(path, WEIGHTS, save(NUMBERS | {"layers.0.bias": np.array([1, 2])}))
    rewrite(path, lambda about: about["tensors"]["layers.0.bias"].update(dtype="int64"))
    assert "has type int64: expected float32 or float64" in refusal(path)


@pytest.mark.parametrize("value", [np.array([1.0, np.nan]), np.array([1, 2])])
def test_wrong_weights_are_not_even_written(tmp_path, value):
    with pytest.raises(InloopError, match=r"weight layers\.0\.bias (holds numbers|has type)"):
        write(tmp_path / "toy", weights=NUMBERS | {"layers.0.bias": value})
    assert list(tmp_path.iterdir()) == []


def test_an_older_bundle_is_replaced_whole(tmp_path):
    write(tmp_path / "toy")
    write(tmp_path / "toy", name="newer", graph=None)
    assert Bundle.load(tmp_path / "toy").name == "newer"
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]
    assert not (tmp_path / "toy" / GRAPH).exists()


def test_a_write_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    path = write(tmp_path / "toy").path

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="toy: cannot be written, No space left on device; choose another place"):
        write(tmp_path / "toy", name="newer")
    monkeypatch.undo()
    assert Bundle.load(path).name == "toy"
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_other_folders_are_not_replaced(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(OutputError, match="photos: exists and is no bundle; name another folder"):
        write(tmp_path / "photos")
    with pytest.raises(OutputError, match="create it first"):
        write(tmp_path / "no" / "where")


def test_a_copy_is_as_good(tmp_path):
    path = write(tmp_path / "toy").path
    shutil.copytree(path, tmp_path / "copy")
    assert Bundle.load(tmp_path / "copy").files == Bundle.load(path).files
