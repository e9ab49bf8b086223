"""ELVIRA: the best of the slopes that column and row sums suggest (Pilliod & Puckett 2004). Second order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from inloop.mir.method import Method


@dataclass(frozen=True)
class Elvira(Method):
    """Backward, central and forward differences of the column sums, and of the row sums, each give a candidate plane;
    the one that, extended over the neighbours, comes closest to their fractions is taken.

    Exact for straight lines on uniform 2D meshes. Equally good candidates (errors within 1e-10 relative or 1e-28) are
    averaged, so that a symmetric neighbourhood gets a symmetric plane; where they cancel, the first is taken.
    """

    name: ClassVar[str] = "elvira"
