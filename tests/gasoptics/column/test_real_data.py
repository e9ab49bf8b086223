"""The column with the real tables: a climate like the Earth's, and the published answer to doubled carbon dioxide."""

from __future__ import annotations

import numpy as np
import pytest
from tests.gasoptics.data import real_data

from inloop.gasoptics.a_priori.opening import Chosen
from inloop.gasoptics.column import Column, Setting, run
from inloop.gasoptics.column.kernels import kernels


@pytest.fixture(scope="module")
def tables():
    return kernels(("table",), Chosen(), real_data())["table"]


def test_the_climate_is_the_earths_and_warms_as_published(tables):
    setting = Setting(slab=1.0, layers=40)
    usual, more = (run(Column(tables.long, tables.short, setting.with_co2(x)), years=1.4) for x in (1, 2))
    figures = usual.figures()
    assert abs(figures["imbalance"]) < 0.01
    assert figures["surface_temperature"] == pytest.approx(288, abs=1.5)
    assert 12000 < figures["tropopause"] < 25000
    stratopause = np.argmax(usual.column.temperature[:20])
    assert usual.column.setting.pressure[stratopause] == pytest.approx(100, rel=0.5)  # 1 hPa
    warming = more.column.temperature - usual.column.temperature
    assert 2.0 < warming[-1] < 3.2  # Manabe and Wetherald: 2.9 K with clear skies, 2.4 K under clouds
    assert warming[stratopause] < -5


@pytest.mark.prove
def test_ten_years_are_stable_and_end_in_balance(tables):
    for factor in (1, 4):
        found = run(Column(tables.long, tables.short, Setting().with_co2(factor)), years=10)
        figures = found.figures()
        assert abs(figures["imbalance"]) < 0.01
        assert abs(figures["drift"]) < 1e-3
        assert abs(figures["energy_drift"]) < 1e-11
        surface = np.array([entry.surface_temperature for entry in found.journal[24:]])
        assert (np.abs(np.diff(surface)) < 0.1).all()
