"""The exact solution between two uniform stiffened gases: a wave to either side, the border of the gases between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.eos import StiffenedGas


@dataclass(frozen=True)
class Uniform:
    """A gas in one state all over."""

    gas: StiffenedGas
    density: float
    velocity: float
    pressure: float

    @property
    def sound(self) -> float:
        """Speed of sound."""
        return math.sqrt(self.gas.gamma * (self.pressure + self.gas.stiffness) / self.density)

    def speed_up(self, pressure: float) -> float:
        """By how much a wave that leads to this pressure slows the gas that runs into it."""
        g, stiffness = self.gas.gamma, self.gas.stiffness
        if pressure > self.pressure:
            bottom = self.density * ((g + 1) * (pressure + stiffness) + (g - 1) * (self.pressure + stiffness)) / 2
            return (pressure - self.pressure) / math.sqrt(bottom)
        ratio = (pressure + stiffness) / (self.pressure + stiffness)
        return float(2 * self.sound / (g - 1) * (ratio ** ((g - 1) / (2 * g)) - 1))


def shocked(ahead: Uniform, mach: float) -> Uniform:
    """The gas behind a shock that runs along x into this one at so many times its speed of sound."""
    g, square = ahead.gas.gamma, mach**2
    strength = 1 + 2 * g / (g + 1) * (square - 1)
    pressure = (ahead.pressure + ahead.gas.stiffness) * strength - ahead.gas.stiffness
    density = ahead.density * (g + 1) * square / ((g - 1) * square + 2)
    return Uniform(ahead.gas, density, ahead.velocity + ahead.speed_up(pressure), pressure)


@dataclass(frozen=True)
class Riemann:
    """Two gases that meet at x = 0 at time 0."""

    left: Uniform
    right: Uniform

    @cached_property
    def middle(self) -> tuple[float, float]:
        """Pressure and velocity between the two waves, to rounding, by bisection."""
        left, right = self.left, self.right
        floor = -min(left.gas.stiffness, right.gas.stiffness)

        def excess(pressure: float) -> float:
            return left.speed_up(pressure) + right.speed_up(pressure) + right.velocity - left.velocity

        scale = max(side.pressure + side.gas.stiffness for side in (left, right))
        if excess(floor + 1e-14 * scale) > 0:
            raise InloopError("riemann: the gases part and leave nothing between them; take slower ones")
        low, high = floor, floor + 2 * scale
        while excess(high) < 0:
            high = floor + 2 * (high - floor)
        for _ in range(200):
            half = (low + high) / 2
            low, high = (half, high) if excess(half) < 0 else (low, half)
        pressure = (low + high) / 2
        return pressure, (left.velocity - left.speed_up(pressure) + right.velocity + right.speed_up(pressure)) / 2

    def at(self, way: Floats) -> tuple[Floats, Floats, Floats]:
        """Density, velocity and pressure where x / t is `way`."""
        velocity = self.middle[1]
        ours = self._fan(self.left, way, -1.0)
        theirs = self._fan(self.right, way, 1.0)
        return tuple(np.where(way < velocity, a, b) for a, b in zip(ours, theirs, strict=True))  # type: ignore[return-value]

    def _fan(self, side: Uniform, way: Floats, sign: float) -> tuple[Floats, Floats, Floats]:
        """The wave into one side, which runs along `sign`."""
        pressure, velocity = self.middle
        g, stiffness = side.gas.gamma, side.gas.stiffness
        ratio = (pressure + stiffness) / (side.pressure + stiffness)
        out = sign * (way - side.velocity)  # the speed at which that point runs ahead of the gas
        if pressure > side.pressure:
            density = side.density * ((g + 1) * ratio + g - 1) / ((g - 1) * ratio + g + 1)
            front = side.sound * math.sqrt(((g + 1) * ratio + g - 1) / (2 * g))
            behind = out < front
            return tuple(  # type: ignore[return-value]
                np.where(behind, a, b)
                for a, b in ((density, side.density), (velocity, side.velocity), (pressure, side.pressure))
            )
        slowest = ratio ** ((g - 1) / (2 * g))  # of sound, at the tail
        sound = np.clip((2 + (g - 1) * out / side.sound) / (g + 1), slowest, 1.0)
        return (
            side.density * sound ** (2 / (g - 1)),
            np.asarray(side.velocity - sign * 2 * side.sound / (g - 1) * (1 - sound)),
            (side.pressure + stiffness) * sound ** (2 * g / (g - 1)) - stiffness,
        )
