"""Power diagrams: three and more materials without any order (after Schofield et al. 2008)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from inloop.mir.method import Method


@dataclass(frozen=True)
class Power(Method):
    """Each material of a zone gets a site, the centroid that its own ELVIRA line gives it; the zone is divided by the
    power diagram of the sites whose cells have the wanted areas. Zones of two materials get ELVIRA's line for the mean
    of the one's fraction and the other's complement. Materials below a fraction of 1e-6 are cut off first, the smallest
    first, by their own lines; zones whose sites coincide are divided by nested cuts.
    """

    name: ClassVar[str] = "power"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    takes_order: ClassVar[bool] = False
