"""SLIC: slabs along an axis (Noh & Woodward 1976), the oldest and coarsest of the methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from inloop.errors import InloopError
from inloop.mir.method import Method


@dataclass(frozen=True)
class Slic(Method):
    """Each zone is divided at right angles to one axis.

    slabs: "neighbours" takes the axis along which the fractions change most over the zone, and the side on which the
    neighbours hold more of the material; at a tie between the axes it takes x. "x" and "y" stack the materials from
    low to high along that axis, in their order, whatever the neighbours hold.
    """

    name: ClassVar[str] = "slic"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    slabs: Literal["neighbours", "x", "y"] = "neighbours"

    def __post_init__(self) -> None:
        if self.slabs not in ("neighbours", "x", "y"):
            raise InloopError(f"slabs={self.slabs!r} is unknown: take 'neighbours', 'x' or 'y'")

    @property
    def slab_axis(self) -> int:
        """0 or 1 where the slabs' axis is fixed, -1 where the neighbours decide."""
        return {"neighbours": -1, "x": 0, "y": 1}[self.slabs]
