"""A ball in three dimensions: planes in zones, convex polyhedra, and the volume they hold."""

import math

import numpy as np

from inloop import mir
from inloop.mir import shapes

zones, radius = 16, 0.3
ball = shapes.Ball(centre=(0.51, 0.493, 0.487), radius=radius)
inside = ball.fractions(shapes.uniform_edges(zones, 3))  # (16, 16, 16): layer, row, column
fractions = np.stack([inside, 1 - inside])  # 3D always takes all materials


def volume(vertices, faces):
    """Of a convex polyhedron: a sum of cones over its faces, outward counter-clockwise."""
    total = 0.0
    for face in faces:
        ring = vertices[face] - vertices[0]
        total += float(ring[0] @ np.cross(ring[1:-1], ring[2:]).sum(axis=0)) / 6
    return total


def area(points):
    """Of a plane polygon (k, 3): a fan of triangles about its first corner."""
    arms = points[1:] - points[0]
    return np.linalg.norm(np.cross(arms[:-1], arms[1:]).sum(axis=0)) / 2


for method in ("youngs", "elvira", "lvira"):
    face = mir.reconstruct(fractions, method=method, spacing=1 / zones)
    mixed = sum(volume(vertices, faces) for _, vertices, faces in face.polyhedra(0))
    pure = np.count_nonzero(face.labels() == 0) / zones**3
    relative = (mixed + pure) / (4 / 3 * math.pi * radius**3) - 1
    surface = sum(area(facet.points) for facet in face.facets())
    print(
        f"{method:8} {len(face.zones)} mixed zones, volume {relative:+.1e}, "
        f"surface {surface / (4 * math.pi * radius**2) - 1:+.1e}, torn {face.continuity_error().mean:.1e} of a face"
    )
