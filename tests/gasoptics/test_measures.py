"""The measures, on errors that are known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.gasoptics.data import columns
from tests.gasoptics.synthetic import write_table

from inloop.gasoptics import LookUp
from inloop.gasoptics.fluxes import Fluxes
from inloop.gasoptics.measures import HIGH, errors, flux_errors, joined, weighted_rms


def test_known_errors_come_back():
    air = columns(4)
    true = Fluxes(np.full((4, 21), 200.0), np.full((4, 21), 100.0))
    up = true.up.copy()
    up[:, 0] += [1.0, -1.0, 1.0, -1.0]
    found = errors(Fluxes(up, true.down), true, air)
    assert found["top_up_rmse"] == pytest.approx(1)
    assert found["top_up_bias"] == 0
    assert found["surface_down_rmse"] == 0
    assert found["flux_rmse"] == pytest.approx(np.sqrt(4 / (4 * 42)))
    assert found["heating_rmse_low"] == 0
    first = 86400 * 9.80665 / 1004.0 / air.thickness[:, 0]
    assert found["heating_error_max"] == pytest.approx(first.max())
    high = (air.pressure <= HIGH).sum()
    assert found["heating_rmse_high"] == pytest.approx(np.sqrt((first**2).sum() / high))


def test_weighing_by_the_cube_root_of_pressure():
    half = np.array([[1.0, 8.0, 27.0, 1000.0]])  # cube roots 1, 2, 3, 10
    error = np.array([[3.0, 0.0, 1.0]])
    assert weighted_rms(error, half) == pytest.approx(np.sqrt((9 * 1 + 0 * 1 + 1 * 7) / 9))
    assert weighted_rms(error, half, np.array([[False, True, True]])) == pytest.approx(np.sqrt(7 / 8))


def test_several_sets_of_columns_together_are_as_one():
    air = columns(4)
    dice = np.random.default_rng(0)
    true, found = (Fluxes(*dice.normal(100, 3, (2, 4, 21))) for _ in range(2))

    def taken(fluxes, rows):
        return Fluxes(fluxes.up[rows], fluxes.down[rows])

    whole = errors(found, true, air)
    halves = [errors(taken(found, rows), taken(true, rows), air.taken(rows)) for rows in (slice(0, 2), slice(2, 4))]
    both = joined(halves)
    for name in ("flux_rmse", "top_up_rmse", "top_up_bias", "heating_rmse", "heating_error_max"):
        assert both[name] == pytest.approx(whole[name], rel=1e-12)


@pytest.mark.parametrize("kind", ["longwave", "shortwave"])
def test_a_table_is_no_distance_from_itself(tmp_path, kind):
    optics = LookUp(write_table(tmp_path / "t.nc", kind))
    assert set(flux_errors(optics, optics, columns()).values()) == {0.0}
