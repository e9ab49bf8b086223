"""`inloop optimize mir --autoencoder`: a training goes in, bundles of fewer channels come out and say what they are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.cli import small

pytest.importorskip("torch", reason="pip install 'inloop[train]'")
pytest.importorskip("onnxscript", reason="pip install 'inloop[train]'")
pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")

import torch

import inloop
from inloop import mir
from inloop.bundle import Bundle
from inloop.cli import main
from inloop.data import Samples
from inloop.errors import InloopError
from inloop.mir.learning import AUTOENCODER, HALO, AutoencoderRun
from inloop.mir.learning_graph_family import network_of
from inloop.mir.learning_optimize_family import parent_of, usual_channels
from inloop.nets import AutoencoderConfig
from inloop.training.fit import FitConfig
from inloop.training.run import train

QUICK = ["--epochs", "1", "--measure", "12", "--batch", "4", "--seconds", "0.01", "--precisions", "int8"]
NAMES = ["autoencoder-3-float32", "autoencoder-3-int8", "autoencoder-3-2-pruned-int8", "autoencoder-3-2-afresh-float32"]
RUN = AutoencoderRun(
    net=AutoencoderConfig(channels=3, kernel=3, bottleneck=8), fit=FitConfig(epochs=4, batch=16, learning_rate=3e-3)
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("channels")
    store = small.store(folder / "two.h5", 120)
    samples, validation = (AUTOENCODER.samples(RUN, store, part) for part in ("train", "validation"))
    train(AUTOENCODER, RUN, samples, validation, directory=folder / "trained" / "seed-0")
    order = ["optimize", "mir", "--autoencoder", str(folder / "trained" / "seed-0"), "--data", str(store)]
    order += ["--out", str(folder / "out"), "--channels", "2", *QUICK]
    assert main([*order, "--json", str(folder / "figures.json")]) == 0
    return folder, order


def test_every_variant_is_a_bundle_that_says_how_it_came_about(made):
    folder, _ = made
    assert sorted(path.parent.name for path in folder.glob("out/*/bundle.json")) == sorted(NAMES)
    parent = parent_of(folder / "trained" / "seed-0")
    for name in NAMES:
        bundle = Bundle.load(folder / "out" / name)
        assert bundle.network["kind"] == "autoencoder"
        assert bundle.network["channels"] == (2 if "-2-" in name else 3)
        assert name.endswith(bundle.network["precision"])
        assert ("cut" in bundle.provenance) == ("pruned" in name) == ("as_cut" in bundle.errors)
        assert ("taught" in bundle.provenance) == ("-2-" in name)
        assert ("parent" in bundle.provenance) == ("afresh" not in name)
        if "parent" in bundle.provenance:
            assert bundle.provenance["parent"]["weights.safetensors"] == parent.sha256
        assert bundle.errors["mse"] > bundle.errors["classical"]["elvira"]["mse"] > 0


def test_the_rivals_were_taught_on_as_many_steps_each_at_its_own_rate(made):
    folder, _ = made
    pruned, afresh = (Bundle.load(folder / "out" / name).provenance["taught"] for name in NAMES if "-2-" in name)
    assert pruned["steps"] == afresh["steps"] > 0
    assert pruned["fit"]["learning_rate"] == RUN.fit.learning_rate / 2
    assert afresh["fit"] == pruned["fit"] | {"learning_rate": RUN.fit.learning_rate}


def test_a_bundle_answers_as_its_weights_do_in_torch(made):
    folder, _ = made
    with Samples(folder / "two.h5") as store:
        zones = store.read(range(40), names=["fractions"])["fractions"][:, 0, HALO:-HALO, HALO:-HALO]
    for name in NAMES:
        bundle = Bundle.load(folder / "out" / name)
        kernel = inloop.load(bundle.path, engine="onnxruntime")
        with torch.inference_mode():
            wanted = network_of(bundle)(torch.from_numpy(zones).float()).numpy()
        apart = np.abs(kernel(zones) - wanted)
        assert apart.max() < 2e-4 if name.endswith("float32") else 0 < apart.mean() < 0.005
        assert kernel(zones[:1]) == pytest.approx(kernel(zones)[:1], abs=1e-6)
        both = kernel(np.stack([zones, 1 - zones], axis=1))
        assert np.array_equal(both[:, 0], kernel(zones))
        assert np.array_equal(both[:, 1], 1 - both[:, 0])


def test_the_figures_are_those_of_the_bundles_and_ratios_are_to_the_parents_faster_engine(made):
    folder, _ = made
    results = json.loads((folder / "figures.json").read_text(encoding="utf-8"))["results"]
    first, second = (results[f"autoencoder-3-float32, {engine}"] for engine in ("torch", "onnxruntime"))
    assert max(first["times_faster"], second["times_faster"]) == 1
    for label, figures in results.items():
        stated = Bundle.load(folder / "out" / label.partition(",")[0]).errors
        assert all(figures[name] == stated[name] for name in ("mse", "symmetric_difference", "conservation_error_max"))
        assert ("mse_as_cut" in figures) == ("pruned" in label)
    assert "data:image/png;base64" in (folder / "out" / "index.html").read_text(encoding="utf-8")


def test_what_was_taught_is_not_taught_again(made, capsys):
    folder, order = made
    before = (folder / "out" / NAMES[2] / "weights.safetensors").read_bytes()
    (again,) = [k for k, word in enumerate(order) if word == "--precisions"]
    assert main([*order[:again], "--precisions", "float32"]) == 0
    assert "pass 1" not in capsys.readouterr().err
    after = (folder / "out" / "autoencoder-3-2-pruned-float32" / "weights.safetensors").read_bytes()
    assert before == after


def test_a_bundle_is_exported_as_any_other(made, tmp_path):
    pytest.importorskip("openvino", reason="pip install 'inloop[openvino]'")
    order = ["export", "mir", "--to", "openvino", "--bundle", str(made[0] / "out" / NAMES[2]), "--out", str(tmp_path)]
    assert main([*order, "--json", str(tmp_path / "told.json")]) == 0
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert told["results"][NAMES[2]]["apart"] < 1e-4
    assert (tmp_path / f"{NAMES[2]}.xml").exists()


def test_what_an_autoencoder_is_no_use_for_is_refused(made):
    folder, _ = made
    path = folder / "out" / NAMES[0]
    with pytest.raises(InloopError, match="engine 'native' does not run autoencoders"):
        inloop.load(path)
    with pytest.raises(InloopError, match="of 3 materials: an autoencoder takes two"):
        inloop.load(path, engine="onnxruntime")(np.full((2, 3, 8, 8), 1 / 3))
    with pytest.raises(InloopError, match="kind 'autoencoder', expected 'levels'"):
        mir.reconstruct(np.full((8, 8), 0.5), method=mir.Learned(path))


def test_by_default_channels_are_halved_down_to_two(made):
    folder, _ = made
    assert usual_channels(parent_of(folder / "trained" / "seed-0")) == (1,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--autoencoder", "trained"], "take one of trained/seed-0"),
        (["--autoencoder", "out"], "out: holds no trained autoencoder; inloop train mir"),
        (
            ["--autoencoder", "trained/seed-0", "--channels", "3"],
            "channels [3]: expected one or more numbers from 1 to 2",
        ),
        (["--autoencoder", "trained/seed-0", "--channels", "x"], "--channels 'x'"),
        (["--autoencoder", "trained/seed-0", "--widths", "64"], "--widths: has no say with --autoencoder"),
        (["--autoencoder", "trained/seed-0", "--precisions", "int4"], "precision 'int4'"),
        (["--autoencoder", "trained/seed-0", "--engine", "torch"], "engine 'torch' runs no graphs of autoencoders"),
        (["--autoencoder", "trained/seed-0", "--engine", "abacus"], "abacus"),
        (["--autoencoder", "trained/seed-0", "--data", "a.h5", "--data", "b.h5"], "--data: given 2 times"),
        (["--autoencoder", "trained/seed-0", "--data", "nowhere.h5"], "nowhere.h5"),
        (["--channels", "2"], "--channels: has no say without --autoencoder"),
    ],
)
def test_bad_orders_are_refused_in_one_line(arguments, message, made, tmp_path, capsys, monkeypatch):
    folder, _ = made
    (tmp_path / "trained").symlink_to(folder / "trained")
    monkeypatch.chdir(tmp_path)
    assert main(["optimize", "mir", "--out", "out", *arguments]) == 2
    told = capsys.readouterr().err.strip()
    assert message in told
    assert len(told.splitlines()) == 1
