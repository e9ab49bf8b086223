"""Three materials that meet in a T: nested dissection, and what the order of the cuts costs.

Material 0 fills the right half of the unit square, material 1 the upper left, material 2 the lower left, on 3 x 5
zones. The true regions are boxes, so `face.share` gives the misplaced area exactly: ask, zone by zone, how much of each
material lies in each region's box. Misplaced area counts once for the material that is there and once for the one
that should be, as in the published values for this problem.
"""

import numpy as np

from inloop import mir
from inloop.mir import shapes

junction = shapes.t_junction(0.5, 0.5)
edges = (np.linspace(0, 1, 4), np.linspace(0, 1, 6))
spacing = (1 / 3, 1 / 5)
fractions = junction.fractions(edges)  # (3, 5, 3)
centroids = junction.centroids(edges)  # (3, 5, 3, 2)
regions = [(0.5, 0.0, 1.0, 1.0), (0.0, 0.5, 0.5, 1.0), (0.0, 0.0, 0.5, 0.5)]  # x0, y0, x1, y1 of each material


def misplaced_area(face):
    """Sum over materials and mixed zones of |reconstructed xor true|."""
    rows, columns = face.zones.T
    low = np.stack([edges[0][columns], edges[1][rows]], axis=1)
    total = 0.0
    for material, (x0, y0, x1, y1) in enumerate(regions):
        ends = [(np.array(corner) - low) / spacing for corner in ((x0, y0), (x1, y1))]
        boxes = np.clip(np.hstack(ends), 0, 1)  # the region's part of each zone, in the zone's own unit coordinates
        right = face.share(face.zones, boxes)[material]
        there = face.fractions[:, material]
        total += (2 * (there - right)).sum()  # what lies outside its region, and as much missing inside
    return total * spacing[0] * spacing[1]


methods = {
    "slabs": mir.Slic(slabs="x"),  # as the first codes had it: stacked along x whatever the neighbours hold
    "slic": "slic",
    "gradient": mir.Youngs(gradient="least-squares"),
    "lvira": "lvira",
    "mof": "mof",
}
for name, method in methods.items():
    for order in (None, (0, 1, 2), (1, 2, 0)):
        face = mir.reconstruct(
            fractions, method=method, spacing=spacing, centroids=centroids, order=order, boundary="open"
        )
        print(f"{name:8} order {order or 'automatic'}: misplaced area {misplaced_area(face):.6f}")
