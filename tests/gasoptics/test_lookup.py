"""The look-up against an evaluation of its own, one layer at a time in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from tests.gasoptics.data import columns
from tests.gasoptics.synthetic import write_table

from inloop.errors import InloopError
from inloop.gasoptics import LookUp
from inloop.gasoptics.learned import emitted


@pytest.fixture(params=["longwave", "shortwave"])
def optics(request, tmp_path):
    return LookUp(write_table(tmp_path / "t.nc", request.param, 7))


def _place(axis, value):
    """Index below and weight above on an even axis, held at its ends."""
    at = min(max((value - axis[0]) / (axis[1] - axis[0]), 0.0), len(axis) - 1.0)
    low = min(int(at), len(axis) - 2)
    return low, at - low


def _absorption(table, pressure, temperature, amounts):
    """(terms,) in m2/mol."""
    i, a = _place(np.log(table.pressure), math.log(pressure))
    cold = (1 - a) * table.coldest[i] + a * table.coldest[i + 1]
    count = table.gases[0].absorption.shape[-3]
    j, b = _place(cold + table.step * np.arange(count), temperature)
    total = np.zeros(table.terms)
    for gas in table.gases:

        def between(k):
            rows = [(1 - b) * k[j, at] + b * k[j + 1, at] for at in (i, i + 1)]
            return (1 - a) * rows[0] + a * rows[1]

        if gas.dependence == "look-up":
            m, c = _place(np.log(gas.fractions), math.log(amounts[gas.name]))
            per_mole = (1 - c) * between(gas.absorption[m]) + c * between(gas.absorption[m + 1])
        else:
            per_mole = between(gas.absorption)
        share = {"none": 1.0, "relative": amounts.get(gas.name, 0.0) - gas.reference}
        total += share.get(gas.dependence, amounts.get(gas.name, 0.0)) * per_mole
    return np.maximum(total, 0.0)


def test_every_layer_is_as_a_plain_evaluation_says(optics):
    dice = np.random.default_rng(0)
    pressure = np.exp(dice.uniform(np.log(0.05), np.log(1.3e5), 200))  # some beyond the axes
    temperature = dice.uniform(110.0, 345.0, 200)
    amounts = {gas: np.exp(dice.uniform(np.log(1e-9), np.log(0.08), 200)) for gas in optics.needed}
    rows = np.stack([amounts[gas] for gas in optics.needed], axis=-1)
    found = optics.coefficients(pressure, temperature, rows)
    for k in range(200):
        exact = _absorption(optics.table, pressure[k], temperature[k], {gas: amounts[gas][k] for gas in amounts})
        np.testing.assert_allclose(found[k], exact, rtol=2e-5, atol=1e-6 * exact.max())


def test_depth_is_absorption_times_air(optics):
    air = columns()
    depth = optics.depth(air)
    assert depth.dtype == np.float32
    rows = air.fractions(optics.needed).reshape(-1, len(optics.needed))
    per_mole = optics.coefficients(air.pressure.ravel(), air.temperature.ravel(), rows)
    np.testing.assert_allclose(depth.reshape(len(per_mole), -1), per_mole * air.moles.ravel()[:, None], rtol=1e-5)
    assert (depth >= 0).all()
    assert optics.depth(air.taken(slice(2, 3))).tobytes() == depth[2:3].tobytes()


def test_more_of_a_gas_absorbs_more(optics):
    air = columns()
    for gas in optics.needed:
        assert (optics.depth(air.with_gases({gas: 3 * air.gases[gas]})) >= optics.depth(air)).all()
        assert optics.depth(air.with_gases({gas: 3 * air.gases[gas]})).sum() > optics.depth(air).sum()


def test_a_gas_that_is_missing_is_named(optics):
    air = columns()
    bare = type(air)(**{**vars(air), "gases": {gas: x for gas, x in air.gases.items() if gas != "co2"}})
    with pytest.raises(InloopError, match="mole fraction of co2 is missing: the kernel takes it, given are h2o"):
        optics.depth(bare)


def test_emission_is_linear_between_the_temperatures_of_the_table_and_stands_still_beyond(tmp_path):
    optics = LookUp(write_table(tmp_path / "t.nc"))
    axis, planck = optics.table.planck_temperature, optics.table.planck
    np.testing.assert_allclose(optics.emission(axis), planck, rtol=1e-12)
    np.testing.assert_allclose(optics.emission(axis[:-1] + 0.25), 0.75 * planck[:-1] + 0.25 * planck[1:], rtol=1e-9)
    np.testing.assert_allclose(optics.emission(np.array([[90.0], [400.0]]))[:, 0], planck[[0, -1]], rtol=1e-12)


def test_what_a_black_body_emits_in_the_long_wave_is_the_integral_of_plancks_law():
    h, c, k = 6.62607015e-34, 2.99792458e8, 1.380649e-23

    def planck(wave, warm):  # W/m2 per 1/m, hemispheric
        return 2 * np.pi * h * c**2 * wave**3 / np.expm1(h * c * wave / (k * warm))

    for warm in (150.0, 220.0, 300.0, 390.0):
        exact, _ = quad(planck, 1e-3, 3260e2, args=(warm,), epsabs=0, epsrel=1e-10, limit=500)
        assert emitted(np.array(warm)) == pytest.approx(exact, rel=1e-7)
