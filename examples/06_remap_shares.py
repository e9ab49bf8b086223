"""Moving a disk across a periodic mesh with `face.share`: nothing lost, nothing below zero or above one.

In each half step the flow carries a strip of every zone into the next one. What is in the strip is what the
reconstruction says: `share` returns it for all zones, pure ones included. What one zone gives the next receives, so the
area is kept to rounding.
"""

import numpy as np

from inloop import mir
from inloop.mir import shapes

zones, courant, steps = 32, 0.25, 128  # once across the mesh along both axes
start = shapes.Circle(centre=(0.5, 0.5), radius=0.25).fractions(shapes.uniform_edges(zones))
every_zone = np.argwhere(np.ones((zones, zones)))
strips = {1: (1 - courant, 0.0, 1.0, 1.0), 0: (0.0, 1 - courant, 1.0, 1.0)}  # axis -> what leaves to the right, upwards


def sweep(fractions, axis, method):
    """One half step along an axis of the array: 1 is x, 0 is y."""
    face = mir.reconstruct(fractions, method=method, boundary="periodic")
    boxes = np.tile(strips[axis], (len(every_zone), 1))
    leaving = face.share(every_zone, boxes)[0].reshape(zones, zones)
    return fractions - leaving + np.roll(leaving, 1, axis=axis)


for method in ("slic", "youngs", "elvira"):
    fractions = start
    for step in range(steps):
        for axis in (1, 0) if step % 2 == 0 else (0, 1):
            fractions = sweep(fractions, axis, method)
    drift = fractions.sum() / start.sum() - 1
    overshoot = max(0.0, -fractions.min(), fractions.max() - 1)
    error = np.abs(fractions - start).sum() / start.sum()
    print(f"{method:8} area drift {drift:+.1e}, overshoot {overshoot:.1e}, relative error {error:.2e}")
