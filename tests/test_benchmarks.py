"""The benchmark of the host simulations measures what it says, on a size that takes seconds."""

from __future__ import annotations

import dataclasses
import math

import pytest
from benchmarks import hydro
from benchmarks.hydro_run import STAGES, Case, measured

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
