"""`inloop train`: what it measured can be measured again, a killed run is the same run, bad orders are refused."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tests.cli import small

from inloop import mir
from inloop.bundle import Bundle
from inloop.cli import main
from inloop.mir.learned import FEATURES
from inloop.mir.learning import AUTOENCODER, samples
from inloop.mir.learning_line import CASE, LineRun, learn_line
from inloop.mir.line import ANSWERS
from inloop.training.checkpoint import load_weights
from inloop.training.config import replaced
from inloop.training.run import parts

torch.set_num_threads(1)

NARROW = ["--set", f"net.sizes=[{FEATURES},6,{ANSWERS}]", "--set", "fit.batch=32"]
QUICK = ["--set", "fit.batch=16", "--set", "net.bottleneck=8"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return small.store(tmp_path_factory.mktemp("samples") / "few.h5")


def train(*arguments, data=None):
    given = [] if data is None else ["--data", str(data)]
    return main(["train", "mir", *given, *map(str, arguments)])


def read(path):
    return json.loads(path.read_text())


def test_the_figures_of_two_seeds_are_those_of_their_weights(store, tmp_path, capsys):
    where = ["--directory", tmp_path, "--json", tmp_path / "t.json", "--tensorboard"]
    assert train("--model", "2-channels", "--epochs", 2, "--seeds", "0,4", *QUICK, *where, data=store) == 0
    results = read(tmp_path / "t.json")["results"]
    assert list(results) == ["youngs", "elvira", "lvira", "2-channels"]
    config = replaced(AUTOENCODER.presets["2-channels"], {"net.bottleneck": 8})
    held_out = samples(config, store, "test")
    assert {name: results[name] for name in list(results)[:3]} == AUTOENCODER.classical(held_out)
    found = {}
    for seed in ("0", "4"):
        run = tmp_path / "2-channels" / f"seed-{seed}"
        net = AUTOENCODER.network(config)
        load_weights(net, run / "weights.safetensors")
        found[seed] = AUTOENCODER.metrics(net, held_out)
        written = read(run / "result.json")
        assert written["results"] == {"2-channels": found[seed]}
        assert written["about"]["config"] == read(run / "config.json")
        assert written["about"]["config"]["fit"]["seed"] == int(seed)
        assert written["about"]["held_out"]["part"] == "test"
        assert written["validation"]["symmetric_difference"] == min(
            entry["metrics"]["symmetric_difference"] for entry in written["history"]
        )
        assert len(list((run / "events").iterdir())) == 1
    assert results["2-channels"]["seeds"] == found
    assert found["0"]["mse"] != found["4"]["mse"]
    for key, pick in (("mse", np.mean), ("conservation_error_max", max)):
        assert results["2-channels"][key] == pytest.approx(pick([one[key] for one in found.values()]), rel=1e-12)
    out = capsys.readouterr().out
    assert "2-channels, seed 4" in out
    assert f"{found['4']['mse']:.4f}" in out


def test_a_killed_training_ends_as_one_that_was_not(store, tmp_path):
    orders = ["--model", "2-channels", "--epochs", "6", "--set", "fit.batch=8", "--set", "net.bottleneck=8"]
    where = ["--data", str(store), "--directory", str(tmp_path / "killed")]
    run = tmp_path / "killed" / "2-channels" / "seed-0"
    process = small.started("train", "mir", *orders, *where, "--checkpoint", "0")
    small.killed_when(process, run / "checkpoint.safetensors")
    assert not (run / "result.json").exists()
    assert train(*orders, "--directory", tmp_path / "killed", data=store) == 0
    assert train(*orders, "--directory", tmp_path / "whole", data=store) == 0
    ours, theirs = read(run / "result.json"), read(tmp_path / "whole" / "2-channels" / "seed-0" / "result.json")
    for key in ("results", "validation"):
        assert ours[key] == theirs[key]
    seen = [[(entry["step"], entry["metrics"]) for entry in one["history"]] for one in (ours, theirs)]
    assert seen[0] == seen[1]
    before = (run / "checkpoint.safetensors").stat().st_mtime_ns
    assert train(*orders, "--directory", tmp_path / "killed", data=store) == 0  # nothing is left to do
    assert (run / "checkpoint.safetensors").stat().st_mtime_ns == before


def test_the_lines_bundle_is_of_the_best_seed_and_its_command_makes_it_again(store, tmp_path):
    where = ["--out", tmp_path / "bundle", "--directory", tmp_path / "runs", "--json", tmp_path / "t.json"]
    orders = ["--model", "line", "--epochs", 2, "--seeds", "0-2", *NARROW]
    assert train(*orders, *where, data=store) == 0
    runs = {seed: read(tmp_path / "runs" / "line" / f"seed-{seed}" / "result.json") for seed in range(3)}
    best = min(runs, key=lambda seed: runs[seed]["validation"]["symmetric_difference"])
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.provenance["seed"] == best
    assert bundle.errors["symmetric_difference"] == runs[best]["results"]["line"]["symmetric_difference"]
    results = read(tmp_path / "t.json")["results"]
    assert bundle.errors["classical"] == {
        name: figures["symmetric_difference"] for name, figures in results.items() if name != "line"
    }
    again = [*shlex.split(bundle.provenance["command"])[1:], "--out", str(tmp_path / "again")]
    assert main([*again, "--directory", str(tmp_path / "other")]) == 0
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("bundle", "again")]
    assert weights[0] == weights[1]
    config = replaced(
        LineRun(), {"fit.epochs": 2, "fit.batch": 32, "fit.seed": best, "net.sizes": [FEATURES, 6, ANSWERS]}
    )
    opened = parts(CASE, config, store)
    learned = learn_line(opened.train.views, opened.validation.views, config).arrays()
    assert bundle.weights.keys() == learned.keys()
    assert all((bundle.weights[name] == array).all() for name, array in learned.items())
    field = np.clip(np.add.outer(np.arange(6.0), np.arange(6.0)) / 3 - 1, 0, 1)
    face = mir.reconstruct(field, method=mir.LearnedLine(tmp_path / "bundle"))
    assert face.conservation_error().max < 1e-12


def test_two_processes_of_torchrun_get_what_one_gets(store, tmp_path):
    orders = ["--model", "line", "--epochs", "2", *NARROW]
    orders = ["train", "mir", *orders, "--data", str(store)]
    where = ["--directory", str(tmp_path / "two"), "--out", str(tmp_path / "two-bundle")]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--no-python"]
    done = subprocess.run(
        [*launch, sys.executable, "-c", small.CODE, *orders, *where],
        env=os.environ | small.ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("line, seed 0") == 1  # one of them tells
    assert main([*orders, "--directory", str(tmp_path / "one"), "--out", str(tmp_path / "one-bundle")]) == 0
    one, two = (read(tmp_path / name / "line" / "seed-0" / "result.json") for name in ("one", "two"))
    assert one["results"]["line"] == pytest.approx(two["results"]["line"], rel=1e-4)
    assert one["about"]["steps"] == two["about"]["steps"]


def test_what_is_asked_of_the_shipped_kernel_reaches_its_plan(store, tmp_path, monkeypatch):
    from inloop.mir import learning_shipped, rejects

    asked = {}

    def make(plan, directory, out, *, command, say):
        asked.update(plan=plan, directory=directory, out=out, command=command)
        return SimpleNamespace(name="mir", errors={"held_out": {"learned": {"symmetric_difference": 0.01}}})

    monkeypatch.setattr(learning_shipped, "make", make)
    with rejects.Kept(tmp_path / "r.h5", rejects.FIELDS, rejects.RECIPE, keys=("seed", "family")) as kept:
        kept.add({field.name: np.zeros((1, *field.shape), field.dtype) for field in rejects.FIELDS})
    where = ["--out", tmp_path / "bundle", "--directory", tmp_path / "runs", "--json", tmp_path / "t.json"]
    assert train("--samples", 800, "--epochs", 3, "--set", "relative=0.5", "--with", tmp_path / "r.h5", *where) == 0
    plan, usual = asked["plan"], learning_shipped.ShippedRun()
    assert (plan.two, plan.rejected) == (800, (str(tmp_path / "r.h5"),))
    assert abs(plan.four - 800 * usual.four / usual.two) < 1
    assert abs(plan.six - 800 * usual.six / usual.two) < 1
    assert plan.levels == replaced(learning_shipped.ShippedRun().levels, {"relative": 0.5, "fit.epochs": 3})
    assert (
        asked["command"]
        == f"inloop train mir --samples 800 --epochs 3 --seed 0 --set relative=0.5 --with {tmp_path}/r.h5"
    )
    assert read(tmp_path / "t.json")["results"] == {"learned": {"symmetric_difference": 0.01}}
    assert train("--with", store, *where) == 2  # samples, none of them rejected


def test_the_plain_command_is_the_shipped_kernels(tmp_path, monkeypatch):
    from inloop.mir import learning_shipped

    asked = []

    def make(plan, directory, out, *, command, say):
        asked.append((plan, command))
        return SimpleNamespace(name="mir", errors={"held_out": {}})

    monkeypatch.setattr(learning_shipped, "make", make)
    monkeypatch.chdir(tmp_path)
    assert train() == 0
    ((plan, command),) = asked
    assert plan == learning_shipped.ShippedRun()
    assert command == f"inloop train mir --samples {plan.two} --epochs {plan.levels.fit.epochs} --seed 0"


def test_a_printed_configuration_is_one_to_start_from(tmp_path, capsys):
    assert train("--model", "2-channels-pooling", "--set", "fit.clip=null", "--print-config") == 0
    printed = capsys.readouterr().out
    (tmp_path / "c.json").write_text(printed)
    assert train("--model", "32-channels", "--config", tmp_path / "c.json", "--print-config") == 0
    assert capsys.readouterr().out == printed
    assert json.loads(printed)["fit"]["clip"] is None
    assert train("--model", "2-channels", "--config", tmp_path / "c.json", "--seed", 7, "--print-config") == 0
    assert json.loads(capsys.readouterr().out)["fit"]["seed"] == 7


AUTO = ["--model", "2-channels"]
LINE = ["--model", "line"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*AUTO, "--set", "net.chanels=4"], "net.chanels: there is no such field; did you mean net.channels?"),
        ([*AUTO, "--set", "net.channels=four"], 'net.channels: "four" instead of an integer'),
        ([*AUTO, "--set", "net.kernel=4"], "net.kernel: 4 is even and would shift the image"),
        ([*AUTO, "--set", "fit.batch"], "fit.batch: is not of the form name=value"),
        ([*AUTO, "--set", "fit.epochs=3", "--epochs", "4"], "fit.epochs: is set twice"),
        ([*AUTO, "--config", "missing.json"], "missing.json: cannot be read, No such file"),
        ([*AUTO, "--seed", "1", "--seeds", "0-3"], "--seed and --seeds: both are given"),
        ([*AUTO, "--seeds", "3-1"], "--seeds '3-1': expected whole numbers and ranges"),
        ([*AUTO, "--seeds", "0-3,2"], "--seeds '0-3,2': a seed is named twice"),
        ([*AUTO, "--data", "few.h5", "--samples", "100"], "--data and --samples: both are given"),
        ([*AUTO, "--data", "missing.h5"], "missing.h5: no such file"),
        ([*AUTO, "--data", "four.h5"], "four.h5: fractions: shape (1, 4, "),
        ([*AUTO, "--data", "cut.h5"], "cut.h5: is damaged or truncated"),
        ([*AUTO, "--data", "flipped.h5"], "are damaged ("),
        ([*AUTO, "--data", "few.h5"], "fit.batch: 64 samples a step, the data has"),
        ([*AUTO, "--data", "few.h5", "--device", "abacus"], "device: abacus is not to be had here"),
        ([*AUTO, "--out", "bundle"], "--out: 2-channels makes no bundle"),
        ([*AUTO, "--with", "few.h5"], "--with: 2-channels has no use for it"),
        ([*LINE, "--out", "folder"], "--out folder: exists and is no bundle"),
        ([*LINE, "--directory", "few.h5"], "--directory few.h5: File exists"),
        (["--model", "3-channels"], "model '3-channels' is unknown: did you mean"),
        (["--model", "u-net"], "model 'u-net' is unknown: there are levels, line, 32-channels"),
        (["--tensorboard"], "--tensorboard: levels has no use for it"),
        (["--json", "no/where/t.json"], "t.json: cannot be written, no directory"),
    ],
)
def test_bad_orders_are_one_line_and_status_two(store, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    shutil.copy(store, "few.h5")
    (tmp_path / "folder").mkdir()
    if "four.h5" in arguments:
        small.store(tmp_path / "four.h5", 32, materials=4)
    content = bytearray(store.read_bytes())
    (tmp_path / "cut.h5").write_bytes(content[: len(content) // 2])
    content[len(content) // 2 : len(content) // 2 + 4000] = bytes(4000)  # among the compressed images
    (tmp_path / "flipped.h5").write_bytes(content)
    assert train(*arguments) == 2
    err = capsys.readouterr().err.splitlines()
    assert err[-1].startswith("inloop: ")
    assert message in err[-1]


def test_another_training_in_the_same_place_is_refused(store, tmp_path, capsys):
    orders = ["--model", "2-channels", "--epochs", "1", "--directory", tmp_path, *QUICK]
    assert train(*orders, data=store) == 0
    assert train(*orders, "--set", "fit.learning_rate=0.5", data=store) == 2
    assert "belongs to a run with fit.learning_rate = 0.001, this one has 0.5" in capsys.readouterr().err


def test_a_training_that_runs_away_is_status_one(store, tmp_path, capsys):
    orders = ["--model", "2-channels", "--directory", tmp_path, "--set", "fit.learning_rate=1e30", *QUICK]
    assert train(*orders, data=store) == 1
    assert "inloop: loss: is nan at step" in capsys.readouterr().err


def test_what_cannot_be_trained_and_a_missing_extra_are_told():
    code = (
        "import sys; sys.modules['torch'] = None; from inloop.cli import main;"
        "print([main(['train', 'gas']), main(['train', 'mir']), main(['sweep', 'mir'])])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | small.ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout == "[2, 2, 2]\n"
    assert done.stderr.splitlines() == [
        "inloop: case 'gas' is unknown: did you mean gasoptics?",
        *["inloop: training needs torch: pip install 'inloop[train]'"] * 2,
    ]
