"""A zone's result depends on its neighbourhood alone: blocks with a halo layer give the whole mesh's bits."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.strategies import Floats, mixture, points_in_zones

from inloop import mir

LEAST_SQUARES = mir.Youngs(gradient="least-squares")
PLANAR = ("slic", "youngs", LEAST_SQUARES, "elvira", "lvira", "mof", "equiz", "power")
SOLID = ("youngs", LEAST_SQUARES, "elvira", "lvira", "mof")
BOTH = [(2, m) for m in PLANAR] + [(3, m) for m in SOLID]
SHAPE = {2: (8, 10), 3: (4, 4, 6)}
PAD = {"extend": "edge", "mirror": "symmetric", "periodic": "wrap"}


def outcome(face: mir.Interface) -> Floats:
    """Everything that a host may read from a zone, as bits."""
    return face.coverage(3)


def fields(dimensions: int, materials: int) -> tuple[Floats, tuple[Floats, ...], Floats]:
    rng = np.random.default_rng(31)
    shape = SHAPE[dimensions]
    f = mixture(rng, materials, shape, "rough")
    pure = rng.random(shape) < 0.3
    f[:, pure] = 0
    f[0, pure] = 1
    widths = tuple(10 ** rng.uniform(-0.3, 0.3, n) for n in shape[::-1])
    return f, widths, points_in_zones(rng, materials, widths)


@pytest.mark.parametrize("materials", [2, 3])
@pytest.mark.parametrize(("dimensions", "method"), BOTH)
def test_blocks_with_one_halo_layer_give_the_whole_mesh(
    dimensions: int, method: str | mir.Method, materials: int
) -> None:
    f, widths, points = fields(dimensions, materials)
    centroids = points if method == "mof" else None
    whole = outcome(mir.reconstruct(f, method=method, spacing=widths, centroids=centroids))
    nodes = [np.concatenate([[0.0], np.cumsum(w)]) for w in widths]
    for corner in np.ndindex(*(2,) * dimensions):
        cut, inner, halo = [], [], []
        for axis, (side, n) in enumerate(zip(corner, SHAPE[dimensions], strict=True)):
            begin, end = (0, n // 2) if side == 0 else (n // 2, n)
            inner.append(slice(begin, end))
            cut.append(slice(max(begin - 1, 0), min(end + 1, n)))
            halo.append(("extend", 1) if side == 0 else (1, "extend"))
            assert axis < dimensions
        part = mir.reconstruct(
            f[(slice(None), *cut)],
            method=method,
            spacing=tuple(w[c] for w, c in zip(widths, cut[::-1], strict=True)),
            origin=tuple(float(n[i.start]) for n, i in zip(nodes, inner[::-1], strict=True)),
            boundary=tuple(halo[::-1]),
            centroids=centroids[(slice(None), *cut)] if centroids is not None else None,
        )
        expected = whole[(slice(None), *(slice(3 * i.start, 3 * i.stop) for i in inner))]
        if method == "mof":  # centroids are physical: the block's own nodes round differently
            assert np.abs(outcome(part) - expected).max() < 1e-12
        else:
            assert np.array_equal(outcome(part), expected)


@pytest.mark.parametrize("side", PAD)
@pytest.mark.parametrize(("dimensions", "method"), BOTH)
def test_a_boundary_rule_equals_the_layer_that_it_stands_for(
    dimensions: int, method: str | mir.Method, side: str
) -> None:
    f, widths, points = fields(dimensions, 2)
    centroids = points if method == "mof" else None
    ruled = mir.reconstruct(f, method=method, spacing=widths, boundary=side, centroids=centroids)
    padded = np.pad(f, ((0, 0), *((1, 1),) * dimensions), mode=PAD[side])
    given = mir.reconstruct(
        padded,
        method=method,
        spacing=tuple(np.pad(w, 1, mode=PAD[side]) for w in widths),
        boundary=1,
        centroids=centroids,
    )
    assert np.array_equal(outcome(ruled), outcome(given))
    assert np.array_equal(ruled.zones, given.zones)
    for one, other in zip(ruled.edges, given.edges, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("method", [m for m in PLANAR if m != "mof"])
def test_a_mirror_equals_the_reflected_mesh(method: str | mir.Method) -> None:
    f, widths, _ = fields(2, 2)
    one = outcome(mir.reconstruct(f, method=method, spacing=widths, boundary=(("mirror", "extend"), "extend")))
    doubled = np.concatenate([f[:, :, ::-1], f], axis=2)
    both = outcome(
        mir.reconstruct(doubled, method=method, spacing=(np.concatenate([widths[0][::-1], widths[0]]), widths[1]))
    )
    assert np.array_equal(both[:, :, both.shape[2] // 2 :], one)


@pytest.mark.parametrize("method", [m for m in PLANAR if m != "mof"])
def test_a_periodic_mesh_may_be_rolled(method: str | mir.Method) -> None:
    f, widths, _ = fields(2, 3)
    here = outcome(mir.reconstruct(f, method=method, spacing=widths, boundary="periodic"))
    rolled = np.roll(f, (3, 4), axis=(1, 2))
    spacing = (np.roll(widths[0], 4), np.roll(widths[1], 3))
    there = outcome(mir.reconstruct(rolled, method=method, spacing=spacing, boundary="periodic"))
    assert np.array_equal(np.roll(here, (9, 12), axis=(1, 2)), there)


@pytest.mark.parametrize("method", [m for m in PLANAR if m != "mof"])
def test_more_halo_layers_than_needed_change_nothing(method: str | mir.Method) -> None:
    f, widths, _ = fields(2, 2)
    spacing = (widths[0][1:-1], widths[1][1:-1])
    one = mir.reconstruct(f[:, 1:-1, 1:-1], method=method, spacing=spacing, boundary=1)
    three = mir.reconstruct(f, method=method, spacing=widths, boundary=2)
    assert one.shape == three.shape
    assert np.array_equal(outcome(one), outcome(three))


@pytest.mark.parametrize(("dimensions", "method"), BOTH)
def test_strides_do_not_matter(dimensions: int, method: str | mir.Method) -> None:
    f, widths, points = fields(dimensions, 3 if dimensions == 2 else 2)
    centroids = points if method == "mof" else None
    plain = mir.reconstruct(f, method=method, spacing=widths, centroids=centroids)
    fortran = np.asfortranarray(f)
    sparse = np.zeros(tuple(2 * n for n in f.shape))
    sparse[(slice(None, None, 2),) * f.ndim] = f
    backwards = f[..., ::-1].copy()[..., ::-1]
    record = np.zeros(f.shape, dtype=[("tag", "i1"), ("f", "f8")])
    record["f"] = f
    for other in (fortran, sparse[(slice(None, None, 2),) * f.ndim], backwards, record["f"], f.astype(">f8")):
        face = mir.reconstruct(other, method=method, spacing=widths, centroids=centroids)
        assert np.array_equal(outcome(face), outcome(plain))


@pytest.mark.parametrize(("dimensions", "method"), BOTH)
def test_floats_give_what_the_same_doubles_give(dimensions: int, method: str | mir.Method) -> None:
    rng = np.random.default_rng(8)
    parts = rng.multinomial(256, [0.5, 0.3, 0.2] if dimensions == 2 else [0.5, 0.5], size=SHAPE[dimensions])
    f = np.moveaxis(parts, -1, 0) / 256  # exact in both types
    points = points_in_zones(rng, len(f), tuple(np.ones(n) for n in SHAPE[dimensions][::-1]))
    centroids = points if method == "mof" else None
    double, single = (
        mir.reconstruct(f.astype(kind), method=method, centroids=centroids) for kind in (np.float64, np.float32)
    )
    assert np.array_equal(outcome(double), outcome(single))
    assert np.array_equal(double.fractions, single.fractions)


@pytest.mark.parametrize("method", [m for m in PLANAR if m != "mof"])
def test_any_float_fraction_of_one_material_is_a_double(method: str | mir.Method) -> None:
    f = np.random.default_rng(9).random((7, 6), dtype=np.float32)
    single = mir.reconstruct(f, method=method)
    double = mir.reconstruct(f.astype(np.float64), method=method)
    assert np.array_equal(outcome(double), outcome(single))


def test_every_method_declares_the_halo_that_these_tests_gave_it() -> None:
    assert [mir.halo_width(m) for m in ("slic", "youngs", "elvira", "lvira", "equiz", "power")] == [1] * 6
    assert mir.halo_width("mof") == 0
