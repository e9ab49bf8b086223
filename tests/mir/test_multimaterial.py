"""Three and more materials: the published T-junction, and what nesting, power diagrams and equi-z promise."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from tests.mir.strategies import CONSERVING, Floats, mixture, points_in_zones

from inloop import mir

LEAST_SQUARES = mir.Youngs(gradient="least-squares")

# The T-junction: 3 x 5 zones of the unit square; A right of x = 1/2, B above y = 1/2, C below.
REGIONS = (((0.5, 1.0), (0.0, 1.0)), ((0.0, 0.5), (0.5, 1.0)), ((0.0, 0.5), (0.0, 0.5)))
NX, NY = 3, 5


def part(zone: tuple[int, int], material: int) -> Floats:
    """The material's true region in a zone: a box (x0, y0, x1, y1) in the zone's unit coordinates."""
    row, column = zone
    (x0, x1), (y0, y1) = REGIONS[material]
    x = np.clip([x0 * NX - column, x1 * NX - column], 0, 1)
    y = np.clip([y0 * NY - row, y1 * NY - row], 0, 1)
    return np.array([x[0], y[0], x[1], y[1]])


def junction() -> tuple[Floats, Floats]:
    f, centroids = np.zeros((3, NY, NX)), np.full((3, NY, NX, 2), np.nan)
    for row, column in np.ndindex(NY, NX):
        for m in range(3):
            x0, y0, x1, y1 = part((row, column), m)
            f[m, row, column] = (x1 - x0) * (y1 - y0)
            centroids[m, row, column] = [(column + (x0 + x1) / 2) / NX, (row + (y0 + y1) / 2) / NY]
    f = np.round(f * 60) / 60  # sixtieths hold all of them; rounding would leave specks of absent materials
    f[0] = 1 - f[1] - f[2]
    return f, centroids


def misplaced(face: mir.Interface, f: Floats) -> Floats:
    """(3, ny, nx): area of (reconstructed xor true) by material and zone, in the unit square's own area."""
    out = np.empty((3, NY, NX))
    for zone in np.ndindex(NY, NX):
        for m in range(3):
            box = part(zone, m)
            whole, common = (face.share(np.array([zone]), b[None])[m, 0] for b in (np.array([0.0, 0, 1, 1]), box))
            out[m][zone] = whole + np.prod(box[2:] - box[:2]) - 2 * common
    return out / (NX * NY)


def built(method: str | mir.Method, order: tuple[int, ...] | None = (0, 1, 2), boundary: str = "open") -> Floats:
    f, centroids = junction()
    given = centroids if method == "mof" else None
    spacing = (1 / NX, 1 / NY)
    return misplaced(
        mir.reconstruct(f, method=method, spacing=spacing, boundary=boundary, centroids=given, order=order), f
    )


def test_junction_slic() -> None:
    assert built(mir.Slic(slabs="x")).sum() == pytest.approx(11 / 15, abs=1e-13)


def test_junction_gradient() -> None:
    error = built(LEAST_SQUARES)
    assert error.sum() == pytest.approx(2 * (1 / 90 + 1 / 240), abs=1e-13)
    assert round(error.sum(), 6) == 0.030556
    for m in (1, 2):
        assert error[m, 2, :2] == pytest.approx([1 / 90, 1 / 240], abs=1e-13)
    error[1:, 2, :2] = 0
    assert error.max() < 1e-13


def test_junction_mof() -> None:
    assert built("mof").sum() < 1e-14
    assert built("mof", order=None).sum() < 1e-14


def test_junction_lvira() -> None:
    # Published .0621. With whole-zone fractions and every neighbour weighed alike, a brute-force search over all angles
    # finds 1/60 for the zone left of the stem and 1/240 for the zone of the junction, each for two materials: 1/24.
    error = built("lvira")
    for m in (1, 2):
        assert error[m, 2, :2] == pytest.approx([1 / 60, 1 / 240], abs=1e-10)
    assert error.sum() == pytest.approx(1 / 24, abs=1e-10)
    assert error.sum() < 0.0621


def test_junction_without_an_order_is_no_worse() -> None:
    for method in (LEAST_SQUARES, "youngs", "elvira", "lvira"):
        assert built(method, order=None).sum() <= built(method).sum() + 1e-13
    # Between B and C both count alike, and their line is straight: no corner is left to misplace.
    assert built("elvira", order=None).sum() < 1e-13


@pytest.mark.parametrize(("dimensions", "method"), [(2, m) for m in CONSERVING[2] if m != "power"] +
                                                   [(3, m) for m in CONSERVING[3]])  # fmt: skip
def test_the_first_material_is_cut_as_if_the_others_were_one(dimensions: int, method: str) -> None:
    rng = np.random.default_rng(41)
    shape = (4, 5) if dimensions == 2 else (3, 2, 3)
    f = mixture(rng, 4, shape, "rough")
    widths = tuple(10 ** rng.uniform(-0.3, 0.3, n) for n in shape[::-1])
    # Centroids that a convex part of this size could have: the closer to the zone's middle, the larger the part.
    middle = np.stack(np.meshgrid(*[np.cumsum(w) - w / 2 for w in widths][::-1], indexing="ij")[::-1], axis=-1)
    points = middle + 0.8 * (1 - f[..., None]) * (points_in_zones(rng, 4, widths) - middle)
    nested = mir.reconstruct(
        f, method=method, spacing=widths, order=(2, 0, 3, 1), centroids=points if method == "mof" else None
    )
    rest = np.stack([f[2], f[[0, 1, 3]].sum(axis=0)])
    rest[1] = 1 - rest[0]
    merged = (middle - f[2][..., None] * points[2]) / (1 - f[2][..., None])  # the others' centroid follows from its own
    pair = mir.reconstruct(
        rest, method=method, spacing=widths, centroids=np.stack([points[2], merged]) if method == "mof" else None
    )
    # Where the material is a trace, or others are, these go first and leave less room.
    usual = (f > 1e-6).all(axis=0)
    for axis in range(dimensions):
        usual = usual.repeat(3, axis=axis)
    assert np.abs(nested.coverage(3)[2] - pair.coverage(3)[0])[usual].max() < 1e-9


def layers() -> Floats:
    """A middle layer thinner than a zone."""
    f = np.zeros((3, 5, 5))
    for m, (low, high) in enumerate([(0.0, 2.25), (2.25, 2.75), (2.75, 5.0)]):
        f[m] = (np.clip(high - np.arange(5), 0, 1) - np.clip(low - np.arange(5), 0, 1))[:, None]
    return f


TRUE_LAYERS = np.array([[1.0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])  # in quarters of the zone, from below


@pytest.mark.parametrize("order", [None, (0, 2, 1), (2, 0, 1)])
@pytest.mark.parametrize("method", ["youngs", LEAST_SQUARES, "elvira", "lvira"])
def test_layers_are_exact_if_the_outer_ones_are_cut_first(
    method: str | mir.Method, order: tuple[int, ...] | None
) -> None:
    # The middle layer has no line of its own: nothing around it prefers a side. Without an order that is found out.
    for axis in (0, 1):
        f = layers() if axis == 0 else layers().transpose(0, 2, 1)
        cover = mir.reconstruct(f, method=method, order=order).coverage(4)[:, 8:12, 8:12]
        assert np.abs(cover.mean(axis=2 - axis) - TRUE_LAYERS).max() < 1e-12


@pytest.mark.parametrize("method", ["slic", "youngs", LEAST_SQUARES, "elvira", "lvira", "equiz", "power"])
def test_a_material_that_is_nowhere_changes_nothing(method: str | mir.Method) -> None:
    rng = np.random.default_rng(42)
    f = mixture(rng, 3, (5, 5), "rough")
    absent = np.insert(f, 1, 0.0, axis=0)
    with_it = mir.reconstruct(absent, method=method).coverage(3)
    without = mir.reconstruct(f, method=method).coverage(3)
    assert (with_it[1] == 0).all()
    assert np.array_equal(with_it[[0, 2, 3]], without)


@pytest.mark.parametrize("method", ["slic", "youngs", LEAST_SQUARES, "elvira", "lvira", "mof"])
def test_an_order_may_name_materials_that_a_zone_lacks(method: str | mir.Method) -> None:
    f, centroids = junction()
    given = centroids if method == "mof" else None
    for order in permutations(range(3)):
        face = mir.reconstruct(f, method=method, order=order, centroids=given, spacing=(1 / NX, 1 / NY))
        assert face.conservation_error().max < 1e-12
        present = face.fractions > 0
        assert all((present[i] == (f[(slice(None), *z)] > 0)).all() for i, z in enumerate(face.zones.tolist()))


def test_power_equals_elvira_where_two_materials_meet() -> None:
    f = mixture(np.random.default_rng(43), 2, (6, 6), "rough")
    power, elvira = (mir.reconstruct(f, method=m).coverage(4) for m in ("power", "elvira"))
    assert np.array_equal(power, elvira)


def test_power_diagrams_have_straight_borders_square_to_their_sites() -> None:
    # Every border between two power cells is straight, so each zone's pieces are convex and as many as its materials.
    f = mixture(np.random.default_rng(44), 4, (5, 5), "rough")
    face = mir.reconstruct(f, method="power", spacing=(2.0, 0.5))
    for m in range(4):
        zones = [z for z, _ in face.polygons(m)]
        assert len(zones) == len(set(zones)) == len(face.zones)


@pytest.mark.parametrize("materials", [2, 3, 5])
def test_equiz_gives_each_point_to_the_greatest_interpolated_fraction(materials: int) -> None:
    f = mixture(np.random.default_rng(45), materials, (5, 6), "rough")
    face = mir.reconstruct(f, method="equiz")
    padded = np.pad(f, ((0, 0), (1, 1), (1, 1)), mode="edge")
    corners = (padded[:, :-1, :-1] + padded[:, 1:, :-1] + padded[:, :-1, 1:] + padded[:, 1:, 1:]) / 4
    rng = np.random.default_rng(46)
    for zone in face.zones:
        row, column = zone
        c = corners[:, row : row + 2, column : column + 2]
        middle = c.mean(axis=(1, 2))
        for x, y in rng.uniform(0.01, 0.99, (12, 2)):
            # the triangle of the centre and the nearest side
            side = np.argmin([y, 1 - x, 1 - y, x])
            a, b, u, v = [
                (c[:, 0, 0], c[:, 0, 1], x, y),
                (c[:, 0, 1], c[:, 1, 1], y, 1 - x),
                (c[:, 1, 0], c[:, 1, 1], x, 1 - y),
                (c[:, 0, 0], c[:, 1, 0], y, x),
            ][side]
            value = a * (1 - u - v) + b * (u - v) + middle * (2 * v)
            best = np.sort(value)[::-1]
            if best[0] - best[1] < 1e-3:
                continue
            box = np.array([[x - 1e-6, y - 1e-6, x + 1e-6, y + 1e-6]])
            share = face.share(zone[None], box)[:, 0]
            assert share[value.argmax()] == pytest.approx(4e-12, rel=1e-6)
