"""The three-dimensional side of `test_interface`: polyhedra, facets and torn faces tell one story."""

from __future__ import annotations

import itertools
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from tests.mir.exact import HalfSpace, rational
from tests.mir.strategies import CONSERVING
from tests.mir.test_interface import MATERIALS, area, by_zone, kept, rebuilt, volume, zone_box


@pytest.mark.parametrize("materials", MATERIALS)
@pytest.mark.parametrize("method", CONSERVING[3])
def test_polyhedra_are_closed_convex_and_as_large_as_their_fractions(method: str, materials: int) -> None:
    face = rebuilt(method, materials, 3)
    sums = defaultdict(float)
    for m in range(materials):
        for zone, vertices, faces in face.polyhedra(m):
            low, high = zone_box(face, zone)
            p = (vertices - low) / (high - low)
            assert ((p > -1e-12) & (p < 1 + 1e-12)).all()
            edges = [(a, b) for loop in faces for a, b in zip(loop, np.roll(loop, -1), strict=True)]
            assert len(set(edges)) == len(edges)
            assert {(b, a) for a, b in edges} == set(edges)  # every edge once each way: closed, faces alike
            assert len(p) - len(edges) // 2 + len(faces) == 2  # Euler
            for loop in faces:
                q = p[loop]
                out = sum(np.cross(a - q[0], b - q[0]) for a, b in itertools.pairwise(q[1:]))
                size = np.linalg.norm(out)
                if size > 1e-6:
                    assert ((p - q[0]) @ out / size).max() < 1e-9  # convex, and the face looks outward
            sums[zone, m] += volume(p, faces)
    for zone, fractions in zip(face.zones.tolist(), face.fractions, strict=True):
        for m in range(materials):
            assert sums[tuple(zone), m] == pytest.approx(fractions[m], abs=1e-12)


@pytest.mark.parametrize("method", CONSERVING[3])
def test_facets_divide_their_zones_as_the_coverage_says(method: str) -> None:
    face = rebuilt(method, 2, 3)
    normals = face.normals()
    found = by_zone(normals)
    cover = face.coverage(2)
    assert len(face.facets()) == len(face.zones)
    for zone, (inner, outer), points in face.facets():
        low, high = zone_box(face, zone)
        p = (points - low) / (high - low)
        out = sum(np.cross(a - points[0], b - points[0]) for a, b in itertools.pairwise(points[1:]))
        area = np.linalg.norm(out)
        assert np.allclose(found[zone, inner], -found[zone, outer], atol=1e-14)
        if area < 1e-3 * np.prod(high - low) ** (2 / 3):
            continue
        assert found[zone, inner] == pytest.approx(out / area, abs=1e-8)
        # In the zone's own coordinates normals scale with the widths.
        unit = rational(found[zone, inner] * (high - low))
        on_it = rational(p.mean(axis=0))
        half = HalfSpace(tuple(unit), sum((n * x for n, x in zip(unit, on_it, strict=True)), Fraction(0)))
        for digits in np.ndindex(2, 2, 2):
            corner = [Fraction(i, 2) for i in digits[::-1]]
            true = float(half.share(corner, [c + Fraction(1, 2) for c in corner]))
            at = tuple(2 * z + i for z, i in zip(zone, digits, strict=True))
            assert cover[(inner, *at)] == pytest.approx(true, abs=1e-10)


@pytest.mark.parametrize("method", CONSERVING[3])
def test_torn_faces_are_what_the_facets_disagree_about(method: str) -> None:
    face = rebuilt(method, 2, 3)
    normals = face.normals()
    plane = {}
    for zone, m, v in zip(normals.zones.tolist(), normals.materials, normals.vectors, strict=True):
        if m == 0:
            low, high = zone_box(face, tuple(zone))
            plane[tuple(zone)] = v * (high - low)
    offset = {}
    for zone, (inner, _), points in face.facets():
        low, high = zone_box(face, zone)
        offset[zone] = float(plane[zone] @ ((points - low) / (high - low)).mean(axis=0))
        assert inner in (0, 1)
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    errors = []
    for zone, axis in itertools.product(plane, range(3)):
        beside = list(zone)
        beside[2 - axis] += 1
        if tuple(beside) not in plane:
            continue
        across = [a for a in range(3) if a != axis]
        (n, d), (k, e) = (
            (plane[z][across], offset[z] - side * plane[z][axis]) for z, side in ((zone, 1.0), (tuple(beside), 0.0))
        )
        both = kept(square, n, d)
        both = kept(both, k, e) if len(both) > 2 else both
        neither = kept(square, -n, -d)
        neither = kept(neither, -k, -e) if len(neither) > 2 else neither
        errors.append(1 - sum(area(p) for p in (both, neither) if len(p) > 2))
    error = face.continuity_error()
    assert error.mean == pytest.approx(np.mean(errors), abs=1e-9)
    assert error.max == pytest.approx(np.max(errors), abs=1e-9)
    tears = face.tears()
    assert tears.points.shape == (len(tears.lengths), 4, 3)
    assert len(tears.lengths) == sum(e > 1e-12 for e in errors)
