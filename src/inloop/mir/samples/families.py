"""The families of figures: their names, numbers, and which materials play which roles.

A sample's file keeps the family's number, so a new family goes to the end of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inloop.mir.samples import bodies, junctions, layers
from inloop.mir.samples.dice import Dice
from inloop.mir.samples.figure import Figure


@dataclass(frozen=True)
class Family:
    """How to draw a figure; how many roles it has at least; which material plays each role when there are two."""

    name: str
    draw: Callable[[Dice], Figure]
    roles: int
    two: tuple[int, ...] | None
    """None: the figure needs three materials."""
    bent: float | None = 0.0
    """Share of the figures whose borders are bent; None: as the recipe says."""


FAMILIES: tuple[Family, ...] = (
    Family("line", bodies.line, 2, (0, 1)),
    Family("arc", bodies.arc, 2, (0, 1)),
    Family("ellipse", bodies.ellipse, 2, (0, 1)),
    Family("lobed", bodies.lobed, 2, (0, 1)),
    Family("smooth", bodies.line, 2, (0, 1), bent=1.0),
    Family("wedge", bodies.wedge, 2, (0, 1), bent=None),
    Family("polygon", bodies.polygon, 2, (0, 1), bent=None),
    Family("filament", layers.filament, 3, (1, 0, 1), bent=None),
    Family("thread", layers.thread, 3, (1, 0, 1)),
    Family("gap", layers.gap, 3, (0, 1, 0)),
    Family("pair", layers.pair, 3, (0, 1, 0)),
    Family("t-junction", junctions.t_junction, 3, None, bent=None),
    Family("y-junction", junctions.y_junction, 3, None, bent=None),
    Family("drop", junctions.drop, 3, None),
    Family("voronoi", junctions.voronoi, 3, None, bent=None),
    Family("power", junctions.power, 3, None, bent=None),
)

NAMES: tuple[str, ...] = tuple(family.name for family in FAMILIES)


def family(name: str) -> Family:
    """The family of that name."""
    return FAMILIES[NAMES.index(name)]
