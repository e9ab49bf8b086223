"""Columns of air: what they are made of, and what cannot be one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.gasoptics.data import columns

from inloop.errors import InloopError
from inloop.gasoptics import Atmosphere
from inloop.gasoptics.atmosphere import AIR, GRAVITY


def test_the_air_of_a_column_weighs_what_its_pressure_says():
    air = columns()
    np.testing.assert_allclose(
        air.moles.sum(axis=1) * AIR * GRAVITY, air.pressure_half[:, -1] - air.pressure_half[:, 0], rtol=1e-12
    )


def test_a_watt_a_square_metre_warms_the_whole_column_by_a_hundredth_of_a_degree_a_day():
    air = columns(1)
    net = np.linspace(1.0, 0.0, air.layers + 1)[None]
    mean = (air.heating(net) * air.thickness).sum() / air.thickness.sum()
    assert mean == pytest.approx(86400 / (1004.0 * 1e5 / 9.80665), rel=1e-4)


def test_inside_a_layer_are_the_means_of_its_faces_and_the_surface_is_as_warm_as_the_air():
    air = columns()
    np.testing.assert_allclose(air.pressure, (air.pressure_half[:, 1:] + air.pressure_half[:, :-1]) / 2)
    np.testing.assert_array_equal(air.surface_temperature, air.temperature_half[:, -1])
    assert Atmosphere.of(air.pressure_half, air.temperature_half, {"co2": np.array(4e-4)}).gases["co2"].shape == (6, 20)


def _swapped(array, row=2):
    out = array.copy()
    out[row, [4, 5]] = out[row, [5, 4]]
    return out


def _with(array, value):
    out = array.copy()
    out[1, 3] = value
    return out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda air: {"pressure_half": _swapped(air.pressure_half)}, "pressure of column 2 does not grow"),
        (lambda air: {"pressure": _swapped(air.pressure)}, "pressure of column 2 does not grow"),
        (
            lambda air: {"pressure_half": air.pressure_half[:, ::-1], "pressure": air.pressure[:, ::-1]},
            "column 0 does not grow",
        ),
        (
            lambda air: {"pressure_half": air.pressure_half / 100, "pressure": air.pressure / 100},
            "taken in Pa, not hPa",
        ),
        (lambda air: {"pressure_half": air.pressure_half - 2.0}, "in Pa above 0|does not grow"),
        (lambda air: {"temperature": air.temperature - 273.15}, "temperature of column 0 is .*expected 100 to 400 K"),
        (lambda air: {"temperature_half": _with(air.temperature_half, 900.0)}, "temperature_half of column 1 is 900"),
        (
            lambda air: {"temperature": _with(air.temperature, np.nan)},
            "temperature of column 1 holds what is no number",
        ),
        (lambda air: {"surface_temperature": air.surface_temperature[:3]}, r"surface_temperature has shape \(3,\)"),
        (lambda air: {"temperature": air.temperature[:, :-1]}, "temperature has shape"),
        (lambda air: {"pressure_half": air.pressure_half[0]}, "pressure_half has shape"),
        (lambda air: {"gases": {**air.gases, "co2": 1e6 * air.gases["co2"]}}, "co2 of column 0 is 400.*1e-6"),
        (lambda air: {"gases": {**air.gases, "o3": -air.gases["o3"]}}, "mole fraction of o3 of column 0 is -"),
        (lambda air: {"gases": {**air.gases, "h2o": air.gases["h2o"].T}}, r"h2o has shape \(20, 6\)"),
    ],
)
def test_what_cannot_be_air_is_refused_in_one_line(change, words):
    air = columns()
    with pytest.raises(InloopError, match=words) as refused:
        replace(air, **change(air))
    assert "\n" not in str(refused.value)


def test_faces_and_gases_that_do_not_fit_are_refused():
    air = columns()
    with pytest.raises(InloopError, match="faces have shapes"):
        Atmosphere.of(air.pressure_half, air.temperature, {})
    with pytest.raises(InloopError, match="a gas does not fit 6 columns of 20 layers"):
        Atmosphere.of(air.pressure_half, air.temperature_half, {"co2": np.ones(7)})


def test_other_amounts_and_some_of_the_columns():
    air = columns()
    assert (air.with_gases({"co2": 1e-3}).gases["co2"] == 1e-3).all()
    assert (air.gases["co2"] == 4e-4).all()
    some = air.taken(slice(1, 3))
    assert (some.columns, some.layers) == (2, 20)
    np.testing.assert_array_equal(some.gases["o3"], air.gases["o3"][1:3])
