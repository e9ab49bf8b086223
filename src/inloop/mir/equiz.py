"""Equi-z: fractions averaged to the vertices and interpolated. Continuous across zones; conserves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from inloop.mir.method import Method


@dataclass(frozen=True)
class Equiz(Method):
    """Every material's fraction is averaged to the mesh's vertices and interpolated linearly on the four triangles that
    a zone's centre and sides make; in a mixed zone each point goes to the material with the greatest value, the lower
    number at a tie. All materials within reach take part, so the border is whole wherever both sides are mixed.
    """

    name: ClassVar[str] = "equiz"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    conserves: ClassVar[bool] = False
    takes_order: ClassVar[bool] = False
