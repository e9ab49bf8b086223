"""The second half of a sweep: what moved zones hold goes back to the mesh, through the faces that had moved.

A face that moved by |u| dt takes a box off the moved zone behind it; `cut` says which materials lie in it. Each brings
its density and the common pressure along limited linear profiles, and momentum follows mass. Where unlike velocities
mix kinetic energy becomes heat, so the total is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.cut import cut
from inloop.hydro.euler.eos import Mixture
from inloop.hydro.euler.lagrange import Moved
from inloop.hydro.euler.limit import slopes
from inloop.hydro.euler.rebuild import BlockRebuilder
from inloop.hydro.euler.state import State

_GONE = 1e-15  # of a zone: a volume that is rounding, far below the specks that `settled` lets be
_LEAN = 0.4  # of what stays of a material behind a face, how much a profile's slope may take from it


def remap(moved: Moved, mixture: Mixture, rebuild: BlockRebuilder, turned: bool) -> State:
    """Moved zones less halo + 1 on either end of the last axis, less halo on either end of the one before.

    turned: the block has x and y exchanged.
    """
    h = rebuild.halo
    taken = cut(moved, rebuild, turned)
    wide = moved.part(slice(h, -h), slice(h - 1, 1 - h or None))
    faces = _Faces(wide, taken)
    mass = _masses(faces)
    energy = _energies(faces, mixture)
    momentum, kinetic = _motion(faces, mass.sum(axis=0))

    inner = wide.part(slice(None), slice(2, -2))
    volumes = inner.volumes - np.diff(taken)
    masses = inner.masses - np.diff(mass)
    energies = mixture.energies(inner.volumes, inner.pressure) - np.diff(energy)
    gone = volumes < _GONE
    if gone.any():
        for part in (volumes, masses, energies):
            part[gone] = 0.0
    volumes /= volumes.sum(axis=0)
    after = inner.velocity * inner.density - np.diff(momentum)
    moving = (inner.velocity**2).sum(axis=0) * inner.density / 2 - np.diff(kinetic)
    heat = moving - (after**2).sum(axis=0) / (2 * masses.sum(axis=0))
    ease = volumes * mixture.per_pressure
    energies += ease * (heat / ease.sum(axis=0))  # all pressures rise alike
    return State.of(volumes, masses, energies, after)


@dataclass(frozen=True, eq=False)
class _Faces:
    """The faces between zones, of which two on either end lie beyond the faces.

    zones: (..., ny, n + 4). taken: (M, ny, n + 1), the volumes that pass, signed.
    """

    zones: Moved
    taken: Floats

    @cached_property
    def passed(self) -> Floats:
        """(ny, n + 1): the way of each face, in zone widths."""
        return self.zones.passed[..., 2:-2]

    @cached_property
    def forward(self) -> npt.NDArray[np.bool_]:
        """(ny, n + 1): whether the zone below gives."""
        return self.passed > 0

    def behind(self, zones: Floats) -> Floats:
        """(..., n + 1): of the zone that gives, out of (..., n + 4)."""
        return self.chosen(zones[..., 1:-1])

    def chosen(self, zones: Floats) -> Floats:
        """(..., n + 1): the same out of (..., n + 2)."""
        return np.where(self.forward, zones[..., :-1], zones[..., 1:])

    @cached_property
    def lever(self) -> Floats:
        """(ny, n + 1): from the middle of that zone to the middle of the box, in zones."""
        return np.where(self.forward, 0.5, -0.5) * (1 - np.abs(self.passed) / self.behind(self.zones.size))

    @cached_property
    def spare(self) -> Floats:
        """(M, ny, n + 1): volume that a slope may count on, since it stays behind."""
        rest = self.zones.volumes[..., 1:-1].copy()
        rest[..., :-1] -= np.maximum(self.taken, 0.0)
        rest[..., 1:] += np.minimum(self.taken, 0.0)
        return _LEAN * self.chosen(rest)


def _masses(faces: _Faces) -> Floats:
    """(M, ny, n + 1): what passes. A profile needs neighbours that hold the material too."""
    volumes = faces.zones.volumes
    here = volumes > 0
    density = faces.zones.masses / np.where(here, volumes, 1.0)
    steps = np.where(here[..., 1:] & here[..., :-1], np.diff(density), 0.0)
    mean = faces.behind(density)
    bound = mean * faces.spare
    return mean * faces.taken + np.clip(faces.taken * faces.lever * faces.chosen(slopes(steps)), -bound, bound)


def _energies(faces: _Faces, mixture: Mixture) -> Floats:
    """(M, ny, n + 1): internal energy that passes. One pressure for all, whatever border runs through."""
    pressure = faces.zones.pressure
    mean = faces.behind(pressure)
    bound = (mean + mixture.stiffness) * faces.spare
    lean = np.clip(faces.taken * (faces.lever * faces.chosen(slopes(np.diff(pressure)))), -bound, bound)
    return mixture.energies(faces.taken, mean) + lean * mixture.per_pressure


def _motion(faces: _Faces, mass: Floats) -> tuple[Floats, Floats]:
    """Momentum (2, ny, n + 1) and kinetic energy (ny, n + 1) that pass with the mass (ny, n + 1)."""
    velocity, density, pressure = faces.zones.velocity, faces.zones.density, faces.zones.pressure
    behind = faces.behind(density)
    stays = 1 - np.abs(mass) / behind
    steps = np.diff(velocity)
    slope = faces.chosen(slopes(steps))
    # a profile steeper than the jump ahead cools the zone that it enters: only where that has heat to spare
    jump = np.abs(steps[..., 1:-1])
    harsh = behind * jump**2 > np.minimum(pressure[..., 1:-2], pressure[..., 2:-1])
    slope = np.where(harsh, np.clip(slope, -jump, jump), slope)
    carried = faces.behind(velocity) + slope * (np.where(faces.forward, 0.5, -0.5) * stays)
    # the zone behind keeps the kinetic energy of its mean velocity, neither more nor less
    kinetic = (carried**2 - slope**2 * (stays / 4)).sum(axis=0) * (mass / 2)
    return carried * mass, kinetic
