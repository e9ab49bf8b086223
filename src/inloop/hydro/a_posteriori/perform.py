"""Do one run: its figures, what happened on the way, and the state it ended in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.a_posteriori.case import Case
from inloop.hydro.hosts import whole_fields
from inloop.hydro.journal import Entry, Journal

_ENTRIES = 50  # of a history, at most
Arrays = Mapping[str, npt.NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run, or one that stopped: then `stopped` says why and the figures are those until then.

    returns: the error each time all should be back, for settings of several turns. arrays: `fields` at the end.
    """

    case: Case
    figures: dict[str, float] = field(default_factory=dict)
    history: tuple[Entry, ...] = ()
    returns: tuple[float, ...] = ()
    stopped: str | None = None
    arrays: Arrays = field(default_factory=dict)


def perform(case: Case, *, threads: int = 1, step: Callable[[float], None] = lambda share: None) -> Run:
    """Run a case from its start to its end. step: called with the share done."""
    try:
        host = case.begin(threads)
    except InloopError as wrong:
        return Run(case, stopped=str(wrong))
    journal, returns = Journal(host), list[float]()
    stopped: str | None = None
    turns, end = case.setting.turns, host.problem.end
    noted = returned = 0
    try:
        while host.advance():
            share = min(host.time / end, 1.0)
            if _reached(share, _ENTRIES) > noted:
                noted = _reached(share, _ENTRIES)
                journal.note()
            if turns > 1 and _reached(share, turns) > returned:
                returned = _reached(share, turns)
                returns.append(host.results()["area_error"])
            step(share)
    except InloopError as wrong:
        stopped = str(wrong)
    figures = {name: float(value) for name, value in host.results().items()}
    broken = [name for name, value in figures.items() if not math.isfinite(value)]
    if broken:
        stopped = stopped or f"{broken[0]} is not finite"
        figures = {name: value for name, value in figures.items() if name not in broken}
    return Run(case, figures, tuple(journal.entries), tuple(returns), stopped, whole_fields(host))


def _reached(share: float, parts: int) -> int:
    """How many of so many equal parts are done."""
    return math.floor(share * parts + 1e-9)
