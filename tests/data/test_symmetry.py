"""The eight motions form the group of the square, act alike on zones and sub-zones, and leave no array out."""

import itertools

import numpy as np
import pytest

from inloop.data import symmetry
from inloop.errors import InloopError

IMAGE = np.random.default_rng(0).random((2, 3, 16, 16))


def test_there_are_eight_and_they_all_differ():
    assert len({symmetry.move(IMAGE, motion).tobytes() for motion in symmetry.MOTIONS}) == 8
    assert (symmetry.move(IMAGE, 0) == IMAGE).all()


@pytest.mark.parametrize(("first", "then"), list(itertools.product(symmetry.MOTIONS, repeat=2)))
def test_composition_is_doing_one_after_the_other(first, then):
    both = symmetry.compose(first, then)
    assert (symmetry.move(symmetry.move(IMAGE, first), then) == symmetry.move(IMAGE, both)).all()
    np.testing.assert_array_equal(symmetry.matrix(then) @ symmetry.matrix(first), symmetry.matrix(both))


def test_they_form_the_group_of_the_square():
    table = np.array([[symmetry.compose(a, b) for b in symmetry.MOTIONS] for a in symmetry.MOTIONS])
    assert (np.sort(table, axis=0) == np.arange(8)[:, None]).all()
    assert (np.sort(table, axis=1) == np.arange(8)).all()
    assert (table[0] == np.arange(8)).all()
    for a, b, c in itertools.product(symmetry.MOTIONS, repeat=3):
        assert table[table[a, b], c] == table[a, table[b, c]]
    orders = []
    for motion in symmetry.MOTIONS:
        power, order = motion, 1
        while power:
            power, order = symmetry.compose(power, motion), order + 1
        orders.append(order)
        assert symmetry.compose(motion, symmetry.inverse(motion)) == 0
    assert sorted(orders) == [1, 2, 2, 2, 2, 2, 4, 4], "one rest, five of order 2, two quarter turns"


@pytest.mark.parametrize("motion", symmetry.MOTIONS)
def test_fractions_move_as_the_coverage_they_are_the_means_of(motion):
    def fractions(coverage):
        return coverage.reshape(*coverage.shape[:-2], 4, 4, 4, 4).mean(axis=(-3, -1))

    moved = fractions(np.ascontiguousarray(symmetry.move(IMAGE, motion)))
    np.testing.assert_allclose(moved, symmetry.move(fractions(IMAGE), motion), rtol=0, atol=1e-15)


@pytest.mark.parametrize("motion", symmetry.MOTIONS)
def test_positions_do_on_flat_arrays_what_move_does(motion):
    wide = np.arange(15.0).reshape(3, 5)
    assert (wide.ravel()[symmetry.positions(motion, 3, 5)] == symmetry.move(wide, motion).ravel()).all()


@pytest.mark.parametrize("motion", symmetry.MOTIONS)
def test_the_matrix_moves_vectors_as_the_array_moves(motion):
    """A bright spot at (x, y) from the middle, y along the rows, comes to lie at matrix times (x, y)."""
    image = np.zeros((7, 7))
    x, y = 2, -1
    image[3 + y, 3 + x] = 1
    row, column = np.argwhere(symmetry.move(image, motion))[0]
    np.testing.assert_array_equal(symmetry.matrix(motion) @ (x, y), (column - 3, row - 3))


def test_materials_permute_along_their_axis():
    order = (2, 0, 1)
    there = symmetry.permute(IMAGE, order, axis=1)
    assert (there[:, 0] == IMAGE[:, 2]).all()
    assert (symmetry.permute(there, np.argsort(order).tolist(), axis=1) == IMAGE).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: symmetry.move(IMAGE, 8), "motion is 8: expected a whole number from 0 to 7"),
        (lambda: symmetry.move(np.zeros(4), 1), r"array has shape \(4,\)"),
        (lambda: symmetry.compose(0, -1), "motion is -1"),
        (lambda: symmetry.permute(IMAGE, (0, 0, 1), 1), r"order is \[0, 0, 1\]: expected each of the material numbers"),
    ],
)
def test_what_is_no_motion_is_refused(call, told):
    with pytest.raises(InloopError, match=told):
        call()
