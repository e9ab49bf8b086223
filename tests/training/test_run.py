"""Runs in directories: results, repetitions, comparisons, and a sweep over a case's configuration."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from tests.training.toys import TOY, ToyNet, ToyRun, toys

from inloop.data import Draft, Field, Layout, Samples
from inloop.errors import InloopError
from inloop.training.axes import Choices
from inloop.training.fit import FitConfig
from inloop.training.picture import draw_runs
from inloop.training.results import compare_runs, results
from inloop.training.run import SweepObjective, repeat, train
from inloop.training.sources import Arrays, Stored
from inloop.training.sweep import SweepConfig, sweep

SHORT = FitConfig(epochs=2, batch=8, learning_rate=0.02)
GIVEN = (toys(40, 0), toys(40, 1))


def test_a_run_leaves_its_configuration_and_its_result(tmp_path):
    out = train(TOY, ToyRun(fit=SHORT), *GIVEN, directory=tmp_path, name="six wide")
    assert json.loads((tmp_path / "config.json").read_text())["net"] == {"width": 6, "dropout": 0.0}
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["results"] == {"six wide": out.fitted.metrics}
    assert result["about"]["case"] == "toy"
    assert result["about"]["parameters"] == 4 * 6 + 6 + 6 * 4 + 4
    assert len(result["history"]) == 2


def test_repetitions_differ_by_their_seed_alone_and_are_compared_by_welchs_test(tmp_path):
    for width in (6, 2):
        config = ToyRun(net=ToyNet(width=width), fit=SHORT)
        repeat(TOY, config, [0, 1, 2], *GIVEN, directory=tmp_path / str(width))
    again = repeat(TOY, ToyRun(fit=SHORT), [1], *GIVEN, directory=tmp_path / "again")
    six, two = results(tmp_path / "6", "mse"), results(tmp_path / "2", "mse")
    assert len(set(six)) == 3
    assert again[0].metrics["mse"] == six[1]
    found = compare_runs(tmp_path / "6", tmp_path / "2", "mse")
    assert found.difference == pytest.approx(np.mean(two) - np.mean(six), rel=1e-9)
    assert (found.first.n, found.second.n) == (3, 3)


def test_what_cannot_be_compared_is_refused(tmp_path):
    with pytest.raises(InloopError, match="holds no finished run"):
        results(tmp_path, "mse")
    train(TOY, ToyRun(fit=SHORT), *GIVEN, directory=tmp_path)
    with pytest.raises(InloopError, match=r"result\.json: has no result with the metric mess"):
        results(tmp_path, "mess")
    with pytest.raises(InloopError, match=r"seeds: \[1, 1\] repeat"):
        repeat(TOY, ToyRun(fit=SHORT), [1, 1], *GIVEN, directory=tmp_path)


def test_a_sweep_over_fields_of_the_configuration(tmp_path):
    objective = SweepObjective(TOY, ToyRun(fit=SHORT), tmp_path / "unused")
    with pytest.raises(InloopError, match=r"net\.depth: there is no such field; did you mean net\.width\?"):
        objective({"net.depth": 1}, tmp_path)
    axes = {"net.width": Choices((1, 4))}
    found = sweep(objective, axes, how=SweepConfig(), directory=tmp_path / "good", watch="mse")
    alone = {width: train(TOY, ToyRun(net=ToyNet(width=width), fit=SHORT), *GIVEN).fitted.metrics for width in (1, 4)}
    assert {r.changes["net.width"]: r.metrics for r in found} == alone


def test_the_picture_of_repetitions_shows_every_run():
    axes = Figure().subplots()
    draw_runs({"a": [1.0, 2.0, 3.0], "b": [2.0, 2.0]}, axes, metric="symmetric_difference")
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [sorted(line.get_ydata()) for line in dots] == [[1, 2, 3], [2, 2]]
    assert len(set(dots[1].get_xdata())) == 2  # equal values do not hide each other
    assert axes.get_ylabel() == "symmetric difference"


@pytest.fixture(params=["arrays", "stored"])
def source(request, tmp_path):
    """42 samples with the numbers 0 ... as `value`; of a store, those of its training part."""
    if request.param == "arrays":
        return Arrays(value=np.arange(42), square=np.arange(42) ** 2)
    layout = Layout(
        (Field("value", (), "int64"), Field("square", (), "int64"), Field("other", (), "int64")),
        60,
        '{"of": "squares"}',
        0,
        ("value",),
        "{}",
        8,
    )
    draft = Draft(tmp_path / "store.h5", layout)
    for block in draft.begin():
        rows = np.array(layout.rows(block))
        draft.put(block, {"value": rows, "square": rows**2, "other": rows})
    draft.finish()
    return Stored(Samples(tmp_path / "store.h5"), "train", names=("value", "square"))


def test_an_epoch_is_shuffled_by_seed_and_epoch_alone(source):
    def epoch(seed, number):
        return np.concatenate([batch["value"] for batch in source.batches(4, seed=seed, epoch=number)]).tolist()

    assert epoch(0, 0) == epoch(0, 0)
    assert epoch(0, 0) != epoch(0, 1) != epoch(1, 1) != epoch(0, 0)
    everything = np.concatenate([batch["value"] for batch in source.in_order(5)]).tolist()
    assert len(everything) == len(source)
    assert set(epoch(3, 3)) <= set(everything)
    assert len(epoch(3, 3)) == len(source) // 4 * 4


def test_batches_can_be_entered_anywhere_and_shared(source):
    whole = list(source.batches(4, seed=1, epoch=2))
    late = list(source.batches(4, seed=1, epoch=2, start=3))
    assert [b["value"].tolist() for b in late] == [b["value"].tolist() for b in whole[3:]]
    shares = [list(source.batches(4, seed=1, epoch=2, rank=rank, ranks=2)) for rank in (0, 1)]
    for batch, first, second in zip(whole, *shares, strict=True):
        assert sorted([*first["value"], *second["value"]]) == sorted(batch["value"])
        assert len(first["value"]) == len(second["value"]) == 2
        assert first.keys() == {"value", "square"}
        assert (first["square"] == first["value"] ** 2).all()


def test_what_the_samples_are_is_told(source):
    assert json.loads(json.dumps(dict(source.about))) == dict(source.about)
    assert source.about != toys(4, 0).about


def test_arrays_must_fit_together():
    with pytest.raises(InloopError, match="give arrays with as many samples each"):
        Arrays(a=np.zeros(3), b=np.zeros(4))
