"""Batches of samples of two materials, which the core draws without a mesh around them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from tests.mir.strategies import mixture, seeds

import inloop
from inloop import InloopError, mir


def means(images):
    return images.reshape(*images.shape[:-2], 8, 8, 8, 8).mean(axis=(-3, -1))


def rough(seed, count=4):
    draw = np.random.default_rng(seed)
    return np.stack([mixture(draw, 2, (8, 8), "rough")[0] for _ in range(count)])


def drawn(samples):
    return inloop.load("mir")(samples, out=np.empty((*samples.shape[:-2], 64, 64)))


@given(seeds)
def test_images_hold_the_fractions_and_are_those_of_the_mesh(seed):
    samples = rough(seed)
    images = drawn(samples)
    assert np.abs(means(images) - samples).max() <= 1e-13
    for sample, image in zip(samples, images, strict=True):
        np.testing.assert_allclose(image, mir.reconstruct(sample).coverage(8)[0], rtol=0, atol=1e-9)


@given(seeds)
def test_a_sample_does_not_know_its_batch(seed):
    samples = rough(seed, 37)  # more than go together
    images = drawn(samples)
    assert np.array_equal(drawn(samples[20:21])[0], images[20])
    assert np.array_equal(drawn(samples[::-1]), images[::-1])


@pytest.mark.parametrize("trace", [1e-4, 1e-8, 1e-12, 1e-15, 1e-100])
def test_traces_keep_their_digits(trace):
    samples = np.zeros((2, 8, 8))
    samples[0, 3, 3:5], samples[0, 5, 5] = trace, 3 * trace
    samples[1, :, :4], samples[1, :, 4] = 1, trace
    found = means(drawn(samples))
    mixed = samples % 1 > 0
    assert np.abs(found[mixed] - samples[mixed]).max() <= 1e-9 * trace + 1e-17


@pytest.mark.parametrize(
    "field",
    [
        np.full((8, 8), 0.5),  # no symmetric answer
        np.indices((8, 8)).sum(axis=0) % 2 * 0.5 + 0.25,  # a checkerboard
        np.pad(np.full((8, 1), 0.5), ((0, 0), (3, 4)), constant_values=((0, 0), (1, 0))),  # a border along vertices
        np.diag(np.full(8, 0.5)) + np.tril(np.ones((8, 8)), -1),  # one through corners
    ],
    ids=["half", "checkerboard", "straight", "diagonal"],
)
def test_ties_are_settled(field):
    image = drawn(field[None])[0]
    assert np.abs(means(image) - field).max() <= 1e-12
    np.testing.assert_allclose(image, mir.reconstruct(field).coverage(8)[0], rtol=0, atol=1e-9)


def test_both_materials_fill_the_sample():
    one = rough(3)
    both = np.stack([one, 1 - one], axis=1)
    images = drawn(both)
    assert np.abs(images.sum(axis=1) - 1).max() <= 1e-15
    assert np.abs(means(images) - both).max() <= 1e-12


@pytest.mark.parametrize(("value", "words"), [(np.nan, "NaN"), (-0.1, "below 0"), (1.2, "above 1")])
def test_what_is_no_fraction_is_named(value, words):
    samples = rough(5)
    samples[2, 6, 1] = value
    with pytest.raises(InloopError, match=rf"sample 2: fraction in zone \(row 6, column 1\).*{words}"):
        drawn(samples)


def test_two_materials_that_do_not_fill_a_zone_are_named():
    both = np.stack([rough(6), 1 - rough(6)], axis=1)
    both[1, 1, 2, 3] += 0.01
    with pytest.raises(InloopError, match=r"sample 1: fraction in zone \(row 2, column 3\).*sums to"):
        drawn(both)
