"""`inloop optimize`: every variant is a bundle that runs, keeps both laws, and states what it is and what it costs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.cli import small

import inloop
from inloop import mir
from inloop.bundle import WEIGHTS, Bundle
from inloop.cli import main
from inloop.mir.publish import hostile_fields

pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")

QUICK = ["--teach", "90", "--measure", "12", "--epochs", "1", "--batch", "4", "--seconds", "0.01"]
NAMES = ["mir-96-float16", "mir-96-int8", "mir-24-float32", "mir-24-float16", "mir-24-int8"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("optimize")
    store = small.store(folder / "two.h5", 120)
    order = ["optimize", "mir", "--data", str(store), "--out", str(folder / "out"), *QUICK]
    variants = ["--widths", "96,24", "--precisions", "float32,float16,int8", "--grids", "8"]
    assert main([*order, *variants, "--json", str(folder / "figures.json")]) == 0
    return folder, order


def test_every_variant_is_a_bundle_that_says_what_was_done_to_which_kernel(made):
    folder, _ = made
    parent = Bundle.load("mir")
    assert sorted(path.parent.name for path in folder.glob("out/*/bundle.json")) == sorted(NAMES)
    for name in NAMES:
        bundle = Bundle.load(folder / "out" / name)
        _, width, precision = name.split("-")
        assert bundle.network["precision"] == precision
        assert bundle.network["sizes"] == [58, int(width), int(width), 81]
        assert bundle.provenance["parent"] == {"name": "mir", "weights": parent.files[WEIGHTS]}
        assert ("cut" in bundle.provenance) == (width == "24")
        assert bundle.errors["held_out"]["learned"]["symmetric_difference"] > 0
        assert bundle.errors["in_the_loop"]["learned"]["vortex_8"] > 0
        assert bundle.gate is not None


def test_both_laws_hold_on_every_engine_whatever_the_network_computes_in(made):
    folder, _ = made
    for name in NAMES:
        for engine in ("native", "onnxruntime"):
            for fractions in hostile_fields(10):
                face = mir.reconstruct(fractions, method=mir.Learned(folder / "out" / name, engine=engine))
                assert face.conservation_error().max <= 1e-12
                assert face.continuity_error().max <= 1e-12


def test_fewer_bits_change_answers_by_their_rounding_and_straight_lines_not_at_all(made):
    folder, _ = made
    draw = np.random.default_rng(1)
    heights = np.linspace(2.2, 5.8, 8) + draw.uniform(-0.3, 0.3, 8)
    wavy = np.clip(heights[None] - np.arange(8)[:, None], 0, 1)[None]
    straight = np.clip(np.full(8, 4.3)[None] - np.arange(8)[:, None], 0, 1)[None]
    whole = inloop.load("mir", engine="onnxruntime")
    apart = {}
    for name in ("mir-96-float16", "mir-96-int8"):
        kernel = inloop.load(folder / "out" / name, engine="onnxruntime")
        apart[name] = np.abs(kernel(wavy) - whole(wavy)).mean()
        assert np.abs(kernel(straight) - whole(straight)).max() < 1e-6
    assert 0 < apart["mir-96-float16"] < 1e-3
    assert apart["mir-96-float16"] < apart["mir-96-int8"] < 3e-2


def test_the_figures_are_those_of_the_bundles_and_the_front_is_marked(made):
    folder, _ = made
    results = json.loads((folder / "figures.json").read_text())["results"]
    assert {"mir, native", "mir, onnxruntime", "mir-24-float32, native", "mir-24-int8, onnxruntime"} <= set(results)
    assert "mir-24-int8, native" not in results
    stated = Bundle.load(folder / "out" / "mir-24-int8").errors["held_out"]
    assert results["mir-24-int8, onnxruntime"]["symmetric_difference"] == stated["learned"]["symmetric_difference"]
    assert results["mir, native"]["symmetric_difference"] == stated["parent"]["symmetric_difference"]
    fastest = max(results.values(), key=lambda one: one["samples_per_second"])
    assert fastest["on_front"]
    html = (folder / "out" / "index.html").read_text()
    assert "data:image/png;base64" in html


def test_what_was_taught_is_not_taught_again(made, capsys):
    folder, order = made
    before = Bundle.load(folder / "out" / "mir-24-float32").weights
    assert main([*order, "--widths", "24", "--precisions", "float32", "--grids", "0"]) == 0
    assert "pass 1" not in capsys.readouterr().err
    after = Bundle.load(folder / "out" / "mir-24-float32").weights
    for name, array in before.items():
        assert np.array_equal(array, after[name])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--widths", "64,x"], "--widths '64,x'"),
        (["--widths", "0"], "widths"),
        (["--precisions", "int4"], "int4"),
        (["--engine", "abacus"], "abacus"),
        (["--grids", "4"], "--grids '4'"),
        (["--page", "page.pdf"], "--page page.pdf"),
        (["--bundle", "mir-line"], "kind"),
        (["--bundle", "nowhere"], "nowhere"),
        (["--data", "nowhere.h5"], "nowhere.h5"),
        (["--data", "a.h5", "--samples", "500"], "--samples"),
    ],
)
def test_bad_orders_are_refused_in_one_line(arguments, message, tmp_path, capsys):
    assert main(["optimize", "mir", "--out", str(tmp_path / "out"), *arguments]) == 2
    told = capsys.readouterr().err.strip()
    assert message in told
    assert len(told.splitlines()) == 1
