"""The reconstruction as a sweep calls it: on a block that carries its own halo, so that ghost zones have their say."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inloop import mir
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.rebuild import Rebuilder


@dataclass
class BlockRebuilder(Rebuilder):
    """Callable: fractions (M, ny, nx), `halo` layers on every side included, to the interface between those."""

    sharing: float = field(default=0.0, init=False)  # seconds

    @property
    def halo(self) -> int:
        """Layers of neighbours that the method looks at."""
        return mir.halo_width(self.method)

    def __call__(self, fractions: Floats, ghosts: tuple[int, int] = (0, 0)) -> mir.Interface:
        """Counted, but for so many outermost rows and columns of the interface: they are another's zones."""
        start = time.perf_counter()
        face = self.seen(fractions)
        own = ((face.zones >= ghosts) & (face.zones < np.subtract(face.shape, ghosts))).all(axis=1)
        self._count(start, face.rejected[own])
        return face

    def idle(self) -> None:
        """Nothing to reconstruct: a call all the same, since other blocks may have something."""
        self.calls += 1

    def seen(self, fractions: Floats) -> mir.Interface:
        """The interface, not counted."""
        return self._rebuilt(fractions, self.halo)

    def share(self, face: mir.Interface, zones: npt.NDArray[np.intp], boxes: Floats) -> Floats:
        """As the interface's own, timed."""
        start = time.perf_counter()
        share = face.share(zones, boxes)
        self.sharing += time.perf_counter() - start
        return share
