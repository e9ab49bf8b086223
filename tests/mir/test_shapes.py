"""The exact truths, held against closed forms of other kinds, quadrature, and the laws that areas obey."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inloop.errors import InloopError
from inloop.mir.shapes import (
    BUILT_IN,
    Ball,
    Circle,
    Diagram,
    Ellipse,
    Filament,
    HalfPlane,
    HalfSpace,
    Polygon,
    SlottedDisk,
    refined,
    regular_polygon,
    sectors,
    star,
    t_junction,
    uniform_edges,
    voronoi,
)

FLAT = sorted(name for name, example in BUILT_IN.items() if example.dimensions == 2)
BOUNDED = {
    "circle": Circle((0.51, 0.493), 0.3),
    "ellipse": Ellipse((0.5, 0.49), (0.41, 0.07), 0.7),
    "triangle": regular_polygon((0.5, 0.45), 0.37, 3, 0.4),
    "star": star((0.5, 0.5), (0.42, 0.18), 5, 0.3),
    "slotted disk": SlottedDisk((0.5, 0.5), 0.35, 0.12, 0.2, 2.4),
    "filament": Filament((0.5, 0.45), 0.33, 0.36, 0.2, math.pi - 0.3),
    "long filament": Filament((0.5, 0.5), 0.3, 0.4, -1.0, 4.5),
}

small = st.floats(-0.1, 0.1)
widths = st.lists(st.floats(0.05, 3.0), min_size=1, max_size=9)


def stretched_edges(x_widths, y_widths):
    """Nodes of a rectilinear mesh over the unit square."""
    edges = []
    for parts in (x_widths, y_widths):
        nodes = np.concatenate([[0.0], np.cumsum(parts)])
        edges.append(nodes / nodes[-1])
    return tuple(edges)


def zone_areas(edges):
    return np.diff(edges[1])[:, None] * np.diff(edges[0])[None, :]


def disk_south_west_of(x, y, radius):
    """Area of the disk about the origin where X < x and Y < y, from the integral of clipped half-chords."""
    x = min(max(x, -radius), radius)

    def below(t):  # area under the upper half circle, left of t
        t = min(max(t, -radius), radius)
        return (t * math.sqrt(radius**2 - t**2) + radius**2 * math.asin(t / radius)) / 2 + math.pi * radius**2 / 4

    if y >= radius:
        return 2 * below(x)
    if y <= -radius:
        return 0.0
    corner = math.sqrt((radius - y) * (radius + y))
    left, right = min(x, -corner), min(x, corner)
    # Chords are full where the upper half circle is below y, and end at y between the corners.
    middle = below(right) - below(left) + y * (right - left)
    outer = 2 * (below(left) + below(x) - below(right))
    return middle + outer if y >= 0 else below(right) - below(left) - abs(y) * (right - left)


@pytest.mark.parametrize(("centre", "radius"), [((0.51, 0.493), 0.3), ((0.2, 0.7), 0.11), ((0.5, 0.5), 0.02)])
def test_circle_fractions_equal_the_inclusion_exclusion_of_quadrants(centre, radius):
    edges = uniform_edges(23)
    corners = np.array([[disk_south_west_of(x - centre[0], y - centre[1], radius) for x in edges[0]] for y in edges[1]])
    areas = np.diff(np.diff(corners, axis=0), axis=1)
    np.testing.assert_allclose(Circle(centre, radius).fractions(edges), areas * 23**2, rtol=0, atol=3e-13)


@pytest.mark.parametrize("name", BOUNDED)
def test_areas_add_up_to_the_shapes_area(name):
    shape = BOUNDED[name]
    for zones in (1, 3, 10, 64):
        assert shape.fractions(uniform_edges(zones)).sum() / zones**2 == pytest.approx(shape.area(), rel=0, abs=1e-15)


@pytest.mark.parametrize("name", BOUNDED)
@given(x_widths=widths, y_widths=widths)
@settings(max_examples=25, deadline=None)
def test_on_any_rectilinear_mesh_areas_and_moments_are_those_of_the_whole(name, x_widths, y_widths):
    shape, edges = BOUNDED[name], stretched_edges(x_widths, y_widths)
    fractions, centroids = shape.fractions(edges), shape.centroids(edges)
    area = fractions * zone_areas(edges)
    assert area.sum() == pytest.approx(shape.area(), rel=1e-13)
    whole = shape.centroids(uniform_edges(1))[0, 0, 0]
    moment = np.einsum("yx,yxd->d", area, centroids[0])
    np.testing.assert_allclose(moment / shape.area(), whole, rtol=1e-12)
    both = fractions[..., None] * centroids[0] + (1 - fractions[..., None]) * centroids[1]
    middle = np.stack(np.meshgrid(*(axis[:-1] + np.diff(axis) / 2 for axis in edges)), axis=-1)
    np.testing.assert_allclose(both, middle, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("k", [1, 3, 8])
def test_a_zones_fraction_is_the_mean_over_its_sub_zones(name, k):
    example, zones = BUILT_IN[name], 9
    coverage = example.shape.coverage(example.edges(zones), k)
    blocks = coverage.reshape(*coverage.shape[:-2], zones, k, zones, k).mean(axis=(-3, -1))
    np.testing.assert_allclose(blocks, example.fractions(zones), rtol=0, atol=2e-15)


@pytest.mark.parametrize("name", [name for name in FLAT if not isinstance(BUILT_IN[name].shape, Diagram)])
def test_zones_away_from_the_border_are_exactly_pure(name):
    example = BUILT_IN[name]
    edges, fractions = example.edges(50), example.fractions(50)
    middle = (edges[0][:-1] + edges[0][1:]) / 2
    level = example.shape.level(middle[None, :], middle[:, None])
    half_diagonal = math.sqrt(0.5) / 50
    assert set(np.unique(fractions[level > half_diagonal])) <= {0.0}
    assert set(np.unique(fractions[level < -half_diagonal])) == {1.0} or not (level < -half_diagonal).any()
    assert ((fractions >= 0) & (fractions <= 1)).all()
    assert ((fractions > 0) & (fractions < 1)).any()


def test_a_circle_that_touches_mesh_lines_leaves_no_slivers():
    fractions = Circle((0.5, 0.5), 0.25).fractions(uniform_edges(4))
    quarter = math.pi / 4
    expected = np.zeros((4, 4))
    expected[1:3, 1:3] = quarter
    np.testing.assert_allclose(fractions, expected, rtol=1e-15)
    assert (fractions[expected == 0] == 0).all()


def test_straight_borders_on_mesh_lines_leave_no_slivers():
    edges = uniform_edges(10)
    for step in range(11):
        along = HalfPlane((edges[0][step], 0.3), (1.0, 0.0)).fractions(edges)
        assert np.array_equal(along, np.broadcast_to(np.arange(10) < step, (10, 10)))
    square = Polygon(((0.2, 0.3), (0.7, 0.3), (0.7, 0.9), (0.2, 0.9)))
    assert set(np.unique(square.fractions(edges))) == {0.0, 1.0}
    slotted = SlottedDisk((0.5, 0.5), 0.45, 0.2, 0.1).fractions(edges)
    assert (slotted[2:6, 4:6] == 0).all()


@pytest.mark.parametrize("exponent", [-6, -16, -30])
def test_tiny_fractions_keep_their_digits(exponent):
    # A circle that pokes by s = 2^exponent through a mesh line; the cap's area without cancellation by quadrature.
    s = 2.0**exponent
    radius, half = 0.25 + s, math.sqrt(s * (0.5 + s))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    x = half * nodes
    cap = half * weights @ ((half - x) * (half + x) / (np.sqrt(radius**2 - x**2) + 0.25))
    edges = (np.array([0.0, 1.0]), np.array([0.0, 0.75, 1.0]))
    fraction = Circle((0.5, 0.5), radius).fractions(edges)[1, 0]
    assert fraction == pytest.approx(4 * cap, rel=1e-13)


def test_a_small_corner_of_a_half_plane_keeps_its_digits():
    legs = 3e-5
    line = HalfPlane((1.0 - legs, 1.0), (-1.0, -1.0))  # cuts the corner at (1, 1)
    assert line.fractions(uniform_edges(1))[0, 0] == pytest.approx(legs**2 / 2, rel=1e-10)
    assert line.fractions(uniform_edges(8))[7, 7] == pytest.approx(32 * legs**2, rel=1e-10)


def test_a_small_circle_inside_one_zone_is_seen():
    fractions = Circle((0.15, 0.85), 0.01).fractions(uniform_edges(10))
    assert fractions[8, 1] == pytest.approx(math.pi * 0.01, rel=1e-14)
    assert np.count_nonzero(fractions) == 1


def test_an_ellipse_is_a_stretched_circle():
    edges = uniform_edges(17)
    round_one = Circle((0.5, 0.5), 0.35).fractions(edges)
    stretched = Ellipse((1.5, 0.25), (1.05, 0.175)).fractions((edges[0] * 3, edges[1] / 2))
    np.testing.assert_allclose(stretched, round_one, rtol=0, atol=1e-14)


def test_turning_a_shape_by_a_quarter_turns_its_fractions():
    edges, quarter = uniform_edges(24), math.pi / 2
    for upright, lying in (
        (Ellipse((0.5, 0.5), (0.4, 0.2), 0.3), Ellipse((0.5, 0.5), (0.4, 0.2), 0.3 + quarter)),
        (SlottedDisk((0.5, 0.5), 0.4, 0.1, 0.2, 0.3), SlottedDisk((0.5, 0.5), 0.4, 0.1, 0.2, 0.3 + quarter)),
        (Filament((0.5, 0.5), 0.3, 0.4, 0.3, 2.0), Filament((0.5, 0.5), 0.3, 0.4, 0.3 + quarter, 2.0 + quarter)),
    ):
        # x runs along columns: a quarter turn counter-clockwise of the plane is np.rot90 the other way round
        np.testing.assert_allclose(lying.fractions(edges), np.rot90(upright.fractions(edges), -1), rtol=0, atol=1e-13)


@given(dx=small, dy=small, turn=st.floats(0.0, 6.0))
@settings(max_examples=30, deadline=None)
def test_what_two_stars_share_does_not_depend_on_which_is_asked(dx, dy, turn):
    one, other = star((0.5, 0.5), (0.42, 0.18), 5, 0.3), star((0.5 + dx, 0.5 + dy), (0.4, 0.1), 4, turn)
    corners = [np.array(shape.corners)[None] for shape in (one, other)]
    assert one.overlap(corners[1], 0)[0] == pytest.approx(other.overlap(corners[0], 0)[0], abs=1e-15)
    assert one.overlap(corners[0], 0)[0] == pytest.approx(one.area(), abs=1e-15)


def test_disk_and_polygon_that_hold_one_another():
    big, small_one = Circle((0.5, 0.5), 10.0), Circle((0.5, 0.5), 0.01)
    outline = np.array(star((0.5, 0.5), (0.42, 0.18), 5).corners)[None]
    assert big.overlap(outline, 0)[0] == pytest.approx(star((0.5, 0.5), (0.42, 0.18), 5).area(), rel=1e-15)
    assert small_one.overlap(outline, 0)[0] == pytest.approx(small_one.area(), rel=1e-14)
    assert Circle((5.0, 5.0), 1.0).overlap(outline, 0)[0] == 0.0


def test_t_junction_fractions():
    a, b, c = t_junction().fractions((np.linspace(0, 1, 4), np.linspace(0, 1, 6)))
    np.testing.assert_allclose(a, np.broadcast_to([0, 0.5, 1], (5, 3)), atol=1e-15)
    np.testing.assert_allclose(b[2], [0.5, 0.25, 0], atol=1e-15)
    np.testing.assert_allclose(c[:, 1], [0.5, 0.5, 0.25, 0, 0], atol=1e-15)


@given(
    sites=st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)), min_size=2, max_size=7, unique=True),
    zones=st.integers(1, 12),
)
@settings(max_examples=40, deadline=None)
def test_diagrams_fill_the_plane(sites, zones):
    if min(math.dist(p, q) for p in sites for q in sites if p != q) < 1e-3:
        return
    diagram, edges = voronoi(tuple(sites)), uniform_edges(zones)
    fractions = diagram.fractions(edges)
    # the remainder goes to the largest fraction, so the sum is one up to the order of adding
    np.testing.assert_allclose(fractions.sum(axis=0), 1.0, rtol=0, atol=4e-16)
    boxes = np.array([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]])
    direct = diagram.shares_in(boxes, boxes[:, 0])[0][:, 0]
    np.testing.assert_allclose(fractions.mean(axis=(1, 2)), direct, rtol=0, atol=1e-14)
    middle = np.einsum("myx,myxd->yxd", fractions, diagram.centroids(edges))
    expected = np.stack(np.meshgrid(*[(np.arange(zones) + 0.5) / zones] * 2), axis=-1)
    np.testing.assert_allclose(middle, expected, rtol=0, atol=1e-13)


def test_a_voronoi_zone_is_pure_exactly_when_its_corners_agree_on_the_nearest_site():
    sites = ((0.21, 0.24), (0.77, 0.19), (0.52, 0.49))
    x = uniform_edges(31)[0]
    distance = [np.hypot(x[None, :] - sx, x[:, None] - sy) for sx, sy in sites]
    nearest = np.argmin(distance, axis=0)
    corners = np.stack([nearest[:-1, :-1], nearest[:-1, 1:], nearest[1:, :-1], nearest[1:, 1:]])
    pure = (corners == corners[0]).all(axis=0)
    assert np.array_equal((voronoi(sites).fractions((x, x)) == 1).any(axis=0), pure)


def test_sectors_have_the_angles_asked_for():
    disk = np.array(regular_polygon((0.5, 0.5), 0.2, 720).corners)[None]
    angles = (0.0, math.pi / 2, 7 * math.pi / 6)
    shares = sectors((0.5, 0.5), angles).shares_in(disk, disk[:, 0])[0][:, 0]
    np.testing.assert_allclose(shares / shares.sum(), [1 / 4, 1 / 3, 5 / 12], rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in FLAT if not isinstance(BUILT_IN[name].shape, Diagram)])
def test_outlines_lie_on_the_border(name):
    shape = BUILT_IN[name].shape
    for line in shape.outline():
        assert np.abs(shape.level(line[:, 0], line[:, 1])).max() < 1e-14


def test_outlines_of_a_diagram_close_around_its_regions():
    for line, area in zip(t_junction().outline(), (0.5, 0.25, 0.25), strict=True):
        x, y = line[:-1].T
        assert abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2 == pytest.approx(area)
        assert np.array_equal(line[0], line[-1])


def test_a_circle_on_256_zones_squared_takes_less_than_a_second():
    start = time.perf_counter()
    Circle((0.51, 0.493), 0.3).fractions(uniform_edges(256))
    assert time.perf_counter() - start < 1.0


# ---- three dimensions


def box(low, high):
    """A box as a polyhedron: corners (8, 3), faces outward counter-clockwise."""
    corners = np.array([[(low, high)[i >> d & 1][d] for d in range(3)] for i in range(8)])
    faces = [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]]
    return corners, [np.array(face) for face in faces]


def test_volumes_add_up_to_the_balls_volume():
    ball = Ball((0.51, 0.493, 0.487), 0.3)
    for zones in (1, 4, 11):
        volume = ball.fractions(uniform_edges(zones, 3)).sum() / zones**3
        assert volume == pytest.approx(ball.volume(), rel=0, abs=1e-15)


def test_caps_of_a_ball_have_their_closed_form():
    ball, heights = Ball((0.0, 0.0, 0.0), 1.0), np.array([-1.5, -0.9, -0.999, 0.3, 0.8, 1.0, 1.2])
    heights.sort()
    for axis in range(3):
        edges = [np.array([-2.0, 2.0])] * 3
        edges[axis] = heights
        below = [math.pi * (h + 1) ** 2 * (2 - h) / 3 for h in np.clip(heights, -1, 1)]
        shape = [1, 1, 1]
        shape[2 - axis] = -1
        expected = np.diff(below) / (16 * np.diff(heights))
        np.testing.assert_allclose(ball.fractions(tuple(edges)), expected.reshape(shape), rtol=1e-12, atol=1e-16)


@given(centre=st.tuples(small, small, small), radius=st.floats(0.1, 0.8))
@settings(max_examples=20, deadline=None)
def test_two_ways_to_a_balls_share_of_a_zone_agree(centre, radius):
    ball, nodes = Ball(centre, radius), np.array([-1.0, -0.4, 0.1, 0.3, 1.0])
    fractions, centroids = ball.fractions((nodes,) * 3), ball.centroids((nodes,) * 3)
    width = np.diff(nodes)
    volumes = fractions * width[:, None, None] * width[:, None] * width
    zones = [box(nodes[[i, j, k]], nodes[[i + 1, j + 1, k + 1]]) for k, j, i in np.ndindex(4, 4, 4)]
    np.testing.assert_allclose(ball.volumes_in(zones), volumes.ravel(), rtol=0, atol=2e-11)
    assert volumes.sum() == pytest.approx(ball.volume(), rel=2e-12)
    moment = np.einsum("zyx,zyxd->d", volumes, centroids[0])
    np.testing.assert_allclose(moment / ball.volume(), centre, rtol=0, atol=1e-13)
    both = fractions[..., None] * centroids[0] + (1 - fractions[..., None]) * centroids[1]
    middle = np.stack(np.meshgrid(*[(nodes[1:] + nodes[:-1]) / 2] * 3, indexing="ij")[::-1], axis=-1)
    np.testing.assert_allclose(both, middle, rtol=0, atol=1e-14)


def test_the_eighth_of_a_ball():
    fractions = Ball((0.5, 0.5, 0.5), 0.5).fractions(uniform_edges(2, 3))
    np.testing.assert_allclose(fractions, math.pi / 6, rtol=1e-14)


def test_a_ball_that_touches_mesh_planes_leaves_no_slivers():
    fractions = Ball((0.5, 0.5, 0.5), 0.25).fractions(uniform_edges(4, 3))
    assert np.count_nonzero(fractions) == 8
    assert not (fractions == 1).any()


normals = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda n: math.hypot(*n) > 0.1)


@given(normal=normals, point=st.tuples(*[st.floats(0.2, 0.8)] * 3))
@settings(max_examples=30, deadline=None)
def test_two_ways_to_a_half_spaces_share_of_a_zone_agree(normal, point):
    space, edges = HalfSpace(point, normal), (np.array([0, 0.3, 1]), np.array([0, 0.55, 1]), np.array([0, 0.5, 0.6, 1]))
    fractions, centroids = space.fractions(edges), space.centroids(edges)
    for layer, row, column in np.ndindex(3, 2, 2):
        at = [axis[i : i + 2] for axis, i in zip(edges, (column, row, layer), strict=True)]
        low, high = np.transpose(at)
        expected = space.volumes_in([box(low, high)])[0] / np.prod(high - low)
        assert fractions[layer, row, column] == pytest.approx(expected, abs=2e-15)
    other = HalfSpace(point, tuple(-n for n in normal))
    np.testing.assert_allclose(fractions + other.fractions(edges), 1.0, rtol=0, atol=2e-14)
    np.testing.assert_allclose(centroids[::-1], other.centroids(edges), rtol=0, atol=1e-15)
    both = fractions[..., None] * centroids[0] + (1 - fractions[..., None]) * centroids[1]
    middle = np.stack(np.meshgrid(*[(axis[1:] + axis[:-1]) / 2 for axis in edges[::-1]], indexing="ij")[::-1], axis=-1)
    np.testing.assert_allclose(both, middle, rtol=0, atol=1e-14)


def test_the_corner_of_a_cube_is_a_sixth_of_a_product():
    legs = np.array([1e-3, 2e-3, 4e-3])
    corner = HalfSpace((legs[0], 0.0, 0.0), tuple(1 / legs))
    assert corner.fractions(uniform_edges(1, 3))[0, 0, 0] == pytest.approx(legs.prod() / 6, rel=1e-11)
    np.testing.assert_allclose(corner.centroids(uniform_edges(1, 3))[0, 0, 0, 0], legs / 4, rtol=1e-6)


def test_a_plane_through_its_middle_halves_a_ball():
    ball, (corners, faces) = Ball((0.1, 0.2, -0.1), 0.5), box(np.full(3, -1.0), np.full(3, 1.0))
    # Shear the box so that its top is the plane z = -0.1 + 0.7 (x - 0.1) - 0.4 (y - 0.2) through the ball's middle.
    top = corners[:, 2] > 0
    corners[top, 2] = -0.1 + 0.7 * (corners[top, 0] - 0.1) - 0.4 * (corners[top, 1] - 0.2)
    corners[~top, 2] = -3.0
    assert ball.volumes_in([(corners, faces)])[0] == pytest.approx(ball.volume() / 2, rel=1e-10)


# ---- refusals


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Circle((0, 0), 0.0), "radius: got 0.0, expected a positive length"),
        (lambda: Ellipse((0, 0), (1.0, math.inf)), "second semi-axis: got inf"),
        (lambda: HalfPlane((0, 0), (0.0, 0.0)), "length of the normal"),
        (lambda: Polygon(((0, 0), (0, 1), (1, 0))), "counter-clockwise"),
        (lambda: Polygon(((0, 0), (0, 1))), "got 2, expected at least 3"),
        (lambda: SlottedDisk((0, 0), 1.0, 0.2, 1.2), "its end must lie inside the disk"),
        (lambda: Filament((0, 0), 0.5, 0.4, 0.0, 1.0), "outer radius minus inner radius"),
        (lambda: Filament((0, 0), 0.4, 0.5, 0.0, 7.0), "less than a full turn"),
        (lambda: sectors((0, 0), (0.0, 1.0)), "less than half a turn"),
        (lambda: Diagram(()), "got 0, expected at least 2"),
        (lambda: Circle((0, 0), 1.0).fractions((np.arange(3.0),)), "got 1 axes, expected 2"),
        (lambda: Circle((0, 0), 1.0).fractions((np.arange(3.0), np.array([0.0, 1.0, 1.0]))), "must strictly increase"),
        (lambda: Circle((0, 0), 1.0).fractions((np.arange(3.0), np.array([0.0]))), r"shape \(1,\)"),
        (lambda: Ball((0, 0, 0), 1.0).fractions((np.arange(3.0),) * 2), "got 2 axes, expected 3"),
        (lambda: refined((np.arange(3.0),), 0), "sub-zones per zone: got 0"),
        (lambda: BUILT_IN["circle"].fractions(0), "zones along an axis: got 0"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(InloopError, match=message):
        make()
