"""What an interface tells in different words is one thing: polygons, shares, coverage, segments, normals, tears."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from tests.mir.strategies import CONSERVING, Floats, mixture, points_in_zones

from inloop import mir

PLANAR = [*CONSERVING[2], "equiz"]
MATERIALS = [2, 3, 4]


def area(polygon: Floats) -> float:
    x, y = (polygon - polygon[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def kept(polygon: Floats, normal: Floats, offset: float) -> Floats:
    """The part of a polygon with normal . x <= offset."""
    out = []
    for p, q in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        s, t = normal @ p - offset, normal @ q - offset
        if s <= 0:
            out.append(p)
        if s * t < 0:
            out.append(p + s / (s - t) * (q - p))
    return np.array(out).reshape(-1, 2)


def area_in_box(polygon: Floats, low: Floats, high: Floats) -> float:
    for axis in (0, 1):
        for sign, bound in ((1.0, high), (-1.0, low)):
            normal = np.zeros(2)
            normal[axis] = sign
            polygon = kept(polygon, normal, sign * bound[axis])
            if len(polygon) < 3:
                return 0.0
    return area(polygon)


def rebuilt(method: str, materials: int, dimensions: int = 2, boundary: str = "extend") -> mir.Interface:
    rng = np.random.default_rng(90 + materials)
    shape = (5, 6) if dimensions == 2 else (3, 2, 3)
    f = mixture(rng, materials, shape, "rough")
    f[:, rng.random(shape) < 0.1] = np.eye(materials)[0][:, None]
    widths = tuple(10 ** rng.uniform(-0.4, 0.4, n) for n in shape[::-1])
    origin = tuple(rng.normal(size=dimensions))
    points = points_in_zones(rng, materials, widths) + np.array(origin)
    centroids = points if method == "mof" else None
    return mir.reconstruct(f, method=method, spacing=widths, origin=origin, boundary=boundary, centroids=centroids)


def zone_box(face: mir.Interface, zone: tuple[int, ...]) -> tuple[Floats, Floats]:
    index = zone[::-1]
    low = np.array([e[i] for e, i in zip(face.edges, index, strict=True)])
    high = np.array([e[i + 1] for e, i in zip(face.edges, index, strict=True)])
    return low, high


def unit_pieces(face: mir.Interface) -> dict[tuple[int, ...], list[tuple[int, Floats]]]:
    """By zone: (material, vertices in the zone's unit coordinates)."""
    pieces = defaultdict(list)
    for m in range(face.materials):
        for zone, vertices in face.polygons(m):
            low, high = zone_box(face, zone)
            pieces[zone].append((m, (vertices - low) / (high - low)))
    return pieces


def by_zone(normals: mir.Normals) -> dict[tuple[tuple[int, ...], int], Floats]:
    """The normal of a zone's material."""
    rows = zip(normals.zones.tolist(), normals.materials, normals.vectors, strict=True)
    return {(tuple(zone), material): vector for zone, material, vector in rows}


@pytest.mark.parametrize("materials", MATERIALS)
@pytest.mark.parametrize("method", PLANAR)
def test_polygons_fill_their_zones_without_overlap(method: str, materials: int) -> None:
    face = rebuilt(method, materials)
    pieces = unit_pieces(face)
    assert sorted(pieces) == [tuple(z) for z in face.zones.tolist()]
    for row, fractions in zip(face.zones.tolist(), face.fractions, strict=True):
        here = pieces[tuple(row)]
        for _, p in here:
            assert ((p > -1e-12) & (p < 1 + 1e-12)).all()
            edge = np.roll(p, -1, axis=0) - p
            turn = edge[:, 0] * np.roll(edge[:, 1], -1) - edge[:, 1] * np.roll(edge[:, 0], -1)
            assert (turn > -1e-12).all()  # convex and counter-clockwise, so simple
        assert sum(area(p) for _, p in here) == pytest.approx(1, abs=1e-12)
        for (_, p), (_, q) in itertools.combinations(here, 2):
            common = p
            for a, b in zip(q, np.roll(q, -1, axis=0), strict=True):
                normal = np.array([b[1] - a[1], a[0] - b[0]])
                common = kept(common, normal, float(normal @ a)) if len(common) > 2 else common
            assert len(common) < 3 or area(common) < 1e-12
        if method != "equiz":
            for m in range(materials):
                assert sum(area(p) for k, p in here if k == m) == pytest.approx(fractions[m], abs=1e-12)


@pytest.mark.parametrize("materials", MATERIALS)
@pytest.mark.parametrize("method", PLANAR)
def test_shares_are_the_areas_of_the_polygons(method: str, materials: int) -> None:
    face = rebuilt(method, materials)
    pieces = unit_pieces(face)
    rng = np.random.default_rng(1)
    zones = face.zones[rng.integers(len(face.zones), size=60)]
    corners = np.sort(rng.random((60, 2, 2)), axis=1)
    boxes = corners.reshape(60, 4)
    shares = face.share(zones, boxes)
    for zone, (low, high), share in zip(zones.tolist(), corners, shares.T, strict=True):
        for m in range(materials):
            own = sum(area_in_box(p, low, high) for k, p in pieces[tuple(zone)] if k == m)
            assert share[m] == pytest.approx(own, abs=1e-12)
        assert share.sum() == pytest.approx(np.prod(high - low), abs=1e-13)


@pytest.mark.parametrize(("dimensions", "method"), [(2, m) for m in PLANAR] + [(3, m) for m in CONSERVING[3]])
def test_coverage_is_the_share_of_sub_zones(dimensions: int, method: str) -> None:
    face = rebuilt(method, 3, dimensions)
    d = dimensions
    labels = face.labels()
    assert (labels[tuple(face.zones.T)] == -1).all()
    assert (labels == -1).sum() == len(face.zones)
    for k in (1, 3):
        cover = face.coverage(k)
        assert cover.shape == (3, *(n * k for n in face.shape))
        for zone in np.ndindex(*face.shape):
            for digits in np.ndindex(*(k,) * d):
                low = np.array(digits[::-1]) / k
                box = np.concatenate([low, np.minimum(low + 1 / k, 1)])
                share = face.share(np.array([zone]), box[None])[:, 0] * k**d
                at = tuple(z * k + i for z, i in zip(zone, digits, strict=True))
                assert np.abs(cover[(slice(None), *at)] - share).max() < 1e-13
                if labels[zone] >= 0:
                    assert cover[(labels[zone], *at)] == 1


@pytest.mark.parametrize(("dimensions", "method"), [(2, m) for m in PLANAR] + [(3, m) for m in CONSERVING[3]])
def test_shares_add_up(dimensions: int, method: str) -> None:
    face = rebuilt(method, 3, dimensions)
    rng = np.random.default_rng(2)
    d = dimensions
    zones = np.array(list(np.ndindex(*face.shape)))
    corners = np.sort(rng.random((len(zones), 2, d)), axis=1)
    axis, cut = rng.integers(d, size=len(zones)), rng.random(len(zones))
    left, right = corners.copy(), corners.copy()
    every = np.arange(len(zones))
    middle = corners[every, 0, axis] + cut * (corners[every, 1, axis] - corners[every, 0, axis])
    left[every, 1, axis] = right[every, 0, axis] = middle
    whole, one, other = (face.share(zones, c.reshape(len(zones), 2 * d)) for c in (corners, left, right))
    assert np.abs(whole - one - other).max() < 1e-14
    nothing = face.share(zones, np.tile([0.4] * (2 * d), (len(zones), 1)))
    assert (nothing == 0).all()


@pytest.mark.parametrize("materials", MATERIALS)
@pytest.mark.parametrize("method", PLANAR)
def test_segments_have_their_materials_on_the_stated_sides(method: str, materials: int) -> None:
    face = rebuilt(method, materials)
    pieces = unit_pieces(face)

    def inside(p: Floats, x: Floats) -> bool:
        edge, to = np.roll(p, -1, axis=0) - p, x - p
        return bool((edge[:, 0] * to[:, 1] - edge[:, 1] * to[:, 0] > -1e-13).all())

    checked = 0
    for zone, (left, right), points in face.segments():
        assert left != right
        low, high = zone_box(face, zone)
        line = (points - low) / (high - low)
        assert ((line > -1e-12) & (line < 1 + 1e-12)).all()
        for a, b in itertools.pairwise(line):
            length = float(np.hypot(*(b - a)))
            if length < 1e-4:
                continue
            across = np.array([a[1] - b[1], b[0] - a[0]]) / length * min(1e-6, 1e-3 * length)
            middle = (a + b) / 2
            for side, material in ((across, left), (-across, right)):
                found = {m for m, p in pieces[zone] if inside(p, middle + side)}
                if ((middle + side > 0) & (middle + side < 1)).all() and len(found) == 1:
                    assert found == {material}
                    checked += 1
    assert checked > len(face.zones)


@pytest.mark.parametrize("method", CONSERVING[2])
def test_normals_stand_on_the_segments_and_point_out(method: str) -> None:
    face = rebuilt(method, 2)
    normals = face.normals()
    assert np.abs(np.hypot(*normals.vectors.T) - 1).max() < 1e-14
    found = by_zone(normals)
    assert len(found) == 2 * len(face.zones)
    for zone, (left, right), points in face.segments():
        along = points[-1] - points[0]
        assert np.allclose(found[zone, left], -found[zone, right], atol=1e-14)
        if np.hypot(*along) > 1e-3 * min(np.subtract(*zone_box(face, zone)[::-1])):
            to_the_right = np.array([along[1], -along[0]]) / np.hypot(*along)
            assert found[zone, left] == pytest.approx(to_the_right, abs=1e-9)


@pytest.mark.parametrize("materials", MATERIALS)
@pytest.mark.parametrize("method", PLANAR)
def test_normals_follow_the_borders_of_the_polygons(method: str, materials: int) -> None:
    face = rebuilt(method, materials)
    sums: dict[tuple, Floats] = defaultdict(lambda: np.zeros(2))
    for (zone, here), pieces in (((z, m), [p for k, p in ps if k == m]) for z, ps in unit_pieces(face).items()
                                 for m in range(materials)):  # fmt: skip
        low, high = zone_box(face, zone)
        for p in pieces:
            for a, b in zip(p, np.roll(p, -1, axis=0), strict=True):
                on_side = any(abs(a[i] - s) < 1e-12 and abs(b[i] - s) < 1e-12 for i in (0, 1) for s in (0, 1))
                if not on_side:
                    (x, y) = (b - a) * (high - low)
                    sums[zone, here] += [y, -x]
    normals = face.normals()
    for zone, m, v in zip(normals.zones.tolist(), normals.materials, normals.vectors, strict=True):
        out = sums[tuple(zone), m]
        if np.hypot(*out) > 1e-3:  # seams of one material's pieces cancel
            assert v == pytest.approx(out / np.hypot(*out), abs=1e-8)


@pytest.mark.parametrize("materials", MATERIALS)
@pytest.mark.parametrize("method", PLANAR)
def test_tears_are_what_the_polygons_disagree_about(method: str, materials: int) -> None:
    face = rebuilt(method, materials)
    pieces = unit_pieces(face)

    def stretches(zone: tuple[int, ...], axis: int, side: float) -> list[tuple[int, float, float]]:
        found = []
        for m, p in pieces[zone]:
            on = p[np.abs(p[:, axis] - side) < 1e-13][:, 1 - axis]
            if len(on) > 1:
                found.append((m, on.min(), on.max()))
        return found

    errors, torn = [], {}
    for zone in pieces:
        for axis, next_zone in ((0, (zone[0], zone[1] + 1)), (1, (zone[0] + 1, zone[1]))):
            if next_zone not in pieces:
                continue
            agreed = sum(
                max(0.0, min(b, d) - max(a, c))
                for m, a, b in stretches(zone, axis, 1.0)
                for k, c, d in stretches(next_zone, axis, 0.0)
                if m == k
            )
            errors.append(1 - agreed)
            if 1 - agreed > 1e-11:
                low, high = zone_box(face, zone)
                low[axis] = high[axis]
                torn[tuple(np.round([*low, *high], 12))] = 1 - agreed
    error = face.continuity_error()
    assert error.mean == pytest.approx(np.mean(errors), abs=1e-12)
    assert error.max == pytest.approx(np.max(errors), abs=1e-12)
    tears = face.tears()
    told = {tuple(np.round(p.ravel(), 12)): t for t, p in zip(tears.lengths, tears.points, strict=True) if t > 1e-11}
    assert told.keys() == torn.keys()
    assert all(told[k] == pytest.approx(torn[k], abs=1e-12) for k in told)
    if method == "equiz":
        assert error.max < 1e-12  # continuous by construction
    else:
        assert error.max > 0.1


@pytest.mark.parametrize("method", PLANAR)
def test_the_origin_moves_everything_and_the_scale_stretches_it(method: str) -> None:
    rng = np.random.default_rng(3)
    f = rng.random((4, 5))
    points = points_in_zones(rng, 2, (np.ones(5), np.ones(4)))
    here = mir.reconstruct(f, method=method, centroids=points if method == "mof" else None)
    scale, shift = 0.5, np.array([64.0, -16.0])  # exact in binary
    there = mir.reconstruct(
        f,
        method=method,
        spacing=scale,
        origin=tuple(shift),
        centroids=scale * points + shift if method == "mof" else None,
    )
    assert np.abs(here.coverage(3) - there.coverage(3)).max() < 1e-11
    for m in (0, 1):
        for (zone, p), (other, q) in zip(here.polygons(m), there.polygons(m), strict=True):
            assert zone == other
            assert np.abs(scale * p + shift - q).max() < 1e-11
    assert np.array_equal(there.edges[0], 64 + 0.5 * np.arange(6))
    assert np.array_equal(there.edges[1], -16 + 0.5 * np.arange(5))


@pytest.mark.parametrize("method", PLANAR)
def test_rank_two_is_short_for_two_materials(method: str) -> None:
    rng = np.random.default_rng(4)
    f = rng.integers(0, 65, (5, 6)) / 64
    points = points_in_zones(rng, 2, (np.ones(6), np.ones(5)))
    short = mir.reconstruct(f, method=method, centroids=points if method == "mof" else None)
    full = mir.reconstruct(np.stack([f, 1 - f]), method=method, centroids=points if method == "mof" else None)
    assert short.materials == full.materials == 2
    assert np.array_equal(short.coverage(3), full.coverage(3))
    assert np.array_equal(short.zones, full.zones)


# Three dimensions.


def volume(vertices: Floats, faces: list) -> float:
    total = 0.0
    for loop in faces:
        p = vertices[loop] - vertices[0]
        for a, b in itertools.pairwise(p[1:]):
            total += float(p[0] @ np.cross(a, b)) / 6
    return total
