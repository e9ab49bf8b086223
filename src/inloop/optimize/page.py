"""A contest's outcome as one self-contained page."""

from __future__ import annotations

import math
from collections.abc import Mapping

from inloop.optimize.contest import Outcome
from inloop.optimize.sheets import sheets
from inloop.validation.report import Page

LEAD = (
    "Samples a second against the size of the batch: in one run, contenders taking turns, warm, the median of repeats,"
    " from arrays to arrays as a host would call it. Absolute figures belong to the machine; ratios travel further."
)


def page(outcome: Outcome, picture: bytes, *, facts: Mapping[str, object], foot: str) -> Page:
    """picture: the curves as the bytes of a PNG."""
    made = Page("Throughput", lead=LEAD, foot=foot)
    made.facts(facts)
    made.picture(picture, alt="Samples a second against the size of the batch, a line a contender")
    for caption, heads, rows in sheets(outcome):
        made.heading(caption)
        made.table(heads, [[written(cell) for cell in row] for row in rows])
    return made


def written(cell: str | float) -> str:
    """A cell of a table for people; a dash for what was not measured."""
    if isinstance(cell, str):
        return cell
    if math.isnan(cell):
        return "-"
    return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"
