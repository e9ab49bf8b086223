"""Laws of the long-wave solver, and computations that share nothing with it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expn
from tests.gasoptics.data import columns

from inloop.errors import InloopError
from inloop.gasoptics.longwave import longwave

LAYERS, TERMS = 12, 5


@pytest.fixture
def depth():
    return np.random.default_rng(3).lognormal(-1.0, 2.0, (4, LAYERS, TERMS))


@pytest.fixture
def emission():
    return np.random.default_rng(4).uniform(5.0, 60.0, (4, LAYERS + 1, TERMS))


def test_an_isothermal_column_sends_up_what_a_black_body_does_and_its_lower_part_neither_warms_nor_cools(depth):
    black = np.broadcast_to(np.array([10.0, 20.0, 30.0, 40.0, 50.0]), (4, LAYERS + 1, TERMS))
    found = longwave(depth, black, black[:, -1])
    np.testing.assert_allclose(found.up, 150.0, rtol=1e-13)
    opaque = longwave(np.full_like(depth, 800.0), black, black[:, -1])
    np.testing.assert_allclose(opaque.down[:, 1:], 150.0, rtol=1e-13)
    assert np.abs(np.diff(opaque.net[:, 1:], axis=1)).max() < 1e-11
    assert (found.down[:, 0] == 0).all()


def test_transparent_air_leaves_the_surface_alone(emission):
    found = longwave(np.zeros((4, LAYERS, TERMS)), emission, emission[:, -1], emissivity=0.9)
    np.testing.assert_allclose(found.up, np.repeat(0.9 * emission[:, -1].sum(axis=1)[:, None], LAYERS + 1, 1))
    assert (found.down == 0).all()


def test_opaque_air_shines_at_each_face_as_that_face_does(emission):
    found = longwave(np.full((4, LAYERS, TERMS), 1e9), emission, emission[:, -1])
    whole = emission.sum(axis=-1)
    np.testing.assert_allclose(found.up, whole, rtol=1e-7)
    np.testing.assert_allclose(found.down[:, 1:], whole[:, 1:], rtol=1e-7)


def test_an_isothermal_layer_against_the_exponential_integral():
    thick = np.array([0.01, 0.1, 0.5, 1.0, 3.0])
    air, ground = np.full((5, 2, 1), 200.0), np.full((5, 1), 300.0)
    passes = 2 * expn(3, thick)
    exact_up, exact_down = 300 * passes + 200 * (1 - passes), 200 * (1 - passes)
    for directions, close in ((4, 0.3), (64, 1e-3)):
        found = longwave(thick[:, None, None], air, ground, directions=directions)
        assert np.abs(found.up[:, 0] - exact_up).max() < close
        assert np.abs(found.down[:, -1] - exact_down).max() < close


def test_layers_cut_in_four_give_the_same_fluxes(depth, emission):
    share = np.arange(5) / 4
    fine = emission[:, :-1, None] * (1 - share[:-1, None]) + emission[:, 1:, None] * share[:-1, None]
    fine = np.concatenate([fine.reshape(4, -1, TERMS), emission[:, -1:]], axis=1)
    whole, cut = (
        longwave(depth, emission, emission[:, -1]),
        longwave(np.repeat(depth, 4, axis=1) / 4, fine, fine[:, -1]),
    )
    np.testing.assert_allclose(cut.up[:, ::4], whole.up, rtol=1e-9)
    np.testing.assert_allclose(cut.down[:, ::4], whole.down, rtol=1e-9, atol=1e-9)


def test_a_thin_layer_is_as_exact_as_a_thick_one(emission):
    """Where a series takes over from the closed form nothing jumps."""
    both = [longwave(np.full((4, LAYERS, TERMS), t), emission, emission[:, -1]) for t in (1e-3 - 1e-9, 1e-3 + 1e-9)]
    assert np.abs(both[0].net - both[1].net).max() < 1e-4


def test_what_columns_take_up_is_what_comes_in_less_what_goes_out(depth, emission):
    found = longwave(depth, emission, emission[:, -1], emissivity=0.95)
    air = columns(4, LAYERS)
    taken = (air.heating(found.net) * air.thickness).sum(axis=1) * 1004.0 / 9.80665 / 86400.0
    np.testing.assert_allclose(taken, found.net[:, 0] - found.net[:, -1], rtol=1e-12, atol=1e-12)


def test_columns_and_terms_do_not_know_of_one_another(depth, emission):
    whole = longwave(depth, emission, emission[:, -1])
    alone = longwave(depth[1:2], emission[1:2], emission[1:2, -1])
    np.testing.assert_allclose(whole.up[1:2], alone.up, rtol=1e-14)
    terms = [
        longwave(depth[..., k : k + 1], emission[..., k : k + 1], emission[:, -1, k : k + 1]) for k in range(TERMS)
    ]
    np.testing.assert_allclose(sum(one.down for one in terms), whole.down, rtol=1e-12)


def test_shapes_that_do_not_fit_are_refused(depth, emission):
    with pytest.raises(InloopError, match=r"expected \(columns, layers, terms\)"):
        longwave(depth, emission[:, :-1], emission[:, -1])
    with pytest.raises(InloopError, match="directions is 0"):
        longwave(depth, emission, emission[:, -1], directions=0)
