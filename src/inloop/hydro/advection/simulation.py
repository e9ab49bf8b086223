"""The time loop, and the figures that it is judged by."""

from __future__ import annotations

import math
import time

import numpy as np

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats
from inloop.hydro.advection.mend import Mender
from inloop.hydro.advection.problem import Problem
from inloop.hydro.advection.rebuild import Rebuilder
from inloop.hydro.advection.scheme import Move, Scheme, courant_sum
from inloop.hydro.advection.split import Split
from inloop.hydro.advection.unsplit import Unsplit

SCHEMES: dict[str, Scheme] = {scheme.name: scheme for scheme in (Split(), Unsplit())}
_CHECKS = 20  # moments of a run at which the border's continuity is measured


class Simulation:
    """A problem on a mesh, from its start to its end in equal steps.

        simulation = Simulation(vortex.problem(), method="elvira", zones=64)
        while simulation.advance():
            ...
        simulation.results()["area_error"]

    method, gate, threads: as for `mir.reconstruct`. scheme: a name of `SCHEMES` or a strategy object. zones: along the
    first axis. cfl: largest volume through a face in a step, in zone volumes; steps: their number, instead of cfl. The
    number is even, so that a flow which turns half way turns between two steps. None: the problem's zones, the scheme's
    CFL.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        method: str | mir.Method | None = None,
        scheme: str | Scheme = "split",
        zones: int | None = None,
        cfl: float | None = None,
        steps: int | None = None,
        gate: mir.Gate | None = None,
        threads: int = 1,
    ) -> None:
        self.problem = problem
        self.grid = problem.grid(zones)
        self.scheme = scheme_of(scheme)
        self.rebuild = Rebuilder(self.grid, method, gate, threads)
        self.mend = Mender(self.grid)
        self.fractions: Floats = problem.fractions(self.grid.edges)
        self.start = self.fractions.copy()
        self.step, self.seconds = 0, 0.0
        self._fluxes = problem.flow.fluxes(self.grid)
        fastest = max(float(np.abs(flux).max()) for flux in self._fluxes) / self.grid.volume
        self.steps = _steps(problem.end * fastest, self.scheme.cfl, cfl, steps)
        self.length = problem.end / self.steps
        largest = self._move(1.0)
        self.scheme.refuse(largest, len(self.start))
        self.cfl, self.courant_sum = fastest * self.length, courant_sum(largest.courant)
        face = self.face()  # refuses at once a method that does not fit
        self.method = face.method
        self._volumes = _volumes(self.fractions)
        self._drift = 0.0
        self._tears = [face.continuity_error()]

    @property
    def time(self) -> float:
        """Of the flow."""
        return self.step * self.length

    def face(self) -> mir.Interface:
        """The interface as it now is."""
        return self.rebuild.seen(self.fractions)

    def advance(self) -> bool:
        """One step; False, and nothing done, once the end is reached."""
        if self.step == self.steps:
            return False
        begin = time.perf_counter()
        move = self._move(self.problem.flow.pace(self.time + self.length / 2))
        self.fractions = self.scheme.step(self.fractions, move, self.rebuild, self.mend)
        self.seconds += time.perf_counter() - begin
        self.step += 1
        drift = np.abs(_volumes(self.fractions) - self._volumes) / self._volumes
        self._drift = max(self._drift, float(drift.max()))
        if self.step * _CHECKS // self.steps > (self.step - 1) * _CHECKS // self.steps:
            self._tears.append(self.face().continuity_error())
        return True

    def run(self) -> dict[str, float]:
        """All steps that are left, and the results."""
        while self.advance():
            pass
        return self.results()

    def results(self) -> dict[str, float]:
        """What is known so far; the errors mean something at the end, when all should be back.

        area_error: sum of |fraction - initial fraction| times the zone's volume, of material 0; with three and more
        materials half the sum over all. relative_error: that over the volume of all but the background. volume_drift:
        largest relative change of any material's volume, ever. overshoot_max: how far a fraction ever lay below zero
        before it was mended; mended: the volume exchanged for that over the run, as a share of all but the background.
        """
        wrong = np.abs(self.fractions - self.start).reshape(len(self.start), -1).sum(axis=1)
        misplaced = float(wrong[0] if len(wrong) == 2 else wrong.sum() / 2)
        inside = float(self._volumes[:-1].sum())
        calls = max(self.rebuild.calls, 1)
        return {
            "area_error": misplaced * self.grid.volume,
            "relative_error": misplaced / inside,
            "volume_drift": self._drift,
            "continuity_error_mean": float(np.mean([tears.mean for tears in self._tears])),
            "continuity_error_max": max(tears.max for tears in self._tears),
            "overshoot_max": self.mend.largest,
            "mended": self.mend.moved / inside,
            "gate_accepted": self.rebuild.accepted,
            "steps": self.step,
            "cfl": self.cfl,
            "courant_sum": self.courant_sum,
            "mixed_zones": self.rebuild.mixed / calls,
            "seconds": self.seconds,
            "seconds_reconstruction": self.rebuild.seconds,
            "reconstruction_share": self.rebuild.seconds / self.seconds if self.seconds else 0.0,
        }

    def _move(self, pace: float) -> Move:
        length = pace * self.length
        courant = tuple(flux * (length / self.grid.volume) for flux in self._fluxes)
        return Move(self.grid, courant, self.step, self.problem.flow, length)


def scheme_of(scheme: str | Scheme) -> Scheme:
    """The strategy object that a name stands for."""
    if isinstance(scheme, Scheme):
        return scheme
    if scheme not in SCHEMES:
        raise InloopError(f"scheme {scheme!r} is unknown: take one of {', '.join(SCHEMES)}")
    return SCHEMES[scheme]


def _steps(way: float, usual: float, cfl: float | None, steps: int | None) -> int:
    """For a way of so many zones."""
    if steps is not None:
        if cfl is not None:
            raise InloopError("cfl and steps are both given; give one of the two")
        if steps < 2 or steps % 2:
            raise InloopError(f"steps is {steps}: expected an even number, two at least")
        return steps
    wanted = usual if cfl is None else cfl
    if not wanted > 0 or not math.isfinite(wanted):
        raise InloopError(f"cfl is {wanted}: expected a positive number, such as {usual}")
    return 2 * max(math.ceil(way / wanted / 2 - 1e-9), 1)


def _volumes(fractions: Floats) -> Floats:
    """(M,): in zone volumes, without the rounding of a long sum."""
    return np.array([math.fsum(part.ravel()) for part in fractions])
