"""A border that is a cosine of small height, and how high it has become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.problem import Edges
from inloop.mir.shapes import Polygon


@dataclass(frozen=True)
class Wavy:
    """Across x or y (`across` 0, 1) at `middle`, height cos(2 pi s) for s from 0 to 1 along the other axis.

    far: the coordinate, beyond the low end of the mesh, down to which the material below the border goes.
    """

    across: int
    middle: float
    height: float
    far: float

    def fractions(self, edges: Edges) -> Floats:
        """(2, ny, nx): below the border, above it; a polygon of 16 corners a zone."""
        s = np.linspace(0.0, 1.0, 16 * (len(edges[1 - self.across]) - 1) + 1)
        border = self.middle + self.height * np.cos(2 * np.pi * s)
        line = np.stack([s, border], axis=1)
        corners = np.concatenate([[[0.0, self.far], [1.0, self.far]], line[::-1]])
        if self.across == 0:
            corners = corners[::-1, ::-1]
        below = Polygon(tuple((float(x), float(y)) for x, y in corners)).fractions(edges)
        return np.stack([below, 1 - below])

    def height_of(self, below: Floats, edges: Edges) -> float:
        """The first Fourier coefficient of how much of the material lies below each point, (ny, nx) fractions."""
        depth = below.sum(axis=1 - self.across) * (edges[self.across][1] - edges[self.across][0])
        nodes = edges[1 - self.across]
        return float(2 * (depth * np.cos(np.pi * (nodes[1:] + nodes[:-1]))).mean())
