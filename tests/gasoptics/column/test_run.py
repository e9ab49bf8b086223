"""Runs of the column: what is interrupted goes on with the same bits, and of another run nothing is taken."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.gasoptics.column.optics import Thicker, tables

from inloop.errors import InloopError
from inloop.gasoptics.column import Column, Setting, run

SETTING = Setting(layers=20, slab=1.0)


def column(factor: float = 1.0) -> Column:
    return Column(Thicker(tables().long, factor), tables().short, SETTING)


def test_a_run_that_goes_on_ends_with_the_same_bits(tmp_path):
    whole = run(column(), 100 / 365)
    run(column(), 40 / 365, file=tmp_path / "run.h5")
    rest = run(column(), 100 / 365, file=tmp_path / "run.h5")
    assert rest.resumed_at == 40
    assert (rest.column.temperature == whole.column.temperature).all()
    assert [entry for entry in rest.journal if entry.day != 40] == whole.journal
    first, second = whole.figures(), rest.figures()
    assert {key for key in first if first[key] != second[key]} <= {"seconds", "milliseconds_per_step"}


def test_a_run_that_is_done_is_not_done_again(tmp_path):
    file = tmp_path / "run.h5"
    first = run(column(), 40 / 365, file=file).figures()
    assert run(column(), 40 / 365, file=file).figures() == first


def test_a_file_of_other_optics_is_set_aside_and_refused_when_named(tmp_path):
    file = tmp_path / "run.h5"
    run(column(), 10 / 365, file=file)
    other = run(column(1.01), 10 / 365, file=file)
    assert other.resumed_at == 0
    assert other.set_aside == "run.h5.1"
    with pytest.raises(InloopError, match=r"run.h5.1: is the restart of another run, its long wave is .* give"):
        run(column(1.01), 20 / 365, resume=tmp_path / "run.h5.1")


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "run.h5"
    run(column(), 10 / 365, file=file)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(InloopError, match=r"run.h5: is no restart file, or a truncated one"):
        run(column(), 20 / 365, resume=file)


def test_the_log_has_a_line_a_month(tmp_path):
    found = run(column(), 75 / 365, log=tmp_path / "log.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["day"] for line in lines] == [0, 30, 60, 75]
    assert lines[-1]["surface_temperature"] == found.column.surface_temperature


def test_figures_are_of_the_column_as_it_is():
    found = run(column(), 1.0)
    figures, radiation = found.figures(), found.column.radiation()
    assert figures["imbalance"] == pytest.approx(figures["absorbed"] - figures["outgoing"], abs=1e-9)
    assert figures["outgoing"] == radiation.longwave.up[0, 0]
    assert abs(figures["energy_drift"]) < 1e-12
    days = np.array([entry.day for entry in found.journal])
    assert figures["drift"] == pytest.approx(
        (found.journal[-1].surface_temperature - found.journal[0].surface_temperature) / (days[-1] - days[0]) * 365
    )


@pytest.mark.parametrize("years", [0, -1, float("nan")])
def test_no_time_at_all_is_refused(years):
    with pytest.raises(InloopError, match="years: expected more than 0"):
        run(column(), years)
