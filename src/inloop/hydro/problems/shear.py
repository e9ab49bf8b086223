"""Rudman's shear: a disk wound up by one slow vortex, and back the same way."""

from __future__ import annotations

import math

import numpy as np

from inloop.hydro.advection.flow import PlaneFlow, Turn
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.problem import Problem, Published, with_rest
from inloop.mir.shapes import Circle

PERIOD = 10 * math.pi  # ours: the source of the published figures does not say; 4000 steps on 100 zones at CFL 1/4


def _stream(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.sin(x) * np.sin(y))


def problem(period: float = PERIOD) -> Problem:
    """Velocity (sin x cos y, -cos x sin y) on [0, pi]^2 for half of the period, then reversed."""
    disk = Circle((0.5 * math.pi, 0.2 * (math.pi + 1)), 0.2 * math.pi)
    rows = {"Youngs": 3.85e-2, "SLIC": 9.02e-2, "Hirt-Nichols": 1.09e-1, "THINC/QQ": 3.12e-2}
    published = tuple(Published(name, 100, error, "relative_error") for name, error in rows.items())
    return Problem(
        name="shear",
        about=f"Rudman's shear vortex, reversed half way, duration {period:.4g}",
        low=(0.0, 0.0),
        high=(math.pi, math.pi),
        fractions=with_rest(disk.fractions),
        outline=disk.outline,
        flow=PlaneFlow(_stream, Turn(period / 2)),
        end=period,
        zones=100,
        published=published if period == PERIOD else (),
    )
