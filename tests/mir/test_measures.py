"""The measures, on reconstructions made by hand whose errors are known on paper."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inloop import mir
from inloop.errors import InloopError
from inloop.mir.measures import area_error, gap, hausdorff, misplaced, polyhedron_volume, symmetric_difference
from inloop.mir.shapes import Ball, Circle, HalfPlane, HalfSpace, Polygon, regular_polygon, t_junction, uniform_edges
from inloop.mir.shapes.clip import clip, moments


@dataclass
class Stretch:
    zone: tuple[int, int]
    points: np.ndarray


@dataclass
class MadeByHand:
    """A reconstruction written down piece by piece: {(zone, material): polygon or polyhedron}."""

    edges: tuple
    pieces: dict
    materials: int = 2
    lines: list = field(default_factory=list)
    pure: dict = field(default_factory=dict)

    @property
    def dimensions(self):
        return len(self.edges)

    @property
    def zones(self):
        return np.array(sorted({zone for zone, _ in self.pieces}), dtype=np.int64).reshape(-1, self.dimensions)

    def labels(self):
        labels = np.ones([len(axis) - 1 for axis in self.edges[::-1]], dtype=np.int16)
        for zone, material in self.pure.items():
            labels[zone] = material
        labels[tuple(self.zones.T)] = -1
        return labels

    def polygons(self, material):
        return [(zone, np.array(piece)) for (zone, which), piece in self.pieces.items() if which == material]

    def polyhedra(self, material):
        return [(zone, *piece) for (zone, which), piece in self.pieces.items() if which == material]

    def segments(self):
        return self.lines


def cut_by(shape, edges):
    """The exact reconstruction of a half-plane: every cut zone clipped by the true line."""
    fractions = shape.fractions(edges)
    pieces, lines = {}, []
    for row, column in np.argwhere((fractions > 0) & (fractions < 1)):
        x0, x1, y0, y1 = *edges[0][column : column + 2], *edges[1][row : row + 2]
        zone = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]])
        inside = clip(zone, np.array(shape.point), np.array(shape.normal))[0]
        pieces[(row, column), 0] = inside
        pieces[(row, column), 1] = clip(zone, np.array(shape.point), -np.array(shape.normal))[0]
        on = np.abs(shape.level(*inside.T)) < 1e-14
        lines.append(Stretch((row, column), np.unique(inside[on].round(15), axis=0)))
    pure = {tuple(zone): 0 for zone in np.argwhere(fractions == 1)}
    return MadeByHand(edges, pieces, lines=lines, pure=pure)


@given(angle=st.floats(0, 6.28), x=st.floats(0.3, 0.7), y=st.floats(0.3, 0.7))
@settings(max_examples=25, deadline=None)
def test_the_truth_itself_has_no_error(angle, x, y):
    line = HalfPlane((x, y), (math.cos(angle), math.sin(angle)))
    face = cut_by(line, uniform_edges(6))
    assert symmetric_difference(face, line) < 1e-14
    assert area_error(face, line) < 1e-14
    assert hausdorff(face, line) < 1e-13
    assert gap(face) < 1e-13


def test_a_shifted_line_misplaces_the_strip_between():
    edges = uniform_edges(4)
    true, made = HalfPlane((0.4, 0.0), (1.0, 0.0)), HalfPlane((0.43, 0.0), (1.0, 0.0))
    face = cut_by(made, edges)
    assert area_error(face, true) == pytest.approx(0.03)
    assert symmetric_difference(face, true) == pytest.approx(0.03 * 4)
    np.testing.assert_allclose(misplaced(face, true).area, 0.03 / 4)
    np.testing.assert_allclose(misplaced(face, true).zone_area, 1 / 16)
    assert hausdorff(face, true) == pytest.approx(0.03)
    # a truth a whole zone away: now the pure zones between are wrong as well
    assert area_error(face, HalfPlane((0.9, 0.0), (1.0, 0.0))) == pytest.approx(0.47)


def test_a_chord_instead_of_an_arc():
    quarter = Circle((0.0, 0.0), 0.8)
    chord = [[0.0, 0.0], [0.8, 0.0], [0.0, 0.8]]
    face = MadeByHand(
        uniform_edges(1),
        {((0, 0), 0): chord, ((0, 0), 1): [[0.8, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.8]]},
        lines=[Stretch((0, 0), np.array([[0.8, 0.0], [0.0, 0.8]]))],
    )
    assert area_error(face, quarter) == pytest.approx(0.16 * math.pi - 0.32, rel=1e-14)
    assert hausdorff(face, quarter) == pytest.approx(0.8 * (1 - math.sqrt(0.5)), rel=1e-12)


def test_a_reconstruction_may_be_bent_and_in_several_pieces():
    # The material is the border of a square without its middle, split into four trapezia; the truth is a triangle.
    ring = []
    for turn in range(4):
        c, s = round(math.cos(turn * math.pi / 2)), round(math.sin(turn * math.pi / 2))
        trapezium = np.array([[-0.5, -0.5], [0.5, -0.5], [0.2, -0.2], [-0.2, -0.2]])
        ring.append(trapezium @ np.array([[c, s], [-s, c]]) + 0.5)

    class InPieces(MadeByHand):
        def polygons(self, material):
            return [((0, 0), piece) for piece in ring]

    face = InPieces(uniform_edges(1), {((0, 0), 0): ring[0]})
    left_half = Polygon(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
    assert area_error(face, left_half) == pytest.approx(0.42 + 0.08)
    arrow = MadeByHand(uniform_edges(1), {((0, 0), 0): [[0.0, 0.0], [1.0, 0.0], [0.2, 0.2], [0.0, 1.0]]})
    turned = regular_polygon((0.0, 0.0), 1.0, 4)  # its first quadrant: the triangle below x + y = 1
    assert area_error(arrow, turned) == pytest.approx(0.5 - 0.2)


def test_gap_is_the_mean_distance_to_the_neighbours_nearest_end():
    edges = uniform_edges(2)
    left = Stretch((0, 0), np.array([[0.0, 0.1], [0.5, 0.2]]))  # its other end lies on the mesh's rim
    right = Stretch((0, 1), np.array([[0.5, 0.23], [0.9, 0.5]]))
    upper = Stretch((1, 1), np.array([[0.86, 0.5], [1.0, 0.9]]))
    face = MadeByHand(edges, {}, lines=[left, right, upper])
    assert gap(face) == pytest.approx((0.03 + (0.03 + 0.04) / 2 + 0.04) / 3)
    assert gap(MadeByHand(edges, {}, lines=[left, upper])) == 0.0  # diagonal zones share no edge
    assert gap(MadeByHand(edges, {})) == 0.0


def test_ends_inside_a_zone_are_no_gaps():
    edges = uniform_edges(2)
    bent = [Stretch((0, 0), np.array([[0.5, 0.2], [0.3, 0.3]])), Stretch((0, 0), np.array([[0.3, 0.3], [0.2, 0.5]]))]
    right, upper = Stretch((0, 1), np.array([[0.5, 0.2], [1, 0]])), Stretch((1, 0), np.array([[0.2, 0.5], [0, 1]]))
    assert gap(MadeByHand(edges, {}, lines=[*bent, right, upper])) == 0.0


# ---- the three-material T-junction of references.md, section 2: sums over materials, so each misplaced area twice

EDGES = (np.linspace(0, 1, 4), np.linspace(0, 1, 6))
A, B, C = range(3)


def rectangle(x0, y0, x1, y1):
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def t_junction_face(pieces):
    """The T-junction's right-hand zones are pure A, the left-hand ones away from the stem pure B or C."""
    pure = {(row, 2): A for row in range(5)} | {(row, 0): B if row > 2 else C for row in (0, 1, 3, 4)}
    return MadeByHand(EDGES, pieces, materials=3, pure=pure)


def stem_zones_cut_vertically_at_one_half():
    """Exact pieces of the column that the stem runs through, but for the junction's own zone."""
    pieces = {}
    for row in (0, 1, 3, 4):
        low, high = EDGES[1][row : row + 2]
        pieces[(row, 1), A] = rectangle(1 / 2, low, 2 / 3, high)
        pieces[(row, 1), B if row > 2 else C] = rectangle(1 / 3, low, 1 / 2, high)
    return pieces


def test_t_junction_of_slabs_stacked_from_the_left():
    pieces = {}
    for row in (0, 1, 3, 4):
        low, high = EDGES[1][row : row + 2]
        pieces[(row, 1), A] = rectangle(1 / 3, low, 1 / 2, high)
        pieces[(row, 1), B if row > 2 else C] = rectangle(1 / 2, low, 2 / 3, high)
    pieces[(2, 0), B] = rectangle(0, 0.4, 1 / 6, 0.6)
    pieces[(2, 0), C] = rectangle(1 / 6, 0.4, 1 / 3, 0.6)
    pieces[(2, 1), A] = rectangle(1 / 3, 0.4, 1 / 2, 0.6)
    pieces[(2, 1), B] = rectangle(1 / 2, 0.4, 7 / 12, 0.6)
    pieces[(2, 1), C] = rectangle(7 / 12, 0.4, 2 / 3, 0.6)
    assert 2 * area_error(t_junction_face(pieces), t_junction()) == pytest.approx(0.7333, abs=5e-5)


def least_squares_gradient(fractions, row, column):
    """Unweighted fit of a plane through a zone's value to the neighbours that exist."""
    offsets, rises = [], []
    for j in (-1, 0, 1):
        for i in (-1, 0, 1):
            if (i or j) and 0 <= row + j < 5 and 0 <= column + i < 3:
                offsets.append((i / 3, j / 5))
                rises.append(fractions[row + j, column + i] - fractions[row, column])
    return np.linalg.lstsq(np.array(offsets), np.array(rises), rcond=None)[0]


def test_t_junction_of_least_squares_gradients():
    fractions = t_junction().fractions(EDGES)
    for row in range(5):
        assert least_squares_gradient(fractions[A], row, 1)[1] == pytest.approx(0, abs=1e-15)  # A's line is exact
    pieces = stem_zones_cut_vertically_at_one_half()
    pieces[(2, 1), A] = rectangle(1 / 2, 0.4, 2 / 3, 0.6)
    # B and C halve what is left of their two zones, so the line between them runs through its middle.
    for column, left, right in ((0, 0, 1 / 3), (1, 1 / 3, 1 / 2)):
        rest, gradient = np.array([rectangle(left, 0.4, right, 0.6)]), least_squares_gradient(fractions[B], 2, column)
        middle = np.array([(left + right) / 2, 0.5])
        pieces[(2, column), B] = clip(rest, middle, -gradient)[0]
        pieces[(2, column), C] = clip(rest, middle, gradient)[0]
    face = t_junction_face(pieces)
    assert 2 * area_error(face, t_junction()) == pytest.approx(0.030556, abs=5e-7)
    error = dict(zip(map(tuple, face.zones.tolist()), misplaced(face, t_junction()).area, strict=True))
    assert error.pop((2, 0)) == pytest.approx(1 / 90, rel=1e-13)
    assert error.pop((2, 1)) == pytest.approx(1 / 240, rel=1e-13)
    assert max(error.values()) < 1e-15


def test_t_junction_of_the_true_lines():
    pieces = stem_zones_cut_vertically_at_one_half()
    pieces[(2, 0), B], pieces[(2, 0), C] = rectangle(0, 0.5, 1 / 3, 0.6), rectangle(0, 0.4, 1 / 3, 0.5)
    pieces[(2, 1), A] = rectangle(1 / 2, 0.4, 2 / 3, 0.6)
    pieces[(2, 1), B], pieces[(2, 1), C] = rectangle(1 / 3, 0.5, 1 / 2, 0.6), rectangle(1 / 3, 0.4, 1 / 2, 0.5)
    assert 2 * area_error(t_junction_face(pieces), t_junction()) < 1e-14


# ---- three dimensions


def lying_box(top):
    """The unit cube below z = top, as a polyhedron."""
    corners = np.array([[i & 1, i >> 1 & 1, (i >> 2) * top] for i in range(8)], dtype=float)
    faces = [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]]
    return corners, [np.array(face) for face in faces]


def test_a_flat_lid_on_a_ball():
    ball, height = Ball((0.5, 0.5, 0.5), 0.4), 0.7
    solid = lying_box(height)
    assert polyhedron_volume(*solid) == pytest.approx(height, rel=1e-15)
    face = MadeByHand(uniform_edges(1, 3), {((0, 0, 0), 0): solid})
    cap = math.pi * 0.2**2 * (3 * 0.4 - 0.2) / 3
    assert area_error(face, ball) == pytest.approx(height + ball.volume() - 2 * (ball.volume() - cap), rel=1e-12)
    assert symmetric_difference(face, ball) == pytest.approx(area_error(face, ball))


def test_a_shifted_plane_misplaces_the_slab_between():
    face = MadeByHand(uniform_edges(1, 3), {((0, 0, 0), 0): lying_box(0.7)})
    assert area_error(face, HalfSpace((0, 0, 0.7), (0, 0, 1.0))) < 1e-15
    assert area_error(face, HalfSpace((0, 0, 0.6), (0, 0, 2.0))) == pytest.approx(0.1, rel=1e-14)
    tilted = HalfSpace((0.5, 0.5, 0.7), (0.3, 0.0, 1.0))  # above on one half, below on the other: two wedges
    assert area_error(face, tilted) == pytest.approx(2 * 0.5 * 0.5 * 0.15, rel=1e-13)


def test_which_material_is_counted_does_not_matter():
    circle, edges = Circle((0.5, 0.5), 0.3), uniform_edges(2)
    pieces = {}
    for row, column in np.ndindex(2, 2):
        zone = np.array([rectangle(column / 2, row / 2, (column + 1) / 2, (row + 1) / 2)])
        point = np.array([0.5, 0.5]) + 0.2 * np.array([2 * column - 1, 2 * row - 1])
        normal = point - 0.5
        pieces[(row, column), 0], pieces[(row, column), 1] = clip(zone, point, normal)[0], clip(zone, point, -normal)[0]
    face = MadeByHand(edges, pieces)
    from_the_rest = 0.0
    for _, piece in face.polygons(1):
        area = moments(piece[None], piece[:1])[0][0]
        from_the_rest += area + (0.25 - circle.area() / 4) - 2 * circle.overlap(piece[None], 1)[0]
    assert area_error(face, circle) == pytest.approx(from_the_rest, rel=1e-13)


# ---- published figures: box of 100 x 100, circles of radius 10 with centres in [50, 51]^2 (references.md, section 1)


@pytest.mark.parametrize(
    ("zones", "method", "far", "torn"),
    [
        (32, "youngs", 0.1224, 0.0924),
        (32, "elvira", 0.1527, 0.1035),
        (64, "youngs", 0.0359, 0.0308),
        (64, "elvira", 0.0371, 0.0233),
        (150, "elvira", 0.0058, 0.0033),
    ],
)
def test_random_circles_have_the_published_hausdorff_distance_and_gap(zones, method, far, torn):
    rng, edges = np.random.default_rng(41), tuple(100 * axis for axis in uniform_edges(zones))
    circles = [Circle(tuple(rng.uniform(50, 51, 2)), 10.0) for _ in range(25)]
    faces = [mir.reconstruct(circle.fractions(edges), method=method, spacing=100 / zones) for circle in circles]
    distance = [hausdorff(face, circle) for face, circle in zip(faces, circles, strict=True)]
    assert np.mean(distance) == pytest.approx(far, rel=0.05)
    assert np.mean([gap(face) for face in faces]) == pytest.approx(torn, rel=0.05)


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (lambda face: area_error(face, t_junction()), "has 3 materials, the reconstruction 2"),
        (lambda face: area_error(face, Ball((0, 0, 0), 1.0)), "a Ball cannot judge a reconstruction in 2D"),
        (lambda face: hausdorff(face, t_junction()), "2D shapes of two materials, not a Diagram"),
        (lambda face: gap(MadeByHand(uniform_edges(1, 3), {})), "in 3D use face.continuity_error"),
    ],
)
def test_bad_input_is_named(measure, message):
    with pytest.raises(InloopError, match=message):
        measure(MadeByHand(uniform_edges(2), {}))
