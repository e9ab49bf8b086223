"""Convective adjustment: energy is kept, what is unstable ends at the critical lapse rate, what is stable is left."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from inloop.gasoptics.atmosphere import GRAVITY
from inloop.gasoptics.column import Setting
from inloop.gasoptics.column.convection import adjusted
from inloop.gasoptics.column.setting import GAS_CONSTANT

SETTING = Setting()
CAPACITY, EXNER = SETTING.capacity, SETTING.exner


def some_column(seed: int) -> np.ndarray:
    dice = np.random.default_rng(seed)
    return 290 * EXNER + 40 * (1 - EXNER) + dice.normal(0, 8, len(EXNER))


@pytest.mark.parametrize("seed", range(20))
def test_energy_is_kept_with_that_of_the_slab_and_nothing_is_unstable(seed):
    before = some_column(seed)
    after = adjusted(before, CAPACITY, EXNER).temperature
    assert CAPACITY @ after == pytest.approx(CAPACITY @ before, rel=1e-13)
    potential = after / EXNER
    assert (np.diff(potential) <= 1e-12 * potential[:-1]).all()  # falls, or stays, on the way down


@pytest.mark.parametrize("seed", range(20))
def test_the_answer_is_the_nearest_stable_profile(seed):
    before = some_column(seed)
    true = isotonic_regression(before / EXNER, weights=CAPACITY * EXNER, increasing=False).x * EXNER
    np.testing.assert_allclose(adjusted(before, CAPACITY, EXNER).temperature, true, rtol=1e-12)


def test_a_stable_column_is_left_bit_for_bit():
    before = 280 * EXNER * np.linspace(1.5, 1, len(EXNER))
    after = adjusted(before, CAPACITY, EXNER)
    assert (after.temperature == before).all()
    assert after.first == SETTING.layers


def test_a_column_heated_from_below_ends_at_six_and_a_half_kelvin_a_kilometre():
    after = adjusted(np.append(np.full(SETTING.layers, 150.0), 300.0), np.append(CAPACITY[:-1], 3e8), EXNER)
    assert after.first < 30
    air = slice(after.first, SETTING.layers)
    temperature, pressure = after.temperature[air], SETTING.pressure[air]
    fall = np.diff(np.log(temperature)) / np.diff(np.log(pressure))  # d ln T / d ln p = R lapse / g
    np.testing.assert_allclose(fall * GRAVITY / GAS_CONSTANT, 6.5e-3, rtol=1e-9)
    assert after.temperature[-1] > after.temperature[-2] > after.temperature[-3]


def test_where_convection_from_the_slab_ends_is_told():
    warm = 280 * EXNER * np.linspace(1.5, 1, len(EXNER))
    warm[-1] += 5.0
    after = adjusted(warm, CAPACITY, EXNER)
    moved = np.flatnonzero(after.temperature != warm)
    assert after.first == moved[0] < SETTING.layers
    assert moved[-1] == SETTING.layers
