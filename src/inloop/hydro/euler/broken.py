"""A zone that broke down, by its place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError


class BrokenZoneError(InloopError):
    """What is wrong with a zone (row, column), numbered as who raises it numbers zones."""

    def __init__(self, what: str, zone: tuple[int, int], material: int | None = None) -> None:
        self.what, self.zone, self.material = what, zone, material
        gas = "" if material is None else f", material {material}"
        super().__init__(f"zone ({zone[0]}, {zone[1]}){gas}: {what}; take a smaller cfl, or check the start")

    def at(self, row: int, column: int) -> BrokenZoneError:
        """The same, in other numbers."""
        return BrokenZoneError(self.what, (int(row), int(column)), self.material)


def refuse(bad: npt.NDArray[np.bool_], what: str) -> None:
    """Raise for the first of the zones (ny, n) that are bad."""
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise BrokenZoneError(what, (int(row), int(column)))
