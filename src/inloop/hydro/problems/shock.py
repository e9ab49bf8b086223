"""A plane shock that comes in along x, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.eos import StiffenedGas
from inloop.hydro.euler.problem import Edges, state_of
from inloop.hydro.euler.riemann import Uniform, shocked
from inloop.hydro.euler.sides import Inflow
from inloop.hydro.euler.state import State
from inloop.mir.shapes import HalfPlane


@dataclass(frozen=True)
class Shock:
    """In the last of `gases`, at `front` at time zero; the others lie ahead of it, as still and at the same pressure.

    densities: of the gases ahead. speed: of what lies ahead, such that what comes can be followed.
    """

    gases: tuple[StiffenedGas, ...]
    densities: tuple[float, ...]
    pressure: float
    mach: float
    front: float
    speed: float = 0.0

    @cached_property
    def ahead(self) -> Uniform:
        """The last gas before the shock."""
        return Uniform(self.gases[-1], self.densities[-1], self.speed, self.pressure)

    @cached_property
    def behind(self) -> Uniform:
        """The last gas after it."""
        return shocked(self.ahead, self.mach)

    @property
    def velocity(self) -> float:
        """Of the front."""
        return self.speed + self.mach * self.ahead.sound

    def start(self, edges: Edges, fractions: Floats) -> State:
        """The state with these materials ahead of the shock."""
        share = HalfPlane((self.front, 0.0), (1.0, 0.0)).fractions(edges)
        ahead, behind = self.ahead, self.behind
        own = np.broadcast_to(np.array(self.densities).reshape(-1, 1, 1), fractions.shape).copy()
        own[-1] += share * (behind.density - ahead.density)
        velocity = self.speed + share * (behind.velocity - self.speed)
        return state_of(
            self.gases, fractions, own, self.pressure + share * (behind.pressure - self.pressure), (velocity, 0.0)
        )

    @property
    def inflow(self) -> Inflow:
        """What follows the shock into the box."""
        fractions = np.zeros((len(self.gases), 1, 1))
        fractions[-1] = 1.0
        own = np.array([*self.densities[:-1], self.behind.density])
        return Inflow(
            state_of(self.gases, fractions, own, self.behind.pressure, (self.behind.velocity, 0.0)).values.ravel()
        )
