"""Penalties on images whose errors are counted by hand, or by loops over zones and edges."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inloop.constraints import Mean, conservation, continuity, square_error
from inloop.errors import InloopError

torch.set_num_threads(1)


def zones_of(images, rows, columns):
    return images.reshape(len(images), rows, images.shape[1] // rows, columns, -1).mean(axis=(2, 4))


@pytest.fixture
def scene():
    """Images of 3 x 2 zones of 4 x 5 pixels, and fractions some of which are pure."""
    rng = np.random.default_rng(5)
    images, truth = rng.random((2, 4, 12, 10))
    fractions = rng.choice([0.0, 0.3, 0.8, 1.0], (4, 3, 2))
    return images, truth, fractions


@pytest.mark.parametrize("power", ["absolute", "square"])
def test_conservation_is_the_mean_over_mixed_zones(scene, power):
    images, _, fractions = scene
    lost = zones_of(images, 3, 2) - fractions
    lost = abs(lost) if power == "absolute" else lost**2
    expected = lost[(fractions > 0) & (fractions < 1)].mean()
    found = conservation(torch.tensor(images), torch.tensor(fractions), power=power).value
    assert found.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("power", ["absolute", "square"])
@pytest.mark.parametrize("given", [True, False])
def test_continuity_is_the_mean_jump_over_edges_between_mixed_zones(scene, power, given):
    images, truth, fractions = scene
    mixed = (fractions > 0) & (fractions < 1)
    jumps = []
    for n, row, column in np.ndindex(4, 3, 2):
        for down, right in ((1, 0), (0, 1)):
            if (
                row + down > 2
                or column + right > 1
                or not mixed[n, row, column]
                or not mixed[n, row + down, column + right]
            ):
                continue
            if right:
                along, low, high = slice(4 * row, 4 * row + 4), 5 * column + 4, 5 * column + 5
                sides = [(image[n, along, low], image[n, along, high]) for image in (images, truth)]
            else:
                along, low, high = slice(5 * column, 5 * column + 5), 4 * row + 3, 4 * row + 4
                sides = [(image[n, low, along], image[n, high, along]) for image in (images, truth)]
            jump = (sides[0][1] - sides[0][0]) - given * (sides[1][1] - sides[1][0])
            jumps.append(np.mean(abs(jump) if power == "absolute" else jump**2))
    assert len(jumps) > 3
    found = continuity(
        torch.tensor(images), torch.tensor(fractions), torch.tensor(truth) if given else None, power=power
    ).value
    assert found.item() == pytest.approx(np.mean(jumps), rel=1e-12)


def test_the_truth_is_not_punished(scene):
    images = torch.tensor(scene[0])
    fractions = torch.tensor(zones_of(scene[0], 3, 2))
    assert conservation(images, fractions).value < 1e-15
    assert continuity(images, fractions, images).value == 0
    assert square_error(images, images).value == 0


def test_pure_zones_are_nobodys_business_and_nothing_is_no_error():
    images, fractions = torch.rand(2, 8, 8), torch.tensor([[[0.0, 1.0]], [[1.0, 0.0]]])
    for penalty in (conservation(images, fractions), continuity(images, fractions)):
        assert penalty.count == 0
        assert penalty.value == 0


def test_parts_of_a_batch_add_up(scene):
    images, truth, fractions = map(torch.tensor, scene)
    for penalty in (conservation, lambda i, f: continuity(i, f, truth[: len(i)]), lambda i, f: square_error(i, i * 0)):
        whole = penalty(images, fractions)
        parts = (
            [penalty(images[k : k + 1], fractions[k : k + 1]) for k in range(4)] if penalty is conservation else [whole]
        )
        added = Mean(sum(part.total for part in parts), sum(part.count for part in parts))
        assert added.value.item() == pytest.approx(whole.value.item(), rel=1e-12)


def test_a_step_against_the_gradient_mends_what_is_punished(scene):
    images, truth, fractions = map(torch.tensor, scene)
    for penalty in (lambda i: conservation(i, fractions, power="square"), lambda i: continuity(i, fractions, truth)):
        image = images.clone().requires_grad_(True)
        before = penalty(image).value
        before.backward()
        assert penalty((image - 0.01 * image.grad).detach()).value < before


@pytest.mark.parametrize("shape", [(4, 3), (4, 5, 2), (3, 3, 2), (4, 0, 2)])
def test_fractions_that_do_not_fit_are_refused(scene, shape):
    images = torch.tensor(scene[0])
    with pytest.raises(InloopError, match="rows and columns divide the images'"):
        conservation(images, torch.zeros(shape))


def test_a_truth_that_does_not_fit_is_refused(scene):
    images, _, fractions = map(torch.tensor, scene)
    with pytest.raises(InloopError, match="truth: shape"):
        continuity(images, fractions, images[:, 1:])
    with pytest.raises(InloopError, match="truth: shape"):
        square_error(images, images[:, 1:])
