"""The reconstruction as a sweep calls it: on a block that carries its own halo, so that ghost zones have their say."""

from __future__ import annotations

from dataclasses import dataclass

from inloop import mir
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.rebuild import Rebuilder


@dataclass
class BlockRebuilder(Rebuilder):
    """Callable: fractions (M, ny, nx), `halo` layers on every side included, to the interface between those."""

    @property
    def halo(self) -> int:
        """Layers of neighbours that the method looks at."""
        return mir.halo_width(self.method)

    def seen(self, fractions: Floats) -> mir.Interface:
        """The same, not counted."""
        return self._rebuilt(fractions, self.halo)
