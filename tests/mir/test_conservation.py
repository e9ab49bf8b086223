"""Every conserving method keeps every fraction: to 1e-12, and small ones to 1e-8 of themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mir.strategies import (
    CONSERVING,
    SIDES,
    Flat,
    Floats,
    flats,
    laws,
    mixture,
    points_in_zones,
    seeds,
)

from inloop import mir

KINDS = ("rough", "tiny", "sparse", "smooth")


def whole_zones(face: mir.Interface) -> Floats:
    """(n, M): each mixed zone's materials, measured piece by piece."""
    d = face.dimensions
    return face.share(face.zones, np.tile([0.0] * d + [1.0] * d, (len(face.zones), 1))).T


def assert_conserves(face: mir.Interface) -> None:
    got, wanted = whole_zones(face), face.fractions
    assert np.abs(got - wanted).max(initial=0) < 1e-12
    # A part near 1 is judged by what it leaves, which is what carries its digits.
    for m in range(face.materials):
        others = [k for k in range(face.materials) if k != m]
        large = wanted[:, m] > 0.5
        small = np.where(large, wanted[:, others].sum(axis=1), wanted[:, m])
        error = np.where(large, (got[:, others] - wanted[:, others]).sum(axis=1), got[:, m] - wanted[:, m])
        assert (np.abs(error) <= 1e-8 * small).all()
    assert face.conservation_error().max < 1e-12


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dimensions", [2, 3])
@laws(12)
@given(seed=seeds, materials=st.integers(2, 6), side=st.sampled_from(SIDES))
def test_fractions_are_kept(dimensions: int, kind: str, ordered: bool, seed: int, materials: int, side: str) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 5 if dimensions == 2 else 3, dimensions))
    f = mixture(rng, materials, shape, kind)
    widths = tuple(10 ** rng.uniform(-1, 1, n) for n in shape[::-1])
    for method in CONSERVING[dimensions]:
        if ordered and method == "power":
            continue
        centroids = points_in_zones(rng, materials, widths) if method == "mof" else None
        order = tuple(rng.permutation(materials)) if ordered else None
        face = mir.reconstruct(f, method=method, spacing=widths, boundary=side, centroids=centroids, order=order)
        assert_conserves(face)
        cover = face.coverage(2)
        assert cover.min() >= -1e-13
        assert cover.max() <= 1 + 1e-13
        assert np.abs(cover.sum(axis=0) - 1).max() < 1e-12


@pytest.mark.parametrize("method", CONSERVING[2])
@laws(100)
@given(flat=flats(2, aspect=100))
def test_slivers_and_corners_are_kept_in_2d(method: str, flat: Flat) -> None:
    centroids = flat.centroids if method == "mof" else None
    assert_conserves(mir.reconstruct(flat.fractions, method=method, spacing=flat.widths, centroids=centroids))


@pytest.mark.parametrize("method", CONSERVING[3])
@laws(25)
@given(flat=flats(3, aspect=100))
def test_slivers_and_corners_are_kept_in_3d(method: str, flat: Flat) -> None:
    centroids = flat.centroids if method == "mof" else None
    assert_conserves(mir.reconstruct(flat.fractions, method=method, spacing=flat.widths, centroids=centroids))


@pytest.mark.parametrize("method", [m for m in CONSERVING[2] if m != "mof"])
def test_three_slabs_of_a_ten_billionth_are_kept_whatever_the_order(method: str) -> None:
    # Left to the end these would be a sliver that zone coordinates cannot divide.
    tiny = 1e-10
    f = np.array([0.5, tiny, 0.5 - 6 * tiny, 2 * tiny, 3 * tiny]).reshape(5, 1, 1) * np.ones((1, 3, 3))
    f[2] = 1 - f[0] - f[1] - f[3] - f[4]
    for order in [None] if method == "power" else [None, (0, 2, 1, 3, 4), (4, 3, 2, 1, 0)]:
        assert_conserves(mir.reconstruct(f, method=method, order=order))


def test_a_method_that_does_not_conserve_says_so() -> None:
    f = mixture(np.random.default_rng(3), 2, (5, 5), "rough")
    face = mir.reconstruct(f, method="equiz")
    measured = np.abs(whole_zones(face) - face.fractions).max(axis=1)
    assert not mir.Equiz.conserves
    assert face.conservation_error() == pytest.approx((measured.mean(), measured.max()), abs=1e-14)
    assert measured.max() > 0.01
