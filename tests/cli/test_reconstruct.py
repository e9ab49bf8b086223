"""`inloop reconstruct`: files in, files out, and a summary that says what the face says."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from inloop import mir
from inloop.cli import main
from inloop.mir.shapes import BUILT_IN


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_built_in_example_with_every_output(here, capsys):
    outputs = ["f.vtp", "f.vtu", "f.npz", "f.h5"]
    for name in outputs:
        assert main(["reconstruct", "--grid", "16", "--out", name]) == 0
    assert main(["reconstruct", "--grid", "16", "--plot", "f.png", "--json", "f.json", "--seed", "7"]) == 0
    assert sorted(path.name for path in here.iterdir()) == sorted([*outputs, "f.png", "f.json"])
    assert (here / "f.png").read_bytes().startswith(b"\x89PNG")
    assert "circle, 16 x 16 zones, 2 materials" in capsys.readouterr().out


def test_json_holds_the_face_s_own_figures(here):
    assert main(["reconstruct", "--shape", "star", "--method", "youngs", "--json", "f.json", "--seed", "7"]) == 0
    written = json.loads((here / "f.json").read_text())
    face = mir.reconstruct(BUILT_IN["star"].fractions(32), method="youngs", spacing=1 / 32)
    results = written["results"]["youngs"]
    assert results["conservation_error_max"] == pytest.approx(face.conservation_error().max, abs=1e-15)
    assert results["continuity_error_max"] == pytest.approx(face.continuity_error().max)
    assert results["continuity_error_mean"] == pytest.approx(face.continuity_error().mean)
    assert results["mixed_zones"] == len(face.zones)
    assert results["mixed_zones_per_second"] == pytest.approx(len(face.zones) / results["seconds"])
    coverage = BUILT_IN["star"].shape.coverage(face.edges, 8)
    assert results["mse"] == pytest.approx(np.mean((face.coverage(8)[0] - coverage) ** 2))
    assert written["about"]["seed"] == 7
    assert written["about"]["mesh"] == "32 x 32 zones"


def saved_edges(here):
    with np.load(here / "o.npz") as saved:
        return saved["x"], saved["y"], str(saved["method"])


def test_a_file_with_its_mesh_and_centroids(here):
    example = BUILT_IN["three-materials"]
    nodes = np.linspace(0, 1, 13) ** 1.2
    with h5py.File("f.h5", "w") as root:
        root["run/fractions"] = example.shape.fractions((nodes, nodes))
        root["run/centroids"] = example.shape.centroids((nodes, nodes))
        root["run/x"] = root["run/y"] = nodes
    arguments = ["reconstruct", "f.h5:/run/fractions", "--method", "mof", "--order", "2,0,1", "--out", "o.npz"]
    assert main(arguments) == 0
    x, y, method = saved_edges(here)
    np.testing.assert_allclose(x, nodes, atol=1e-14)
    np.testing.assert_allclose(y, nodes, atol=1e-14)
    assert method == "mof"


def test_the_command_line_s_mesh_wins_over_the_file_s(here):
    np.savez("f.npz", fractions=np.array([[1.0, 0.5, 0.0]]), spacing=[3.0, 3.0])
    assert main(["reconstruct", "f.npz", "--spacing", "2,5", "--origin", "1,-1", "--out", "o.npz"]) == 0
    x, y, _ = saved_edges(here)
    np.testing.assert_array_equal(x, [1, 3, 5, 7])
    np.testing.assert_array_equal(y, [-1, 4])


def test_boundaries_reach_the_reconstruction(here, capsys):
    f = np.full((6, 8), 0.5)
    f[:, :3], f[:, 5:] = 1.0, 0.0
    np.save("f.npy", f)
    for text, shape in (("periodic,mirror", "8 x 6"), ("1,extend", "6 x 6"), ("2:1,open", "5 x 6")):
        assert main(["reconstruct", "f.npy", "--boundary", text, "--method", "youngs", "--out", "o.npz"]) == 0
        x, y, _ = saved_edges(here)
        assert f"{len(x) - 1} x {len(y) - 1}" == shape
    capsys.readouterr()


def test_normalise_says_what_it_changed_and_refuses_more_than_rounding(here, capsys):
    f = np.array([[[0.333, 1.0]], [[0.333, 0.0]], [[0.333, 0.0]]])
    np.save("f.npy", f)
    assert main(["reconstruct", "f.npy", "--method", "youngs"]) == 2
    capsys.readouterr()
    assert main(["reconstruct", "f.npy", "--method", "youngs", "--normalise"]) == 0
    assert "the largest change of a fraction is 3.3e-04" in capsys.readouterr().err
    np.save("f.npy", f * 0.9)
    assert main(["reconstruct", "f.npy", "--normalise"]) == 2
    assert "check which arrays are the fractions" in capsys.readouterr().err


def test_three_dimensions(here, capsys):
    assert main(["reconstruct", "--shape", "sphere", "--grid", "6", "--out", "f.vtu", "--plot", "f.png"]) == 0
    assert "6 x 6 x 6 zones" in capsys.readouterr().out
