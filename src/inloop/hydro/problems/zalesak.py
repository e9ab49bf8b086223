"""Zalesak's slotted disk in Rudman's set-up, one revolution: corners and a bridge six zones thin at 200 zones."""

from __future__ import annotations

import math

from inloop.hydro.advection.flow import PlaneFlow
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.problem import Problem, Published, with_rest
from inloop.mir.shapes import SlottedDisk

_SPEED = 0.5  # radians a unit of time
_DEPTH = 0.6  # of the slot, from the disk's lowest point


def _stream(x: Floats, y: Floats) -> Floats:
    return -_SPEED / 2 * ((x - 2.0) ** 2 + (y - 2.0) ** 2)


def problem() -> Problem:
    """4 x 4 box, disk of radius 1/2 at (2, 2.75), slot .12 wide and .6 deep, 200 zones an axis in the publications."""
    disk = SlottedDisk((2.0, 2.75), 0.5, 0.12, _DEPTH - 0.5)
    rows = {
        "SLIC": 8.38e-2,
        "Hirt-Nichols": 9.62e-2,
        "Youngs": 1.09e-2,
        "ELVIRA": 1.00e-2,
        "EMFPA / Puckett": 9.73e-3,
        "EMFPA-SIR": 8.74e-3,
        "THINC/QQ": 1.42e-2,
    }
    return Problem(
        name="zalesak",
        about="Zalesak's slotted disk, one revolution",
        low=(0.0, 0.0),
        high=(4.0, 4.0),
        fractions=with_rest(disk.fractions),
        outline=disk.outline,
        flow=PlaneFlow(_stream),
        end=2 * math.pi / _SPEED,
        zones=200,
        published=tuple(Published(name, 200, error, "relative_error") for name, error in rows.items()),
    )
