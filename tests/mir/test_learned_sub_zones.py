"""Coverage of the sub-zones that a level set is given on: a short way, which must lead where the long one does."""

from __future__ import annotations

import numpy as np

from inloop import mir


def test_coverage_is_the_share_of_each_sub_zone():
    """The long way cuts every piece of a zone with every box."""
    fractions = np.random.default_rng(3).uniform(0, 1, (6, 5))
    fractions[2, 1:3] = 0, 1
    face = mir.reconstruct(fractions, method="learned")
    j, i = (axis.ravel() for axis in np.meshgrid(np.arange(8), np.arange(8), indexing="ij"))
    unit = np.stack([i, j, i + 1, j + 1], axis=1) / 8
    coverage = face.coverage(8)
    for row, column in np.ndindex(fractions.shape):
        share = face.share(np.array([(row, column)] * 64), unit) * 64
        image = coverage[:, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8].reshape(len(coverage), 64)
        np.testing.assert_allclose(image, share, atol=1e-12)
