"""One run of the report: a setting (problem, mesh, scheme) and the reconstruction that contends in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inloop import __version__, hydro, mir
from inloop.errors import InloopError
from inloop.hydro.hosts import AnyProblem, Host, begin, find

KINDS: dict[str, type[mir.Method]] = {
    kind.name: kind
    for kind in (mir.Slic, mir.Youngs, mir.Elvira, mir.Lvira, mir.Equiz, mir.Power, mir.LearnedLine, mir.Learned)
}
"""What can contend: all methods but MOF, which needs centroids that no host carries."""


@dataclass(frozen=True)
class Contender:
    """A reconstruction. gate, bundle: of "learned" alone; bundle None is the shipped one."""

    method: str
    gate: float | None = None
    bundle: str | None = None

    def __post_init__(self) -> None:
        if self.method not in KINDS:
            raise InloopError(f"method {self.method!r} is unknown here: take of {', '.join(KINDS)}")

    @property
    def label(self) -> str:
        """Its name in tables."""
        return self.method if self.gate is None else f"{self.method}, gate {self.gate:g}"

    @property
    def learned(self) -> bool:
        """Whether a network takes part."""
        return self.method.startswith(mir.Learned.name)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Of the meshes it works on."""
        return KINDS[self.method].dimensions

    def strategy(self) -> mir.Method:
        """As a simulation takes it."""
        return mir.Learned(self.bundle) if self.method == mir.Learned.name else KINDS[self.method]()

    def digest(self) -> str | None:
        """Of the bundle's files and its gate; None for a classical method."""
        strategy = self.strategy()
        if not isinstance(strategy, mir.Learned | mir.LearnedLine):
            return None
        bundle = strategy.opened().bundle
        return _sha256({"files": dict(bundle.files), "gate": bundle.gate})


@dataclass(frozen=True)
class Setting:
    """What is simulated. period, materials: of the problems that leave a choice. scheme: None where there is but one.

    turns: so many times the problem's duration, for flows that come back again and again; their error is noted at every
    return.
    """

    problem: str
    zones: int
    scheme: str | None = None
    period: float | None = None
    materials: int | None = None
    cfl: float | None = None
    turns: int = 1

    def made(self) -> AnyProblem:
        """The problem."""
        return find(self.problem, period=self.period, materials=self.materials)

    @property
    def title(self) -> str:
        """The problem with its choices."""
        choices = [f"T = {self.period:g}"] if self.period is not None else []
        choices += [f"{self.materials} materials"] if self.materials is not None else []
        return ", ".join([self.problem, *choices])

    @property
    def where(self) -> str:
        """The whole setting in words."""
        scheme = "" if self.scheme is None else f", {self.scheme}"
        return f"{self.title}, {self.zones} zones{scheme}" + ("" if self.cfl is None else f", CFL {self.cfl:.3g}")


@dataclass(frozen=True)
class Case:
    """A setting and a contender."""

    setting: Setting
    contender: Contender

    def begin(self, threads: int = 1) -> Host:
        """The simulation at its start."""
        own = self.setting
        return begin(
            own.made(),
            method=self.contender.strategy(),
            scheme=own.scheme,
            zones=own.zones,
            cfl=own.cfl,
            gate=None if self.contender.gate is None else mir.Gate(self.contender.gate),
            turns=own.turns,
            threads=threads,
        )

    def facts(self) -> dict[str, Any]:
        """Everything that the run's result depends on."""
        made_by = {"digest": self.contender.digest(), "inloop": __version__, "code": code()}
        return {**asdict(self.setting), **asdict(self.contender), **made_by}

    @property
    def name(self) -> str:
        """Of its files: readable, and another for other facts."""
        words = [self.setting.problem, str(self.setting.zones), self.setting.scheme or "", self.contender.method]
        facts = self.facts() | {"bundle": None}  # the digest says which; where it lies does not matter
        return "-".join([*filter(None, words), _sha256(facts)[:10]])


@cache
def code() -> str:
    """Of what computes a run: the hosts, the reconstructions and the compiled core."""
    rooms = Path(hydro.__file__).parent, Path(mir.__file__).parent
    core = find_spec("inloop._core")
    assert core is not None
    assert core.origin is not None
    return digest_of_files([*(file for room in rooms for file in room.rglob("*.py")), Path(core.origin)])


def digest_of_files(files: Iterable[Path]) -> str:
    """Of their contents, whatever their order."""
    return _sha256(sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in files))


def _sha256(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=dict).encode()).hexdigest()
