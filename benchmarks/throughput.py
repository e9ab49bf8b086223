"""Throughput against the size of a batch, as `inloop bench mir --family` measures it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.tables import Table
from inloop.mir.contenders import SAMPLES, contest
from inloop.optimize.contest import hold
from inloop.optimize.sheets import Sheet, sheets
from inloop.optimize.throughput import SIZES, Effort, free_memory

NAME = "throughput"


@dataclass(frozen=True)
class Size:
    """How much is measured. engines: of the bundle; models: of the published family; None for all that are there."""

    seconds: float = 1.0
    sizes: tuple[int, ...] = SIZES
    samples: int = SAMPLES
    engines: tuple[str, ...] | None = None
    family: bool = True
    models: tuple[str, ...] | None = None


def run(size: Size) -> list[Table]:
    """Every table; the first says what was measured on."""
    prepared = contest(engines=size.engines, family=size.family, models=size.models, samples=size.samples)
    outcome = hold(prepared, size.sizes, Effort(seconds=size.seconds, bytes=free_memory() / 2))
    facts = Sheet("What was measured on", ["", "value"], [[name, str(value)] for name, value in prepared.about.items()])
    return [Table(*sheet) for sheet in (facts, *sheets(outcome))]
