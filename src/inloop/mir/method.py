"""What a reconstruction method declares about itself. Each method is a small frozen dataclass in a file of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Method:
    """Base of the strategy objects that `mir.reconstruct` takes in place of a name."""

    name: ClassVar[str]
    dimensions: ClassVar[tuple[int, ...]] = (2, 3)
    conserves: ClassVar[bool] = True
    halo: ClassVar[int] = 1  # layers of neighbours that a zone's result depends on
    takes_centroids: ClassVar[bool] = False
    takes_order: ClassVar[bool] = True  # three and more materials are cut one after the other

    @property
    def kernel(self) -> str:
        """The native core's name for this method with these options."""
        return self.name

    @property
    def slab_axis(self) -> int:
        """The axis that slabs are stacked along, where a method fixes one; -1 elsewhere."""
        return -1
