"""What every host simulation offers its caller, whatever physics it runs, and the one door to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro import advection, euler
from inloop.hydro.advection.grid import Floats, Grid
from inloop.hydro.problems import PROBLEMS, problem_of
from inloop.hydro.problems.compressible import COMPRESSIBLE, compressible_of
from inloop.hydro.ranks import Ranks

ALL: tuple[str, ...] = (*PROBLEMS, *COMPRESSIBLE)
"""Every problem's name."""
AnyProblem = advection.Problem | euler.Problem


class Host(Protocol):
    """A running simulation. On many ranks all call every method."""

    grid: Grid
    method: str
    step: int
    seconds: float  # spent in steps

    @property
    def drift(self) -> float:
        """Largest relative change of any material's volume, compressible: mass, so far."""

    @property
    def rebuild(self) -> advection.Rebuilder:
        """The reconstruction and its counters; the own part of the mesh."""

    @property
    def problem(self) -> AnyProblem:
        """What is simulated."""

    @property
    def time(self) -> float:
        """Of the flow."""

    @property
    def fractions(self) -> Floats:
        """(M, *zones) of the own part."""

    def face(self) -> mir.Interface:
        """The interface as it now is."""

    def advance(self) -> bool:
        """One step; False once the end is reached."""

    def results(self) -> dict[str, float]:
        """The figures, so far."""


def find(name: str, *, period: float | None = None, materials: int | None = None) -> AnyProblem:
    """The problem of that name, of either kind."""
    if name not in ALL:
        raise InloopError(f"problem {name!r} is unknown: take one of {', '.join(ALL)}")
    if name in COMPRESSIBLE:
        _refuse(name, period=period, materials=materials)
        return compressible_of(name)
    return problem_of(name, period=period, materials=materials)


def begin(
    problem: AnyProblem,
    *,
    method: str | mir.Method | None = None,
    scheme: str | None = None,
    zones: int | None = None,
    cfl: float | None = None,
    steps: int | None = None,
    gate: mir.Gate | None = None,
    turns: int = 1,
    threads: int = 1,
    ranks: Ranks | None = None,
    folder: Path | None = None,
) -> Host:
    """The simulation of a problem; None: what the problem or its scheme takes by itself, and of the schemes unsplit in
    the plane, where exact polygons do a good border justice, split in space.

    turns: so many times the duration, in equal steps that meet every return. folder: for the state of a zone that broke
    down.
    """
    if isinstance(problem, euler.Problem):
        _refuse(problem.name, scheme=scheme, steps=steps, turns=None if turns == 1 else turns)
        speed = {} if cfl is None else {"cfl": cfl}
        return euler.Simulation(
            problem, method=method, zones=zones, gate=gate, threads=threads, folder=folder, ranks=ranks, **speed
        )

    def started(end: float, cfl: float | None, steps: int | None) -> advection.Simulation:
        return advection.Simulation(
            replace(problem, end=end),
            method=method,
            scheme=scheme or ("unsplit" if len(problem.low) == 2 else "split"),
            zones=zones,
            cfl=cfl,
            steps=steps,
            gate=gate,
            threads=threads,
            ranks=ranks,
        )

    once = started(problem.end, cfl, steps)
    return once if turns == 1 else started(turns * problem.end, None, turns * once.steps)


def closed(problem: AnyProblem) -> bool:
    """Whether what is in the box must stay: nothing is meant to pass its sides."""
    return problem.sides.closed if isinstance(problem, euler.Problem) else True


def fields(host: Host) -> dict[str, Floats]:
    """Of the own part: "fractions" (M, *zones); of compressible flow also "density", "pressure" and "velocity"."""
    own = {"fractions": np.ascontiguousarray(host.fractions)}
    if isinstance(host, euler.Simulation):
        own |= {"density": host.now.density, "pressure": host.pressure, "velocity": host.velocity}
    return own


def whole_fields(host: Host) -> dict[str, Floats]:
    """The same of the whole mesh."""
    return {name: np.asarray(host.rebuild.part.whole(array)) for name, array in fields(host).items()}


def interface(host: Host) -> mir.Interface | None:
    """The interface as it now is; None where there is one material only."""
    return None if len(host.fractions) == 1 else host.face()


def scheme_name(host: Host) -> str | None:
    """How it carries materials; None where there is but one way."""
    return host.scheme.name if isinstance(host, advection.Simulation) else None


def drift_of(results: Mapping[str, float]) -> float:
    """Largest relative change of any material's volume, compressible: mass."""
    return results["volume_drift"] if "volume_drift" in results else results["mass_drift"]


def own_figures(results: Mapping[str, float]) -> list[str]:
    """The names of the figures that a compressible problem measures itself; they come last."""
    names = list(results)
    return names[names.index("reconstruction_share") + 1 :] if "reconstruction_share" in names else []


def _refuse(name: str, **options: object) -> None:
    for option, value in options.items():
        if value is not None:
            raise InloopError(f"{option}: {name} leaves no choice of that; leave it out")
