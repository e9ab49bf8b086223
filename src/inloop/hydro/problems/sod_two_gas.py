"""Sod's shock tube with another gas on either side: the contact is a border of materials."""

from __future__ import annotations

from inloop.hydro.euler.eos import StiffenedGas
from inloop.hydro.euler.problem import Problem
from inloop.hydro.euler.riemann import Uniform
from inloop.hydro.problems.tube import Tube


def problem() -> Problem:
    """Density 1 | .125, pressure 1 | .1, gamma 1.4 | 5/3, to time .2."""
    tube = Tube(Uniform(StiffenedGas(1.4), 1.0, 0.0, 1.0), Uniform(StiffenedGas(5 / 3), 0.125, 0.0, 0.1))
    return tube.problem("sod-two-gas", "Sod's shock tube, gamma 1.4 driving 5/3", 0.2)
