"""Sedov's blast: energy in a small disk drives a circular shock, whose way the similarity solution knows."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.eos import StiffenedGas
from inloop.hydro.euler.problem import Edges, Problem, state_of
from inloop.hydro.euler.state import State
from inloop.hydro.euler.whole import Figures, Whole
from inloop.mir.shapes import Circle

_GAMMA, _ENERGY, _COLD = 1.4, 1.0, 1e-6
_SOURCE = Circle((0.0, 0.0), 0.04)


def radius(time: float) -> float:
    """Of the shock, into gas of density one, by an energy of one a length of the axis."""
    return float((_ENERGY * time**2 / similarity()) ** 0.25)


@cache
def similarity(gamma: float = _GAMMA, steps: int = 4000) -> float:
    """Energy times time^2 / (density radius^4) of a cylindrical blast, from the self-similar flow.

    With r = x R, u = R' U(x), density G(x), pressure R'^2 P(x) and R growing like the root of time, the equations of
    motion are three ordinary ones, led here from the shock, x = 1, to the middle (Runge-Kutta).
    """

    def rates(x: float, flow: Floats) -> Floats:
        u, g, p, _ = flow
        w = u - x
        du = (u - p / g * (2 - gamma * u / x) / w) / (w - gamma * p / (g * w))
        spread = (du + u / x) / w
        return np.array([du, -g * spread, p * (2 / w - gamma * spread), (g * u**2 / 2 + p / (gamma - 1)) * x])

    flow = np.array([2 / (gamma + 1), (gamma + 1) / (gamma - 1), 2 / (gamma + 1), 0.0])
    h = -(1 - 1e-3) / steps
    for number in range(steps):
        x = 1 + number * h
        a = rates(x, flow)
        b = rates(x + h / 2, flow + h / 2 * a)
        c = rates(x + h / 2, flow + h / 2 * b)
        d = rates(x + h, flow + h * c)
        flow = flow + h / 6 * (a + 2 * b + 2 * c + d)
    return float(-math.pi / 2 * flow[3])


def _start(edges: Edges) -> State:
    disk = _SOURCE.fractions(edges)
    area = np.diff(edges[1])[:, None] * np.diff(edges[0])
    pressure = _COLD + disk * ((_GAMMA - 1) * _ENERGY / 4 / (disk * area).sum())
    return state_of((StiffenedGas(_GAMMA),), np.ones((1, *disk.shape)), (1.0,), pressure)


def _measure(whole: Whole) -> Figures:
    """shock_radius: of the quarter disk as large as where the pressure exceeds a quarter of that behind the exact
    shock.
    """
    if whole.time == 0:
        return {}
    exact = radius(whole.time)
    behind = 2 / (_GAMMA + 1) * (exact / (2 * whole.time)) ** 2
    area = float((whole.pressure > behind / 4).sum()) * whole.grid.volume
    found = math.sqrt(4 / math.pi * area)
    return {"shock_radius": found, "shock_radius_error": abs(found / exact - 1)}


def problem() -> Problem:
    """A quarter of the blast between walls, until the shock has come to about .9 of the box's side."""
    return Problem(
        name="sedov",
        about="Sedov's blast, a quarter of it",
        low=(0.0, 0.0),
        high=(1.2, 1.2),
        gases=(StiffenedGas(_GAMMA),),
        start=_start,
        end=1.0,
        zones=100,
        measure=_measure,
    )
