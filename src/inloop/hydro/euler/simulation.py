"""The time loop, and the figures that it is judged by."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro import restart
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.simulation import change, halves
from inloop.hydro.euler.eos import Mixture
from inloop.hydro.euler.post_mortem import named, post_mortem, refuse_broken
from inloop.hydro.euler.problem import Problem
from inloop.hydro.euler.rebuild import BlockRebuilder
from inloop.hydro.euler.state import State
from inloop.hydro.euler.sweep import Sweep
from inloop.hydro.euler.whole import Figures, Whole
from inloop.hydro.ranks import Ranks

_WATCHES = 100  # moments of a run at which a problem's figures are kept
_CHECKS = 20  # moments at which the border's continuity is measured


class Simulation:
    """A problem on a mesh, from its start to its end.

        simulation = Simulation(triple_point.problem(), method="elvira")
        while simulation.advance():
            ...
        simulation.results()["energy_drift"]

    method, gate, threads: as for `mir.reconstruct`. zones: along x; None takes the problem's. cfl: way of the fastest
    wave in a step, in zones. folder: where the state goes if a zone breaks down, for a look at it afterwards. ranks:
    who shares the mesh, such as `ranks_here()`; each then holds what its own part has `now`, all call every method, and
    what is computed is the same to the last bit on any number of ranks.
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
        ranks: Ranks | None = None,
    ) -> None:
        if not 0 < cfl < 1:
            raise InloopError(f"cfl is {cfl}: expected between 0 and 1, such as 0.5")
        self.problem, self.sides = problem, problem.sides
        self.grid = problem.grid(zones)
        self.part = self.sides.part(self.grid.shape, ranks)
        self.mixture = Mixture(problem.gases)
        self.rebuild = BlockRebuilder(self.grid, method, gate, threads, ranks)
        self.sweep = Sweep(self.mixture, self.rebuild)
        whole = problem.start(self.grid.edges).values
        if whole.shape != (3 * len(problem.gases) + 2, *self.grid.shape):
            raise InloopError(f"start: a state of shape {whole.shape} on a mesh of {self.grid.shape}")
        self.now = State(np.ascontiguousarray(whole[self.part.here]))
        self.cfl, self.folder = cfl, folder
        self.time, self.step, self.seconds = 0.0, 0, 0.0
        self.history: list[tuple[float, Figures]] = []
        self._tears: list[mir.Errors] = []
        self._drift = [0.0, 0.0]
        self.part.ranks.agreed(named(self.sides, self.part)(lambda: refuse_broken(self.now, self.mixture)))
        self._start = self._totals()
        self.method = self._strategy = answer = "none"  # a single material needs none
        mir.halo_width(method)  # refuses an unknown one all the same
        if self.now.materials == 1 and gate is not None:
            raise InloopError(f"gate: {problem.name} is of one material, nothing is reconstructed; leave it out")
        if self.now.materials > 1:
            face = self.face()  # refuses at once a method that does not fit
            self.method, self._strategy, answer = face.method, repr(face.strategy), restart.digest_of([halves(face)])
        self._digests = restart.digest_of([whole], repr(self.sides)), answer
        self._look(0.0)

    def face(self) -> mir.Interface:
        """The interface as it now is, in the whole mesh."""
        if self.now.materials == 1:
            raise InloopError(f"{self.problem.name} is of one material: there is no interface")
        return self.rebuild.seen(self.sides.fill(self._whole().state, self.rebuild.halo).fractions)

    @property
    def fractions(self) -> Floats:
        """(M, *own zones)."""
        return self.now.fractions

    @property
    def drift(self) -> float:
        """Largest relative change of any material's mass, ever."""
        return self._drift[0]

    @property
    def pressure(self) -> Floats:
        """Of the own zones."""
        return self.mixture.pressure(self.now.fractions, self.now.heat)

    @property
    def velocity(self) -> Floats:
        """(2, *own zones): along x, along y."""
        return self.now.velocity

    def advance(self) -> bool:
        """One step; False, and nothing done, once the end is reached."""
        if self.time >= self.problem.end:
            return False
        begin = time.perf_counter()
        left = self.problem.end - self.time
        length = min(self.cfl / self._fastest(), left)
        last = length >= left
        now = self.now
        with post_mortem(self.folder, self.time, self.part, now), np.errstate(all="ignore"):
            for axis in (0, 1) if self.step % 2 == 0 else (1, 0):
                now = self._swept(now, axis, length)
        self.now = now
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
        position included. Both mean something in a closed box. The seconds are those of the slowest rank; of fluxes:
        what lies in the boxes that pass faces, asked of the reconstruction.
        """
        ranks, rebuild = self.part.ranks, self.rebuild
        mixed, trusted = ranks.sum(rebuild.mixed), ranks.sum(rebuild.trusted)
        seconds, rebuilding = ranks.max(self.seconds), ranks.max(rebuild.seconds)
        return {
            "mass_drift": self._drift[0],
            "energy_drift": self._drift[1],
            "continuity_error_mean": float(np.mean([tears.mean for tears in self._tears])) if self._tears else 0.0,
            "continuity_error_max": max((tears.max for tears in self._tears), default=0.0),
            "gate_accepted": trusted / mixed if mixed else 1.0,
            "steps": self.step,
            "cfl": self.cfl,
            "mixed_zones": mixed / max(rebuild.calls, 1),
            "seconds": seconds,
            "seconds_reconstruction": rebuilding,
            "seconds_fluxes": ranks.max(rebuild.sharing),
            "reconstruction_share": rebuilding / seconds if seconds else 0.0,
            **self.problem.measure(self._whole()),
        }

    def identity(self) -> dict[str, str]:
        """What must be the same in a run that goes on where this one stopped."""
        return {
            "problem": self.problem.name,
            "about": self.problem.about,
            "end": repr(self.problem.end),
            "gases": repr(self.problem.gases),
            "gravity": repr(self.problem.gravity),
            "zones": " x ".join(map(str, self.grid.zones)),
            "cfl": repr(self.cfl),
            "method": self._strategy,
            "gate": repr(self.rebuild.gate),
            "start and sides": self._digests[0],
            "method's answer to the start": self._digests[1],  # another network under the same name is another
        }

    def state(self) -> restart.State:
        """All that a run which goes on has to know."""
        ranks, rebuild = self.part.ranks, self.rebuild
        records = {
            "step": self.step,
            "time": self.time,
            "drift": self._drift,
            "tears": self._tears,
            "history": self.history,
            "calls": rebuild.calls,
            "mixed": ranks.sum(rebuild.mixed),
            "trusted": ranks.sum(rebuild.trusted),
            "seconds": ranks.max(self.seconds),
            "rebuilding": ranks.max(rebuild.seconds),
            "sharing": ranks.max(rebuild.sharing),
        }
        return restart.State(records, {"values": self.now.values})

    def restore(self, state: restart.State) -> None:
        """Go on from there."""
        records, rebuild = state.records, self.rebuild
        first = self.part.ranks.rank == 0  # who keeps the counts of all
        self.now = State(state.arrays["values"])
        self.step, self.time, self.seconds = records["step"], records["time"], records["seconds"]
        self._drift = records["drift"]
        self._tears = [mir.Errors(*tears) for tears in records["tears"]]
        self.history = [(moment, figures) for moment, figures in records["history"]]
        rebuild.calls, rebuild.seconds, rebuild.sharing = (records[key] for key in ("calls", "rebuilding", "sharing"))
        rebuild.mixed, rebuild.trusted = (int(records["mixed"]), records["trusted"]) if first else (0, 0.0)

    def _whole(self) -> Whole:
        """The whole mesh on every rank."""
        return Whole(self.grid, self.mixture, State(self.part.whole(self.now.values)), self.time, self.history)

    def _fastest(self) -> float:
        """How many zones the fastest wave crosses in a unit of time."""
        modulus = self.mixture.modulus(self.fractions, self.pressure)
        speed = np.abs(self.velocity) + np.sqrt(modulus / self.now.density)
        return self.part.ranks.max(max(float(speed[axis].max()) / self.grid.spacing[axis] for axis in (0, 1)))

    def _swept(self, now: State, axis: int, length: float) -> State:
        """The own zones after a step of that length along one axis; what breaks on one rank is told on all."""
        width, n, layers = self.grid.spacing[axis], self.grid.zones[axis], self.sweep.layers
        low, high = (ends[1 - axis] for ends in self.part.own)
        fall = self.problem.gravity[axis] * width * self.sides.pull(n, layers, axis)[low : high + 2 * layers]
        block = self.sides.fill(now, layers, self.part)

        @named(self.sides, self.part)
        def sweep() -> State:
            after = self.sweep(block, length / width, fall, axis)
            refuse_broken(after, self.mixture)
            return after

        return self.part.ranks.agreed(sweep)

    def _look(self, before: float) -> None:
        """Keep the figures that are due."""
        end = self.problem.end
        if self.step == 0 or math.floor(self.time / end * _WATCHES) > math.floor(before / end * _WATCHES):
            self.history.append((self.time, self.problem.watch(self._whole())))
        due = self.step == 0 or math.floor(self.time / end * _CHECKS) > math.floor(before / end * _CHECKS)
        if due and self.now.materials > 1:
            self._tears.append(self.face().continuity_error())
        totals, start = self._totals(), self._start
        changes = change(totals[:-1], start[:-1]), change(totals[-1:], start[-1:])
        self._drift = np.maximum(self._drift, changes).tolist()

    def _totals(self) -> Floats:
        """(M + 1,): mass of each material, and energy with that of position, in units of a zone's volume."""
        energy, density = self.now.energy, self.now.density
        for axis, pull in enumerate(self.problem.gravity):
            if pull:
                nodes = self.grid.edges[axis]
                middle = ((nodes[:-1] + nodes[1:]) / 2)[self.part.here[2 - axis]]
                energy = energy - pull * density * (middle if axis == 0 else middle[:, None])
        return self.part.ranks.sums([*self.now.masses, energy])
