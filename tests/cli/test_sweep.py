"""`inloop sweep`: each trial is the training that its changes ask for; a killed sweep goes on."""

from __future__ import annotations

import json

import pytest
import torch
from tests.cli import small

from inloop.cli import main
from inloop.mir.learned import FEATURES
from inloop.mir.learning_line import CASE, LineRun
from inloop.mir.line import ANSWERS
from inloop.training.config import replaced
from inloop.training.run import parts, train

torch.set_num_threads(1)

SIZES = [FEATURES, 6, ANSWERS]
CHANGES = {"fit.epochs": 2, "fit.batch": 32, "net.sizes": SIZES}
ORDERS = ["--model", "line", "--epochs", "2", "--set", "fit.batch=32", "--set", f"net.sizes={SIZES}"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return small.store(tmp_path_factory.mktemp("samples") / "few.h5")


def orders(store, directory, *axes):
    given = [word for axis in axes for word in ("--axis", axis)]
    return ["sweep", "mir", *ORDERS, "--data", str(store), "--directory", str(directory), *given]


def test_a_killed_sweep_goes_on_and_its_trials_are_the_trainings_asked_for(store, tmp_path, capsys):
    axes = ["fit.learning_rate=0.001,0.02", "fit.optimizer=adamw,sgd"]
    first = tmp_path / "trials" / "00000" / "result.json"
    small.killed_when(small.started(*orders(store, tmp_path, *axes)), first)
    command = [*orders(store, tmp_path, *axes), "--json", str(tmp_path / "t.json"), "--best", "3"]
    assert main(command) == 0
    written = json.loads((tmp_path / "sweep.json").read_text())
    assert json.loads((tmp_path / "t.json").read_text())["results"] == written["results"]
    trials = written["results"]
    assert len(trials) == 4
    opened = parts(CASE, LineRun(), store)
    for trial in trials.values():
        config = replaced(LineRun(), CHANGES | trial["changes"])
        alone = train(CASE, config, opened.train, opened.validation).fitted.metrics
        assert {name: trial[name] for name in alone} == alone
    values = [trial["symmetric_difference"] for trial in trials.values()]
    assert values == sorted(values)
    captured = capsys.readouterr()
    rows = [line.split() for line in captured.out.splitlines() if line.split()[:1] and line.split()[0].isdigit()]
    assert [f"trial-{row[0]}" for row in rows] == list(trials)[:3]
    assert (tmp_path / "sweep.png").read_bytes().startswith(b"\x89PNG")


def test_trials_that_all_fail_are_status_one(store, tmp_path, capsys):
    command = ["sweep", "mir", "--model", "line", "--data", str(store), "--directory", str(tmp_path)]
    assert main([*command, "--axis", "fit.batch=100000,200000"]) == 1
    err = capsys.readouterr().err
    assert "trial 0 failed: fit.batch: 100000 samples a step, the data has" in err
    assert err.splitlines()[-1].startswith("inloop: no trial came to an end; the first one: fit.batch: 100000 samples")
    assert not (tmp_path / "sweep.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--axis", "net.chanels=2,4"], "--axis net.chanels: there is no such field; did you mean net.channels?"),
        (["--axis", "net.channels=two,four"], '--axis net.channels: "two" instead of an integer'),
        (["--axis", "net.channels"], "--axis net.channels: is not of the form FIELD=VALUES"),
        (["--axis", "net.channels=2,4", "--axis", "net.channels=8"], "--axis net.channels: is given twice"),
        (["--axis", "fit.learning_rate=1e-4..x"], "1e-4..x: is no axis; write choices as 2,4,8 or a span"),
        (["--axis", "fit.learning_rate=1e-4..1e-2:log"], "--trials: say how many"),
        (["--axis", "net.channels=2,4", "--sampler", "random"], "--trials: say how many"),
        (["--sampler", "best", "--trials", "3"], 'sampler: "best"; choose grid or random or tpe'),
        (["--sampler", "grid", "--trials", "3"], "trials: 3 with sampler grid; a grid takes none"),
        (["--model", "line"], "--axis: there is nothing to vary of line"),
        (["--model", "lines"], "model 'lines' is unknown: did you mean line?"),
        (["--data", "missing.h5"], "missing.h5: no such file"),
        (["--out", "s.bmp"], "s.bmp: cannot draw a picture as '.bmp'"),
        (["--json", "/"], "is a directory"),
        (["--workers", "0"], "'--workers'"),
    ],
)
def test_bad_orders_are_one_line_and_status_two(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", "mir", *arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith("inloop: ")
    assert err.count("\n") == 1
    assert message in err


def test_the_default_axes_are_the_published_ones():
    from inloop.cli.sweep import _count, _plan
    from inloop.mir.training_models import model

    chosen = model("2-channels")
    assert list(chosen.axes) == ["net.channels", "net.pooling", "net.dilation"]
    assert _count(_plan(None, None, 1, 0, chosen.axes), chosen.axes) == 12
    for channels in chosen.axes["net.channels"].values:
        changes = {"net.channels": channels, "net.pooling": 1, "net.dilation": 2}
        assert replaced(chosen.config, changes).net.sides[-1] == 32
