"""What an advection scheme is: fractions and one time step's move in, fractions out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from inloop.hydro.advection.grid import Floats, Grid

if TYPE_CHECKING:
    from inloop.hydro.advection.flow import Flow
    from inloop.hydro.advection.mend import Mender
    from inloop.hydro.advection.rebuild import Rebuilder


@dataclass(frozen=True, eq=False)
class Move:
    """One step of a flow over a grid.

    courant: through the faces of the rank's zones across x, y[, z], the signed volume that passes in the step, in zone
    volumes; where the grid is periodic the same through its first face and its last. number:
    counts the steps. flow, length: the flow, and how long the step is at pace one; schemes that trace points ask them.
    """

    grid: Grid
    courant: tuple[Floats, ...]
    number: int = 0
    flow: Flow | None = None
    length: float = 0.0


def courant_sum(courant: tuple[Floats, ...]) -> float:
    """The largest share of its volume that any zone takes in during the step, through all faces together."""
    d = len(courant)
    total = np.zeros(())
    for axis, through in enumerate(courant):
        faces = np.moveaxis(through, d - 1 - axis, -1)
        entering = np.maximum(faces[..., :-1], 0.0) + np.maximum(-faces[..., 1:], 0.0)
        total = total + np.moveaxis(entering, -1, d - 1 - axis)
    return float(total.max())


class Scheme(ABC):
    """Base of the strategy objects that a simulation takes."""

    name: ClassVar[str]
    cfl: ClassVar[float]  # what a run takes unless told otherwise

    @abstractmethod
    def refuse(self, move: Move, materials: int) -> None:
        """Raise InloopError if a step of this size over the whole mesh, or this kind of mesh, is beyond the scheme."""

    @abstractmethod
    def step(self, fractions: Floats, move: Move, rebuild: Rebuilder, mend: Mender) -> Floats:
        """Fractions (M, *own zones) after the step. Called by all ranks."""
