"""A disk of one to three materials torn by sixteen vortices, and put together again."""

from __future__ import annotations

import math

import numpy as np

from inloop.errors import InloopError
from inloop.hydro.advection.flow import PlaneFlow, Swing
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.problem import Problem, with_rest
from inloop.hydro.problems.pie import Pie
from inloop.mir.shapes import Circle

_CENTRE, _RADIUS = (0.5, 0.5), 0.15
_BEGIN = 0.3  # radians: no radius lies along the mesh


def _stream(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.sin(4 * math.pi * (x + 0.5)) * np.cos(4 * math.pi * (y + 0.5)) / (4 * math.pi))


def problem(period: float = 2.0, materials: int = 2) -> Problem:
    """The disk of radius .15 in the middle of a periodic unit box, cut into one sector a material; the last material is
    the rest.
    """
    if materials not in (2, 3, 4):
        raise InloopError(f"deformation: {materials} materials, expected 2, 3 or 4")
    disk, pie = Circle(_CENTRE, _RADIUS), Pie(_CENTRE, _RADIUS, materials - 1, _BEGIN)
    return Problem(
        name="deformation",
        about=f"a disk of {materials - 1} material{'s' * (materials > 2)} torn by sixteen vortices, period {period:g}",
        low=(0.0, 0.0),
        high=(1.0, 1.0),
        fractions=with_rest(disk.fractions) if materials == 2 else pie.fractions,
        outline=disk.outline if materials == 2 else pie.outline,
        flow=PlaneFlow(_stream, Swing(period)),
        end=period,
        periodic=True,
    )
