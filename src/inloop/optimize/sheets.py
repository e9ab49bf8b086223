"""A contest's outcome as tables of text and numbers, and as plain data for JSON."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from inloop.optimize.contest import Outcome
from inloop.optimize.throughput import Contender

RATES = "Samples a second by the size of the batch"


class Sheet(NamedTuple):
    """A caption, column heads, and rows of text or numbers; what was not measured is nan."""

    caption: str
    heads: list[str]
    rows: list[list[str | float]]


def sheets(outcome: Outcome) -> list[Sheet]:
    """Every table that has something to say."""
    every = (summary, rates, ratios, shares, stops, absent)
    return [sheet for sheet in (of(outcome) for of in every) if sheet.rows]


def summary(outcome: Outcome) -> Sheet:
    """A row a contender, the fastest first: where it answers most, and how long a host waits for the smallest batch."""
    contest, rows = outcome.contest, list[list[str | float]]()
    for contender in _by_speed(outcome):
        best = outcome.sweep.best(contender)
        if best is None:
            continue
        first = outcome.sweep.of(contender)[0]
        latency = first.seconds * 1e6 if first.size == 1 else math.nan
        rows.append([contender.label, best.rate, contest.units_a_second(best), str(best.size), latency])
    heads = ["contender", "samples a second", f"{contest.unit} a second", "at a batch of", "one sample, us"]
    return Sheet(
        "Throughput on batches of the size that suits each best, and the time that one sample takes", heads, rows
    )


def rates(outcome: Outcome) -> Sheet:
    """Samples a second, a row a contender and a column a size."""
    sizes = sorted({point.size for point in outcome.sweep.points})
    rows = list[list[str | float]]()
    for contender in _by_speed(outcome):
        found = {point.size: point.rate for point in outcome.sweep.of(contender)}
        if found:
            rows.append([contender.label, *(found.get(size, math.nan) for size in sizes)])
    return Sheet(RATES, ["contender", *map(str, sizes)], rows)


def ratios(outcome: Outcome) -> Sheet:
    """Of samples a second, of calls that took turns."""
    rows = list[list[str | float]]()
    for ratio in outcome.ratios:
        both = [f"{point.contender.label}, batch {point.size}" for point in (ratio.ours, ratio.yardstick)]
        wanted = math.nan if ratio.comparison.wanted is None else ratio.comparison.wanted
        rows.append([ratio.comparison.title, *both, ratio.value, *ratio.range, wanted])
    heads = ["comparison", "the fastest", "against the fastest", "ratio", "least", "greatest", "wanted"]
    return Sheet("Ratios of samples a second: median, least and greatest round of calls that took turns", heads, rows)


def shares(outcome: Outcome) -> Sheet:
    """Where the time of a call goes, in percent."""
    names = list(dict.fromkeys(name for one in outcome.breakdowns for name in one.shares()))
    rows = list[list[str | float]]()
    for one in outcome.breakdowns:
        own = one.shares()
        cells = (100 * own[name] if name in own else math.nan for name in names)
        rows.append([one.contender.label, str(one.size), *cells])
    heads = ["contender", "batch", *(f"{name}, %" for name in names)]
    return Sheet("Where the time of a call goes", heads, rows)


def stops(outcome: Outcome) -> Sheet:
    """What was not measured on large batches, and why."""
    rows = list[list[str | float]]()
    rows += [[stop.contender.label, str(stop.size), stop.why] for stop in outcome.sweep.stops]
    return Sheet("Not measured from these batches on", ["contender", "batch", "why"], rows)


def absent(outcome: Outcome) -> Sheet:
    """What is not there to be measured, and why."""
    rows = list[list[str | float]]()
    rows += [[name, why] for name, why in outcome.contest.absent.items()]
    return Sheet("Not there", ["contender", "why"], rows)


def results(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """All figures by contender, for JSON."""
    contest = outcome.contest
    unit = contest.unit.replace(" ", "_")
    shares_of = {one.contender: {"batch": one.size, "shares": one.shares()} for one in outcome.breakdowns}
    stopped = {stop.contender: {"batch": stop.size, "why": stop.why} for stop in outcome.sweep.stops}
    found: dict[str, dict[str, Any]] = {}
    for contender in contest.contenders:
        own: dict[str, Any] = {name: getattr(contender, name) for name in ("model", "engine", "precision")}
        best = outcome.sweep.best(contender)
        if best is not None:
            own |= {"samples_per_second": best.rate, f"{unit}_per_second": contest.units_a_second(best)}
            own["batch"] = best.size
        own["batches"] = {
            str(point.size): {
                "samples_per_second": point.rate,
                f"{unit}_per_second": contest.units_a_second(point),
                "seconds": point.seconds,
                "seconds_quartiles": list(point.quartiles),
                "calls": len(point.times),
            }
            for point in outcome.sweep.of(contender)
        }
        if contender in stopped:
            own["stopped"] = stopped[contender]
        if contender in shares_of:
            own["time"] = shares_of[contender]
        found[contender.label] = own
    return found


def ratios_as_json(outcome: Outcome) -> list[dict[str, Any]]:
    """Every comparison that was made."""
    return [
        {
            "comparison": ratio.comparison.title,
            "of": ratio.ours.contender.label,
            "of_batch": ratio.ours.size,
            "against": ratio.yardstick.contender.label,
            "against_batch": ratio.yardstick.size,
            "ratio": ratio.value,
            "range": list(ratio.range),
            "wanted": ratio.comparison.wanted,
        }
        for ratio in outcome.ratios
    ]


def _by_speed(outcome: Outcome) -> list[Contender]:
    best = {contender: outcome.sweep.best(contender) for contender in outcome.contest.contenders}
    return sorted(best, key=lambda contender: -(point.rate if (point := best[contender]) else 0.0))
