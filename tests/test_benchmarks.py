"""The benchmarks measure what they say, on sizes that take seconds, and the page of one shows its newest result."""

from __future__ import annotations

import dataclasses
import json
import math
import runpy
from itertools import pairwise
from pathlib import Path

import pytest
from benchmarks import hydro, latency, limits, throughput
from benchmarks.hydro_run import STAGES, Case, measured
from benchmarks.tables import write

from inloop import mir
from inloop.hydro.ranks import Alone

TINY = hydro.Size(vortex=16, triple_point=14, most=3, period=0.25, rounds=1, ranks=(1,))


@pytest.mark.parametrize("name", TINY.cases)
def test_stages_are_parts_of_the_whole(name):
    before = mir.reconstruct, mir.Interface.share
    found = measured(dataclasses.replace(TINY.cases[name], method="elvira"), Alone())
    assert (mir.reconstruct, mir.Interface.share) == before
    assert all(found[stage] > 0 for stage in STAGES)
    assert sum(found[stage] for stage in STAGES) < found["seconds"]
    assert found["zones"] == (14 * 6 if name == "compressible" else 16**2)


def test_memory_a_zone_holds_the_state_at_least():
    found = measured(Case("triple-point", "youngs", 28, most=1, memory=True), Alone())
    assert found["bytes"] > 2 * 8 * (3 * 3 + 2)


def test_tables_have_a_row_for_every_run_and_shares_of_the_whole():
    table = hydro.speed(TINY)
    assert len(table.rows) == len(TINY.cases) * len(hydro.METHODS)
    assert all(len(row) == len(table.heads) for row in table.rows)
    assert all(math.isclose(sum(row[-4:]), 100) and min(row[-4:]) >= 0 for row in table.rows)


def test_a_run_that_fails_is_told():
    with pytest.raises(SystemExit, match="problem 'whirl' is unknown"):
        hydro.launched([Case("whirl", "elvira", 16)], 1)


def test_throughput_is_kept_and_its_page_shows_it(tmp_path):
    make = runpy.run_path(str(Path(__file__).parents[1] / "docs/make_throughput.py"))
    size = throughput.Size(seconds=0.01, sizes=(1, 2), samples=2, engines=("native",), family=False)
    tables = throughput.run(size)
    assert all(len(row) == len(table.heads) for table in tables for row in table.rows)
    write(throughput.NAME, {"date": "2030-01-02", "processor": "this one"}, tables, tmp_path)
    result = make["newest"](tmp_path)
    assert result == json.loads((tmp_path / "throughput-2030-01-02.json").read_text())
    shown = make["page"](result)
    assert "- processor: this one" in shown
    assert "| mir, native, float32 |" in shown
    with pytest.raises(SystemExit, match="run python -m benchmarks throughput"):
        make["newest"](tmp_path / "empty")


def test_the_throughput_page_in_the_docs_is_the_present_one():
    make = runpy.run_path(str(Path(__file__).parents[1] / "docs/make_throughput.py"))
    assert make["PAGE"].read_text(encoding="utf-8") == make["page"](make["newest"]())


def test_limits_and_latency_make_their_page(tmp_path):
    make = runpy.run_path(str(Path(__file__).parents[1] / "docs/make_limits.py"))
    size = limits.Size(samples=32, distinct=16, rounds=3, matrix=256, copied=1 << 22)
    facts, stages, bounds = limits.run(size)
    assert math.isclose(sum(row[-1] for row in stages.rows), 100)
    assert min(row[1] for row in stages.rows) > 0
    shown = {row[0]: row[1] for row in facts.rows}
    widths = [int(width) for width in shown["widths of the network"].split("-")]
    views = shown["mixed zones a sample"] * shown["views a mixed zone that the network answers"]
    weights = sum(a * b for a, b in pairwise(widths))
    assert bounds.rows[0][1] == pytest.approx(2 * weights * views)
    assert bounds.rows[1][1] == 64 * 64 * 4
    about = {"date": "2030-01-02", "processor": "this one"}
    write(limits.NAME, about, [facts, stages, bounds], tmp_path)
    write(latency.NAME, about, latency.run(latency.Size(samples=2, calls=5, rounds=1)), tmp_path)
    page = make["present"](tmp_path)
    assert "- processor: this one" in page
    assert "| Python |" in page


def test_latency_says_why_c_is_missing(monkeypatch):
    monkeypatch.setattr(latency.shutil, "which", lambda name: None)
    (table,) = latency.run(latency.Size(samples=2, calls=5, rounds=1))
    assert [row[0] for row in table.rows] == ["C, not measured: there is no C compiler", "Python"]
    assert table.rows[1][2] <= table.rows[1][1] <= table.rows[1][3]


def test_the_limits_page_in_the_docs_is_the_present_one():
    make = runpy.run_path(str(Path(__file__).parents[1] / "docs/make_limits.py"))
    assert make["PAGE"].read_text(encoding="utf-8") == make["present"]()


def test_the_page_tells_what_smaller_kernels_were_measured_to_be():
    make = runpy.run_path(str(Path(__file__).parents[1] / "docs/make_optimize.py"))
    kept = {name: make["newest"](name, make["RESULTS"]) for name in (*make["VARIANTS"], *make["CHANNELS"])}
    assert make["page"](kept) == make["PAGE"].read_text(encoding="utf-8")
    for result in (kept[name] for name in make["CHANNELS"]):
        fastest = make["fastest"](result["results"])
        assert len(fastest) == len({label.partition(",")[0] for label in result["results"]})
        for name, one in fastest.items():
            rates = [each["samples_per_second"] for label, each in result["results"].items() if label.startswith(name)]
            assert one["samples_per_second"] == max(rates)
