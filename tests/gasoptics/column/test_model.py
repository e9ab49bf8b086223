"""The column: what it receives it keeps, and climates that are known without it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.gasoptics.column.optics import Grey, tables
from tests.gasoptics.synthetic import STEFAN

from inloop.errors import InloopError
from inloop.gasoptics import Sun, longwave_fluxes, shortwave_fluxes
from inloop.gasoptics.atmosphere import DAY
from inloop.gasoptics.column import Column, Setting

QUICK = Setting(slab=1.0)


def stepped(column: Column, steps: int) -> Column:
    for _ in range(steps):
        column.advance()
    return column


def of_tables(setting: Setting = QUICK) -> Column:
    return Column(tables().long, tables().short, setting)


def test_every_step_heats_by_what_came_in_at_the_top():
    column = of_tables()
    capacity = column.setting.capacity
    for _ in range(70):
        before = column.temperature
        column.advance()
        gained, came = capacity @ (column.temperature - before), DAY * column.net[0]
        assert gained == pytest.approx(came, abs=1e-13 * column.energy)
    assert abs(column.energy_drift) < 1e-13


def test_the_slab_is_heated_by_the_surface_flux_alone_where_nothing_convects():
    column = Column(Grey(0.5), Grey(0.0), Setting(slab=1.0, lapse=1.0))  # 1 K/m: no air is ever unstable
    for _ in range(40):
        before = column.surface_temperature
        column.advance()
        gained = column.setting.capacity[-1] * (column.surface_temperature - before)
        assert gained == pytest.approx(DAY * column.net[-1], abs=1e-12 * column.energy)
        assert column.convecting == column.setting.layers


def test_under_transparent_air_the_surface_shines_what_it_takes_in():
    column = stepped(Column(Grey(0.0), Grey(0.0), Setting(slab=0.2, layers=12)), 400)
    absorbed = (1 - QUICK.albedo) * 1361.0 / 4
    assert column.surface_temperature == pytest.approx((absorbed / STEFAN) ** 0.25, abs=2e-3)


def test_grey_air_takes_the_profile_of_radiative_equilibrium():
    setting = Setting(slab=0.5, lapse=1.0, top=100.0, layers=25)
    column = stepped(Column(Grey(3.0), Grey(0.0), setting), 500)
    assert abs(column.imbalance) < 1e-3
    flux = (1 - setting.albedo) * 1361.0 / 4
    depth = 3.0 * (setting.pressure - setting.top) / setting.surface_pressure
    shines = STEFAN * column.temperature[:-1] ** 4
    inside = (depth > 0.5) & (depth < 2.0)
    milne = 0.75 * flux * (depth + 0.7)  # Hopf's function lies between 0.58 at the top and 0.71 deep down
    np.testing.assert_allclose(shines[inside], milne[inside], rtol=0.015)
    assert shines[0] / flux == pytest.approx(np.sqrt(3) / 4, rel=0.03)  # Hopf and Bronstein


def test_the_climate_does_not_depend_on_the_step():
    long, short = (stepped(of_tables(Setting(slab=0.2, layers=20, step=step)), int(250 / step)) for step in (1, 0.5))
    np.testing.assert_allclose(long.temperature, short.temperature, atol=0.05)
    assert long.surface_temperature == pytest.approx(short.surface_temperature, abs=0.01)


def test_equilibrium_is_reached_with_the_critical_lapse_rate_below_and_none_above():
    column = stepped(of_tables(Setting(slab=0.2, layers=30)), 500)
    radiation = column.radiation()
    assert abs(radiation.net[0]) < 0.01
    high = slice(0, column.convecting - 1)
    assert np.abs(column.air().heating(radiation.net[None])[0, high]).max() < 1e-3
    low = slice(column.convecting, None)
    potential = column.temperature[low] / column.setting.exner[low]
    np.testing.assert_allclose(potential, column.surface_temperature, rtol=1e-12)


def test_more_carbon_dioxide_warms_the_surface_and_cools_what_is_high_up():
    usual, more = (stepped(of_tables(Setting(slab=0.2, layers=20).with_co2(factor)), 200) for factor in (1, 2))
    assert 1 < more.surface_temperature - usual.surface_temperature < 10
    assert (more.temperature[:7] < usual.temperature[:7]).all()


def test_halved_layers_hardly_change_the_fluxes():
    column = stepped(of_tables(), 100)
    setting, air, found = column.setting, column.air(), column.radiation()
    whole = longwave_fluxes(tables().long, air, directions=2)
    np.testing.assert_allclose(found.longwave.up, whole.up, rtol=2e-3)
    sun = Sun(*(np.array([x]) for x in (setting.cosine, setting.albedo, setting.irradiance * setting.daylight)))
    assert (found.shortwave.net == shortwave_fluxes(tables().short, air, sun).net).all()


def test_a_zigzag_between_layers_is_smoothed_by_radiation():
    column = stepped(of_tables(), 100)
    rough = column.temperature.copy()
    high = np.arange(5, 25)
    rough[high] += 0.5 * (-1.0) ** high
    left = stepped(Column(tables().long, tables().short, QUICK, temperature=rough), 30).temperature
    left -= stepped(column, 30).temperature
    assert np.abs(np.diff(left[6:24])).max() < 0.15  # it was 1


def test_a_start_of_another_shape_is_refused():
    with pytest.raises(InloopError, match=r"temperature has shape \(60,\): expected \(61,\), the slab last"):
        Column(tables().long, tables().short, temperature=np.full(60, 250.0))
