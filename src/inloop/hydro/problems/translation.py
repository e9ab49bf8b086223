"""A disk carried across a periodic box, twice along x while once along y."""

from __future__ import annotations

from inloop.hydro.advection.flow import PlaneFlow
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.problem import Problem, with_rest
from inloop.mir.shapes import Circle


def _stream(x: Floats, y: Floats) -> Floats:
    return y - 0.5 * x


def problem() -> Problem:
    """Velocity (1, 1/2)."""
    disk = Circle((0.5, 0.5), 0.25)
    return Problem(
        name="translation",
        about="a disk moved across a periodic box",
        low=(0.0, 0.0),
        high=(1.0, 1.0),
        fractions=with_rest(disk.fractions),
        outline=disk.outline,
        flow=PlaneFlow(_stream),
        end=2.0,
        periodic=True,
    )
