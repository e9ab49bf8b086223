"""Fields for the C interface, and its faces held against those of Python: to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal


def fields(shape, materials, seed=1):
    """Fractions (materials, *shape) of smooth regions, pure and mixed zones; and centroids somewhere in each zone."""
    rng = np.random.default_rng(seed)
    grids = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    waves = [np.sin(0.7 * sum(a * g for a, g in zip(rng.normal(size=len(shape)), grids, strict=True)) + m)
             for m in range(materials)]  # fmt: skip
    weights = np.clip(waves, 0, None)
    weights[0] += weights.max(0) < 0.2
    fractions = weights / weights.sum(0)
    fractions[:, fractions.max(0) > 0.9] = np.round(fractions[:, fractions.max(0) > 0.9])
    index = np.stack(grids[::-1], -1)
    return fractions, index + rng.uniform(0.3, 0.7, (materials, *shape, len(shape)))


def flat(face_zones, shape):
    return np.ravel_multi_index(tuple(np.asarray(face_zones).reshape(-1, len(shape)).T), shape)


def assert_same_face(face, expected):
    """`face` of the C interface against an `Interface`, to the last bit."""
    shape, d = expected.shape, expected.dimensions
    assert face.n == shape[::-1]
    assert face.materials == expected.materials
    assert_array_equal(face.zones(), flat(expected.zones, shape))
    assert_array_equal(face.fractions(), expected.fractions)
    assert_array_equal(face.labels(), expected.labels())
    assert_array_equal(face.coverage(3), expected.coverage(3))
    assert_array_equal(face.coverage(2, np.float32), expected.coverage(2).astype(np.float32))
    rng = np.random.default_rng(2)
    places = np.argwhere(np.ones(shape))
    boxes = np.sort(rng.random((len(places), 2, d)), axis=1).reshape(len(places), 2 * d)
    assert_array_equal(face.share(flat(places, shape), boxes), expected.share(places, boxes))
    zones, materials, vectors = face.normals()
    assert_array_equal(zones, flat(expected.normals().zones, shape))
    assert_array_equal(materials, expected.normals().materials)
    assert_array_equal(vectors, expected.normals().vectors)
    for material in range(face.materials):
        zones, start, points, *sides = face.pieces(material)
        theirs = expected.polygons(material) if d == 2 else expected.polyhedra(material)
        assert len(zones) == len(theirs)
        for p, piece in enumerate(theirs):
            assert zones[p] == flat([piece[0]], shape)[0]
            assert_array_equal(points[start[p] : start[p + 1]], piece[1])
            if d == 3:
                side_start, corner_start, corner = sides
                loops = [corner[corner_start[s] : corner_start[s + 1]] for s in range(side_start[p], side_start[p + 1])]
                assert [list(loop) for loop in loops] == [list(loop) for loop in piece[2]]
    zones, pairs, start, points = face.outline()
    if d == 3:
        facets = expected.facets()
        assert_array_equal(zones, flat([f.zone for f in facets], shape))
        assert_array_equal(pairs, [f.materials for f in facets])
        assert_array_equal(points, np.concatenate([f.points for f in facets]))
    else:  # Python joins the pieces of a line
        lengths = np.linalg.norm(points[start[:-1]] - points[start[:-1] + 1], axis=1)
        joined = [np.linalg.norm(np.diff(s.points, axis=0), axis=1).sum() for s in expected.segments()]
        assert lengths.sum() == pytest.approx(sum(joined), rel=1e-12)
    mean, maximum = face.errors("continuity")
    assert maximum == expected.continuity_error().max
    assert mean == pytest.approx(expected.continuity_error().mean, rel=1e-12)
    mean, maximum = face.errors("conservation")
    assert maximum == expected.conservation_error().max
    assert mean == pytest.approx(expected.conservation_error().mean, rel=1e-12)
