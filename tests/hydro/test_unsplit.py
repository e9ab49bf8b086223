"""Flux polygons and the unsplit scheme: exact areas, matched edges, nothing lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hydro.moves import tools, volumes
from tests.mir.strategies import laws, meshes, mixture, seeds

from inloop import _core, mir
from inloop.errors import InloopError
from inloop.hydro.advection import Grid, Move, PlaneFlow, Simulation, Unsplit
from inloop.hydro.advection.unsplit import drift, flux_polygons
from inloop.hydro.problems import problem_of

SCHEME = Unsplit()
METHODS = ("slic", "youngs", "elvira", "lvira", "equiz", "power", "learned")
# L1 area errors of one period of 8, 32 zones, published; ours must be near
PUBLISHED = {"youngs": 3.61e-2, "elvira": 3.77e-2}
MEASURED = {"youngs": 0.03518, "elvira": 0.04299}


def signed_areas(polygons) -> np.ndarray:
    x, y = np.moveaxis(polygons, -1, 0)
    return ((x * np.roll(y, -1, axis=-1) - y * np.roll(x, -1, axis=-1)).sum(axis=-1)) / 2


def rebuilt(rng, materials: int, widths, method="elvira", threads: int = 1) -> mir.Interface:
    shape = (len(widths[1]), len(widths[0]))
    return mir.reconstruct(mixture(rng, materials, shape, "rough"), method=method, spacing=widths, threads=threads)


# ------------------------------------------------------------------------------------------------- areas in polygons


@laws(30)
@given(seeds, meshes((5, 4), aspect=3.0), st.sampled_from(METHODS), st.sampled_from([2, 3]))
def test_boxes_hold_what_share_says(seed, widths, method, materials):
    rng = np.random.default_rng(seed)
    face = rebuilt(rng, materials, widths, method)
    zones = np.stack([rng.integers(0, 5, 40), rng.integers(0, 4, 40)], axis=1)
    corners = np.sort(rng.random((2, 40, 2)), axis=0)
    low = np.stack([face.edges[0][zones[:, 1]], face.edges[1][zones[:, 0]]], axis=1)
    size = np.stack([widths[0][zones[:, 1]], widths[1][zones[:, 0]]], axis=1)
    (x0, y0), (x1, y1) = ((low + size * corner).T for corner in corners)
    boxes = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    share = face.share(zones, np.concatenate(list(corners), axis=1)) * size.prod(axis=1)
    assert np.abs(face.inside(boxes) - share).max() <= 1e-12 * size.max() ** 2
    assert np.abs(face.inside(boxes[:, ::-1]) + share).max() <= 1e-12 * size.max() ** 2


@laws(30)
@given(seeds, st.sampled_from(METHODS), st.integers(3, 8))
def test_materials_add_up_to_the_signed_area(seed, method, corners):
    """Of any polygon within the mesh, twisted and crossing itself or not."""
    rng = np.random.default_rng(seed)
    widths = (rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 5))
    face = rebuilt(rng, 3, widths, method)
    polygons = rng.random((20, corners, 2)) * [widths[0].sum(), widths[1].sum()]
    assert np.abs(face.inside(polygons).sum(axis=0) - signed_areas(polygons)).max() <= 1e-12


@laws(20)
@given(seeds, st.sampled_from(METHODS))
def test_a_polygon_is_the_sum_of_its_parts(seed, method):
    """A fan of triangles about any point adds up to the polygon; the whole mesh holds all there is."""
    rng = np.random.default_rng(seed)
    widths = (np.ones(6), np.ones(5))
    face = rebuilt(rng, 3, widths, method)
    polygon, middle = rng.random((7, 2)) * [6, 5], rng.random(2) * [6, 5]
    fan = np.stack([np.broadcast_to(middle, (7, 2)), polygon, np.roll(polygon, -1, axis=0)], axis=1)
    assert np.abs(face.inside(fan).sum(axis=1) - face.inside(polygon[None])[:, 0]).max() <= 1e-12
    mesh = np.array([[[-1.0, -1.0], [7.0, -1.0], [7.0, 6.0], [-1.0, 6.0]]])
    held = face.coverage(1).reshape(3, -1).sum(axis=1)
    assert face.inside(mesh)[:, 0] == pytest.approx(held, abs=1e-11)


def test_threads_change_no_bit_and_nothing_lies_beyond_the_mesh():
    rng = np.random.default_rng(5)
    widths = (np.ones(12), np.ones(11))
    polygons = rng.random((700, 5, 2)) * [12, 11]
    if _core.openmp():
        areas = [rebuilt(np.random.default_rng(6), 3, widths, "learned", t).inside(polygons) for t in (1, 2, 5)]
        assert (areas[0] == areas[1]).all()
        assert (areas[0] == areas[2]).all()
    face = rebuilt(rng, 2, widths)
    assert (face.inside(polygons + np.array([12.0, 0.0])) == 0).all()
    assert face.inside(np.empty((0, 4, 2))).shape == (2, 0)


@laws(20)
@given(seeds, st.sampled_from(METHODS))
def test_polygons_counted_from_zones_are_the_same_anywhere(seed, method):
    """As in physical coordinates, to rounding; and to the last bit as in a mesh of which this is a part."""
    rng = np.random.default_rng(seed)
    part = mixture(rng, 3, (4, 5), "rough")
    zones = np.stack([rng.integers(0, 4, 30), rng.integers(0, 5, 30)], axis=1)
    polygons = rng.uniform(-2, 3, (30, 5, 2))
    face = mir.reconstruct(part, method=method, spacing=(0.3, 0.7), origin=(1.0, -2.0))
    found = face.inside(polygons, zones)
    physical = (polygons + zones[:, None, ::-1]) * [0.3, 0.7] + [1.0, -2.0]
    assert np.abs(found - face.inside(physical) / 0.21).max() <= 1e-12
    periodic = [mir.reconstruct(np.tile(part, (1, k, k)), method=method, boundary="periodic") for k in (3, 5)]
    middle = [each.inside(polygons, zones + np.array([4 * k, 5 * k])) for each, k in zip(periodic, (1, 3), strict=True)]
    assert (middle[0] == middle[1]).all()


def test_refused_polygons():
    face = rebuilt(np.random.default_rng(1), 2, (np.ones(4), np.ones(4)))
    for polygons in (np.zeros((3, 2)), np.zeros((3, 2, 2)), np.zeros((3, 4, 3)), np.full((1, 4, 2), np.nan)):
        with pytest.raises(InloopError, match="inside"):
            face.inside(polygons)
    triangle = np.zeros((1, 3, 2))
    for zones, match in (([[0, 4]], "outside the mesh"), ([[0.0, 1.0]], "integers"), ([[0, 0]] * 2, "expected")):
        with pytest.raises(InloopError, match=match):
            face.inside(triangle, zones)
    with pytest.raises(InloopError, match="equal zones"):
        rebuilt(np.random.default_rng(1), 2, (np.array([1.0, 2.0]), np.ones(2))).inside(triangle, [[0, 0]])
    space = mir.reconstruct(np.full((2, 3, 3, 3), 0.5), method="youngs")
    with pytest.raises(InloopError, match="share"):
        space.inside(np.zeros((1, 4, 2)))


# ---------------------------------------------------------------------------------------------------------- the scheme


def waves(rng, grid: Grid, cfl: float) -> Move:
    """A random smooth flow: closed walls, or periodic, its largest Courant number `cfl`."""
    size = np.array(grid.high) - grid.low
    modes = rng.normal(size=(3, 3))
    phase = rng.uniform(0, 2 * np.pi, (2, 3)) if grid.periodic else np.zeros((2, 3))
    turn = 2 * np.pi if grid.periodic else np.pi

    def stream(x, y):
        total = 0.0
        for k in range(3):
            for m in range(3):
                along_x = np.sin(turn * (k + 1) * x / size[0] + phase[0, k])
                total = total + modes[k, m] * along_x * np.sin(turn * (m + 1) * y / size[1] + phase[1, m])
        return total

    flow = PlaneFlow(stream)
    fluxes = flow.fluxes(grid)
    length = cfl * grid.volume / max(np.abs(flux).max() for flux in fluxes)
    return Move(grid, tuple(flux * (length / grid.volume) for flux in fluxes), 0, flow, length)


@laws(40)
@given(seeds, st.booleans(), st.sampled_from([2, 3, 4]), st.sampled_from(["youngs", "elvira", "equiz"]), st.booleans())
def test_material_and_bounds_are_kept(seed, periodic, materials, method, wild):
    rng = np.random.default_rng(seed)
    grid = Grid((0.0, 0.0), (1.0, 1.5), (12, 14), periodic)
    start = mixture(rng, materials, grid.shape, "rough")
    rebuild, mend = tools(grid, method)
    now = start
    for _ in range(4):
        now = SCHEME.step(now, waves(rng, grid, 1.0 if wild else 0.2), rebuild, mend)
    assert np.abs(volumes(now) - volumes(start)).max() <= 1e-12 * start[0].size
    assert now.min() >= 0
    assert np.abs(now.sum(axis=0) - 1).max() <= 1e-13
    if method != "equiz":
        assert mend.largest <= 1e-11  # no polygon is tangled: nothing to mend


@laws(20)
@given(seeds, st.booleans(), st.sampled_from([0.2, 1.0]))
def test_polygons_have_the_area_that_passes_and_share_their_corners(seed, periodic, cfl):
    rng = np.random.default_rng(seed)
    grid = Grid((0.0, 0.0), (1.0, 1.5), (9, 11), periodic)
    move = waves(rng, grid, cfl)
    came = drift(move, grid.part())
    for axis, courant in enumerate(move.courant):
        polygons = flux_polygons(came, courant, axis)
        assert np.abs(signed_areas(polygons) - courant).max() <= 1e-13
        ends = (came[:-1], came[1:] + np.array([0, 1])) if axis == 0 else (came[:, 1:] + np.array([1, 0]), came[:, :-1])
        assert (polygons[..., 4, :] == ends[0]).all()
        assert (polygons[..., 2, :] == ends[1]).all()


def test_a_tangled_flow_is_mended_and_says_so():
    """Steps of four zones, which a simulation would refuse."""
    rng = np.random.default_rng(2)
    grid = Grid((0.0, 0.0), (1.0, 1.0), (6, 6))
    largest = 0.0
    for _ in range(10):
        rebuild, mend = tools(grid, "elvira")
        start = mixture(rng, 2, grid.shape, "rough")
        end = SCHEME.step(start, waves(rng, grid, 4.0), rebuild, mend)
        largest = max(largest, mend.largest)
        assert end.min() >= 0
        assert np.abs(volumes(end) - volumes(start)).max() <= 1e-12 * 36
    assert largest > 1e-3


@pytest.mark.parametrize("method", ["elvira", "learned"])
def test_a_shift_by_whole_zones_is_a_shift(method):
    grid = Grid((0.0, 0.0), (8.0, 6.0), (8, 6), periodic=True)
    start = mixture(np.random.default_rng(1), 3, grid.shape, "rough")
    flow = PlaneFlow(lambda x, y: y + x)
    fluxes = flow.fluxes(grid)
    rebuild, mend = tools(grid, method)
    now = start
    for number in range(6):
        now = SCHEME.step(now, Move(grid, fluxes, number, flow, 1.0), rebuild, mend)
        assert np.abs(now - np.roll(start, (-number - 1, number + 1), axis=(1, 2))).max() <= 1e-11


@pytest.mark.parametrize("method", list(PUBLISHED))
def test_the_single_vortex_is_near_the_published_error(method):
    results = Simulation(problem_of("vortex"), method=method, scheme="unsplit", zones=32).run()
    assert results["area_error"] == pytest.approx(PUBLISHED[method], rel=0.25)
    assert results["area_error"] == pytest.approx(MEASURED[method], rel=0.1)
    assert results["volume_drift"] <= 1e-12
    assert results["overshoot_max"] <= 1e-11


@pytest.mark.parametrize("name", ["translation", "rotation"])
def test_rigid_motions_are_better_than_in_sweeps(name):
    errors = [
        Simulation(problem_of(name), method="elvira", scheme=scheme, zones=32).run()["relative_error"]
        for scheme in ("unsplit", "split")
    ]
    assert errors[0] < 0.7 * errors[1]


def test_several_materials_and_threads():
    ends = []
    for threads in (1, 2, 5) if _core.openmp() else (1,):
        problem = problem_of("deformation", period=0.5, materials=4)
        simulation = Simulation(problem, method="elvira", scheme="unsplit", zones=24, threads=threads)
        results = simulation.run()
        assert results["volume_drift"] <= 1e-12
        assert results["relative_error"] < 0.2
        ends.append(simulation.fractions)
    assert all((end == ends[0]).all() for end in ends)


def test_refusals():
    with pytest.raises(InloopError, match="in the plane"):
        Simulation(problem_of("deformation3d"), method="youngs", scheme="unsplit", zones=8)
    with pytest.raises(InloopError, match="smaller CFL"):
        Simulation(problem_of("vortex"), method="youngs", scheme="unsplit", zones=16, cfl=1.5)
