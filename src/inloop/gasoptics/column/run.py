"""A column's run: so many years, with what happened month by month, and a file to go on from.

found = run(Column(LookUp(longwave), LookUp(shortwave)), years=10, file=Path("run.h5"))
found.figures()["surface_temperature"]
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import DAY
from inloop.gasoptics.column.model import YEAR, Column
from inloop.restart_file import State, fits, set_aside, state_of, write
from inloop.writing import whole_file

Array = NDArray[np.float64]

_NOTED = 30  # steps between two entries
_KEPT = 365  # steps between two files


class Entry(NamedTuple):
    """The column at one time."""

    day: float
    surface_temperature: float
    imbalance: float
    """W/m2, of the step before."""
    tropopause: float
    """Pa."""
    coldest: float
    """K, of all layers."""


@dataclass(eq=False)
class Run:
    """A column that has run, and its journal."""

    column: Column
    journal: list[Entry] = field(default_factory=list)
    seconds: float = 0.0
    """That the steps took."""
    resumed_at: int = 0
    """The step from which the run went on."""
    set_aside: str | None = None
    """The new name of a file that was in the way."""

    def figures(self) -> dict[str, float]:
        """What the column came to, by name."""
        column = self.column
        radiation = column.radiation()
        long, short = radiation.longwave, radiation.shortwave
        return {
            "surface_temperature": column.surface_temperature,
            "imbalance": float(radiation.net[0]),
            "drift": self.drift(),
            "outgoing": float(long.up[0, 0]),
            "absorbed": float(short.net[0, 0]),
            "planetary_albedo": float(short.up[0, 0] / short.down[0, 0]) if short.down[0, 0] else 0.0,
            "tropopause": column.tropopause,
            "coldest": float(column.temperature.min()),
            "years": column.time / YEAR,
            "energy_drift": column.energy_drift,
            "seconds": self.seconds,
            "milliseconds_per_step": 1e3 * self.seconds / column.steps,
        }

    def drift(self) -> float:
        """Of the surface, K a year, over the last year or what there is of it."""
        last = self.journal[-1]
        before = next(entry for entry in self.journal if entry.day >= last.day - YEAR / DAY)
        days = last.day - before.day
        return (last.surface_temperature - before.surface_temperature) / days * YEAR / DAY if days else 0.0


def run(
    column: Column,
    years: float,
    *,
    file: Path | None = None,
    resume: Path | None = None,
    log: Path | None = None,
    step: Callable[[float, str], None] = lambda share, words: None,
) -> Run:
    """Advance a column until so many years after its start.

    file: where its state is kept every year and at the end; if it is there and of the same column, the run goes on from
    it, if it is of another it is set aside. resume: go on from this file instead. log: a line of JSON for each month.
    step: is told the share done and a few words.
    """
    if not 0 < years <= 1e5:
        raise InloopError(f"the column is to run {years:g} years: expected more than 0, at most 100000")
    found = Run(column)
    identity = column.identity()
    source = resume or (file if file is not None and fits(file, identity) else None)
    if source is not None:
        _restore(found, state_of(source, identity))
    elif file is not None and file.exists():
        found.set_aside = set_aside(file).name
    if not found.journal:
        found.journal.append(_entry(column))
    end = max(round(years * YEAR / column.setting.seconds), 1)
    started = time.perf_counter() - found.seconds
    while column.steps < end:
        column.advance()
        last = column.steps == end
        if last or column.steps % _NOTED == 0:
            found.journal.append(_entry(column))
            step(column.steps / end, f"{column.time / YEAR:.1f} years, {column.surface_temperature:.2f} K")
        found.seconds = time.perf_counter() - started
        if file is not None and (last or column.steps % _KEPT == 0):
            write(file, identity, _state(found))
    if log is not None:
        with whole_file(log) as stream:
            stream.writelines(json.dumps(entry._asdict()).encode() + b"\n" for entry in found.journal)
    return found


def _entry(column: Column) -> Entry:
    coldest = float(column.temperature.min())
    return Entry(column.time / DAY, column.surface_temperature, column.imbalance, column.tropopause, coldest)


def _state(found: Run) -> State:
    records, arrays = found.column.state()
    return State({**records, "seconds": found.seconds}, {**arrays, "journal": np.array(found.journal)})


def _restore(found: Run, state: State) -> None:
    found.column.restore(state)
    found.journal = [Entry(*map(float, row)) for row in state.arrays["journal"]]
    found.seconds, found.resumed_at = state.records["seconds"], found.column.steps
