"""LVIRA: the plane that explains the neighbours best (Puckett 1991). Second order, exact for planes on any mesh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from inloop.mir.method import Method


@dataclass(frozen=True)
class Lvira(Method):
    """Of all planes that hold the zone's fraction, the one whose extension over the neighbours comes closest to their
    fractions in the least-squares sense: Gauss-Newton on the residuals with exact derivatives, from ELVIRA's plane.
    """

    name: ClassVar[str] = "lvira"
