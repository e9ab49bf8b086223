"""Long-wave fluxes without scattering: the emission of each layer along a few slanted paths.

Along a path the Planck function changes linearly with optical depth between the faces of a layer. Gauss-Legendre
directions over the cosine make the hemispheric mean; four of them are as good as any number here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics.fluxes import Fluxes

Array = NDArray[np.float64]

DIRECTIONS = 4
_THIN = 1e-3  # below it a series stands for (1 - exp(-t)) / t


def longwave(
    depth: Array, emission: Array, surface: Array, *, emissivity: Array | float = 1.0, directions: int = DIRECTIONS
) -> Fluxes:
    """Fluxes of columns of layers, from the top down.

    depth: (columns, layers, terms) optical depths, straight up. emission: (columns, layers + 1, terms) of a black body
    as warm as each face, in W/m2. surface: (columns, terms) the same of the surface. directions: per hemisphere.
    """
    columns, layers, terms = depth.shape
    if emission.shape != (columns, layers + 1, terms) or surface.shape != (columns, terms):
        raise InloopError(
            f"depth {depth.shape}, emission {emission.shape}, surface {surface.shape}:"
            " expected (columns, layers, terms), (columns, layers + 1, terms), (columns, terms)"
        )
    if directions < 1:
        raise InloopError(f"directions is {directions}: expected at least 1")
    shine = np.broadcast_to(np.asarray(emissivity, dtype=np.float64), (columns,))[:, None]
    node, weight = np.polynomial.legendre.leggauss(directions)
    up, down = np.zeros((columns, layers + 1)), np.zeros((columns, layers + 1))
    depth, emission = depth.swapaxes(0, 1), emission.swapaxes(0, 1)  # a layer at a time
    above, below = emission[:-1], emission[1:]
    beam = np.empty((layers + 1, columns, terms))
    for cosine, share in zip((node + 1) / 2, weight * (node + 1) / 2, strict=True):
        slant = depth / cosine
        through = np.exp(-slant)
        part = np.where(slant > _THIN, -np.expm1(-slant) / np.maximum(slant, _THIN), 1 - slant / 2 + slant * slant / 6)
        warmer = (below - above) * part
        from_below = below - above * through - warmer  # leaves the layer downwards
        from_above = above - below * through + warmer
        beam[0] = 0.0
        for layer in range(layers):
            np.multiply(beam[layer], through[layer], out=beam[layer + 1])
            beam[layer + 1] += from_below[layer]
        down += share * beam.sum(axis=-1).T
        beam[layers] = shine * surface + (1 - shine) * beam[layers]
        for layer in range(layers - 1, -1, -1):
            np.multiply(beam[layer + 1], through[layer], out=beam[layer])
            beam[layer] += from_above[layer]
        up += share * beam.sum(axis=-1).T
    return Fluxes(up, down)
