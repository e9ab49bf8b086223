"""Named examples in the unit square: what the command line reconstructs when no file is given."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inloop.errors import InloopError
from inloop.mir.shapes.ball import Ball
from inloop.mir.shapes.clip import Array
from inloop.mir.shapes.composed import Filament, SlottedDisk
from inloop.mir.shapes.diagram import Diagram, sectors, t_junction, voronoi
from inloop.mir.shapes.plane import Circle, Ellipse, HalfPlane, regular_polygon, star
from inloop.mir.shapes.shape import Shape, uniform_edges
from inloop.mir.shapes.solid import HalfSpace, Solid


@dataclass(frozen=True)
class Example:
    """A shape in the unit box, and one line on what it tries."""

    shape: Shape | Diagram | Solid
    about: str

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return 3 if isinstance(self.shape, Solid) else 2

    def edges(self, zones: int) -> tuple[Array, ...]:
        """Node coordinates of the unit box with `zones` zones along each axis."""
        if zones < 1:
            raise InloopError(f"zones along an axis: got {zones}, expected at least 1")
        return uniform_edges(zones, self.dimensions)

    def fractions(self, zones: int) -> Array:
        """Fractions on the unit box: (n, n) or (n, n, n) of material 0, or (M, n, n) of a diagram."""
        return self.shape.fractions(self.edges(zones))

    def centroids(self, zones: int) -> Array:
        """Centroids (M, n, n, 2) or (M, n, n, n, 3), for the methods that take them."""
        return self.shape.centroids(self.edges(zones))


_SITES = ((0.21, 0.24), (0.77, 0.19), (0.52, 0.49), (0.16, 0.71), (0.48, 0.88), (0.83, 0.74))

BUILT_IN: dict[str, Example] = {
    "circle": Example(Circle((0.51, 0.493), 0.3), "smooth, constant curvature"),
    "ellipse": Example(Ellipse((0.505, 0.497), (0.38, 0.16), 0.5), "smooth, curvature from low to high"),
    "line": Example(HalfPlane((0.5, 0.47), (0.6, 0.8)), "straight: second-order methods are exact"),
    "triangle": Example(regular_polygon((0.5, 0.45), 0.37, 3, 0.4), "three sharp corners"),
    "square": Example(regular_polygon((0.5, 0.5), 0.4, 4, 0.35), "four right angles, turned"),
    "star": Example(star((0.5, 0.5), (0.42, 0.18), 5, 0.3), "corners in and out"),
    "slotted-disk": Example(
        SlottedDisk((0.5, 0.5), 0.35, 0.12, 0.2, 0.4), "Zalesak's disk: curve, corners, thin bridge"
    ),
    "filament": Example(Filament((0.5, 0.35), 0.33, 0.36, 0.2, math.pi - 0.3), "a thread about as thin as a zone"),
    "t-junction": Example(t_junction(0.47, 0.53), "three materials meet at right angles"),
    "three-materials": Example(sectors((0.47, 0.52), (0.35, 2.2, 4.4)), "three materials meet at a point"),
    "voronoi": Example(voronoi(_SITES), "six materials, several triple points"),
    "sphere": Example(Ball((0.51, 0.493, 0.487), 0.3), "3D: smooth, constant curvature"),
    "plane": Example(HalfSpace((0.5, 0.5, 0.47), (0.48, 0.6, 0.64)), "3D: flat, second-order methods are exact"),
}
