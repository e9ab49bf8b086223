"""The reversed single vortex of Rider & Kothe: a disk drawn out into a thread, and back."""

from __future__ import annotations

import math

import numpy as np

from inloop.hydro.advection.flow import PlaneFlow, Swing
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.problem import Problem, Published, with_rest
from inloop.mir.shapes import Circle

_ROWS = {  # of period 8
    "Rider-Kothe / Puckett": (4.78e-2, 6.96e-3, 1.44e-3),
    "Stream / Youngs": (3.61e-2, 1.00e-2, 2.16e-3),
    "Stream / Puckett": (3.72e-2, 6.79e-3, 1.18e-3),
    "EMFPA / Puckett": (3.77e-2, 6.58e-3, 1.07e-3),
    "THINC/QQ": (6.70e-2, 1.52e-2, 3.06e-3),
}


def _stream(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.sin(math.pi * x) ** 2 * np.sin(math.pi * y) ** 2 / math.pi)


def problem(period: float = 8.0) -> Problem:
    """Periods .5, 2 and 8 are usual: the longer, the thinner the thread."""
    disk = Circle((0.5, 0.75), 0.15)
    rows = [
        Published(name, zones, error, "area_error")
        for name, errors in _ROWS.items()
        for zones, error in zip((32, 64, 128), errors, strict=True)
    ]
    return Problem(
        name="vortex",
        about=f"a disk in a reversed single vortex, period {period:g}",
        low=(0.0, 0.0),
        high=(1.0, 1.0),
        fractions=with_rest(disk.fractions),
        outline=disk.outline,
        flow=PlaneFlow(_stream, Swing(period)),
        end=period,
        published=tuple(rows) if period == 8 else (),
    )
