"""Variants of a kernel of rows: what they are, that their figures are theirs, and that nothing is lost for nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="pip install 'inloop[train]'")
pytest.importorskip("onnxscript", reason="pip install 'inloop[train]'")
pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")

import torch

import inloop
from inloop.bundle import WEIGHTS
from inloop.errors import InloopError
from inloop.optimize.row_figures import compared, measured, network_on
from inloop.optimize.row_variants import RowPlan, Workshop, perceptron_of, tuning, usual_widths
from inloop.optimize.throughput import Effort
from inloop.row_network import RowNetwork, RowOutput
from inloop.template import data, network
from inloop.template.case import CASE, ROWS
from inloop.training.fit import FitConfig
from inloop.training.publish_rows import publish_rows
from inloop.training.run import parts, train, use_threads

RUN = network.Run(width=6, fit=FitConfig(learning_rate=2e-2, epochs=6, batch=64))


def doubled(weights):
    """Hidden layers whose units are there twice, the next layer reading half of each: the same network, wider."""
    found = {}
    for k in range(3):
        weight, bias = weights[f"layers.{k}.weight"], weights[f"layers.{k}.bias"]
        weight = weight if k == 0 else np.hstack([weight, weight]) / 2
        found[f"layers.{k}.weight"] = weight if k == 2 else np.vstack([weight, weight])
        found[f"layers.{k}.bias"] = bias if k == 2 else np.tile(bias, 2)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A parent of 12 units that needs 6, its variants with and without teaching, and what was said."""
    use_threads(1)
    folder = tmp_path_factory.mktemp("variants")
    data.draw(folder / "samples.h5", 2000, seed=1)
    opened = parts(CASE, RUN, folder / "samples.h5")
    trained = train(CASE, RUN, opened.train, opened.validation)
    wide = replace(network.rows(RUN), sizes=(3, 12, 12, 1))
    parent = publish_rows(
        wide,
        doubled({name: value.numpy() for name, value in trained.net.state_dict().items()}),
        folder / "parent",
        name="parent",
        case=CASE.name,
        provenance={"command": "none", "seed": 0, "run": {"width": 6}},
        errors={},
        extra={"table": "of something"},
        gate={"kind": "of inputs"},
    )
    said: list[str] = []

    def variants(tune, widths, precisions):
        (folder / str(tune)).mkdir()
        plan = RowPlan(widths=widths, precisions=precisions, engines=("onnxruntime", "torch"), config=RUN, tune=tune)
        workshop = Workshop(
            case=CASE,
            rows=ROWS,
            parent=parent,
            network=perceptron_of(parent),
            plan=plan,
            samples=opened,
            out=folder / str(tune),
            command="inloop optimize",
            say=said.append,
        )
        return list(workshop.variants())

    return opened, variants(False, (12, 6, 3), ("float32", "float16", "int8")), variants(True, (3,), ("float32",)), said


def named(variants):
    return {one.bundle.name: one for one in variants}


def test_the_parent_comes_first_and_every_variant_says_what_was_done_to_it(made):
    opened, cut, taught, _ = made
    parent = cut[0].bundle
    assert list(named(cut)) == [
        "parent",
        *(f"parent-12-{precision}" for precision in ("float16", "int8")),
        *(f"parent-{width}-{precision}" for width in (6, 3) for precision in ("float32", "float16", "int8")),
    ]
    assert list(named(taught)) == ["parent", "parent-3-float32"]
    for one in (*cut[1:], *taught[1:]):
        about, (_, width, precision) = one.bundle, one.bundle.name.split("-")
        assert about.provenance["parent"] == {"name": "parent", "weights": parent.files[WEIGHTS]}
        assert about.provenance["run"] == {"width": 6}
        assert about.provenance["data"] == opened.train.about
        assert about.network["sizes"] == [3, int(width), int(width), 1]
        assert about.network["table"] == "of something"
        assert about.gate == {"kind": "of inputs"}
        assert one.precision == precision
        assert ("cut" in about.provenance) == (width != "12")
        assert ("taught" in about.provenance) == (one in taught)
        assert ("int8" in about.provenance) == (precision == "int8")
        assert (f"layers in {precision}" in (about.path / "card.md").read_text(encoding="utf-8")) == (
            precision != "float32"
        )
        assert set(about.errors["classical"]) == {"solved", "stull"}


def test_units_that_others_repeat_are_cut_for_nothing(made):
    opened, cut, _, _ = made
    rows = ROWS.asked(next(opened.test.in_order(500)))
    parent, half, quarter = (
        inloop.load(named(cut)[name].bundle.path)(rows) for name in ("parent", "parent-6-float32", "parent-3-float32")
    )
    assert np.abs(half - parent).max() < 0.02  # K, of 70
    assert np.abs(quarter - parent).max() > 0.2
    lost = [max(named(cut)[f"parent-{width}-float32"].bundle.provenance["cut"]["lost"]) for width in (6, 3)]
    assert lost[0] < 1e-6 < lost[1]


def test_teaching_mends_what_a_cut_has_broken(made):
    _, cut, taught, _ = made
    name = "parent-3-float32"
    broken, mended = (named(some)[name].figures["native"]["error_mean"] for some in (cut, taught))
    whole = named(cut)["parent"].figures["native"]["error_mean"]
    assert mended - whole < (broken - whole) / 5


def test_figures_are_those_of_the_bundle_on_the_engine_where_it_runs(made):
    opened, cut, _, _ = made
    batch = next(opened.test.in_order(5000))
    for one in cut[1:]:
        engine = next(iter(one.figures))
        answers = inloop.load(one.bundle.path, engine=engine)(ROWS.asked(batch))
        error = np.abs(answers.astype(np.float64) - ROWS.truth(batch))
        assert one.figures[engine]["error_mean"] == pytest.approx(error.mean(), rel=1e-6)
        assert one.bundle.errors["error_max"] == pytest.approx(error.max(), rel=1e-6)
        assert one.bundle.errors["engine"] == engine
        assert one.bundle.errors["parent"] == cut[0].figures[engine]


def test_a_network_on_an_engine_is_a_network_for_whoever_measures(made):
    opened, cut, _, _ = made
    batch = next(opened.test.in_order(60))
    features = torch.from_numpy(batch["feature"]).reshape(5, -1, 3)
    ours, theirs = (network_on(cut[0].bundle, engine) for engine in ("native", "onnxruntime"))
    with torch.no_grad():
        assert theirs(features).shape == (5, len(batch["feature"]) // 5, 1)
        torch.testing.assert_close(theirs(features), ours(features), atol=1e-6, rtol=1e-5)
    found = CASE.metrics(theirs, opened.test)
    assert found["error_mean"] == pytest.approx(cut[0].figures["native"]["error_mean"], abs=1e-3)


def test_fewer_bits_change_answers_by_their_rounding_on_engines_that_have_them(made):
    opened, cut, _, said = made
    rows = ROWS.asked(next(opened.test.in_order(500)))
    whole = inloop.load(cut[0].bundle.path)(rows)
    apart = {}
    for precision in ("float16", "int8"):
        one = named(cut)[f"parent-12-{precision}"]
        apart[precision] = np.abs(inloop.load(one.bundle.path, engine="onnxruntime")(rows) - whole).mean()
        assert np.array_equal(inloop.load(one.bundle.path)(rows), whole)  # the weights, in float32
        assert set(one.figures) == {"onnxruntime"}
        assert any(f"{one.bundle.name} on torch" in line for line in said if line.startswith("left out"))
    assert 0 < apart["float16"] < 0.05
    assert apart["float16"] < apart["int8"] < 2.0


def test_speed_is_quoted_to_the_parent_and_errors_are_those_of_the_case(made):
    opened, cut, _, _ = made
    rows = ROWS.asked(next(opened.test.in_order(50)))
    found = compared(cut, rows, CASE.watch, size=100, effort=Effort(seconds=0.001)).results()
    assert next(iter(found)) == "parent, native"
    assert found["parent, native"]["times_faster"] == 1
    for one in cut:
        for engine, figures in one.figures.items():
            assert found[f"{one.bundle.name}, {engine}"]["error_mean"] == figures["error_mean"]
            assert found[f"{one.bundle.name}, {engine}"]["error_max"] == figures["error_max"]


def test_answers_that_are_no_numbers_are_told_not_shown(made):
    opened, cut, _, _ = made
    broken = replace(ROWS, figures=lambda answers, truth: {"error_mean": float("nan")})
    with pytest.raises(InloopError, match="parent on native: its error_mean is nan"):
        measured(CASE, broken, cut[0].bundle, "native", opened.test)


def test_what_is_taught_on_is_a_quarter_of_the_training_unless_said_otherwise():
    how = FitConfig(learning_rate=8e-3, epochs=None, steps=1000, evaluate_every=100)
    assert tuning(how, None, 3) == {
        "fit.seed": 3,
        "fit.learning_rate": 4e-3,
        "fit.epochs": None,
        "fit.steps": 250,
        "fit.evaluate_every": 25,
        "fit.seconds": None,
    }
    assert tuning(how, 5, 3)["fit.epochs"] == 5
    assert tuning(how, 5, 3)["fit.steps"] is None


def test_usual_widths_and_what_cannot_be_cut(made, tmp_path):
    _, cut, _, _ = made
    inputs = network.INPUTS
    deep = RowNetwork(inputs=inputs, sizes=(3, 8, 64, 1), output=network.OUTPUT)
    assert usual_widths(deep) == (64, 48, 32, 16)
    with pytest.raises(InloopError, match="is in int8 already"):
        perceptron_of(named(cut)["parent-12-int8"].bundle)
    flat = RowNetwork(inputs=inputs, sizes=(3, 1), output=RowOutput.between(250.0, 320.0))
    bundle = publish_rows(
        flat,
        {"layers.0.weight": np.ones((1, 3)), "layers.0.bias": np.zeros(1)},
        tmp_path / "flat",
        name="flat",
        case="flat",
        provenance={"command": "none", "seed": 0},
        errors={},
    )
    with pytest.raises(InloopError, match="no hidden layer"):
        perceptron_of(bundle)
