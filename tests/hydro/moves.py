"""Random flows without sources over small meshes, and random materials in them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from tests.mir.strategies import mixture, seeds

from inloop.hydro.advection import Grid, Mender, Move, Rebuilder
from inloop.hydro.advection.flow import stream_fluxes
from inloop.hydro.advection.scheme import courant_sum

KINDS = ("rough", "smooth", "sparse", "tiny")


def random_move(rng, grid: Grid, total: float, number: int = 0) -> Move:
    """A flow whose Courant sum is `total`; no flow through the walls of a closed box."""
    if grid.dimensions == 2:
        nx, ny = grid.zones
        psi = rng.normal(size=(ny + 1, nx + 1))
        if grid.periodic:
            psi[-1], psi[:, -1] = psi[0], psi[:, 0]
        else:
            psi[[0, -1]] = psi[:, [0, -1]] = 0.0
        courant = stream_fluxes(psi)
    else:
        nx, ny, nz = grid.zones
        shapes = ((nz + 1, ny + 1, nx), (nz + 1, ny, nx + 1), (nz, ny + 1, nx + 1))
        along = [rng.normal(size=shape) for shape in shapes]
        for axis, values in enumerate(along):  # nothing along the walls: nothing through them
            for other in {0, 1, 2} - {2 - axis}:
                walls = np.moveaxis(values, other, 0)
                walls[0] = walls[-1] = walls[0] if grid.periodic else 0.0
        along_x, along_y, along_z = along
        courant = (
            np.diff(along_z, axis=1) - np.diff(along_y, axis=0),
            np.diff(along_x, axis=0) - np.diff(along_z, axis=2),
            np.diff(along_y, axis=2) - np.diff(along_x, axis=1),
        )
    scale = total / courant_sum(courant)
    return Move(grid, tuple(scale * through for through in courant), number)


@st.composite
def states(draw, dimensions: int, materials: int):
    """A random generator, a mesh and fractions on it."""
    rng = np.random.default_rng(draw(seeds))
    zones = tuple(int(n) for n in rng.integers(3, 7 if dimensions == 2 else 5, dimensions))
    high = tuple(n * float(h) for n, h in zip(zones, rng.uniform(0.5, 2, dimensions), strict=True))
    grid = Grid((0.0,) * dimensions, high, zones, draw(st.booleans()))
    return rng, grid, mixture(rng, materials, grid.shape, draw(st.sampled_from(KINDS)))


def tools(grid: Grid, method, threads: int = 1) -> tuple[Rebuilder, Mender]:
    """What a scheme's step is given."""
    return Rebuilder(grid, method, threads=threads), Mender(grid)


def volumes(fractions) -> np.ndarray:
    """Of each material, in zones."""
    return fractions.reshape(len(fractions), -1).sum(axis=1)
