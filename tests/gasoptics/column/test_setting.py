"""What is prescribed to a column: published values, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gamma

from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import GRAVITY
from inloop.gasoptics.column import Setting
from inloop.gasoptics.column.setting import saturation

DOBSON = 4.4615e-4  # mol/m2


def test_the_sun_shines_as_on_a_sphere():
    usual = Setting()
    assert usual.cosine * usual.daylight * usual.irradiance == pytest.approx(1361.0 / 4, rel=1e-12)


@pytest.mark.parametrize(("celsius", "pascal"), [(-40, 18.97), (0, 611.2), (20, 2339.3), (30, 4247.0)])
def test_saturation_is_that_of_the_tables(celsius, pascal):
    assert saturation(np.array([celsius + 273.15]))[0] == pytest.approx(pascal, rel=5e-3)


def test_there_is_as_much_ozone_as_over_the_tropics():
    usual = Setting()
    found = (usual.mixed["o3"] * np.diff(usual.faces)).sum() / (GRAVITY * 0.02897)
    whole = 3.6478e-6 * 11.3515**1.83209 * gamma(1.83209) * 100 / (GRAVITY * 0.02897)  # the profile, integrated
    assert whole < found < whole + 3e-8 * 101325 / (GRAVITY * 0.02897)  # and what is usual below
    assert 220 < found / DOBSON < 280


def test_where_the_profile_of_ozone_is_above_what_is_usual_it_stands():
    usual = Setting()
    hectopascal = usual.pressure / 100
    profile = 3.6478e-6 * hectopascal**0.83209 * np.exp(-hectopascal / 11.3515)
    aloft = hectopascal < 60
    assert usual.mixed["o3"][aloft] == pytest.approx(profile[aloft], rel=1e-12)
    assert usual.mixed["o3"][~aloft].min() == 3e-8


def test_layers_hold_all_the_air_and_are_fine_at_the_ends():
    usual = Setting()
    assert usual.faces[0] == pytest.approx(1.0)
    assert usual.faces[-1] == 101325.0
    assert usual.capacity[:-1].sum() == pytest.approx(1004.0 * (101325 - 1) / GRAVITY)
    assert usual.faces[-1] - usual.faces[-2] < 2500
    assert (np.diff(np.diff(np.log(usual.faces))) < 0).all()


def test_water_follows_temperature_below_and_is_the_least_above():
    usual = Setting()
    cold, warm = usual.water(np.full(60, 280.0)), usual.water(np.full(60, 290.0))
    np.testing.assert_allclose(warm[-20:] / cold[-20:], saturation(290.0) / saturation(280.0), rtol=1e-12)
    assert (warm[:20] == cold[:20]).all()
    assert cold[0] == pytest.approx(3e-6 * 28.97 / 18.015)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"co2": 415.0}, "co2 of the column is 415: expected mol/mol, as in 415e-6"),
        ({"co2": -1e-6}, "expected a number that is not negative"),
        ({"albedo": 1.5}, "albedo of the column is 1.5: expected 0 to 1"),
        ({"slab": 0.0}, "slab and step of the column: expected more than 0"),
        ({"lapse": float("nan")}, "lapse of the column is nan"),
        ({"layers": 5}, "the column has 5 layers"),
        ({"top": 5e4}, "up to a tenth of the surface's 101325 Pa"),
    ],
)
def test_what_cannot_be_is_refused(given, told):
    with pytest.raises(InloopError, match=told.replace("(", r"\(")) as refused:
        Setting(**given)
    assert "\n" not in str(refused.value)
