"""Which optics a column runs with: a table, the kernel that learned it, or that behind its gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from inloop.errors import InloopError
from inloop.gasoptics.a_priori.opening import Chosen, open_parts
from inloop.gasoptics.a_priori.parts import GATED, LEARNED, TABLE, Part
from inloop.gasoptics.optics import LongwaveOptics, ShortwaveOptics

KINDS = (TABLE, LEARNED, GATED)


@dataclass(frozen=True, eq=False)
class Kernels:
    """Of both parts of the spectrum."""

    long: LongwaveOptics
    short: ShortwaveOptics


def kernels(
    kinds: Sequence[str],
    chosen: Chosen,
    folder: Path,
    *,
    tables: Sequence[Path] = (),
    terms: int | None = None,
    engine: str = "native",
) -> dict[str, Kernels]:
    """The optics of each kind by its name. A part of the spectrum without a bundle keeps its table in all of them.

    tables: to take instead of those in the data folder. terms: of the short wave, where there are several tables or
    bundles; by default the fewest.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise InloopError(f"optics '{kind}' are unknown: there are {', '.join(KINDS)}")
    there = open_parts(Chosen(), folder, tables=tables, engine=engine)
    long = _one([part for part in there if part.longwave], None, folder, "long")
    short = [part for part in there if not part.longwave]
    if set(kinds) - {TABLE}:
        if chosen == Chosen():
            raise InloopError(
                "learned optics need their bundles: give --bundles DIR, or --longwave, --planck, --shortwave"
            )
        taught = open_parts(chosen, folder, tables=tables, engine=engine)
        long = next((part for part in taught if part.longwave), long)
        short = [part for part in taught if not part.longwave] or short
    chosen_short = _one(short, terms, folder, "short")
    return {kind: _kind(kind, long, chosen_short) for kind in kinds}


def _one(parts: Sequence[Part], terms: int | None, folder: Path, wave: str) -> Part:
    fitting = [part for part in parts if terms in (None, part.table.terms)]
    if not fitting:
        wanted = "" if terms is None else f" of {terms} terms"
        raise InloopError(f"{folder}: there is no {wave}-wave table or bundle{wanted}; the column needs one")
    return min(fitting, key=lambda part: part.table.terms)


def _kind(kind: str, long: Part, short: Part) -> Kernels:
    found = []
    for part in (long, short):
        if kind == GATED and part.learned is not None and part.envelope is None:
            raise InloopError(f"{part.learned.name}: its bundle has no gate; leave the optics '{GATED}' out")
        gated = part.gated() if kind == GATED else None
        found.append(gated or (part.table if kind == TABLE else part.learned or part.table))
    return Kernels(cast(LongwaveOptics, found[0]), cast(ShortwaveOptics, found[1]))
