"""The time loop, and the figures that it is judged by."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.eos import Mixture
from inloop.hydro.euler.post_mortem import post_mortem, refuse_broken
from inloop.hydro.euler.problem import Figures, Problem
from inloop.hydro.euler.rebuild import BlockRebuilder
from inloop.hydro.euler.sweep import Sweep

_WATCHES = 100  # moments of a run at which a problem's figures are kept
_CHECKS = 20  # moments at which the border's continuity is measured


class Simulation:
    """A problem on a mesh, from its start to its end.

        simulation = Simulation(triple_point.problem(), method="elvira")
        while simulation.advance():
            ...
        simulation.results()["energy_drift"]

    method, gate, threads: as for `mir.reconstruct`. zones: along x; None takes the problem's. cfl: way of the fastest
    wave in a step, in zones. folder: where the state goes if a zone breaks down, for a look at it afterwards.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        method: str | mir.Method | None = None,
        zones: int | None = None,
        cfl: float = 0.5,
        gate: mir.Gate | None = None,
        threads: int = 1,
        folder: Path | None = None,
    ) -> None:
        if not 0 < cfl < 1:
            raise InloopError(f"cfl is {cfl}: expected between 0 and 1, such as 0.5")
        self.problem, self.sides = problem, problem.sides
        self.grid = problem.grid(zones)
        self.mixture = Mixture(problem.gases)
        self.rebuild = BlockRebuilder(self.grid, method, gate, threads)
        self.sweep = Sweep(self.mixture, self.rebuild)
        self.state = problem.start(self.grid.edges)
        if self.state.values.shape != (3 * len(problem.gases) + 2, *self.grid.shape):
            raise InloopError(f"start: a state of shape {self.state.values.shape} on a mesh of {self.grid.shape}")
        self.cfl, self.folder = cfl, folder
        self.time, self.step, self.seconds = 0.0, 0, 0.0
        self.history: list[tuple[float, Figures]] = []
        self._tears: list[mir.Errors] = []
        self._start = self._totals()
        self._drift = np.zeros(2)
        refuse_broken(self.state, self.mixture)
        # refuses at once a method that does not fit; a single material needs none
        self.method = self.face().method if self.state.materials > 1 else "none"
        self._look(0.0)

    def face(self) -> mir.Interface:
        """The interface as it now is."""
        if self.state.materials == 1:
            raise InloopError(f"{self.problem.name} is of one material: there is no interface")
        return self.rebuild.seen(self.sides.fill(self.state, self.rebuild.halo).fractions)

    @property
    def fractions(self) -> Floats:
        """(M, ny, nx)."""
        return self.state.fractions

    @property
    def pressure(self) -> Floats:
        """(ny, nx)."""
        return self.mixture.pressure(self.state.fractions, self.state.energies.sum(axis=0))

    @property
    def velocity(self) -> Floats:
        """(2, ny, nx): along x, along y."""
        return self.state.momentum / self.state.density

    def advance(self) -> bool:
        """One step; False, and nothing done, once the end is reached."""
        if self.time >= self.problem.end:
            return False
        begin = time.perf_counter()
        left = self.problem.end - self.time
        length = min(self.cfl / self._fastest(), left)
        sides, layers = self.sides, self.sweep.layers
        last = length >= left
        with post_mortem(self.folder, self.time, lambda: self.state), np.errstate(all="ignore"):
            for axis in (0, 1) if self.step % 2 == 0 else (1, 0):
                width, n = self.grid.spacing[axis], self.grid.zones[axis]
                fall = self.problem.gravity[axis] * width * sides.pull(n, layers, axis)
                self.state = self.sweep(sides.fill(self.state, layers), length / width, fall, axis)
            refuse_broken(self.state, self.mixture)
        self.step += 1
        before, self.time = self.time, self.problem.end if last else self.time + length
        self.seconds += time.perf_counter() - begin
        self._look(before)
        return True

    def run(self) -> Figures:
        """All steps that are left, and the results."""
        while self.advance():
            pass
        return self.results()

    def results(self) -> Figures:
        """What is known so far, the problem's own figures last.

        mass_drift: largest relative change of any material's mass, ever; energy_drift: of the total energy, that of
        position included. Both mean something in a closed box.
        """
        calls = max(self.rebuild.calls, 1)
        return {
            "mass_drift": float(self._drift[0]),
            "energy_drift": float(self._drift[1]),
            "continuity_error_mean": float(np.mean([tears.mean for tears in self._tears])) if self._tears else 0.0,
            "continuity_error_max": max((tears.max for tears in self._tears), default=0.0),
            "gate_accepted": self.rebuild.accepted,
            "steps": self.step,
            "cfl": self.cfl,
            "mixed_zones": self.rebuild.mixed / calls,
            "seconds": self.seconds,
            "seconds_reconstruction": self.rebuild.seconds,
            "reconstruction_share": self.rebuild.seconds / self.seconds if self.seconds else 0.0,
            **self.problem.measure(self),
        }

    def _fastest(self) -> float:
        """How many zones the fastest wave crosses in a unit of time."""
        modulus = self.mixture.modulus(self.state.fractions, self.pressure)
        sound, velocity = np.sqrt(modulus / self.state.density), np.abs(self.velocity)
        return max(float((velocity[axis] + sound).max()) / self.grid.spacing[axis] for axis in (0, 1))

    def _look(self, before: float) -> None:
        """Keep the figures that are due."""
        end = self.problem.end
        if self.step == 0 or math.floor(self.time / end * _WATCHES) > math.floor(before / end * _WATCHES):
            self.history.append((self.time, self.problem.watch(self)))
        due = self.step == 0 or math.floor(self.time / end * _CHECKS) > math.floor(before / end * _CHECKS)
        if due and self.state.materials > 1:
            self._tears.append(self.face().continuity_error())
        masses, energy = self._totals()
        start_masses, start_energy = self._start
        drift = [float((np.abs(masses - start_masses) / start_masses).max()), abs(energy / start_energy - 1)]
        self._drift = np.maximum(self._drift, drift)

    def _totals(self) -> tuple[Floats, float]:
        """Mass of each material, and energy with that of position, a volume of one zone."""
        energy, density = self.state.energy, self.state.density
        for axis, pull in enumerate(self.problem.gravity):
            if pull:
                nodes = self.grid.edges[axis]
                middle = (nodes[:-1] + nodes[1:]) / 2
                energy = energy - pull * density * (middle if axis == 0 else middle[:, None])
        return np.asarray(self.state.masses.sum(axis=(1, 2))), float(energy.sum())
