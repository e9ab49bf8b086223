"""The gas table in the core against the same sums in NumPy, in double; on every instruction set."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from tests.gasoptics.gas_tables import expected, random_air, random_table

from inloop import _core


def depth(core, air, terms, dtype=np.float32, threads=1):
    out = np.full((len(air[0]), terms), np.nan, dtype)
    core.depth(*air, out, threads=threads)
    return out


@pytest.mark.parametrize("terms", [1, 16, 32, 37, 96, 112])
def test_depth_is_the_weighted_sum_of_the_table(terms):
    table, air = random_table(terms), random_air(500)
    wanted = expected(table, *air)
    assert depth(table.core, air, terms, np.float64) == pytest.approx(wanted, rel=1e-12)
    scale = expected(random_table_without_signs(table), *air)  # what a rounding is measured by where terms cancel
    assert (np.abs(depth(table.core, air, terms) - wanted) <= 1e-6 * scale).all()


def random_table_without_signs(table):
    """A gas that counts from a reference is added, not taken off."""
    gases = [(kind if kind != "relative" else "linear", *rest) for kind, *rest in table.gases]
    return type(table)(table.pressure, table.coldest, table.step, gases)


def test_single_numbers_in():
    table, air = random_table(), random_air(200, dtype=np.float32)
    wanted = expected(table, *(array.astype(np.float64) for array in air))
    found = depth(table.core, air, 37)
    assert (np.abs(found - wanted) <= 2e-6 * wanted.max(axis=1, keepdims=True)).all()


def test_what_would_be_negative_is_nothing():
    table = random_table()
    gases = [("relative", table.gases[3][1], 1.0, None)]
    alone = type(table)(table.pressure, table.coldest, table.step, gases)
    air = random_air(50)
    air[3] = np.zeros((50, 1))
    assert np.array_equal(depth(alone.core, air, 37), np.zeros((50, 37)))


def test_beyond_an_axis_its_end_counts():
    table = random_table()
    edge = [np.array([table.pressure[0]]), np.array([table.coldest[0]]), np.ones(1), np.array([[1e-6, 0, 0, 0]])]
    beyond = [edge[0] / 7, edge[1] - 50, edge[2], edge[3]]
    assert np.array_equal(depth(table.core, edge, 37), depth(table.core, beyond, 37))


def test_a_row_keeps_its_bits_wherever_it_stands_and_on_any_number_of_threads():
    table, air = random_table(), random_air(2000)
    core = table.core
    whole = depth(core, air, 37)
    for first, count in ((0, 1), (9, 1), (5, 23), (3, 25), (100, 500)):
        part = [np.ascontiguousarray(array[first : first + count]) for array in air]
        assert np.array_equal(depth(core, part, 37), whole[first : first + count])
    for threads in (2, 3):
        assert np.array_equal(depth(core, air, 37, threads=threads), whole)


ELSEWHERE = """
import sys
from inloop import _core
from tests.gasoptics.gas_tables import random_air, random_table
from tests.gasoptics.test_gas_table import depth
assert _core.instruction_set() == sys.argv[1]
for dtype in ("float32", "float64"):
    sys.stdout.buffer.write(depth(random_table().core, random_air(300), 37, dtype).astype("f8").tobytes())
"""


def test_instruction_sets_agree_to_rounding(root):
    def answers(name):
        paths = os.pathsep.join([str(root), *sys.path])
        done = subprocess.run(
            [sys.executable, "-c", ELSEWHERE, name],
            env={**os.environ, "INLOOP_ISA": name, "PYTHONPATH": paths},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return np.frombuffer(done.stdout).reshape(2, 300, 37)

    first, *others = _core.instruction_sets()
    single, full = answers(first)
    for name in others:
        found = answers(name)
        assert np.array_equal(found[1], full)  # only IEEE operations
        assert found[0] == pytest.approx(single, rel=2e-6, abs=1e-6 * single.max())


@pytest.mark.parametrize(
    ("argument", "value", "line"),
    [
        (0, 0.0, "pressure of row 77 is 0: give a positive number"),
        (0, np.nan, "pressure of row 77 is nan"),
        (0, np.inf, "pressure of row 77 is inf"),
        (1, -3.0, "temperature of row 77 is -3"),
        (2, -1.0, "moles of row 77 is -1: give a number that is not negative"),
        (3, 1.5, r"fraction 2 of row 77 is 1.5: give moles per mole of air, from 0 to 1"),
        (3, -1e-9, "fraction 2 of row 77 is -1e-09"),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_impossible_air_is_refused_by_its_row(argument, value, line, threads):
    air = random_air(1200)
    air[argument][(77, 2) if argument == 3 else 77] = value
    with pytest.raises(ValueError, match=line):
        depth(random_table().core, air, 37, threads=threads)


def test_arrays_that_do_not_fit_are_refused():
    table, air = random_table(), random_air(10)
    with pytest.raises(ValueError, match=r"fractions \(n, 4\) of one type, and out \(n, 37\)"):
        depth(table.core, air, 36)
    with pytest.raises(ValueError, match=r"fractions \(n, 4\)"):
        depth(table.core, [*air[:3], air[3][:, :3].copy()], 37)
    with pytest.raises(ValueError, match="of one type"):
        depth(table.core, [air[0].astype(np.float32), *air[1:]], 37)


def test_tables_that_do_not_fit_are_refused():
    table = random_table()
    kind, absorption, _, _ = table.gases[0]

    def made(pressure=table.pressure, coldest=table.coldest, step=table.step, gases=table.gases):
        return _core.GasTable(pressure, coldest, step, gases)

    with pytest.raises(ValueError, match="pressure: expected at least two positive numbers, ascending"):
        made(pressure=table.pressure[::-1].copy())
    with pytest.raises(ValueError, match="temperatures, terms or gases do not fit"):
        made(coldest=table.coldest[1:].copy())
    with pytest.raises(
        ValueError, match=r"gas 1: expected absorption \(\[fractions,\] temperatures, pressures, terms\)"
    ):
        made(gases=[table.gases[0], (kind, absorption[:, :, :5].copy(), 0.0, None)])
    with pytest.raises(ValueError, match="gas 0: expected absorption"):
        made(gases=[("look-up", absorption, 0.0, None)])
    with pytest.raises(ValueError, match="dependence is 'cubic'"):
        made(gases=[("cubic", absorption, 0.0, None)])


@pytest.mark.parametrize("terms", [32, 5])
def test_between_even_steps_it_is_linear(terms):
    values = np.random.default_rng(0).random((11, terms)).astype(np.float32)
    table = _core.EvenTable(120.0, 2.0, values)
    x = np.random.default_rng(1).uniform(110, 150, 100)
    wanted = np.stack([np.interp(x, 120 + 2 * np.arange(11), column) for column in values.T.astype(float)], axis=1)
    for dtype, near in ((np.float64, 1e-13), (np.float32, 1e-6)):
        out = np.empty((100, terms), dtype)
        table.at(x, out)
        assert out == pytest.approx(wanted, abs=near)
    with pytest.raises(ValueError, match="the number of row 3 is nan"):
        table.at(np.array([121.0, 122, 123, np.nan]), np.empty((4, terms)))
    with pytest.raises(ValueError, match=f"expected x .n,. and out .n, {terms}."):
        table.at(x, np.empty((100, terms + 1)))
