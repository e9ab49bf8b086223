"""The bars on the real files: the tables against line-by-line fluxes, and a kernel a little off against both."""

from __future__ import annotations

import numpy as np
import pytest
from tests.gasoptics.data import perturbed, real_data

from inloop.gasoptics import LookUp, ckdmip, rfmip
from inloop.gasoptics.a_priori.bars import bars
from inloop.gasoptics.a_priori.depths import depths
from inloop.gasoptics.a_priori.forcings import forcings
from inloop.gasoptics.a_priori.parts import TABLE, Part
from inloop.gasoptics.a_priori.profiles import LINES, profiles


@pytest.fixture(scope="module")
def folder():
    return real_data()


def _table(folder, name):
    return LookUp(next(folder.glob(f"*{name}*ckd-definition.nc")))


def test_the_long_wave_table_holds_its_bars_against_line_by_line(folder):
    part = Part(_table(folder, "lw_climate"))
    found = profiles(part, folder).figures(TABLE, LINES)
    assert found["top_up_rmse"] <= 0.30
    assert found["surface_down_rmse"] <= 1.6
    assert found["heating_rmse_weighted_low"] <= 0.085
    assert found["heating_rmse_low"] <= 0.16  # every layer counted alike


@pytest.mark.parametrize(
    ("name", "top", "surface", "heating"), [("rgb-32b", 0.36, 0.27, 0.061), ("window-64b", 0.18, 0.26, 0.052)]
)
def test_the_short_wave_tables_against_line_by_line(folder, name, top, surface, heating):
    found = profiles(Part(_table(folder, name)), folder).figures(TABLE, LINES)
    assert found["top_up_rmse"] <= top
    assert found["surface_down_rmse"] <= surface
    assert found["heating_rmse_weighted_low"] <= heating


def test_the_profiles_are_what_the_reference_was_made_from(folder):
    """The surface shines upwards in the reference as a black body of the lowest air does, within the long wave."""
    air, lines = ckdmip.profiles(folder), ckdmip.longwave_reference(folder)
    shines = _table(folder, "lw_climate").emission(air.temperature_half[:, -1]).sum(axis=-1)
    np.testing.assert_allclose(lines.up[:, -1], shines, rtol=2e-3)
    lit = ckdmip.shortwave_reference(folder)
    for cosine, fluxes in zip(lit.cosines, lit.fluxes, strict=True):
        np.testing.assert_allclose(fluxes.down[:, 0], ckdmip.IRRADIANCE * cosine, rtol=2e-3)
        np.testing.assert_allclose(fluxes.up[:, -1], ckdmip.ALBEDO * fluxes.down[:, -1], rtol=1e-3)


def test_fourfold_co2_forces_what_radiation_codes_say(folder):
    """RFMIP's line-by-line models: instantaneous, 4x pre-industrial CO2 relative to the present day, in W/m2."""
    found = forcings(Part(_table(folder, "lw_climate")), rfmip.load(folder))
    four, half = found.of("4xCO2"), found.of("0.5xCO2")
    assert 3.0 < four.top[TABLE] < 6.0
    assert half.top[TABLE] < 0 < four.surface[TABLE]
    assert found.of("PI CO2").top[TABLE] + found.of("PI CH4").top[TABLE] < 0
    doubled = found.of("8xCO2").top[TABLE] - four.top[TABLE], four.top[TABLE] - found.of("2xCO2").top[TABLE]
    assert 0.9 < doubled[0] / doubled[1] < 1.4  # near enough to the logarithm of CO2


def test_a_kernel_a_hundredth_off_holds_every_bar(folder):
    table = _table(folder, "lw_climate")
    part = Part(table, perturbed(table))
    seen = profiles(part, folder)
    rows = bars(part.title, True, seen, depths(part, seen.air), forcings(part, rfmip.load(folder)))
    assert len(rows) == 20
    assert all(row.holds for row in rows if row.bar is not None)
