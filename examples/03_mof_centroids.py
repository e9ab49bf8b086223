"""A wall thinner than a zone, between two gases: what centroids buy.

Two parallel slanted lines bound the wall, 0.4 zones thick. Its fraction is never one, so no stencil of fractions shows
two sides; with the centroids of the three materials MOF puts both lines where they are.
"""

import math

import numpy as np

from inloop import mir
from inloop.mir import shapes

zones, thickness, angle = 16, 0.4 / 16, math.radians(25)
across = np.array([math.cos(angle), math.sin(angle)])
left, right = (np.array([0.5, 0.5]) + side * thickness / 2 * across for side in (-1, 1))


def half(point, sign):
    """Everything on one side of the line through `point`: sign +1 keeps what lies against `across`."""
    return shapes.HalfPlane(tuple(point), tuple(sign * across))


wall = shapes.Diagram(((half(left, 1),), (half(left, -1), half(right, 1)), (half(right, -1),)))
edges = shapes.uniform_edges(zones)
fractions, centroids = wall.fractions(edges), wall.centroids(edges)
truth = wall.coverage(edges, 8)

for method in ("youngs", "elvira", "lvira", "mof"):
    face = mir.reconstruct(fractions, method=method, spacing=1 / zones, centroids=centroids)
    worst = np.abs(face.coverage(8) - truth).max()
    torn = face.continuity_error().max
    print(f"{method:8} worst sub-zone {worst:.1e}, longest tear {torn:.1e}")
