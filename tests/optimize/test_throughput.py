"""Measuring throughput, on a clock that the contenders themselves turn: every figure is known beforehand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from inloop.errors import InloopError
from inloop.optimize import throughput
from inloop.optimize.contest import Comparison, Contest, hold
from inloop.optimize.curve import curves_of, throughput_figure
from inloop.optimize.page import page
from inloop.optimize.sheets import rates, ratios_as_json, results, sheets
from inloop.optimize.throughput import Contender, Effort, Point, checked_sizes, free_memory, sweep, take_turns


class Clock:
    """Stands for the module `time`."""

    def __init__(self):
        self.now, self.log = 0.0, []

    def perf_counter(self):
        return self.now

    def contender(self, name, per_sample, *, per_call=0.0, first=0.0, **more):
        """Takes per_call + per_sample * size seconds, at a size's first call `first` more."""

        def prepare(size):
            extra = iter([first])

            def call():
                self.log.append((name, size))
                self.now += per_call + per_sample * size + next(extra, 0.0)

            return call

        return Contender(model=name, engine="e", precision="p", prepare=prepare, **more)


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(throughput, "time", made)
    return made


def test_rates_are_samples_over_seconds_and_the_first_call_does_not_count(clock):
    contender = clock.contender("a", 0.001, per_call=0.01, first=100.0)
    found = sweep([contender], [1, 10, 100], Effort(seconds=0.5))
    assert [point.rate for point in found.points] == pytest.approx([1 / 0.011, 10 / 0.02, 100 / 0.11])
    assert found.best(contender).size == 100
    assert not found.stops


def test_contenders_take_turns(clock):
    contenders = [clock.contender(name, 0.02) for name in "ab"]
    sweep(contenders, [1], Effort(seconds=1.0, least=3, most=3))
    timed = [name for name, _ in clock.log[2:]]  # after a warming call each
    assert timed == ["a", "b", "a", "b", "a", "b"]


def test_short_calls_find_their_memory_warm_in_every_turn_but_the_first(clock):
    times = take_turns({"a": clock.contender("a", 0.001).prepare(1)}, Effort(seconds=1.0, least=5, most=5))
    assert len(times["a"]) == 5
    assert len(clock.log) == 9


def test_who_has_used_up_the_time_sits_out(clock):
    calls = {name: clock.contender(name, cost).prepare(1) for name, cost in (("slow", 0.3), ("fast", 0.02))}
    times = take_turns(calls, Effort(seconds=1.0, least=2, most=20))
    assert len(times["slow"]) == 4
    assert len(times["fast"]) == 20


def test_what_takes_too_long_is_not_called_and_told(clock):
    slow, fast = clock.contender("slow", 0.1), clock.contender("fast", 0.001)
    found = sweep([slow, fast], [1, 4, 16, 64], Effort(seconds=1.0))
    assert {size for name, size in clock.log if name == "slow"} == {1, 4}
    (stop,) = found.stops
    assert (stop.contender, stop.size) == (slow, 16)
    assert "1.6 s, more than 1" in stop.why
    assert [point.size for point in found.of(fast)] == [1, 4, 16, 64]


def test_what_needs_too_much_memory_is_not_even_prepared(clock):
    big = clock.contender("big", 0.001, bytes_a_sample=10**9)
    found = sweep([big], [1, 4], Effort(bytes=2e9))
    assert clock.log
    assert {size for _, size in clock.log} == {1}
    assert "4 GB" in found.stops[0].why


def test_a_contender_that_fails_is_told_and_the_others_go_on(clock):
    def prepare(size):
        raise RuntimeError("out of memory\nand a long story")

    broken = Contender(model="broken", engine="e", precision="p", prepare=prepare)
    found = sweep([broken, clock.contender("a", 0.001)], [1, 2], Effort())
    assert [stop.why for stop in found.stops] == ["failed: out of memory"]
    assert [(point.contender.model, point.size) for point in found.points] == [("a", 1), ("a", 2)]


def test_a_point_is_the_median_with_its_quartiles():
    point = Point(None, 8, [5.0, 1.0, 2.0, 4.0, 3.0])
    assert (point.seconds, point.quartiles, point.rate) == (3.0, (2.0, 4.0), 8 / 3)


@pytest.mark.parametrize("sizes", [[], [0, 1], [-4]])
def test_sizes_that_are_none_are_refused(sizes):
    with pytest.raises(InloopError, match="give 1 or more"):
        checked_sizes(sizes)


@pytest.mark.parametrize("fields", [{"seconds": 0.0}, {"seconds": float("inf")}, {"least": 0}, {"least": 5, "most": 4}])
def test_efforts_that_measure_nothing_are_refused(fields):
    with pytest.raises(InloopError, match="give"):
        Effort(**fields)


def test_free_memory_is_some_and_less_than_all():
    assert 0 < free_memory() < 2**50


# --------------------------------------------------------------------------------------------------- a whole contest
@pytest.fixture
def outcome(clock):
    def stages(size):
        return {"views": 1.0 * size, "network": 3.0 * size}

    contenders = [
        clock.contender("quick", 0.0005, per_call=0.001, stages=stages),
        clock.contender("slow", 0.05),
        clock.contender("slower", 0.2),
    ]
    contest = Contest(
        contenders=contenders,
        absent={"gone": "is missing; install it"},
        unit="mixed zones",
        counts=np.array([1, 2, 3]),
        comparisons=[
            Comparison("ours, theirs", lambda c: c.model == "quick", lambda c: c.model.startswith("slow"), 50.0),
            Comparison("nobody", lambda c: c.model == "none", lambda c: True, 2.0),
        ],
        marks={"published": 100.0},
    )
    return hold(contest, [1, 8, 64], Effort(seconds=1.0))


def test_units_repeat_with_the_samples(outcome):
    assert [outcome.contest.units(size) for size in (1, 3, 5)] == [1, 6, 9]


def test_a_ratio_is_that_of_the_fastest_on_each_side(outcome):
    (ratio,) = outcome.ratios
    assert ratio.ours.size == 64
    assert ratio.yardstick.contender.model == "slow"
    assert ratio.value == pytest.approx(64 / (0.001 + 0.0005 * 64) * 0.05)
    assert ratio.range == pytest.approx((ratio.value, ratio.value))
    assert ratios_as_json(outcome)[0]["ratio"] == ratio.value


def test_time_is_broken_down_at_the_best_size(outcome):
    (breakdown,) = outcome.breakdowns
    assert breakdown.size == 64
    assert breakdown.shares() == {"network": 0.75, "views": 0.25}


def test_json_holds_every_figure(outcome):
    found = results(outcome)
    assert set(found) == {"quick, e, p", "slow, e, p", "slower, e, p"}
    quick = found["quick, e, p"]
    assert quick["batch"] == 64
    assert quick["mixed_zones_per_second"] == pytest.approx((21 * 6 + 1) / 0.033)
    assert quick["batches"]["1"]["seconds"] == pytest.approx(0.0015)
    assert quick["time"]["shares"]["network"] == 0.75
    assert found["slower, e, p"]["stopped"]["batch"] == 8
    assert set(found["slower, e, p"]["batches"]) == {"1"}


def test_tables_have_a_cell_a_head_and_leave_out_what_says_nothing(outcome):
    shown = sheets(outcome)
    assert len(shown) == 6
    assert all(len(row) == len(sheet.heads) for sheet in shown for row in sheet.rows)
    assert [row[0] for row in shown[0].rows] == ["quick, e, p", "slow, e, p", "slower, e, p"]
    without = dataclasses.replace(outcome, ratios=(), breakdowns=())
    assert len(sheets(without)) == 4


def test_the_picture_has_a_line_a_contender_with_the_points_measured(outcome):
    curves = curves_of(rates(outcome))
    assert {label: [size for size, _ in points] for label, points in curves.items()} == {
        "quick, e, p": [1, 8, 64],
        "slow, e, p": [1, 8],
        "slower, e, p": [1],
    }
    (ax,) = throughput_figure(curves, marks=outcome.contest.marks).axes
    lines = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
    assert lines["slower, e, p"] == pytest.approx([5.0])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    with pytest.raises(InloopError, match="nothing to draw"):
        throughput_figure({})


def test_the_page_tells_all_of_it(outcome):
    png = b"\x89PNG\r\n\x1a\n"
    text = page(outcome, png, facts={"machine": "this one"}, foot="inloop bench").html()
    for word in ("slower, e, p", "is missing; install it", "this one", "ours, theirs", "a call would take about 1.6 s"):
        assert word in text
