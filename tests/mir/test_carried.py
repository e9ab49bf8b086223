"""Shapes carried by a kernel: the flow adds no error of its own, the truth is where the shape is, stores are sure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inloop import InloopError, mir
from inloop.data import Samples
from inloop.mir import carried
from inloop.mir.carried import ROOM, Flow, Voyage, carry, voyage
from inloop.mir.samples import Recipe, draw, exact, sampled, shape_seed
from inloop.mir.samples.draw import dice_of
from inloop.mir.samples.exact import HALO

LINES = Recipe(families={"line": 1.0}, aligned=0.0)
seeds = st.integers(0, 2**32 - 1)


def elvira(fractions):
    return mir.reconstruct(fractions, method="elvira")


def a_voyage(seed: int) -> Voyage:
    return voyage(dice_of(Recipe(), np.random.default_rng(seed)))


@settings(deadline=None)
@given(seeds)
def test_a_flow_keeps_areas_and_its_way_back_undoes_it(seed):
    flow = a_voyage(seed).flow
    points = np.random.default_rng(seed).uniform(-20, 28, (10, 2))
    assert abs(np.linalg.det(flow.turn) - 1) < 1e-12
    assert np.abs(flow.back(flow(points)) - points).max() < 1e-11
    assert np.abs(flow.back.back.turn - flow.turn).max() < 1e-15


@settings(deadline=None)
@given(seeds)
def test_the_core_stays_clear_of_the_sides(seed):
    way = a_voyage(seed)
    corners = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0], [8.0, 8.0]])
    for _ in range(way.steps):
        corners = way.flow.back(corners)
        assert np.abs(corners - 4).max() <= ROOM  # four layers less than the room's half width
    start = way.start(np.array([[0.0, 0.0]]))
    assert np.allclose(start, [[0.0, 0.0]] if way.there_and_back else corners[:1])


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("materials", [2, 4])
def test_whole_zones_of_translation_change_nothing_whatever_the_kernel(materials, back):
    recipe = Recipe(materials=materials)
    shape = draw(recipe, shape_seed(3, materials))
    way = Voyage(Flow(np.eye(2), np.array([1.0, -2.0])), 3, back)
    true = sampled(recipe, [shape]).fractions[0]
    slic = carried.carried(recipe, shape, way, lambda f: mir.reconstruct(f, method="slic"))
    assert np.abs(slic - true).max() < 1e-12


def misplaced_line(seed: int, way: Voyage) -> float:
    """By how much a line's fractions in the core are wrong after ELVIRA, which is exact for lines, has carried it."""
    shape = draw(LINES, shape_seed(8, seed))
    apart = carried.carried(LINES, shape, way, elvira) - sampled(LINES, [shape]).fractions[0]
    return float(np.abs(apart)[:, HALO:-HALO, HALO:-HALO].max())


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_lines_stay_what_they_are_where_the_method_is_exact_for_them(seed, back):
    shear = Flow(np.array([[1.0, 0.03], [0.0, 1.0]]), np.array([0.37, -0.21]))
    assert misplaced_line(seed, Voyage(shear, 6, back)) < 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_in_through_the_sides_hardly_reaches_the_core(seed):
    assert misplaced_line(seed, a_voyage(seed)) < 1e-3


def test_a_kernel_leaves_its_marks_and_no_more():
    recipe = Recipe(families={"ellipse": 1.0}, radius=(3.0, 6.0))
    shape = draw(recipe, 5)
    way = Voyage(Flow(np.array([[1.0, 0.05], [0.0, 1.0]]), np.array([0.3, 0.2])), 10, True)
    found = carried.carried(recipe, shape, way, elvira)
    true = sampled(recipe, [shape]).fractions[0]
    wrong = np.abs(found - true)
    assert 1e-4 < wrong.max() < 0.2
    assert found.min() >= 0
    assert np.abs(found.sum(axis=0) - 1).max() < 1e-12
    pure = (true.max(axis=0) == 1) & (found.max(axis=0) == 1)
    assert pure.mean() > 0.5


def test_the_room_holds_the_same_shape_as_the_window():
    recipe = Recipe(materials=4)
    shape = draw(recipe, 11)
    patches = carried.patches_of(shape.figure, shape.place, (-float(ROOM), 8.0 + ROOM))
    wide = exact.coverage(patches, 1, 4, halo=ROOM, fine=1)[0]
    inner = slice(ROOM - HALO, HALO - ROOM)
    assert np.abs(wide[:, inner, inner] - sampled(recipe, [shape]).fractions[0]).max() < 1e-9


def test_a_store_of_them_is_finished_once_and_refused_to_another_kernel(tmp_path, monkeypatch):
    recipe, path, asked = Recipe(), tmp_path / "carried.h5", []

    def rebuild(fractions):
        asked.append(1)
        return elvira(fractions)

    carry(recipe, path, 6, seed=1, kernel="elvira", rebuild=rebuild)
    with Samples(path) as store:
        held = store.read(names=("fractions", "coverage", "seed"))
    steps = len(asked)
    carry(recipe, path, 6, seed=1, kernel="elvira", rebuild=rebuild)
    assert len(asked) == steps > 0
    shapes = [draw(recipe, int(seed)) for seed in held["seed"]]
    assert np.array_equal(held["coverage"], sampled(recipe, shapes).coverage.astype(np.float32))
    assert held["seed"].tolist() == [shape_seed(1, k) for k in range(6)]
    with pytest.raises(InloopError, match='kernel is "elvira", expected "other"'):
        carry(recipe, path, 6, seed=1, kernel="other", rebuild=rebuild)
