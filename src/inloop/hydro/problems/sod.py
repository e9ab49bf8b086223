"""Sod's shock tube (1978): one gas, a shock, a contact and a rarefaction."""

from __future__ import annotations

from inloop.hydro.euler.eos import StiffenedGas
from inloop.hydro.euler.problem import Problem
from inloop.hydro.euler.riemann import Uniform
from inloop.hydro.problems.tube import Tube


def problem() -> Problem:
    """Density 1 | .125, pressure 1 | .1, gamma 1.4, to time .2."""
    gas = StiffenedGas(1.4)
    tube = Tube(Uniform(gas, 1.0, 0.0, 1.0), Uniform(gas, 0.125, 0.0, 0.1))
    return tube.problem("sod", "Sod's shock tube, one gas", 0.2)
