"""One sweep: a block with its ghost layers in, the block out. It knows nothing of where the block lies."""

from __future__ import annotations

from dataclasses import dataclass

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.broken import BrokenZoneError
from inloop.hydro.euler.eos import Mixture
from inloop.hydro.euler.lagrange import REACH, move
from inloop.hydro.euler.rebuild import BlockRebuilder
from inloop.hydro.euler.remap import remap
from inloop.hydro.euler.state import State


@dataclass(frozen=True)
class Sweep:
    """Zones move along an axis and are mapped back."""

    mixture: Mixture
    rebuild: BlockRebuilder

    @property
    def layers(self) -> int:
        """Ghost layers that a block must carry on every side."""
        return self.rebuild.halo + REACH + 1

    def __call__(self, block: State, rate: float, fall: Floats, axis: int) -> State:
        """The block without its ghost layers, after the sweep.

        rate: length of the step over the zone's width along the axis (0 is x). fall: gravity along it times that width,
        one entry a zone of the block. A zone that breaks down is told by its place in the block without ghost layers.
        """
        idle = self.layers - self.rebuild.halo
        turned = axis == 1
        if turned:
            block = block.turned()
        try:
            moved = move(State(block.values[:, idle:-idle]), self.mixture, rate, fall)
        except BrokenZoneError as wrong:
            place = wrong.zone[0] - self.rebuild.halo, wrong.zone[1] - self.rebuild.halo - 1
            raise wrong.at(*(place[::-1] if turned else place)) from None
        after = remap(moved, self.mixture, self.rebuild, turned)
        return after.turned() if turned else after
