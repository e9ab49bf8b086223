"""Rayleigh and Taylor's instability: a heavy gas on a light one, slow beside sound, while the border is nearly flat."""

from __future__ import annotations

import math

import numpy as np

from inloop.hydro.euler.eos import StiffenedGas
from inloop.hydro.euler.problem import Edges, Problem, state_of
from inloop.hydro.euler.sides import Sides
from inloop.hydro.euler.state import State
from inloop.hydro.euler.whole import Figures, Whole
from inloop.hydro.problems.wavy import Wavy

_LIGHT, _HEAVY, _GRAVITY, _DEPTH = 1.0, 3.0, 1.0, 0.5
_PRESSURE = 60.0  # at the border: speeds of sound of 9 and 5, the flow's stay below .05
_GASES = (StiffenedGas(1.4), StiffenedGas(1.4))
_BORDER = Wavy(1, 0.0, 0.002, -1.0)


def growth() -> float:
    """Rate of linear theory for two layers of equal depth between walls: sqrt(A g k tanh(k depth))."""
    k = 2 * math.pi
    return math.sqrt((_HEAVY - _LIGHT) / (_HEAVY + _LIGHT) * _GRAVITY * k * math.tanh(k * _DEPTH))


def _start(edges: Edges) -> State:
    """At rest, the pressure that of the flat border, zone by zone as the scheme balances it."""
    fractions = _BORDER.fractions(edges)
    y = edges[1]
    flat = np.clip(-y[:-1] / np.diff(y), 0.0, 1.0)  # share of a row below the border
    density = flat * _LIGHT + (1 - flat) * _HEAVY
    steps = -(density[1:] + density[:-1]) / 2 * _GRAVITY * np.diff(y)[1:]
    pressure = np.concatenate([[_PRESSURE + _LIGHT * _GRAVITY * (_DEPTH - np.diff(y)[0] / 2)], steps]).cumsum()
    return state_of(_GASES, fractions, (_LIGHT, _HEAVY), np.broadcast_to(pressure[:, None], fractions.shape[1:]))


def _watch(whole: Whole) -> Figures:
    return {"height": _BORDER.height_of(whole.state.fractions[0], whole.grid.edges)}


def _measure(whole: Whole) -> Figures:
    """growth_rate: such that height = initial height * cosh(rate * time), as from rest."""
    height, first = _watch(whole)["height"], whole.history[0][1]["height"]
    if whole.time == 0 or height <= first:
        return {}
    rate = math.acosh(height / first) / whole.time
    return {"growth_rate": rate, "growth_rate_error": abs(rate / growth() - 1)}


def problem() -> Problem:
    """One wave on 64 x 64 zones, densities 1 and 3, until it is some seven times as high."""
    return Problem(
        name="rayleigh-taylor",
        about="a heavy gas on a light one, one wave of small height",
        low=(0.0, -_DEPTH),
        high=(1.0, _DEPTH),
        gases=_GASES,
        start=_start,
        end=1.5,
        zones=64,
        sides=Sides("periodic", "periodic"),
        gravity=(0.0, -_GRAVITY),
        watch=_watch,
        measure=_measure,
    )
