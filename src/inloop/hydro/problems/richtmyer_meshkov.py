"""Richtmyer and Meshkov's instability: a shock in air passes a wavy border to a heavy gas, and the waves grow."""

from __future__ import annotations

import math

import numpy as np

from inloop.hydro.euler.eos import StiffenedGas
from inloop.hydro.euler.problem import Edges, Problem
from inloop.hydro.euler.riemann import Riemann, Uniform
from inloop.hydro.euler.sides import Sides
from inloop.hydro.euler.state import State
from inloop.hydro.euler.whole import Figures, Whole
from inloop.hydro.problems.fit import rate
from inloop.hydro.problems.shock import Shock
from inloop.hydro.problems.wavy import Wavy

_HEAVY, _AIR = StiffenedGas(1.094), StiffenedGas(1.4)  # sulphur hexafluoride
_DENSITIES, _MACH, _FRONT = (5.03, 1.0), 1.2, -0.2
_BORDER = Wavy(0, 0.0, 0.01, -3.0)
_STILL = Riemann(Shock((_HEAVY, _AIR), _DENSITIES, 1.0, _MACH, _FRONT).behind, Uniform(_HEAVY, _DENSITIES[0], 0.0, 1.0))
_PUSH = _STILL.middle[1]  # what the shock gives the border, which is at rest afterwards
_SHOCK = Shock((_HEAVY, _AIR), _DENSITIES, 1.0, _MACH, _FRONT, speed=-_PUSH)
_SETTLED = 1.2  # time from which the growth is taken


def impulsive() -> float:
    """Growth by Richtmyer's formula, k push A height, with densities and height as the shock leaves them."""
    velocity = _STILL.middle[1]
    light, heavy = (float(_STILL.at(np.array(velocity + side * 1e-9))[0]) for side in (-1, 1))
    squeezed = _BORDER.height * (1 - _PUSH / (_MACH * _SHOCK.ahead.sound))
    return 2 * math.pi * _PUSH * (heavy - light) / (heavy + light) * squeezed


def _start(edges: Edges) -> State:
    return _SHOCK.start(edges, _BORDER.fractions(edges)[::-1])


def _watch(whole: Whole) -> Figures:
    return {"height": _BORDER.height_of(whole.state.fractions[1], whole.grid.edges)}


def _measure(whole: Whole) -> Figures:
    """growth_rate: of the height, a straight line through what was seen; growth_ratio: over the impulsive one."""
    found = rate(whole.history, "height", _SETTLED)
    return {} if found is None else {"growth_rate": found, "growth_ratio": found / impulsive()}


def problem() -> Problem:
    """Mach 1.2, one wave of 64 zones, seen as the border moves after the shock."""
    return Problem(
        name="richtmyer-meshkov",
        about="a shock of Mach 1.2 in air passes a wavy border to a heavy gas",
        low=(-2.5, 0.0),
        high=(1.5, 1.0),
        gases=_SHOCK.gases,
        start=_start,
        end=2.4,
        zones=256,
        sides=Sides(_SHOCK.inflow, "outflow", "periodic", "periodic"),
        watch=_watch,
        measure=_measure,
    )
