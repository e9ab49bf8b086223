"""The learned reconstruction beside lines: error, kept area, whole border on a circle and three materials.

Prints, by shape and mesh, for ELVIRA's lines and the learned kernel: misplaced area over that of ELVIRA, the largest
|area - fraction| of a zone, the largest length over which two zones disagree on their common edge.
Then the same kernel on a batch of samples, as a solver that owns its arrays would call it.
"""

import numpy as np

import inloop
from inloop import mir
from inloop.mir import measures
from inloop.mir.shapes import Circle, uniform_edges, voronoi

shapes = {
    "circle": Circle((0.51, 0.493), 0.3),
    "junction": voronoi(((0.2, 0.3), (0.7, 0.25), (0.5, 0.8))),
}
for name, shape in shapes.items():
    for n in (16, 32, 64):
        fractions = shape.fractions(uniform_edges(n))
        lines = measures.area_error(mir.reconstruct(fractions, method="elvira", spacing=1 / n), shape)
        for method in ("elvira", "learned"):
            face = mir.reconstruct(fractions, method=method, spacing=1 / n)
            print(
                f"{name:8} {n:3} {method:8}"
                f" error ratio {measures.area_error(face, shape) / lines:.3f}"
                f"  area {face.conservation_error().max:.1e}  border {face.continuity_error().max:.1e}"
            )

kernel = inloop.load("mir")  # once, not every step
samples = np.random.default_rng(0).random((4, 8, 8)).astype(np.float32)
coverage = np.empty((4, 64, 64), dtype=np.float32)
kernel(samples, out=coverage)
kept = np.abs(coverage.reshape(4, 8, 8, 8, 8).mean(axis=(2, 4)) - samples).max()
print(f"samples {samples.shape} to {coverage.shape}: area kept to {kept:.1e}")
