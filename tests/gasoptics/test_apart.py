"""A table gas by gas, and what a network is to give for it: together they are the table again."""

from __future__ import annotations

import numpy as np
import pytest
from tests.gasoptics.data import columns
from tests.gasoptics.synthetic import write_table

from inloop.gasoptics import LookUp
from inloop.gasoptics.apart import Apart
from inloop.gasoptics.encoding import FAINTEST, row_network, rows, target


@pytest.fixture(params=["longwave", "shortwave"])
def optics(request, tmp_path):
    return LookUp(write_table(tmp_path / "t.nc", request.param, 7))


def asked(optics):
    air = columns(6, 20)
    return rows(air, ("pressure", "temperature", *optics.needed))


def looked_up(optics, given):
    pressure, temperature = (np.ascontiguousarray(given[:, k]) for k in (0, 1))
    return optics.coefficients(pressure, temperature, given[:, 2:]).astype(np.float64)


def test_parts_times_amounts_are_the_table(optics):
    given, parts = asked(optics), Apart(optics.table)
    water = given[:, 2 + optics.needed.index("h2o")]
    each = parts.coefficients(given[:, 0].copy(), given[:, 1].copy(), water).astype(np.float64)
    amounts = [
        np.ones(len(given)) if name == "1" else given[:, 2 + optics.needed.index(name)] for name in parts.amounts
    ]
    amounts = np.array(amounts) - np.array(parts.counted_from)[:, None]
    assert (each >= 0).all()
    found = np.maximum(np.einsum("pn,npt->nt", amounts, each), 0)
    np.testing.assert_allclose(found, looked_up(optics, given), rtol=2e-5, atol=1e-12)


def test_a_part_knows_of_no_amount_but_that_of_water(optics):
    """Twice the ozone is twice its part: what the network is taught is the same."""
    network, given = row_network(optics, (4,)), asked(optics)
    more = given.copy()
    more[:, 2 + optics.needed.index("o3")] *= 2
    assert np.array_equal(target(network, optics, given), target(network, optics, more))


@pytest.mark.parametrize("apart", [True, False])
def test_what_a_network_is_to_give_becomes_the_table_again(optics, apart):
    network, given = row_network(optics, (4,), apart=apart, hats=(9, 5, 7)), asked(optics)
    found = network.answers(target(network, optics, given), given)
    faint = FAINTEST * (1 + len(network.output.amounts) * 30)  # by gas up to 30 times its usual amount
    np.testing.assert_allclose(found, looked_up(optics, given), rtol=2e-4, atol=faint)


def test_hats_stand_on_the_table(optics):
    """With as many hats as the table has points, just one counts at a point."""
    network = row_network(optics, (4,), hats=(len(optics.table.pressure), 5, 7))
    given = np.repeat(asked(optics)[:1], len(optics.table.pressure), axis=0)
    given[:, 0] = optics.table.pressure
    hats = network.features(given)[:, 1 : 1 + len(given)]
    np.testing.assert_allclose(hats, np.eye(len(given)), atol=1e-5)
