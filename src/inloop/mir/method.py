"""What a reconstruction method declares about itself. Each method is a small frozen dataclass in a file of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from inloop import _core

if TYPE_CHECKING:
    from inloop._core import Face2, Face3
    from inloop.mir.gate import Gate
    from inloop.mir.mesh import Mesh


class Call(NamedTuple):
    """A call of `mir.reconstruct` whose arguments have been checked."""

    fractions: npt.NDArray[Any]  # float32 or float64, as given
    mesh: Mesh
    order: list[int]  # empty: chosen zone by zone
    centroids: npt.NDArray[np.float64] | None
    gate: Gate | None
    threads: int


@dataclass(frozen=True)
class Method:
    """Base of the strategy objects that `mir.reconstruct` takes in place of a name."""

    name: ClassVar[str]
    dimensions: ClassVar[tuple[int, ...]] = (2, 3)
    conserves: ClassVar[bool] = True
    halo: ClassVar[int] = 1  # layers of neighbours that a zone's result depends on
    takes_centroids: ClassVar[bool] = False
    takes_order: ClassVar[bool] = True  # three and more materials are cut one after the other
    takes_gate: ClassVar[bool] = False

    @property
    def kernel(self) -> str:
        """The native core's name for this method with these options."""
        return self.name

    @property
    def slab_axis(self) -> int:
        """The axis that slabs are stacked along, where a method fixes one; -1 elsewhere."""
        return -1

    def run(self, call: Call) -> Face2 | Face3:
        """The native core's result."""
        core = _core.reconstruct2 if call.mesh.dimensions == 2 else _core.reconstruct3
        mesh = call.mesh
        return core(
            self.kernel,
            call.fractions,
            mesh.nodes,
            mesh.widths,
            mesh.halo,
            mesh.side,
            call.order,
            call.centroids,
            self.slab_axis,
            call.threads,
        )
