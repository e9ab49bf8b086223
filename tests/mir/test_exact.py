"""A straight interface comes back exactly: LVIRA and MOF on any mesh, ELVIRA where one of its candidates is exact."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from tests.mir import exact
from tests.mir.strategies import Flat, flats, laws, meshes

from inloop import mir
from inloop.mir.shapes import HalfPlane, HalfSpace

EXACT = 1e-12


def misplaced(flat: Flat, face: mir.Interface) -> float:
    """The largest error of a material's share of any ninth (27th) of the middle zone, as a share of that part."""
    unit, true = flat.sub_shares(3)
    zones = np.array([flat.middle] * len(unit))
    got = face.share(zones, unit) * len(unit)
    return float(np.abs(got - np.stack([true, 1 - true])).max())


def tilt(flat: Flat, face: mir.Interface) -> float:
    """The angle between the true normal and the middle zone's, both as the zone's own unit coordinates see them."""
    normals = face.normals()
    here = (normals.zones == flat.middle).all(axis=1) & (normals.materials == 0)
    low, high = flat.box
    width = np.array([float(b - a) for a, b in zip(low, high, strict=True)])
    got, true = normals.vectors[here][0] * width, flat.normal() * width
    return float(np.linalg.norm(got / np.linalg.norm(got) - true / np.linalg.norm(true)))


def rebuilt(flat: Flat, method: str | mir.Method, boundary: object = "extend") -> mir.Interface:
    centroids = flat.centroids if method == "mof" else None
    return mir.reconstruct(flat.fractions, method=method, spacing=flat.widths, boundary=boundary, centroids=centroids)


# The truth first: rational arithmetic against clipping, and against the shapes that the rest of the tests use.


def clipped(corners: list[list[Fraction]], half: exact.HalfSpace) -> tuple[Fraction, list[Fraction]]:
    kept = []
    for p, q in zip(corners, corners[1:] + corners[:1], strict=True):
        s, t = (sum(n * x for n, x in zip(half.normal, v, strict=True)) - half.offset for v in (p, q))
        if s <= 0:
            kept.append(p)
        if s * t < 0:
            kept.append([a + s / (s - t) * (b - a) for a, b in zip(p, q, strict=True)])
    area, first = Fraction(0), [Fraction(0), Fraction(0)]
    for p, q in zip(kept, kept[1:] + kept[:1], strict=True):
        cross = p[0] * q[1] - p[1] * q[0]
        area += cross / 2
        first = [f + cross * (a + b) / 6 for f, a, b in zip(first, p, q, strict=True)]
    return area, first


@laws(60)
@given(flats(2, aspect=100))
def test_rational_moments_equal_those_of_the_clipped_zone(flat: Flat) -> None:
    (x0, y0), (x1, y1) = flat.box
    assert flat.shape.moments(*flat.box) == clipped([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], flat.shape)


@laws(30)
@given(flats(3, aspect=10, least=1e-4))
def test_rational_volume_is_the_integral_of_the_areas_of_slices(flat: Flat) -> None:
    (x0, y0, z0), (x1, y1, z1) = flat.box
    n = flat.shape.normal
    # Between the heights at which the plane passes an upright edge the area is quadratic: Simpson's rule is exact.
    breaks = {z0, z1}
    if n[2] != 0:
        breaks |= {(flat.shape.offset - n[0] * x - n[1] * y) / n[2] for x in (x0, x1) for y in (y0, y1)}
    heights = sorted(z for z in breaks if z0 <= z <= z1)

    def slice_area(z: Fraction) -> Fraction:
        if n[0] == n[1] == 0:
            return (x1 - x0) * (y1 - y0) if n[2] * z <= flat.shape.offset else Fraction(0)
        return exact.HalfSpace(n[:2], flat.shape.offset - n[2] * z).moments([x0, y0], [x1, y1])[0]

    volume = Fraction(0)
    for a, b in itertools.pairwise(heights):
        middle = (a + b) / 2
        if n[0] == n[1] == 0:
            volume += (b - a) * slice_area(middle)
        else:
            volume += (b - a) * (slice_area(a) + 4 * slice_area(middle) + slice_area(b)) / 6
    assert flat.shape.moments(*flat.box)[0] == volume


@laws(30)
@given(flats(2, aspect=10, least=1e-3))
def test_shapes_agree_with_rational_half_planes(flat: Flat) -> None:
    n = flat.normal()
    foot = [float(v * flat.shape.offset / sum(w * w for w in flat.shape.normal)) for v in flat.shape.normal]
    shape = HalfPlane((foot[0], foot[1]), (float(n[0]), float(n[1])))
    edges = tuple(np.array([float(v) for v in axis]) for axis in flat.nodes)
    assert np.abs(shape.fractions(edges) - flat.fractions[0]).max() < 1e-12


@laws(15)
@given(flats(3, aspect=10, least=1e-3))
def test_shapes_agree_with_rational_half_spaces(flat: Flat) -> None:
    n = flat.normal()
    foot = [float(v * flat.shape.offset / sum(w * w for w in flat.shape.normal)) for v in flat.shape.normal]
    shape = HalfSpace((foot[0], foot[1], foot[2]), (float(n[0]), float(n[1]), float(n[2])))
    edges = tuple(np.array([float(v) for v in axis]) for axis in flat.nodes)
    assert np.abs(shape.fractions(edges) - flat.fractions[0]).max() < 1e-11


# The methods.


@pytest.mark.parametrize("method", ["lvira", "mof"])
@laws(250)
@given(flat=flats(2, aspect=100))
def test_a_line_is_exact_on_any_mesh(method: str, flat: Flat) -> None:
    face = rebuilt(flat, method)
    assert misplaced(flat, face) < EXACT
    assert tilt(flat, face) < 1e-9


@pytest.mark.parametrize("method", ["lvira", "mof"])
@laws(80)
@given(flat=flats(3, aspect=100))
def test_a_plane_is_exact_on_any_mesh(method: str, flat: Flat) -> None:
    face = rebuilt(flat, method)
    assert misplaced(flat, face) < EXACT
    assert tilt(flat, face) < 1e-9


@laws(250)
@given(flats(2, aspect=100, uniform=True))
def test_a_line_is_exact_for_elvira_on_a_uniform_mesh(flat: Flat) -> None:
    face = rebuilt(flat, "elvira")
    assert misplaced(flat, face) < EXACT
    assert tilt(flat, face) < 1e-12


@pytest.mark.parametrize("method", ["elvira", "lvira"])
@laws(40)
@given(flat=flats(2, aspect=100, uniform=True))
def test_one_given_halo_layer_is_all_that_a_zone_needs(method: str, flat: Flat) -> None:
    face = rebuilt(flat, method, boundary=1)
    assert face.shape == (1, 1)
    inner = Flat(tuple(w[1:2] for w in flat.widths), flat.shape)
    unit, true = flat.sub_shares(3)
    assert inner.middle == (0, 0)
    assert np.abs(face.share(np.zeros((9, 2), dtype=int), unit)[0] * 9 - true).max() < EXACT


@laws(60)
@given(flats(2, zones=4, aspect=100, least=1e-6))
def test_lvira_needs_no_ghost_zones(flat: Flat) -> None:
    f = flat.fractions
    face = mir.reconstruct(f, method="lvira", spacing=flat.widths, boundary="open")
    unit = np.array([[0.0, 0.0, 0.5, 0.5], [0.5, 0.0, 1.0, 0.5], [0.0, 0.5, 0.5, 1.0], [0.5, 0.5, 1.0, 1.0]])
    boxes = exact.zone_boxes(flat.nodes)
    for row, column in face.zones:
        around = f[0, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        if np.count_nonzero((around > 1e-3) & (around < 1 - 1e-3)) < 2:
            continue  # nothing beside this zone tells the slope
        low, high = boxes[row, column]
        true = [float(flat.shape.share(*corners)) for corners in exact.sub_boxes(low, high, 2)[1]]
        at = exact.sub_boxes(low, high, 2)[0]
        assert len(at) == len(unit)
        got = face.share(np.array([(row, column)] * 4), at)[0] * 4
        assert np.abs(got - true).max() < EXACT


@laws(40)
@given(meshes((3, 3, 3), 100), meshes((1, 1), 3.0))
def test_elvira_is_exact_where_whole_columns_hold_the_plane(widths: tuple, slopes: tuple) -> None:
    # A plane so nearly flat that it leaves every column through its sides alone: its central differences are exact.
    inner = [float(w[1]) for w in widths]
    reach = [0.1 * inner[2] / float(widths[a].max()) for a in (0, 1)]
    tilts = [Fraction(reach[a] * (float(slopes[a][0]) - 1)) for a in (0, 1)]
    nodes = [exact.nodes_of(w) for w in widths]
    centre = [(axis[1] + axis[2]) / 2 for axis in nodes]
    normal = (tilts[0], tilts[1], Fraction(1))
    flat = Flat(widths, exact.HalfSpace(normal, sum((n * x for n, x in zip(normal, centre, strict=True)), Fraction(0))))
    assert misplaced(flat, rebuilt(flat, "elvira")) < EXACT


# Youngs: first order.


@pytest.mark.parametrize("method", ["youngs", mir.Youngs(gradient="least-squares")])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("sign", [-1, 1])
def test_gradients_are_exact_along_the_axes(method: str | mir.Method, axis: int, sign: int) -> None:
    normal = [Fraction(0), Fraction(0)]
    normal[axis] = Fraction(sign)
    # Corner differences see one axis at a time; a least-squares fit does where its neighbours lie evenly.
    even, uneven = (np.ones(3), np.full(3, 9.0)), (np.array([1.0, 2.0, 0.5]), np.array([0.3, 1.0, 7.0]))
    widths = uneven if method == "youngs" else even
    flat = Flat(widths, exact.HalfSpace(tuple(normal), Fraction(0)))
    low, high = flat.box
    flat = Flat(flat.widths, exact.HalfSpace(tuple(normal), sign * (3 * low[axis] + high[axis]) / 4))
    assert tilt(flat, rebuilt(flat, method)) < 1e-15


@pytest.mark.parametrize("method", ["youngs", mir.Youngs(gradient="least-squares")])
def test_the_diagonal_is_exact_and_no_line_is_off_by_more_than_a_bound(method: str | mir.Method) -> None:
    widths = (np.ones(3), np.ones(3))
    worst = 0.0
    for angle in np.linspace(0, math.pi / 2, 25):
        normal = tuple(exact.rational([math.cos(angle), math.sin(angle)]))
        for shift in np.linspace(-0.65, 0.65, 14):
            offset = Fraction(3, 2) * sum(normal) + Fraction(float(shift))
            flat = Flat(widths, exact.HalfSpace(normal, offset))
            if not 0 < flat.fractions[0, 1, 1] < 1:
                continue
            off = tilt(flat, rebuilt(flat, method))
            worst = max(worst, off)
            if abs(angle - math.pi / 4) < 1e-12:
                assert off < 1e-15
    assert worst < 0.15


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("method", ["youngs", mir.Youngs(gradient="least-squares")])
def test_gradients_are_exact_on_fractions_that_are_linear_in_space(method: str | mir.Method, dimensions: int) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        widths = [10 ** rng.uniform(-0.5, 0.5, 3) for _ in range(dimensions)]
        slope = rng.normal(size=dimensions)
        middles = [np.cumsum(w) - w / 2 for w in widths]
        grid = np.meshgrid(*middles[::-1], indexing="ij")[::-1]
        f = sum(s * x for s, x in zip(slope, grid, strict=True))
        f = 0.1 + 0.8 * (f - f.min()) / np.ptp(f)
        face = mir.reconstruct(np.stack([f, 1 - f]), method=method, spacing=tuple(widths))
        normals = face.normals()
        here = (normals.zones == 1).all(axis=1) & (normals.materials == 0)
        assert np.abs(normals.vectors[here][0] + slope / np.linalg.norm(slope)).max() < 1e-12
