"""The fused GPU kernels, interpreted on the CPU, against the native core: the same figures, the same laws."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import inloop
from inloop import InloopError, mir
from inloop.mir.contenders import contest
from inloop.mir.shapes import Circle, uniform_edges

pytest.importorskip("torch", reason="needs PyTorch: pip install 'inloop[train]'")
pytest.importorskip("triton", reason="needs Triton: pip install 'inloop[gpu]'")


# The first sample is noise. In the last two all contributions cancel, so that the sign of a rounding error decides
# where the border runs: two correct programs differ there, and only areas and borders can be asked for.
NOISE, SMOOTH = slice(0, 1), slice(1, -2)
FEW = [1, 5]


def disc(n: int, centre: tuple[float, float], radius: float) -> np.ndarray:
    return Circle(centre, radius).fractions(uniform_edges(n)).reshape(-1, n, n)[0]


def given() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    round_one = disc(8, (0.51, 0.493), 0.3)
    traces = round_one.copy()
    traces[0, 0], traces[4, 4], traces[0, 7], traces[0, 6] = 1e-9, 1 - 1e-11, 1e-4, 2e-13
    flat = np.repeat([1.0, 1, 1, 0.3, 0, 0, 0, 0], 8).reshape(8, 8)  # two views of each zone are equally canonical
    i, j = np.indices((8, 8))
    diagonal = np.clip((i + j - 6.5) / 2, 0, 1)
    checkerboard = np.where((i + j) % 2, 0.7, 0.3)
    half = np.full((8, 8), 0.5)
    samples = np.stack([rng.random((8, 8)), round_one, traces, flat, diagonal, 1 - round_one.T, checkerboard, half])
    three = np.zeros((3, 3, 8, 8))
    three[0, 0], three[0, 2] = round_one, 1 - round_one  # two of three
    three[1, 1] = 1  # one of three
    three[2, 0, :, :4] = three[2, 1, :4, 4:] = three[2, 2, 4:, 4:] = 1
    three[2, :, :, 4] = [[0.5], [0.3], [0.2]]
    return {"samples": samples, "few": samples[FEW], "materials": three, "mesh": disc(12, (0.4, 0.45), 0.35)[:, :10]}


@pytest.fixture(scope="module")
def asked():
    return given()


@pytest.fixture(scope="module")
def told(asked, tmp_path_factory, root):
    folder = tmp_path_factory.mktemp("gpu")
    np.savez(folder / "asked.npz", **asked)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.engines.gpu_answers", folder / "asked.npz", folder / "told.npz"],
        cwd=root,
        env=os.environ | {"TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(np.load(folder / "told.npz"))


def native(samples: np.ndarray) -> np.ndarray:
    return np.stack([mir.reconstruct(sample, method="learned").coverage(8)[0] for sample in samples])


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_images_are_those_of_the_core_whose_network_is_in_single(asked, told, precision):
    for part, bound in ((SMOOTH, 1e-5), (NOISE, 1e-4)):
        assert np.abs(told[precision][part] - native(asked["samples"][part])).max() < bound


def share(level: np.ndarray) -> float:
    """The positive share of a zone's level set by clipping triangles, nothing taken from the kernels."""

    def clipped(corners: list[tuple[float, float, float]]) -> float:
        kept = []
        for (x, y, v), (s, t, w) in zip(corners, corners[1:] + corners[:1], strict=True):
            if v > 0:
                kept.append((x, y))
            if (v > 0) != (w > 0):
                at = v / (v - w)
                kept.append((x + at * (s - x), y + at * (t - y)))
        return sum(x * t - s * y for (x, y), (s, t) in zip(kept, kept[1:] + kept[:1], strict=True)) / 2

    values, area = level.reshape(9, 9), 0.0
    for j in range(8):
        for i in range(8):
            ring = [(x, y, values[y, x]) for x, y in ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))]
            middle = (i + 0.5, j + 0.5, np.mean([v for _, _, v in ring]))
            area += sum(clipped([a, b, middle]) for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
    return area / 64


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_areas_are_exact_whatever_the_network_is_computed_in(asked, told, precision):
    zone, levels = told[f"{precision}_zone"], told[f"{precision}_levels"]
    fractions = asked["samples"].ravel()[zone]
    assert set(zone) == set(np.flatnonzero((asked["samples"] > 0) & (asked["samples"] < 1)))
    assert max(abs(share(level) - f) for level, f in zip(levels, fractions, strict=True)) < 1e-12


def crossings(values: np.ndarray) -> np.ndarray:
    """Where the border meets an edge."""
    at = np.flatnonzero((values[:-1] > 0) != (values[1:] > 0))
    return at + values[at] / (values[at] - values[at + 1])


def test_the_border_is_whole_on_every_edge_between_mixed_zones(told):
    found = zip(told["float32_zone"], told["float32_levels"], strict=True)
    level = {zone: values.reshape(9, 9) for zone, values in found}
    met = 0
    for zone, values in level.items():
        right, upper = level.get(zone + 1), level.get(zone + 8)
        edges = [(values[:, 8], right[:, 0])] if right is not None and zone % 8 < 7 else []
        edges += [(values[8], upper[0])] if upper is not None and zone % 64 < 56 else []
        for here, there in edges:
            assert np.abs(crossings(here) - crossings(there)).max(initial=0) < 1e-12
            met += len(crossings(here))
    assert met > 100


def test_every_way_of_calling_gives_the_same(asked, told):
    for way in ("out", "few", "captured"):
        assert np.abs(told[way] - told["float32"][FEW]).max() < 1e-6
    assert np.abs(told["small_blocks"][0] - told["float32"][FEW[0]]).max() < 1e-5


def test_a_mesh_is_reconstructed_whole(asked, told):
    assert np.abs(told["mesh"] - native(asked["mesh"][None])[0]).max() < 1e-5


def test_two_of_many_materials_stay_on_the_device_and_more_go_to_the_core(asked, told):
    wanted = inloop.load("mir")(asked["materials"])
    assert np.abs(told["materials"][:2] - wanted[:2]).max() < 1e-5
    assert np.array_equal(told["materials"][2], wanted[2])


def test_what_is_no_fraction_is_refused_and_in_a_graph_counted(told):
    refused = list(told["refused"])
    assert refused[0] == "sample 1: fraction in zone (row 2, column 3) is -0.5: expected 0 to 1"
    assert refused[1].startswith("fractions have shape (2, 4, 8): expected (samples, 8, 8)")
    assert refused[2] == "fractions have type torch.int64: expected float32 or float64"
    assert refused[3].startswith("sample 0: fractions in zone (row 0, column 0) of all materials sum to 0.5, not 1")
    assert told["wrong"] == 1
    assert np.isnan(told["captured_wrong"][0, 24:32, 40:48]).all()
    assert not np.isnan(told["captured_wrong"][1]).any()


def test_without_a_gpu_one_line_says_so_and_names_another_engine():
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    reason = r"^engine 'gpu': .*CUDA.*; take engine='native'.*$"
    with pytest.raises(InloopError, match=reason):
        inloop.load("mir", engine="gpu")
    with pytest.raises(InloopError, match=reason):
        contest(engines=["gpu"], samples=1)
    with pytest.raises(InloopError, match="engine 'gpu' does not compute in 'int8'"):
        inloop.load("mir", engine="gpu", precision="int8")


def test_a_mesh_of_the_host_is_sent_elsewhere_in_one_line():
    with pytest.raises(InloopError, match=r"^engine 'gpu' takes batches of samples alone: .*$"):
        mir.reconstruct(np.full((3, 3), 0.5), method=mir.Learned(engine="gpu"))
