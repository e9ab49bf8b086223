"""Equations of state: how a material's density, internal energy and pressure hang together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats


@dataclass(frozen=True)
class StiffenedGas:
    """p = (gamma - 1) rho e - gamma stiffness; an ideal gas as long as the stiffness is zero.

    All functions take and give arrays that broadcast, in any consistent units.
    """

    gamma: float
    stiffness: float = 0.0

    def __post_init__(self) -> None:
        if not 1 < self.gamma < math.inf or not 0 <= self.stiffness < math.inf:
            raise InloopError(f"gas: gamma {self.gamma}, stiffness {self.stiffness}: expected above 1, and at least 0")

    def pressure(self, density: Floats, energy: Floats) -> Floats:
        """From density and specific internal energy."""
        return (self.gamma - 1) * density * energy - self.gamma * self.stiffness

    def energy(self, density: Floats, pressure: Floats) -> Floats:
        """Specific internal energy."""
        return (pressure + self.gamma * self.stiffness) / ((self.gamma - 1) * density)

    def sound(self, density: Floats, pressure: Floats) -> Floats:
        """Speed of sound."""
        return np.asarray(np.sqrt(self.gamma * (pressure + self.stiffness) / density))


@dataclass(frozen=True)
class Mixture:
    """Several materials at one pressure: arrays (M, ...) of what each has in a volume that they share."""

    gases: tuple[StiffenedGas, ...]

    def __post_init__(self) -> None:
        if not self.gases:
            raise InloopError("materials: there are none, expected one equation of state each")

    @cached_property
    def gamma(self) -> Floats:
        """(M, 1, 1)."""
        return np.array([gas.gamma for gas in self.gases]).reshape(-1, 1, 1)

    @cached_property
    def stiffness(self) -> Floats:
        """(M, 1, 1)."""
        return np.array([gas.stiffness for gas in self.gases]).reshape(-1, 1, 1)

    @cached_property
    def per_pressure(self) -> Floats:
        """(M, 1, 1): internal energy a volume and unit of pressure."""
        return 1 / (self.gamma - 1)

    @cached_property
    def latent(self) -> Floats:
        """(M, 1, 1): internal energy a volume at no pressure."""
        return self.gamma * self.stiffness / (self.gamma - 1)

    def pressure(self, volumes: Floats, energy: Floats) -> Floats:
        """(...): the pressure at which materials of these volumes have this internal energy together."""
        latent, per_pressure = (volumes * self.latent).sum(axis=0), (volumes * self.per_pressure).sum(axis=0)
        return np.asarray((energy - latent) / per_pressure)

    def energies(self, volumes: Floats, pressure: Floats) -> Floats:
        """(M, ...): the internal energy of each material at that pressure."""
        return volumes * (pressure * self.per_pressure + self.latent)

    def modulus(self, fractions: Floats, pressure: Floats) -> Floats:
        """(...): density times squared speed of sound, of materials that share their pressure but no heat (Wood)."""
        return np.asarray(1 / (fractions / (self.gamma * (pressure + self.stiffness))).sum(axis=0))
