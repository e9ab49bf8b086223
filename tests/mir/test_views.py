"""What networks are shown of samples: each row belongs to the right zone, material and truth, however it is picked."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.strategies import Floats

from inloop import InloopError
from inloop.mir.learned import FEATURES
from inloop.mir.samples import Recipe, draw, sampled, shape_seed
from inloop.mir.samples.exact import CORE, FINE, HALO, ZONES
from inloop.mir.views import Views, joined, views_of

OTHERS = 55  # the place among the features of those that tell of other materials
SINGLE = 2.0**-23  # two numbers of about one that differ by a rounding to single precision


def drawn(materials: int, count: int, seed: int) -> tuple[Floats, Floats]:
    recipe = Recipe(materials=materials)
    batch = sampled(recipe, [draw(recipe, shape_seed(seed, k)) for k in range(count)])
    return batch.fractions, batch.coverage.astype(np.float32)


@pytest.fixture(scope="module", params=[2, 4], ids=["two", "four"])
def samples(request) -> tuple[Floats, Floats]:
    return drawn(request.param, 12, seed=request.param)


@pytest.fixture(scope="module")
def views(samples) -> Views:
    return views_of(*samples)


def same(one, other) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_rows_and_truth_belong_to_their_zones(samples, views) -> None:
    fractions, coverage = samples
    site = question = 0
    for number, (f, image) in enumerate(zip(fractions, coverage, strict=True)):
        assert views.first_site[number] == site
        assert views.first_question[number] == question
        for row in range(-1, CORE + 1):
            for column in range(-1, CORE + 1):
                here = f[:, row + HALO, column + HALO]
                present = np.flatnonzero(here)
                if len(present) < 2:
                    continue
                inside = 0 <= row < CORE and 0 <= column < CORE
                assert tuple(views.place[site]) == (row, column)
                assert views.inner[site] == inside
                assert views.asked[site] == (1 if len(present) == 2 else len(present))
                asked = slice(question, question + views.asked[site])
                assert views.site_size[site] == views.size[asked].max().astype(np.float32)
                for own in present[: views.asked[site]]:
                    other = present[1] if len(present) == 2 else -1
                    assert tuple(views.material[question]) == (own, other)
                    np.testing.assert_allclose(views.fraction[question], [here[own], 1 - here[own]], rtol=0, atol=3e-16)
                    truth = np.zeros((FINE, FINE))
                    if inside:
                        truth = image[own, FINE * row : FINE * (row + 1), FINE * column : FINE * (column + 1)]
                    assert (views.truth[question].reshape(FINE, FINE) == truth).all()
                    question += 1
                site += 1
    assert site == len(views.place) == views.first_site[-1]
    assert question == len(views.feature) == views.first_question[-1]
    assert views.feature.shape == (question, FEATURES)


def order_of(size: float) -> float:
    return np.log10(size) / 3 + 1


def test_the_last_features_tell_of_the_other_materials(samples, views) -> None:
    many = 0
    first = np.cumsum(views.asked) - views.asked
    for start, asked in zip(first, views.asked, strict=True):
        for own in range(start, start + asked):
            size, trust, expected = views.size[own], 1.0, (0, 1, order_of(views.size[own]))
            if asked > 1:
                others = [k for k in range(start, start + asked) if k != own]
                least = min(views.size[k] for k in others)
                largest = max(views.fraction[k, 0] for k in others)
                expected = (1, largest / views.fraction[own, 1], order_of(least))
                trust = (min(size, least) + 0.01) / (size + 0.01)  # the steeper level set decides where a border is
                many += 1
            np.testing.assert_allclose(views.feature[own, OTHERS:], expected, rtol=0, atol=2 * SINGLE)
            assert np.hypot(*views.line[own, 1:]) == pytest.approx(trust, rel=1e-12)
            assert views.scale[own] == pytest.approx(trust * size * (0.03 + size), rel=1e-12)
    assert (many > 30) == (samples[0].shape[1] > 2)


def test_a_batch_of_some_is_that_of_their_views_alone(samples, views) -> None:
    picked = np.array([7, 2, 2, 11])
    alone = views_of(*(array[picked] for array in samples))
    assert same(vars(views.take(picked)), vars(alone))
    batch = views.batch(picked)
    assert same(batch, alone.batch(np.arange(4)))
    sites = np.diff(views.first_site)[picked]
    assert (batch["sample"] == np.repeat(np.arange(4), sites)).all()  # one that comes twice is two


def test_joined_views_are_those_of_all_samples(samples, views) -> None:
    parts = [views_of(*(array[part] for array in samples)) for part in (slice(0, 5), slice(5, 5), slice(5, 12))]
    whole = joined(parts)
    assert len(whole) == 12
    assert same(vars(whole), vars(views))
    assert same(whole.batch(np.array([4, 5])), joined([parts[0].take(np.array([4])), parts[2]]).batch(np.arange(2)))


def test_samples_without_a_border_have_no_rows() -> None:
    f = np.zeros((3, 2, ZONES, ZONES))
    f[:, 0] = 1
    f[1, :, HALO + 2, HALO + 5] = 0.3, 0.7
    views = views_of(f, np.zeros((3, 2, CORE * FINE, CORE * FINE), dtype=np.float32))
    assert views.first_site.tolist() == [0, 0, 1, 1]
    assert views.batch(np.array([2, 0]))["feature"].shape == (0, FEATURES)
    assert views.batch(np.array([2, 1]))["sample"].tolist() == [1]


def test_a_third_material_that_is_nowhere_changes_nothing() -> None:
    fractions, coverage = drawn(2, 20, seed=9)
    two = views_of(fractions, coverage)
    three = views_of(*(np.insert(array, 2, 0, axis=1) for array in (fractions, coverage)))
    for name in ("first_site", "first_question", "place", "asked", "material", "turn", "truth"):
        assert np.array_equal(getattr(two, name), getattr(three, name)), name
    for name in ("fraction", "line", "size", "scale"):
        np.testing.assert_allclose(getattr(two, name), getattr(three, name), rtol=0, atol=1e-13)
    rounding = 1e-15 / two.size[:, None]  # features are divided by the size: on straight borders nothing else is left
    assert (rounding < SINGLE).mean() > 0.9
    assert (np.abs(two.feature - three.feature) <= 2 * SINGLE + 4 * rounding).all()


@pytest.mark.parametrize(
    ("fractions", "coverage", "message"),
    [
        (
            (2, 16, 16),
            (2, 64, 64),
            r"fractions have shape \(2, 16, 16\): expected \(samples, materials, 16, 16\) of all",
        ),
        ((5, 1, 16, 16), (5, 1, 64, 64), r"fractions have shape \(5, 1, 16, 16\): expected \(samples, materials, "),
        ((5, 2, 14, 14), (5, 2, 64, 64), r"fractions have shape \(5, 2, 14, 14\): expected \(samples, materials, "),
        ((5, 3, 16, 16), (5, 2, 64, 64), r"coverage has shape \(5, 2, 64, 64\): expected \(5, 3, 64, 64\) as of fract"),
        ((5, 2, 16, 16), (4, 2, 64, 64), r"coverage has shape \(4, 2, 64, 64\): expected \(5, 2, 64, 64\) as of fract"),
        ((5, 2, 16, 16), (5, 2, 8, 8), r"coverage has shape \(5, 2, 8, 8\): expected \(5, 2, 64, 64\) as of fractions"),
    ],
)
def test_wrong_shapes_are_refused_in_one_line(fractions, coverage, message) -> None:
    with pytest.raises(InloopError, match=message) as told:
        views_of(np.zeros(fractions), np.zeros(coverage, dtype=np.float32))
    assert "\n" not in str(told.value)
