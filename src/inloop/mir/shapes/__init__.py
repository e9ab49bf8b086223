"""Exact truths that reconstructions are held against.

Shapes with exact geometry that give, on any rectilinear mesh, area (volume) fractions, centroids, coverage of sub-zones
and outlines. `BUILT_IN` names examples in the unit box.
"""

from inloop.mir.shapes.ball import Ball as Ball
from inloop.mir.shapes.builtin import BUILT_IN as BUILT_IN
from inloop.mir.shapes.builtin import Example as Example
from inloop.mir.shapes.composed import Filament as Filament
from inloop.mir.shapes.composed import SlottedDisk as SlottedDisk
from inloop.mir.shapes.diagram import Diagram as Diagram
from inloop.mir.shapes.diagram import sectors as sectors
from inloop.mir.shapes.diagram import t_junction as t_junction
from inloop.mir.shapes.diagram import voronoi as voronoi
from inloop.mir.shapes.plane import Circle as Circle
from inloop.mir.shapes.plane import Ellipse as Ellipse
from inloop.mir.shapes.plane import HalfPlane as HalfPlane
from inloop.mir.shapes.plane import Polygon as Polygon
from inloop.mir.shapes.plane import regular_polygon as regular_polygon
from inloop.mir.shapes.plane import star as star
from inloop.mir.shapes.shape import Shape as Shape
from inloop.mir.shapes.shape import refined as refined
from inloop.mir.shapes.shape import uniform_edges as uniform_edges
from inloop.mir.shapes.solid import HalfSpace as HalfSpace
from inloop.mir.shapes.solid import Solid as Solid
