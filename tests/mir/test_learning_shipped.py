"""The way to the shipped bundle on a small scale: the same run gives the same bytes, and goes on where it was."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from inloop import InloopError, mir
from inloop.bundle import Bundle
from inloop.data import Samples
from inloop.mir import learning_gate, learning_shipped
from inloop.mir.rejects import Rejects
from inloop.mir.samples import Recipe, draw, sampled, shape_seed
from inloop.mir.samples.exact import HALO

torch.set_num_threads(1)


def small(**fields: object) -> learning_shipped.ShippedRun:
    run = learning_shipped.ShippedRun(**{"two": 400, "four": 40, "six": 40, "carried": 100, **fields})  # type: ignore[arg-type]
    fit = dataclasses.replace(run.levels.fit, epochs=2, batch=32)
    return dataclasses.replace(run, levels=dataclasses.replace(run.levels, fit=fit))


@pytest.fixture(autouse=True)
def quick_gate(monkeypatch):
    gate = learning_gate.GateRun()
    brief = dataclasses.replace(gate, rough=0.02, fit=dataclasses.replace(gate.fit, epochs=2))
    monkeypatch.setattr(learning_gate, "GateRun", lambda: brief)


def made(run: learning_shipped.ShippedRun, folder: Path, out: str) -> tuple[Bundle, list[str]]:
    said: list[str] = []
    bundle = learning_shipped.make(run, folder / "training", folder / out, command="pytest", say=said.append)
    return bundle, said


def test_the_same_run_gives_the_same_bytes_and_a_finished_one_is_not_done_again(tmp_path):
    one, said = made(small(), tmp_path / "one", "bundle")
    other, _ = made(small(), tmp_path / "other", "bundle")
    again, brief = made(small(), tmp_path / "one", "again")
    assert one.weights.keys() == other.weights.keys() == again.weights.keys()
    for name, array in one.weights.items():
        assert np.array_equal(array, other.weights[name])
        assert np.array_equal(array, again.weights[name])
    assert one.errors["held_out"] == other.errors["held_out"] == again.errors["held_out"]
    assert sum(text.startswith("epoch") for text in said) == 3  # two of the first round, one of the second
    assert not any(text.startswith("epoch") for text in brief)
    assert one.provenance["epochs"] == [2, 1]


def test_the_second_round_adds_what_the_first_rounds_network_carried(tmp_path):
    bundle, said = made(small(carried=50), tmp_path, "bundle")
    numbers = {text.split()[0]: int(text.split()[2]) for text in said if " round: " in text}
    stores = [Samples(tmp_path / "training" / f"carried-{name}.h5") for name in ("two", "four", "six")]
    assert [len(store) for store in stores] == [8, 1, 1]
    assert numbers["second"] == numbers["first"] + bundle.provenance["run"]["repeated"] * sum(
        len(store.rows("train")) for store in stores
    )
    assert bundle.provenance["run"]["carried"] == 50
    assert ("carried" in bundle.errors) == any(len(store.rows("test")) for store in stores)
    for name in ("first", "second"):
        shutil.rmtree(tmp_path / "training" / name)
    run = small(carried=50)
    fit = dataclasses.replace(run.levels.fit, seed=1)
    other = dataclasses.replace(run, levels=dataclasses.replace(run.levels, fit=fit))
    with pytest.raises(InloopError, match="kernel is"):  # what another network carried is not taken for its own
        made(other, tmp_path, "other")


def test_rejected_zones_join_the_samples(tmp_path):
    batch = sampled(Recipe(), [draw(Recipe(), shape_seed(5, k)) for k in range(3)])
    with Rejects(tmp_path / "rejected.h5") as rejects:
        for fractions, coverage in zip(batch.fractions, batch.coverage, strict=True):
            core = np.ascontiguousarray(fractions[:, HALO:-HALO, HALO:-HALO])
            face = mir.reconstruct(core, gate=mir.Gate(worse=0.005))
            rejects.add(face, core, coverage)
        count = len(rejects)
    assert count > 0
    _, plain = made(small(), tmp_path / "plain", "bundle")
    bundle, said = made(small(rejected=(str(tmp_path / "rejected.h5"),)), tmp_path / "more", "bundle")
    numbers = [int(next(text for text in told if text.startswith("first")).split()[2]) for told in (plain, said)]
    assert numbers[1] == numbers[0] + count
    assert bundle.provenance["run"]["rejected"] == [str(tmp_path / "rejected.h5")]
