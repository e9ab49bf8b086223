"""What must hold: each figure beside the bar that it is held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inloop.gasoptics.a_priori.depths import Depths
from inloop.gasoptics.a_priori.forcings import FOURFOLD, Forcings
from inloop.gasoptics.a_priori.parts import LEARNED, TABLE
from inloop.gasoptics.a_priori.profiles import LINES, Profiles

WORSE = 1.1
"""Against line by line, the learned kernel's error may be so many times the table's."""
FLUX, HEATING, FORCING = 0.5, 0.1, 0.5

_TABLE = (
    ("top_up_rmse", "up at the top, W/m2", 0.30),
    ("surface_down_rmse", "down at the surface, W/m2", 1.6),
    ("heating_rmse_weighted_low", "heating below 4 hPa, weighted, K/day", 0.085),
    ("heating_rmse_low", "heating below 4 hPa, unweighted, K/day", None),
)
_AGAINST_TABLE = (
    ("flux_rmse", "fluxes, W/m2", FLUX),
    ("heating_rmse_weighted", "heating, weighted, K/day", HEATING),
    ("heating_rmse", "heating, unweighted, K/day", HEATING),
)
_AGAINST_LINES = (
    ("top_up_rmse", "up at the top, W/m2"),
    ("surface_down_rmse", "down at the surface, W/m2"),
    ("heating_rmse_weighted_low", "heating below 4 hPa, weighted, K/day"),
    ("heating_rmse_weighted", "heating, weighted, K/day"),
)


class Bar(NamedTuple):
    """One of them."""

    part: str
    of: str
    """What is compared with what, over which columns."""
    measure: str
    bar: float | None
    """None: stated only."""
    measured: float

    @property
    def holds(self) -> bool | None:
        """Whether it is met; None where nothing is asked."""
        return None if self.bar is None else self.measured <= self.bar


def bars(title: str, longwave: bool, seen: Profiles, depths: Depths | None, forced: Forcings) -> list[Bar]:
    """All that one part of the spectrum is held to."""
    table = seen.figures(TABLE, LINES)
    rows = [
        Bar(title, f"table, {LINES}, CKDMIP", name, bar if longwave else None, table[key]) for key, name, bar in _TABLE
    ]
    if depths is None or LEARNED not in seen.fluxes:
        return rows
    rows += _against_table(title, "CKDMIP", seen.figures(LEARNED, TABLE))
    worst = _worst(forced.sites)
    rows += _against_table(title, "RFMIP, the worst experiment", worst)
    if forced.held_out:
        rows += _against_table(title, "RFMIP, held-out sites, the worst experiment", _worst(forced.held_out))
    learned = seen.figures(LEARNED, LINES)
    for key, name in _AGAINST_LINES:
        rows.append(Bar(title, f"learned, {LINES}, CKDMIP", name, WORSE * table[key], learned[key]))
    for place, error in zip(("top", "surface"), forced.of(FOURFOLD).errors(), strict=True):
        rows.append(Bar(title, "learned, table, RFMIP", f"forcing of 4xCO2 at the {place}, W/m2", FORCING, abs(error)))
    least = min(depths.least, forced.least)
    return [*rows, Bar(title, "learned, all columns", "optical depth below zero, at most", 0.0, max(-least, 0.0))]


def _against_table(title: str, where: str, figures: Mapping[str, float]) -> Iterator[Bar]:
    for key, name, bar in _AGAINST_TABLE:
        yield Bar(title, f"learned, table, {where}", name, bar, figures[key])


def _worst(by_experiment: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {key: max(figures[key] for figures in by_experiment.values()) for key, _, _ in _AGAINST_TABLE}
