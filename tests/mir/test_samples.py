"""Random samples: exact against closed forms and quadrature, complete, and true to their recipe."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, optimize

from inloop.data import symmetry
from inloop.errors import InloopError
from inloop.mir import shapes
from inloop.mir.samples import NAMES, Recipe, exact, figure, sampled, shape_seed
from inloop.mir.samples import draw as draw_shape
from inloop.mir.samples.curves import Bend, Rounds, Segments, circles
from inloop.mir.samples.figure import Border, Figure, Place
from inloop.mir.samples.junctions import power_borders
from inloop.mir.samples.patches import patches_of, sharpest_radius

EDGES = (np.linspace(*exact.WINDOW, exact.ZONES * exact.FINE + 1),) * 2
INNER = slice(exact.HALO, -exact.HALO)
FAR = figure.FAR
EVERY = tuple((name, 1.0) for name in NAMES)
RECIPES = {2: Recipe(), 3: Recipe(materials=3, families=EVERY), 6: Recipe(materials=6)}


def as_drawn(points):
    return points


def shares_of(fig, place=as_drawn, materials=2):
    return exact.coverage(patches_of(fig, place, exact.WINDOW), 1, materials)[0]


def lobed(centre, radius, swell, lobes, phase):
    one = [np.array([value]) for value in (0.0, 2 * math.pi, 0.0, swell, lobes, phase)]
    return Figure((figure.arcs(Rounds(np.array([centre]), np.full((1, 2), radius), *one), 0, 1),), (0.0, 0.0))


def agree(ours, truth, within=1e-10):
    np.testing.assert_allclose(ours, truth, rtol=0, atol=within)
    assert ((ours == 0) == (truth == 0)).all()
    assert ((ours == 1) == (truth == 1)).all()


# -- exact coverages against closed forms ----------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [0.03, 0.4, 1.0, 3.7, 25.0, 200.0])
def test_a_disks_coverage_is_the_closed_one(radius):
    rng = np.random.default_rng(int(100 * radius))
    for target, angle in zip(rng.uniform(0.3, 7.7, (8, 2)), rng.uniform(0, 2 * np.pi, 8), strict=True):
        centre = target - radius * np.array([math.cos(angle), math.sin(angle)])
        fig = Figure((figure.arcs(circles(centre[None], radius), 0, 1),), tuple(target))
        agree(shares_of(fig)[0], shapes.Circle(tuple(centre), radius).fractions(EDGES))
        patches = patches_of(fig, as_drawn, exact.WINDOW)
        assert sharpest_radius(patches, exact.WINDOW) == pytest.approx(radius, rel=1e-6)


@pytest.mark.parametrize(("a", "b", "turn"), [(3.0, 1.1, 0.4), (40.0, 12.0, 2.1), (2.0, 0.2, 1.2), (800.0, 200.0, 0.0)])
def test_an_ellipses_coverage_is_the_closed_one(a, b, turn):
    one = [np.array([value]) for value in (0.0, 2 * math.pi, turn, 0.0, 0.0, 0.0)]
    centre = (4.3 - a * math.cos(turn), 3.9 - a * math.sin(turn))
    fig = Figure((figure.arcs(Rounds(np.array([centre]), np.array([[a, b]]), *one), 0, 1),), (4.3, 3.9))
    agree(shares_of(fig)[0], shapes.Ellipse(centre, (a, b), turn).fractions(EDGES), within=5e-10)


def test_polygons_with_tips_in_and_out_agree_with_clipping():
    star = shapes.star((4.1, 3.8), (5.0, 1.3), 5, 0.3)
    agree(shares_of(Figure((figure.outline(star.corners, 0, 1),), (0.0, 0.0)))[0], star.fractions(EDGES), 1e-12)


def test_a_part_of_a_ring_agrees_with_clipping():
    centre, inner, outer, begin, finish = (1.1, 2.3), 4.0, 4.1, -0.4, 1.9
    at = np.array([centre])
    ends = []
    for angle, radii in ((begin, (inner, outer)), (finish, (outer, inner))):
        ends.append([(centre[0] + r * math.cos(angle), centre[1] + r * math.sin(angle)) for r in radii])
    rims = [figure.arcs(circles(at, outer, begin, finish), 0, 1), figure.arcs(circles(at, inner, begin, finish), 1, 0)]
    fig = Figure((*rims, figure.lines(ends, 0, 1)), (0.0, 0.0))
    agree(shares_of(fig)[0], shapes.Filament(centre, inner, outer, begin, finish).fractions(EDGES), 1e-11)


@pytest.mark.parametrize("seed", range(6))
def test_a_voronoi_diagram_agrees_with_its_half_planes(seed):
    sites = np.random.default_rng(seed).uniform(*exact.WINDOW, (9, 2))
    start, end, left, right = power_borders(sites - 4.0, np.zeros(9))
    fig = Figure((Border(Segments(start + 4.0, end + 4.0), left, right),), (0.0, 0.0))
    truth = shapes.voronoi(tuple(map(tuple, sites.tolist()))).fractions(EDGES)
    np.testing.assert_allclose(shares_of(fig, materials=9), truth, rtol=0, atol=1e-11)


def test_a_power_diagram_gives_each_point_to_the_site_of_greatest_power():
    rng = np.random.default_rng(5)
    sites, weights = rng.uniform(-7, 7, (12, 2)), rng.uniform(0, 12, 12)
    start, end, left, right = power_borders(sites, weights)
    shares = shares_of(Figure((Border(Segments(start + 4, end + 4), left, right),), (0, 0)), materials=12)
    middle = (EDGES[0][:-1] + EDGES[0][1:]) / 2 - 4
    points = np.stack(np.meshgrid(middle, middle), axis=-1)
    owner = (((points[..., None, :] - sites) ** 2).sum(axis=-1) - weights).argmin(axis=-1)
    whole = shares.max(axis=0) == 1
    assert whole.mean() > 0.8
    assert (shares.argmax(axis=0) == owner)[whole].all()
    hidden = set(range(12)) - set(left) - set(right)
    assert hidden, "some site is overpowered"
    assert not shares[sorted(hidden)].any()


def test_the_t_junction_is_boxes():
    fig = Figure((figure.sectors((0.0, math.pi, 1.5 * math.pi), (0, 1, 2)),), (0.0, 0.0))
    shares = shares_of(fig, Place((0.0, 0.0), (3.2, 4.7), -math.pi / 2), materials=3)
    truth = shapes.t_junction(3.2, 4.7).fractions(EDGES)
    np.testing.assert_allclose(shares, truth, rtol=0, atol=1e-11)


def test_the_area_of_lobes_is_the_closed_one():
    for seed in range(5):
        radius, swell, phase = np.random.default_rng(seed).uniform((0.5, 0.05, 0), (4, 0.3, 6))
        shares = shares_of(lobed((4.1, 3.7), radius, swell, 2 + seed, phase))
        assert shares[0].sum() / 64 == pytest.approx(math.pi * radius**2 * (1 + swell**2 / 2), rel=1e-11)


# -- exact coverages against quadrature ------------------------------------------------------------------------------


def below(height, box, kinks):
    """Area of the part of a box under a graph, by adaptive quadrature between the kinks of its integrand."""
    x0, y0, x1, y1 = box
    cuts = [x0, *sorted(kink for kink in kinks if x0 < kink < x1), x1]
    parts = [
        integrate.quad(lambda x: min(max(height(x) - y0, 0.0), y1 - y0), a, b, epsabs=1e-13, epsrel=1e-12)[0]
        for a, b in itertools.pairwise(cuts)
    ]
    return sum(parts)


@pytest.mark.parametrize("radius", [2.0, 20.0])
def test_a_bent_line_agrees_with_quadrature(radius):
    rng = np.random.default_rng(int(radius))
    waves, pushes = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    waves *= (1 / (0.4 * radius) / np.hypot(*waves.T))[:, None]
    pushes *= (0.4 / 3 / np.hypot(*pushes.T) / np.hypot(*waves.T))[:, None]
    bend = Bend(waves, pushes, rng.uniform(0, 6, 3))
    assert bend.strain == pytest.approx(0.4)
    place = Place((0.0, 0.0), (3.9, 4.2), 0.0, bend)
    shares = shares_of(Figure((figure.lines([((-FAR, 0), (FAR, 0))], 0, 1),), (0.0, 0.0)), place)[1]

    def point(t):
        return place(np.array([t, 0.0]))

    def height(x):
        return point(optimize.brentq(lambda t: point(t)[0] - x, -40, 40, xtol=1e-14, rtol=1e-14))[1]

    cut = np.argwhere((shares > 0) & (shares < 1))
    assert len(cut) > 100
    sample = np.linspace(-40, 40, 4001)
    heights = np.array([point(t)[1] for t in sample])
    for row, column in cut[:: len(cut) // 25]:
        box = (EDGES[0][column], EDGES[1][row], EDGES[0][column + 1], EDGES[1][row + 1])
        kinks = []
        for line in (box[1], box[3]):
            for k in np.flatnonzero((heights[1:] > line) != (heights[:-1] > line)):
                kinks.append(point(optimize.brentq(lambda t, y=line: point(t)[1] - y, sample[k], sample[k + 1]))[0])
        assert shares[row, column] == pytest.approx(64 * below(height, box, kinks), abs=1e-9)


def test_drawn_samples_agree_with_fine_polygons_of_their_borders():
    """Chords and the limit that they tend to: the same scan, but curves followed by something else than patches."""
    for index in range(12):
        shape = draw_shape(RECIPES[3], shape_seed(11, index))
        ours = sampled(RECIPES[3], [shape]).coverage[0]
        rough, fine = (exact.core(shares_of(chords(shape, length), materials=3)) for length in (0.008, 0.004))
        np.testing.assert_allclose(ours, fine + (fine - rough) / 3, rtol=0, atol=1e-6)


def chords(shape, longest):
    """The part of a shape's borders about the window as a figure of chords, all of one curve equal in t."""
    borders = []
    for border in shape.figure.borders:
        for curve in range(len(border.curves)):
            count = 32
            t = np.linspace(0, 1, count + 1)
            while True:
                points = shape.place(border.curves.points(np.array([curve]), t[None]))[0]
                start, end = points[:-1], points[1:]
                size = np.hypot(*(end - start).T)
                near = (np.abs((start + end) / 2 - 4) < 8 + size[:, None]).all(axis=1) & (np.diff(t) < 2 / count)
                if not near.any() or size[near].max() <= longest:
                    break
                count *= 2
                first = np.rint(t[:-1][near] * count)
                t = np.unique(np.concatenate([first, first + 1, first + 2])) / count
            sides = (np.full(near.sum(), side[curve]) for side in (border.left, border.right))
            borders.append(Border(Segments(start[near], end[near]), *sides))
    return Figure(tuple(borders), (0.0, 0.0))


def test_a_sliver_in_a_zones_corner_keeps_its_digits():
    for depth in (1e-2, 1e-4, 1e-6):
        normal = np.array([0.6, 0.8])
        fig = Figure((figure.lines([((-FAR, 0), (FAR, 0))], 0, 1),), (0.0, 0.0))
        place = Place((0.0, 0.0), tuple(np.array([3.0, 5.0]) + depth * normal), math.atan2(0.6, -0.8))
        shares = shares_of(fig, place)
        fractions = exact.fractions(shares)[
            :, 5 + exact.HALO, 3 + exact.HALO
        ]  # the zone whose lowest left corner is (3, 5)
        assert fractions.min() == pytest.approx(depth**2 / (2 * 0.6 * 0.8), rel=1e-7)
        assert fractions.sum() == 1


# -- laws of drawn samples -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("materials", RECIPES)
def test_every_sample_is_whole(materials):
    recipe = RECIPES[materials]
    drawn = [draw_shape(recipe, shape_seed(3, index)) for index in range(192)]
    for first in range(0, 192, 32):
        batch = sampled(recipe, drawn[first : first + 32])
        assert batch.coverage.min() == 0
        assert batch.coverage.max() == 1
        np.testing.assert_allclose(batch.coverage.sum(axis=1), 1, rtol=0, atol=3e-16)
        np.testing.assert_allclose(batch.fractions.sum(axis=1), 1, rtol=0, atol=1e-15)
        core = batch.fractions[..., INNER, INNER]
        means = batch.coverage.reshape(-1, materials, 8, 8, 8, 8).mean(axis=(3, 5))
        np.testing.assert_allclose(means, core, rtol=0, atol=1e-15)
        assert ((core > 0) & (core < 1)).any(axis=(1, 2, 3)).all(), "a border passes the core"
        assert (batch.radius > 0).all()
        assert (batch.width > 0).all()
    assert {shape.family for shape in drawn} == {NAMES.index(name) for name, _ in recipe.families}


def test_scales_run_from_under_resolved_to_fine_meshes():
    recipe = Recipe(families={"arc": 1.0})
    radii = np.array([draw_shape(recipe, seed).radius for seed in range(400)])
    assert 1 - 1e-6 < radii.min() < 1.1
    assert 180 < radii.max() < 200 + 1e-3
    steps = np.sort(np.log(radii)) / math.log(200)
    assert np.abs(steps - np.linspace(0, 1, 400)).max() < 1.63 / math.sqrt(400), "Kolmogorov's bound at 1 %"


def test_grazing_borders_make_fractions_of_every_size():
    recipe = Recipe(grazing=1.0)
    batch = sampled(recipe, [draw_shape(recipe, seed) for seed in range(200)])
    tiny = batch.fractions[(batch.fractions > 0) & (batch.fractions < 1e-4)]
    decades = np.floor(np.log10(tiny)).astype(int)
    assert set(range(-10, -4)) <= set(decades)


def test_either_material_fills_the_body_equally_often():
    recipe = Recipe(families={"lobed": 1.0}, radius=(1.0, 1.5))
    batch = sampled(recipe, [draw_shape(recipe, seed) for seed in range(100)])
    inside = batch.coverage.mean(axis=(2, 3)).argmin(axis=1)
    assert 30 < inside.sum() < 70


def test_moving_the_shape_moves_the_sample():
    recipe = RECIPES[3]
    for seed in range(10):
        shape = draw_shape(recipe, seed)
        patches = shape.patches
        plain = exact.coverage(patches, 1, 3)
        for motion in symmetry.MOTIONS:
            matrix = symmetry.matrix(motion)
            powers = patches.powers.copy()
            powers[:, 0] -= 4
            powers = powers @ matrix.T
            powers[:, 0] += 4
            sides = (patches.left, patches.right) if np.linalg.det(matrix) > 0 else (patches.right, patches.left)
            moved = exact.coverage(type(patches)(powers, *sides, patches.sample), 1, 3)
            np.testing.assert_allclose(moved, symmetry.move(plain, motion), rtol=0, atol=1e-11)


def test_a_sample_does_not_depend_on_its_company():
    for recipe in RECIPES.values():
        drawn = [draw_shape(recipe, shape_seed(7, index)) for index in range(6)]
        together = sampled(recipe, drawn)
        for index, shape in enumerate(drawn):
            alone = sampled(recipe, [shape])
            assert all((a[0] == b[index]).all() for a, b in zip(alone, together, strict=True))


def test_borders_that_contradict_each_other_are_refused():
    rays = [((4.0, 4.0), (-FAR, 0.0)), ((4.0, 4.0), (FAR, 0.0))]
    with pytest.raises(InloopError, match="borders do not fit together"):
        shares_of(Figure((figure.lines(rays, (0, 0), (1, 1)),), (0.0, 0.0)))
