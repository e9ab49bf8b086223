"""Everything an a-priori report of gas optics says, as figures: gathered once, for page, terminal and JSON file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inloop.errors import InloopError
from inloop.gasoptics import rfmip
from inloop.gasoptics.a_priori.bars import Bar, bars
from inloop.gasoptics.a_priori.depths import Depths, Shares, depths, shares
from inloop.gasoptics.a_priori.forcings import Forcings, forcings
from inloop.gasoptics.a_priori.parts import LEARNED, Part
from inloop.gasoptics.a_priori.profiles import Profiles, profiles
from inloop.gasoptics.a_priori.stress import Trial, stress

Step = Callable[[str], None]
STEPS = 4
"""Of each part."""


@dataclass(frozen=True, eq=False)
class Measured:
    """All about one part of the spectrum."""

    part: Part
    profiles: Profiles
    depths: Depths | None
    shares: Shares | None
    forcings: Forcings
    trials: Sequence[Trial]

    @property
    def bars(self) -> list[Bar]:
        """What it is held to."""
        return bars(self.part.title, self.part.longwave, self.profiles, self.depths, self.forcings)


@dataclass(frozen=True, eq=False)
class Report:
    """The figures of several parts."""

    measured: Sequence[Measured]

    @property
    def bars(self) -> list[Bar]:
        """Of all parts."""
        return [bar for one in self.measured for bar in one.bars]


def gather(parts: Sequence[Part], folder: Path, *, step: Step = lambda name: None) -> Report:
    """Measure tables and what learned them on the files of a data folder."""
    if not parts:
        raise InloopError("nothing to validate: give a table, or a bundle")
    sites = rfmip.load(folder)
    done = []
    for part in parts:
        step(f"{part.title}: CKDMIP profiles")
        seen = profiles(part, folder)
        step(f"{part.title}: optical depths")
        deep, shared = depths(part, seen.air), shares(part)
        step(f"{part.title}: RFMIP experiments")
        forced = forcings(part, sites)
        step(f"{part.title}: atmospheres that nobody taught")
        done.append(Measured(part, seen, deep, shared, forced, stress(part, seen.air)))
    return Report(done)


# -------------------------------------------------------------------------------------------------------------- JSON
def results(report: Report) -> dict[str, Any]:
    """Figures by part of the spectrum, and below that by what they are of."""
    return {one.part.title: _plain(_results(one)) for one in report.measured}


def _results(one: Measured) -> dict[str, Any]:
    seen = one.profiles
    found: dict[str, Any] = {
        "kernels": {name: kernel.name for name, kernel in one.part.kernels.items()},
        "table": one.part.table.table.path.name,
        "profiles": {f"{mine}, {true}": seen.figures(mine, true) for mine, true in seen.pairs},
        "forcings": {
            own.experiment: {"top": own.top, "surface": own.surface, "site_error_max": own.worst}
            for own in one.forcings.forcings
        },
        "bars": [{**bar._asdict(), "holds": bar.holds} for bar in one.bars],
    }
    if len(seen.scenes) > 1:
        found["scenes"] = {
            scene.title: {f"{mine}, {true}": seen.figures(mine, true, k) for mine, true in seen.pairs}
            for k, scene in enumerate(seen.scenes)
        }
    if one.depths is not None:
        deep = one.depths
        found["depths"] = {
            "transmission_rmse": deep.transmission_rmse,
            "least": min(deep.least, one.forcings.least),
            "terms": {"transmission_rmse": deep.transmission, "log_rmse": deep.ratio, "log_bias": deep.bias},
        }
        found["sites"] = {"all": one.forcings.sites, "held out": one.forcings.held_out}
        found["held_out_sites"] = one.forcings.held_out_sites
    if one.shares is not None:
        own = one.shares
        found["shares"] = {"error_max": own.share.max(), "whole_error_max": abs(own.whole).max(), "sum_error": own.sum}
    if one.trials:
        found["gate"] = {
            "refused": seen.refused,
            "trials": {
                trial.name: {"refused": trial.refused, "least": trial.least, **trial.errors} for trial in one.trials
            },
        }
    return found


def _plain(value: Any) -> Any:
    """As JSON takes it; null for what is no finite number."""
    if isinstance(value, Mapping):
        return {key: _plain(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(own) for own in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


# ------------------------------------------------------------------------------------------------------------- words
def summary(report: Report) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of the table of bars."""
    head = ["part", "what", "measure", "bar", "measured", "holds"]
    said = {None: "", True: "yes", False: "no"}
    rows = [
        [bar.part, bar.of, bar.measure, number(bar.bar), number(bar.measured), said[bar.holds]] for bar in report.bars
    ]
    return head, rows


def about(report: Report) -> dict[str, Any]:
    """What the figures were made from."""
    return {
        "tables": ", ".join(one.part.table.table.path.name for one in report.measured),
        "learned": ", ".join(one.part.kernels[LEARNED].name for one in report.measured if LEARNED in one.part.kernels)
        or "none",
    }


def number(value: float | None) -> str:
    """A figure for a table, to three digits; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–" if value is None or math.isnan(value) else "beyond all"
    if value == 0:
        return "0"
    return f"{value:.3g}" if 1e-3 <= abs(value) < 1e4 else f"{value:.1e}"
