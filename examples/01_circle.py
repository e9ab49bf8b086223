"""A circle on a coarse mesh, reconstructed by every method: what each gets wrong, and where.

The fractions are exact, so whatever differs from the circle is the method's own doing. Three errors tell the methods
apart: the area between the interface and the circle, how much material is lost in a zone (conservation), and over what
part of an edge two neighbouring zones disagree (continuity).
"""

from inloop import mir
from inloop.mir import measures, shapes

zones = 32
circle = shapes.Circle(centre=(0.51, 0.493), radius=0.3)
edges = shapes.uniform_edges(zones)  # node coordinates of the unit square
fractions = circle.fractions(edges)  # (32, 32), material 0; the rest is material 1
centroids = circle.centroids(edges)  # (2, 32, 32, 2), for MOF

print(f"{'method':8} {'area error':>10} {'conservation':>13} {'continuity':>11}")
for method in mir.METHODS:
    face = mir.reconstruct(fractions, method=method, spacing=1 / zones, centroids=centroids)
    area = measures.area_error(face, circle)
    conservation = face.conservation_error().max
    continuity = face.continuity_error().mean
    print(f"{method:8} {area:10.2e} {conservation:13.1e} {continuity:11.2e}")
