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
from inloop.hydro.ranks import Part, Ranks
from inloop.hydro.restart import State, digest_of

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
    CFL. ranks: who shares the mesh, such as `ranks_here()`; each then holds the `fractions` of its own part, all call
    every method, and what is computed is the same to the last bit on any number of ranks.
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
        ranks: Ranks | None = None,
    ) -> None:
        self.problem = problem
        self.grid = problem.grid(zones)
        self.part = self.grid.part(ranks)
        self.scheme = scheme_of(scheme)
        self.rebuild = Rebuilder(self.grid, method, gate, threads, ranks)
        self.mend = Mender(self.grid, ranks)
        whole = problem.fractions(self.grid.edges)
        self.fractions: Floats = np.ascontiguousarray(whole[self.part.here])
        self.start = self.fractions.copy()
        self.step, self.seconds = 0, 0.0
        fluxes = problem.flow.fluxes(self.grid)
        fastest = max(float(np.abs(flux).max()) for flux in fluxes) / self.grid.volume
        self.steps = _steps(problem.end * fastest, self.scheme.cfl, cfl, steps)
        self.length = problem.end / self.steps
        largest = self._move(1.0, fluxes)
        self.scheme.refuse(largest, len(whole))
        self.cfl, self.courant_sum = fastest * self.length, courant_sum(largest.courant)
        self._fluxes = own_faces(fluxes, self.part)
        face = self.rebuild.seen(whole)  # refuses at once a method that does not fit
        self.method, self._strategy = face.method, repr(face.strategy)
        self._digests = digest_of((whole, *fluxes)), digest_of([halves(face)])
        self._volumes = self.part.ranks.sums(self.fractions)
        self.drift = 0.0  # largest relative change of any material's volume, ever
        self._tears = [face.continuity_error()]

    @property
    def time(self) -> float:
        """Of the flow."""
        return self.step * self.length

    def face(self) -> mir.Interface:
        """The interface as it now is, in the whole mesh."""
        return self.rebuild.seen(self.part.whole(self.fractions))

    def advance(self) -> bool:
        """One step; False, and nothing done, once the end is reached."""
        if self.step == self.steps:
            return False
        begin = time.perf_counter()
        move = self._move(self.problem.flow.pace(self.time + self.length / 2), self._fluxes)
        self.fractions = self.scheme.step(self.fractions, move, self.rebuild, self.mend)
        self.seconds += time.perf_counter() - begin
        self.step += 1
        kept = self.part.ranks.sums(self.fractions) + self.mend.left
        self.drift = float(np.maximum(self.drift, change(kept, self._volumes)))
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
        largest relative change of any material's volume, ever, what left through the sides added. left: the volume that
        did, as a share of all but the background. overshoot_max: how far a fraction ever lay below zero before it was
        mended; mended: the volume exchanged for that over the run, as a share like the last. The seconds are those of
        the slowest rank.
        """
        ranks, rebuild = self.part.ranks, self.rebuild
        wrong = ranks.sums(np.abs(self.fractions - self.start))
        misplaced = float(wrong[0] if len(wrong) == 2 else wrong.sum() / 2)
        inside = float(self._volumes[:-1].sum())
        mixed, trusted = ranks.sum(rebuild.mixed), ranks.sum(rebuild.trusted)
        seconds, rebuilding = ranks.max(self.seconds), ranks.max(rebuild.seconds)
        return {
            "area_error": misplaced * self.grid.volume,
            "relative_error": misplaced / inside,
            "volume_drift": self.drift,
            "left": float(np.sum(np.broadcast_to(self.mend.left, len(wrong))[:-1])) / inside,
            "continuity_error_mean": float(np.mean([tears.mean for tears in self._tears])),
            "continuity_error_max": max(tears.max for tears in self._tears),
            "overshoot_max": self.mend.largest,
            "mended": self.mend.moved / inside,
            "gate_accepted": trusted / mixed if mixed else 1.0,
            "steps": self.step,
            "cfl": self.cfl,
            "courant_sum": self.courant_sum,
            "mixed_zones": mixed / max(rebuild.calls, 1),
            "seconds": seconds,
            "seconds_reconstruction": rebuilding,
            "reconstruction_share": rebuilding / seconds if seconds else 0.0,
        }

    def identity(self) -> dict[str, str]:
        """What must be the same in a run that goes on where this one stopped."""
        return {
            "problem": self.problem.name,
            "about": self.problem.about,
            "end": repr(self.problem.end),
            "materials": str(len(self.start)),
            "zones": " x ".join(map(str, self.grid.zones)),
            "scheme": repr(self.scheme),
            "steps": str(self.steps),
            "method": self._strategy,
            "gate": repr(self.rebuild.gate),
            "start and flow": self._digests[0],
            "method's answer to the start": self._digests[1],  # another network under the same name is another
        }

    def state(self) -> State:
        """All that a run which goes on has to know."""
        ranks, rebuild = self.part.ranks, self.rebuild
        records = {
            "step": self.step,
            "time": self.time,
            "drift": self.drift,
            "tears": self._tears,
            "largest": self.mend.largest,
            "moved": self.mend.moved,
            "left": np.broadcast_to(self.mend.left, len(self.fractions)).tolist(),
            "calls": rebuild.calls,
            "mixed": ranks.sum(rebuild.mixed),
            "trusted": ranks.sum(rebuild.trusted),
            "seconds": ranks.max(self.seconds),
            "rebuilding": ranks.max(rebuild.seconds),
        }
        return State(records, {"fractions": self.fractions})

    def restore(self, state: State) -> None:
        """Go on from there."""
        records, rebuild = state.records, self.rebuild
        first = self.part.ranks.rank == 0  # who keeps the counts of all
        self.fractions = state.arrays["fractions"]
        self.step, self.drift, self.seconds = records["step"], records["drift"], records["seconds"]
        self._tears = [mir.Errors(*tears) for tears in records["tears"]]
        self.mend.largest, self.mend.moved = records["largest"], records["moved"]
        self.mend.left = np.array(records["left"])
        rebuild.calls, rebuild.seconds = records["calls"], records["rebuilding"]
        rebuild.mixed, rebuild.trusted = (int(records["mixed"]), records["trusted"]) if first else (0, 0.0)

    def _move(self, pace: float, fluxes: tuple[Floats, ...]) -> Move:
        length = pace * self.length
        courant = tuple(flux * (length / self.grid.volume) for flux in fluxes)
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


def own_faces(fluxes: tuple[Floats, ...], part: Part) -> tuple[Floats, ...]:
    """Of fluxes through all faces of the mesh those through a part's; the first and last of a periodic mesh are one."""
    own = []
    for axis, flux in enumerate(fluxes):
        zones = list(part.here)
        zones[-1 - axis] = slice(None)
        own.append(np.take(flux[tuple(zones)], part.nodes(flux.ndim - 1 - axis), axis=-1 - axis))
    return tuple(own)


def change(now: Floats, start: Floats) -> float:
    """The largest relative change of amounts, NaN if one is; what was not there at the start has none."""
    there = start != 0
    return float(np.max(np.abs((now - start)[there] / start[there]), initial=0.0))


def halves(face: mir.Interface) -> Floats:
    """What lies in the lower half of each mixed zone, along all axes: it tells methods apart, and networks."""
    boxes = np.tile(np.repeat([0.0, 0.5], face.dimensions), (len(face.zones), 1))
    return face.share(face.zones, boxes)
