"""From bundles and tables on disk to the parts of the spectrum that are validated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inloop.bundle import ABOUT, SHIPPED, Bundle, shipped
from inloop.errors import InloopError
from inloop.gasoptics.a_priori.parts import Part
from inloop.gasoptics.files import SOURCES
from inloop.gasoptics.gate import Envelope
from inloop.gasoptics.learned import DEPTHS, FRACTIONS, LearnedLongwave, LearnedOptics, LearnedShortwave
from inloop.gasoptics.lookup import LookUp

PLANCK = "gas-planck"  # the shipped bundle of a black body's shares
_PATTERN = "*ckd-definition.nc"


@dataclass(frozen=True)
class Chosen:
    """Bundles by what they are."""

    longwave: Path | None = None
    planck: Path | None = None
    shortwave: tuple[Path, ...] = ()


def choose(
    folder: Path | None,
    *,
    longwave: Path | None = None,
    planck: Path | None = None,
    shortwave: Sequence[Path] = (),
    tables: Sequence[Path] = (),
) -> Chosen:
    """The bundles that are named, the rest out of a folder, or of those that come with inloop where the table is there.

    tables: those that are there.
    """
    named = Chosen(longwave, planck, tuple(shortwave))
    if folder is not None:
        there = bundles_in(folder)
    else:
        there = Chosen() if named != Chosen() else _shipped({path.name for path in tables})
    return Chosen(longwave or there.longwave, planck or there.planck, tuple(shortwave) or there.shortwave)


def _shipped(tables: set[str]) -> Chosen:
    """Of the bundles that come with inloop those whose table is one of these."""
    fitting = {
        name: Bundle.load(name).network for name in shipped() if Bundle.load(name).network.get("table") in tables
    }
    long = next((SHIPPED / name for name, network in fitting.items() if "sun" not in network), None)
    return Chosen(
        longwave=long,
        planck=None if long is None else SHIPPED / PLANCK,
        shortwave=tuple(SHIPPED / name for name, network in fitting.items() if "sun" in network),
    )


def bundles_in(folder: Path) -> Chosen:
    """Sort the bundles in the folders of a folder."""
    longwave: list[Path] = []
    planck: list[Path] = []
    shortwave: list[Path] = []
    for about in sorted(folder.glob(f"*/{ABOUT}")):
        bundle = Bundle.load(about.parent)
        kind = shortwave if "sun" in bundle.network else longwave
        {DEPTHS: kind, FRACTIONS: planck}.get(bundle.case, []).append(about.parent)
    for what, there in (("long-wave depths", longwave), ("black bodies' shares", planck)):
        if len(there) > 1:
            names = ", ".join(one.name for one in there)
            raise InloopError(f"{folder}: {len(there)} bundles of {what} ({names}); name one with --longwave, --planck")
    if not (longwave or shortwave):
        raise InloopError(f"{folder}: no folder in it is a bundle of gas optics; name the folder that holds them")
    return Chosen(longwave[0] if longwave else None, planck[0] if planck else None, tuple(shortwave))


def tables_of(folder: Path, tables: Sequence[Path] = ()) -> list[Path]:
    """The files of tables: those that are named, or all in the data folder."""
    paths = list(tables) or sorted(folder.glob(_PATTERN))
    if not paths:
        raise InloopError(f"{folder}: holds no table {_PATTERN}; {SOURCES}")
    return paths


def open_parts(chosen: Chosen, folder: Path, *, tables: Sequence[Path] = (), engine: str = "native") -> list[Part]:
    """What these bundles learned, with the table of each; without bundles all tables by themselves.

    tables: to take instead of those in the data folder.
    """
    if (chosen.longwave is None) != (chosen.planck is None):
        raise InloopError("the long wave takes two bundles: give --longwave and --planck, or neither")
    paths = tables_of(folder, tables)
    there = [LookUp(path) for path in paths]
    parts = []
    if chosen.longwave is not None and chosen.planck is not None:
        long = LearnedLongwave(chosen.longwave, chosen.planck, engine=engine)
        parts.append(Part(_table_of(long, there, longwave=True), long, _envelope(long)))
    lit = [LearnedShortwave(path, engine=engine) for path in chosen.shortwave]
    terms = [short.terms for short in lit]
    for short in lit:
        also = short.bundle.name if terms.count(short.terms) > 1 else ""
        parts.append(Part(_table_of(short, there, longwave=False), short, _envelope(short), also))
    return parts or [Part(table) for table in sorted(there, key=lambda one: (not one.table.is_longwave, one.terms))]


def _table_of(learned: LearnedOptics, tables: Sequence[LookUp], *, longwave: bool) -> LookUp:
    fitting = [one for one in tables if one.table.is_longwave == longwave and one.terms == learned.terms]
    named = [one for one in fitting if one.table.path.name == learned.bundle.network.get("table")]
    fitting = named or fitting
    if len(fitting) != 1:
        wave = "long" if longwave else "short"
        raise InloopError(
            f"{learned.bundle.path}: {len(fitting)} {wave}-wave tables have its {learned.terms} terms;"
            " give the one that it learned with --table"
        )
    return fitting[0]


def _envelope(learned: LearnedOptics) -> Envelope | None:
    return None if learned.bundle.gate is None else Envelope.from_dict(learned.bundle.gate)
