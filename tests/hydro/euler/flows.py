"""Smooth flows with a known course, and problems made on the spot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inloop.hydro.euler import Problem, Sides, StiffenedGas, state_of

AIR = StiffenedGas(1.4)
PERIODIC = Sides("periodic", "periodic", "periodic", "periodic")


def centres(edges):
    """Coordinates of the zones, (1, nx) and (ny, 1)."""
    x, y = ((nodes[:-1] + nodes[1:]) / 2 for nodes in edges)
    return x[None, :], y[:, None]


@dataclass(frozen=True)
class SimpleWave:
    """A sound wave of finite height, before it breaks; density and sound are one where it is still."""

    height: float = 0.1
    along: int = 0

    def of(self, label):
        velocity = self.height * np.sin(2 * np.pi * label)
        sound = 1 + (AIR.gamma - 1) / 2 * velocity
        return sound ** (2 / (AIR.gamma - 1)), velocity, sound

    def density(self, nodes, time, points=8):
        """Zone means, by following characteristics."""
        at, weights = np.polynomial.legendre.leggauss(points)
        x = nodes[:-1, None] + np.diff(nodes)[:, None] * (at + 1) / 2
        label = x.copy()
        for _ in range(100):
            _, velocity, sound = self.of(label)
            label = x - (velocity + sound) * time
        return (self.of(label)[0] * weights).sum(axis=1) / 2

    def problem(self, end=0.5):
        def start(edges):
            nodes = edges[self.along]
            at, weights = np.polynomial.legendre.leggauss(8)
            x = nodes[:-1, None] + np.diff(nodes)[:, None] * (at + 1) / 2
            density, velocity, _ = self.of(x)
            pressure = density**AIR.gamma / AIR.gamma

            def mean(values):
                line = (values * weights).sum(axis=1) / 2
                shape = len(edges[1]) - 1, len(edges[0]) - 1
                return np.broadcast_to(line if self.along == 0 else line[:, None], shape)

            mass, momentum = mean(density), mean(density * velocity)
            kinetic = mean(density * velocity**2) / 2 - momentum**2 / mass / 2
            fast = momentum / mass
            both = (fast, 0.0) if self.along == 0 else (0.0, fast)
            heat = mean(pressure) + (AIR.gamma - 1) * kinetic
            return state_of((AIR,), np.ones((1, *mass.shape)), mass[None], heat, both)

        return Problem("wave", "a simple wave", (0.0, 0.0), (1.0, 1.0), (AIR,), start, end, 32, sides=PERIODIC)


def vortex(speed=(1.0, 1.0), end=1.0):
    """An isentropic vortex carried across a periodic box; unit density and pressure far away."""

    def start(edges):
        x, y = centres(edges)
        swirl = 2.5 / np.pi * np.exp((1 - x**2 - y**2) / 2)
        heat = 1 - (AIR.gamma - 1) / (2 * AIR.gamma) * swirl**2
        density = heat ** (1 / (AIR.gamma - 1))
        return state_of(
            (AIR,),
            np.ones((1, *density.shape)),
            density[None],
            density**AIR.gamma,
            (speed[0] - swirl * y, speed[1] + swirl * x),
        )

    return Problem("vortex", "a vortex", (-10.0, -10.0), (10.0, 10.0), (AIR,), start, end, 64, sides=PERIODIC)
