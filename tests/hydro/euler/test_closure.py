"""Equations of state, and materials that share a zone."""

from __future__ import annotations

import numpy as np
import pytest

from inloop.errors import InloopError
from inloop.hydro.euler import Mixture, StiffenedGas
from inloop.hydro.euler.closure import relaxed

GASES = (StiffenedGas(1.4), StiffenedGas(5 / 3), StiffenedGas(4.4, 6000.0))
MIXTURE = Mixture(GASES)


@pytest.mark.parametrize("gas", GASES)
def test_sound_is_what_pressure_does_along_an_isentrope(gas):
    density, energy, h = np.array(2.0), np.array(7000.0), 1e-6
    pressure = gas.pressure(density, energy)
    assert gas.energy(density, pressure) == pytest.approx(energy)
    higher = gas.pressure(density * (1 + h), energy + pressure / density * h)  # de = -p dv
    assert gas.sound(density, pressure) ** 2 == pytest.approx((higher - pressure) / (density * h), rel=1e-4)


@pytest.mark.parametrize(("gamma", "stiffness"), [(1.0, 0.0), (1.4, -1.0), (float("nan"), 0.0)])
def test_what_is_no_gas_is_refused(gamma, stiffness):
    with pytest.raises(InloopError, match="gas: gamma"):
        StiffenedGas(gamma, stiffness)


def mixed(n, unequal=3.0):
    rng = np.random.default_rng(5)
    fractions = rng.dirichlet(np.ones(3), n).T
    fractions[0, ::3], fractions[1, ::5] = 0.0, 1e-9
    fractions /= fractions.sum(axis=0)
    pressure = 10.0 ** rng.uniform(-unequal, unequal, (3, n))
    return fractions, MIXTURE.energies(fractions[..., None], pressure[..., None])[..., 0], rng.uniform(0.6, 1.6, n)


def test_materials_fill_the_zone_at_one_pressure_by_their_own_work():
    fractions, energies, size = mixed(400)
    volumes = relaxed(MIXTURE, fractions, energies, size)
    assert volumes.sum(axis=0) == pytest.approx(size, abs=1e-13)
    assert (volumes[fractions > 0] > 0).all()
    assert (volumes[fractions == 0] == 0).all()
    gamma, stiffness = MIXTURE.gamma[..., 0], MIXTURE.stiffness[..., 0]
    before = np.where(fractions > 0, (gamma - 1) * energies / np.maximum(fractions, 1e-300) - gamma * stiffness, 0.0)
    # e + (p0 + p)/2 (v - v0) = e0, solved for p, material by material
    bottom = volumes / (gamma - 1) + (volumes - fractions) / 2
    top = energies - before * (volumes - fractions) / 2 - volumes * gamma * stiffness / (gamma - 1)
    with np.errstate(invalid="ignore"):
        pressure = np.where(fractions > 1e-6, top / bottom, np.nan)
    spread = np.nanmax(pressure, axis=0) - np.nanmin(pressure, axis=0)
    stiffest = np.where(fractions[2] > 0, 6000.0, 0.0) + np.nanmax(np.abs(pressure), axis=0)
    assert (spread / stiffest).max() < 1e-7  # where a zone is squeezed by half, pressures hang on the last digits


def test_a_zone_s_answer_is_its_own():
    fractions, energies, size = mixed(100)
    together = relaxed(MIXTURE, fractions, energies, size)
    for k in range(0, 100, 7):
        assert (
            relaxed(MIXTURE, fractions[:, k : k + 1], energies[:, k : k + 1], size[k : k + 1])[:, 0] == together[:, k]
        ).all()


def test_gentle_squeezing_follows_isentropes_to_second_order():
    fractions = np.array([[0.3], [0.5], [0.2]])
    energies = MIXTURE.energies(fractions[..., None], np.array([[2.0]]))[..., 0]
    errors = []
    for strain in (0.02, 0.01):
        volumes = relaxed(MIXTURE, fractions, energies, np.array([1 - strain]))[:, 0]
        gamma, stiffness = MIXTURE.gamma.ravel(), MIXTURE.stiffness.ravel()
        pressure = (2.0 + stiffness) * (volumes / fractions[:, 0]) ** -gamma - stiffness
        errors.append(abs(pressure[0] - pressure[1]))
    assert errors[0] / errors[1] > 6  # third order in one step


def test_what_no_shock_can_do_is_refused():
    with pytest.raises(InloopError, match="smaller cfl"):
        relaxed(MIXTURE, np.array([[0.5], [0.5], [0.0]]), np.array([[1.0], [1.0], [0.0]]), np.array([0.1]))
