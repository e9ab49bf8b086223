"""What must hold of this case: its classical kernel solves the equation, and a short training learns from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from inloop.training.run import parts, train

from . import data, network
from .case import CASE


def test_the_classical_kernel_solves_the_equation_and_knows_a_published_value(tmp_path: Path) -> None:
    data.draw(tmp_path / "few.h5", 500, seed=3)
    rows = data.asked(network.samples(network.Run(), tmp_path / "few.h5", "train").arrays)
    wet = data.solved(rows)[:, 0]
    assert np.abs(data.balance(rows, wet)).max() < 1e-6  # J/kg, of terms up to 1e5
    near = (data.balance(rows, wet + 1e-3) - data.balance(rows, wet - 1e-3)) / 2e-3
    assert np.allclose(near, data.slope(rows, wet), rtol=1e-6)
    assert (wet <= rows[:, 0] + 1e-9).all()  # evaporation cools
    saturated = np.array([[300.0, 1.0, 9e4]])
    assert abs(data.solved(saturated)[0, 0] - 300.0) < 1e-9
    stated = np.array([[293.15, 0.5, 101325.0]])  # Stull (2011): 13.7 degrees
    assert abs(data.solved(stated)[0, 0] - 273.15 - 13.7) < 0.1


def test_a_short_training_beats_the_explicit_fit(tmp_path: Path) -> None:
    data.draw(tmp_path / "samples.h5", 4000, seed=1)
    usual = network.Run()
    run = replace(usual, fit=replace(usual.fit, epochs=12, batch=64))
    opened = parts(CASE, run, tmp_path / "samples.h5")
    trained = train(CASE, run, opened.train, opened.validation, held_out=opened.test)
    assert trained.figures["error_mean"] < CASE.classical(opened.test)["stull"]["error_mean"]


def test_the_same_seed_draws_the_same_samples(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        data.draw(tmp_path / name, 100, seed)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c
