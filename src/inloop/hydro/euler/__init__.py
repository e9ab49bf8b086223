"""Compressible flow of several materials: a split Lagrange-remap scheme over any reconstruction of `inloop.mir`."""

from inloop.hydro.euler.eos import Mixture, StiffenedGas
from inloop.hydro.euler.problem import Problem, state_of
from inloop.hydro.euler.riemann import Riemann, Uniform
from inloop.hydro.euler.sides import Inflow, Sides
from inloop.hydro.euler.simulation import Simulation
from inloop.hydro.euler.state import State
from inloop.hydro.euler.sweep import Sweep
from inloop.hydro.euler.whole import Whole

__all__ = [
    "Inflow",
    "Mixture",
    "Problem",
    "Riemann",
    "Sides",
    "Simulation",
    "State",
    "StiffenedGas",
    "Sweep",
    "Uniform",
    "Whole",
    "state_of",
]
