"""Climates of two kernels compared: nothing where they are one, what is known where one is a little thicker."""

from __future__ import annotations

import json

import pytest
from tests.gasoptics.column.optics import Thicker, tables

from inloop.errors import InloopError
from inloop.gasoptics import a_posteriori
from inloop.gasoptics.column import Setting
from inloop.gasoptics.column.kernels import Kernels
from inloop.validation.report import Page

SETTING = Setting(layers=20, slab=0.2)
TWO = {"present day": 1.0, "2 x CO2": 2.0}


def compared(factor: float, climates: dict[str, float] | None = None) -> a_posteriori.Report:
    other = Kernels(Thicker(tables().long, factor), tables().short)
    return a_posteriori.gather({"table": tables(), "learned": other}, SETTING, years=0.4, factors=climates or TWO)


@pytest.fixture(scope="module")
def off_by_a_percent() -> a_posteriori.Report:
    return compared(1.01)


def test_the_same_kernel_makes_the_same_climate():
    report = compared(1.0, {"present day": 1.0})
    assert [(one.surface, one.profile) for one in report.differences()] == [(0.0, 0.0)]
    assert report.holds == (report.differences()[0].imbalance <= 0.01)


def test_thicker_air_is_warmer_below_and_fails_the_bar(off_by_a_percent):
    for one in off_by_a_percent.differences():
        assert 0.1 < one.surface < 2
        assert one.profile >= one.surface - 0.1
    assert not off_by_a_percent.holds


def test_the_difference_is_in_proportion_to_its_cause(off_by_a_percent):
    tenth = compared(1.001, {"present day": 1.0}).differences()[0]
    assert tenth.surface == pytest.approx(off_by_a_percent.differences()[0].surface / 10, rel=0.2)


def test_warming_is_that_of_doubled_carbon_dioxide(off_by_a_percent):
    for kernel in ("table", "learned"):
        assert 1 < off_by_a_percent.sensitivity("2 x CO2", kernel) < 10
        assert off_by_a_percent.sensitivity("present day", kernel) == 0


def test_rows_results_and_page_say_the_same(off_by_a_percent):
    head, rows = off_by_a_percent.rows()
    assert [row[:2] for row in rows] == [[climate, kernel] for climate in TWO for kernel in ("table", "learned")]
    assert all(len(row) == len(head) for row in rows)
    results = json.loads(json.dumps(off_by_a_percent.results()))
    one = off_by_a_percent.differences()[1]
    assert results["learned"]["2 x CO2"]["surface_difference"] == one.surface
    assert f"{one.surface:+.4f}" in rows[3]
    page = Page("Gas optics")
    a_posteriori.sections(page, off_by_a_percent)
    assert page.html().count("<img") == 2


def test_one_kernel_alone_is_refused():
    with pytest.raises(InloopError, match="at least two kernels are compared"):
        a_posteriori.gather({"table": tables()})
