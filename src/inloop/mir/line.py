"""The drop-in line: ELVIRA's line, turned by a small network; for codes that keep one straight line a zone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from inloop import _core
from inloop.mir.learned import Opened, opened
from inloop.mir.method import Call, Method

if TYPE_CHECKING:
    from inloop._core import Face2

SHIPPED = "mir-line"
KIND, ANSWERS = "line", 2


@dataclass(frozen=True)
class LearnedLine(Method):
    """A network sees by how much the fractions on the 7 x 7 zones around differ from those under the zone's ELVIRA
    line, and answers how far to turn it, in multiples of the largest difference; the depth then follows from the
    fraction, as in every PLIC method. Straight borders stay exact, and smooth ones converge as ELVIRA's do. Equally
    canonical views are averaged. Three and more materials are cut one after the other.

    bundle: the folder of a trained kernel, or the name of one that comes with inloop; None is the shipped "mir-line".
    """

    name: ClassVar[str] = "learned-line"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    halo: ClassVar[int] = 3
    bundle: str | os.PathLike[str] | None = None

    def opened(self) -> Opened:
        """The bundle and its network."""
        return opened(SHIPPED if self.bundle is None else self.bundle, KIND, ANSWERS)

    def run(self, call: Call) -> Face2:
        """The native core's result."""
        network, mesh = self.opened().network, call.mesh
        return _core.reconstruct_line(
            network, call.fractions, mesh.nodes, mesh.widths, mesh.halo, mesh.side, call.order, call.threads
        )
