"""What a block of zones holds: one array, so that ghost layers of all quantities are filled at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats


@dataclass(frozen=True, eq=False)
class State:
    """Conserved quantities a volume of the zone, (3 M + 2, ny, nx): of each material the volume fraction, the mass and
    the internal energy, then the momentum along x and along y.
    """

    values: Floats

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or len(self.values) < 5 or len(self.values) % 3 != 2:
            raise InloopError(f"state: values have shape {self.values.shape}, expected (3 materials + 2, ny, nx)")

    @classmethod
    def of(cls, fractions: Floats, masses: Floats, energies: Floats, momentum: Floats) -> State:
        """From its parts, (M, ny, nx) three times and (2, ny, nx)."""
        return cls(np.concatenate([fractions, masses, energies, momentum]))

    @property
    def materials(self) -> int:
        """How many there are."""
        return len(self.values) // 3

    @property
    def fractions(self) -> Floats:
        """(M, ny, nx): shares of the zone's volume, which sum to one."""
        return self.values[: self.materials]

    @property
    def masses(self) -> Floats:
        """(M, ny, nx)."""
        return self.values[self.materials : 2 * self.materials]

    @property
    def energies(self) -> Floats:
        """(M, ny, nx): internal."""
        return self.values[2 * self.materials : -2]

    @property
    def momentum(self) -> Floats:
        """(2, ny, nx): along x, along y."""
        return self.values[-2:]

    @property
    def density(self) -> Floats:
        """(ny, nx): of all materials together."""
        return np.asarray(self.masses.sum(axis=0))

    @property
    def velocity(self) -> Floats:
        """(2, ny, nx): along x, along y."""
        return self.momentum / self.density

    @property
    def heat(self) -> Floats:
        """(ny, nx): internal energy of all materials together."""
        return np.asarray(self.energies.sum(axis=0))

    @property
    def kinetic(self) -> Floats:
        """(ny, nx): kinetic energy."""
        return np.asarray((self.momentum**2).sum(axis=0) / (2 * self.density))

    @property
    def energy(self) -> Floats:
        """(ny, nx): internal and kinetic energy."""
        return self.heat + self.kinetic

    def turned(self) -> State:
        """With x and y exchanged, in place and in momentum."""
        values = np.concatenate([self.values[:-2], self.values[:-3:-1]])
        return State(np.ascontiguousarray(values.swapaxes(1, 2)))
