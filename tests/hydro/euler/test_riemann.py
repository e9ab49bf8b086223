"""The exact solution obeys the laws that it was not built from."""

from __future__ import annotations

import numpy as np
import pytest

from inloop.errors import InloopError
from inloop.hydro.euler import Riemann, StiffenedGas, Uniform
from inloop.hydro.euler.riemann import shocked

AIR, WATER = StiffenedGas(1.4), StiffenedGas(4.4, 6.0)
CASES = {
    "sod": Riemann(Uniform(AIR, 1.0, 0.0, 1.0), Uniform(AIR, 0.125, 0.0, 0.1)),
    "two gases": Riemann(Uniform(AIR, 1.0, 0.0, 1.0), Uniform(StiffenedGas(5 / 3), 0.125, 0.0, 0.1)),
    "meeting": Riemann(Uniform(AIR, 1.0, 2.0, 1.0), Uniform(StiffenedGas(1.1), 4.0, -1.0, 0.5)),
    "parting": Riemann(Uniform(AIR, 1.0, -0.5, 1.0), Uniform(AIR, 1.0, 0.5, 1.0)),
    "water and air": Riemann(Uniform(WATER, 1.0, 0.0, 10.0), Uniform(AIR, 0.01, 0.0, 0.1)),
}


def test_sod_s_published_middle():
    # Toro, Riemann Solvers and Numerical Methods, table 4.2
    assert CASES["sod"].middle == pytest.approx((0.30313, 0.92745), abs=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_mass_momentum_and_energy_balance_over_the_whole_fan(name):
    riemann = CASES[name]
    way = np.linspace(-12, 12, 600_001)
    density, velocity, pressure = riemann.at(way)
    gamma, stiffness = (
        np.where(way < riemann.middle[1], getattr(riemann.left.gas, part), getattr(riemann.right.gas, part))
        for part in ("gamma", "stiffness")
    )
    energy = (pressure + gamma * stiffness) / (gamma - 1) + density * velocity**2 / 2
    held = np.stack([density, density * velocity, energy])
    flux = held * velocity + np.stack([0 * pressure, pressure, pressure * velocity])
    # integral over x at time one = what lay there + what came in at the two ends
    total = (held[:, 1:] + held[:, :-1]).sum(axis=1) / 2 * (way[1] - way[0])
    before = held[:, 0] * -way[0] + held[:, -1] * way[-1]
    scale = np.abs(held).max(axis=1) * 24
    assert np.abs(total - before - flux[:, 0] + flux[:, -1]).max() < 3e-5 * scale.max()


def test_a_rarefaction_keeps_entropy_and_its_invariant():
    riemann = CASES["sod"]
    density, velocity, pressure = riemann.at(np.linspace(-1.18, -0.08, 50))
    assert pressure / density**1.4 == pytest.approx(1.0, abs=1e-12)
    assert velocity + 5 * np.sqrt(1.4 * pressure / density) == pytest.approx(5 * 1.4**0.5, abs=1e-12)


def test_a_shock_s_state_is_the_one_that_a_piston_drives():
    ahead = Uniform(AIR, 1.2, 0.3, 2.0)
    behind = shocked(ahead, 1.7)
    pushed = Riemann(behind, ahead)
    assert pushed.middle == pytest.approx((behind.pressure, behind.velocity), rel=1e-12)
    front = 0.3 + 1.7 * ahead.sound
    before, after = (float(pushed.at(np.array(front + side))[0]) for side in (-1e-9, 1e-9))
    assert (before, after) == pytest.approx((behind.density, 1.2))


def test_gases_that_part_too_fast_are_refused():
    with pytest.raises(InloopError, match="leave nothing"):
        _ = Riemann(Uniform(AIR, 1.0, -9.0, 1.0), Uniform(AIR, 1.0, 9.0, 1.0)).middle
