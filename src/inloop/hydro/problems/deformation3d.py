"""A ball drawn out by a flow in space that deforms along two planes at once, and back."""

from __future__ import annotations

import math

import numpy as np

from inloop.hydro.advection.flow import SpaceFlow, Swing
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.problem import Problem, Published, with_rest
from inloop.mir.shapes import Ball

_ROWS = {"Youngs": (7.47e-3, 2.77e-3, 8.14e-4), "LVIRA": (6.92e-3, 2.43e-3, 6.37e-4)}


def _bell(t: Floats) -> Floats:
    """The integral of sin(2 pi t) from 0."""
    return np.asarray(np.sin(math.pi * t) ** 2 / math.pi)


def _wave(t: Floats) -> Floats:
    return np.asarray(np.sin(2 * math.pi * t))


def _circulation(edges: tuple[Floats, ...]) -> tuple[Floats, Floats, Floats]:
    """The potential (0, -bell(x) wave(y) pi bell(z), bell(x) pi bell(y) wave(z)), integrated along the edges exactly.

    Its curl is (2 sin^2(pi x) wave(y) wave(z), -wave(x) sin^2(pi y) wave(z), -wave(x) wave(y) sin^2(pi z)).
    """
    x, y, z = (edges[0][None, None, :], edges[1][None, :, None], edges[2][:, None, None])
    along_x = np.zeros((z.size, y.size, x.size - 1))
    along_y = -_bell(x) * np.diff(_bell(y), axis=1) * math.pi * _bell(z)
    along_z = _bell(x) * math.pi * _bell(y) * np.diff(_bell(z), axis=0)
    return along_x, along_y, along_z


def problem(period: float = 3.0) -> Problem:
    """The ball of radius .15 at (.35, .35, .35) in the unit box."""
    ball = Ball((0.35, 0.35, 0.35), 0.15)
    rows = [
        Published(name, zones, error, "area_error")
        for name, errors in _ROWS.items()
        for zones, error in zip((32, 64, 128), errors, strict=True)
    ]
    return Problem(
        name="deformation3d",
        about=f"a ball deformed in space, period {period:g}",
        low=(0.0,) * 3,
        high=(1.0,) * 3,
        fractions=with_rest(ball.fractions),
        flow=SpaceFlow(_circulation, Swing(period)),
        end=period,
        zones=32,
        published=tuple(rows) if period == 3 else (),
    )
