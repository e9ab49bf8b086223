"""A disk carried once around the middle of the box, turning with the flow like a solid."""

from __future__ import annotations

import math

from inloop.hydro.advection.flow import PlaneFlow
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.problem import Problem, with_rest
from inloop.mir.shapes import Circle


def _stream(x: Floats, y: Floats) -> Floats:
    return -math.pi * ((x - 0.5) ** 2 + (y - 0.5) ** 2)


def problem() -> Problem:
    """One turn in one unit of time, counter-clockwise."""
    disk = Circle((0.5, 0.75), 0.15)
    return Problem(
        name="rotation",
        about="a disk carried around by a solid rotation, once",
        low=(0.0, 0.0),
        high=(1.0, 1.0),
        fractions=with_rest(disk.fractions),
        outline=disk.outline,
        flow=PlaneFlow(_stream),
        end=1.0,
    )
