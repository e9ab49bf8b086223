"""Where nothing prefers one answer: always the same one, finite, and the material lies towards low x."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.strategies import SIDES, Floats, moved, moves

from inloop import mir

LEAST_SQUARES = mir.Youngs(gradient="least-squares")
PLANAR = ("slic", "youngs", LEAST_SQUARES, "elvira", "lvira", "power")
SOLID = ("youngs", LEAST_SQUARES, "elvira", "lvira")


def rebuilt(f: Floats, method: str | mir.Method, side: str) -> mir.Interface:
    return mir.reconstruct(np.stack([f, 1 - f]), method=method, boundary=side)


@pytest.mark.parametrize("side", SIDES[:3])  # beside an open side the neighbours have a preference
@pytest.mark.parametrize("method", PLANAR)
def test_half_full_everywhere_lies_towards_low_x(method: str | mir.Method, side: str) -> None:
    cover = rebuilt(np.full((3, 4), 0.5), method, side).coverage(2)
    assert np.abs(cover[0] - np.tile([1.0, 0.0], (6, 4))).max() < 1e-12


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("method", SOLID)
def test_half_full_everywhere_lies_towards_low_x_in_3d(method: str | mir.Method, side: str) -> None:
    cover = rebuilt(np.full((2, 3, 2), 0.5), method, side).coverage(2)
    assert np.abs(cover[0] - np.tile([1.0, 0.0], (4, 6, 2))).max() < 1e-12


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("fraction", [0.25, 0.75])
@pytest.mark.parametrize("method", PLANAR)
def test_a_single_zone_lies_towards_low_x(method: str | mir.Method, fraction: float, side: str) -> None:
    cover = rebuilt(np.full((1, 1), fraction), method, side).coverage(4)
    assert np.abs(cover[0] - np.tile(np.arange(4) < 4 * fraction, (4, 1))).max() < 1e-12


@pytest.mark.parametrize("method", PLANAR)
def test_an_isolated_zone_lies_towards_low_x(method: str | mir.Method) -> None:
    for surroundings in (0.0, 1.0):
        f = np.full((3, 3), surroundings)
        f[1, 1] = 0.25
        columns = rebuilt(f, method, "extend").coverage(4)[0, 4:8, 4:8].mean(axis=0)
        assert columns[0] > 0.5 > columns[-1]
        assert (np.diff(columns) <= 0).all()


@pytest.mark.parametrize("noise", [0.0, 1e-15])
@pytest.mark.parametrize("method", PLANAR)
def test_rounding_does_not_decide_between_sides(method: str | mir.Method, noise: float) -> None:
    rng = np.random.default_rng(2)
    f = 0.5 + noise * rng.uniform(-1, 1, (6, 6))
    cover = rebuilt(f, method, "extend").coverage(2)
    assert np.abs(cover[0] - np.tile([1.0, 0.0], (12, 6))).max() < 1e-12


@pytest.mark.parametrize("contrast", [0.5, 0.25, 1e-9])
@pytest.mark.parametrize("method", PLANAR)
def test_a_checkerboard_repeats_itself(method: str | mir.Method, contrast: float) -> None:
    board = 0.5 + contrast * ((np.indices((6, 6)).sum(axis=0) % 2) - 0.5)
    faces = [rebuilt(board, method, "periodic").coverage(3) for _ in range(2)]
    assert np.array_equal(*faces)
    assert np.isfinite(faces[0]).all()
    # every second zone sees the same neighbours, so it gets the same line
    blocks = faces[0][0].reshape(6, 3, 6, 3).swapaxes(1, 2)
    assert np.abs(blocks[::2, ::2] - blocks[0, 0]).max() < 1e-12
    assert np.abs(blocks[1::2, ::2] - blocks[1, 0]).max() < 1e-12


def test_moments_without_a_direction_give_every_zone_the_same_line() -> None:
    middles = np.stack(np.meshgrid(np.arange(4) + 0.5, np.arange(3) + 0.5), axis=-1)
    for fraction in (0.1, 0.5, 0.9):
        f = np.full((3, 4), fraction)
        face = mir.reconstruct(f, method="mof", centroids=middles)
        blocks = face.coverage(4)[0].reshape(3, 4, 4, 4).swapaxes(1, 2).reshape(12, 4, 4)
        assert np.abs(blocks - blocks[0]).max() < 1e-12
        assert face.conservation_error().max < 1e-12


@pytest.mark.parametrize("method", ["youngs", LEAST_SQUARES, "elvira", "lvira", "power"])
def test_a_symmetric_neighbourhood_gets_its_symmetric_line(method: str | mir.Method) -> None:
    # Symmetric about the diagonal: of two mirrored candidates neither is better, and their mean is the answer.
    f = np.array([[1.0, 1.0, 0.4], [1.0, 0.5, 0.0], [0.4, 0.0, 0.0]])
    cover = rebuilt(f, method, "open").coverage(4)[0, 4:8, 4:8]
    assert np.abs(cover - cover.T).max() < 1e-12
    # Symmetric about the column's middle.
    f = np.array([[1.0, 1.0, 1.0], [0.2, 0.5, 0.2], [0.0, 0.0, 0.0]])
    cover = rebuilt(f, method, "open").coverage(4)[0, 4:8, 4:8]
    assert np.abs(cover - cover[:, ::-1]).max() < 1e-12


@pytest.mark.parametrize("method", ["youngs", LEAST_SQUARES, "elvira", "lvira", "power"])
def test_a_square_ring_keeps_all_eight_symmetries(method: str | mir.Method) -> None:
    f = np.zeros((7, 7))
    f[1:6, 1:6] = 0.5
    f[2:5, 2:5] = 1.0
    f[3, 3] = 0.0
    cover = rebuilt(f, method, "extend").coverage(4)
    for move in moves(2):
        assert np.abs(moved(cover, move) - cover).max() < 1e-12


@pytest.mark.parametrize("materials", [3, 4, 6])
@pytest.mark.parametrize("method", ["slic", "youngs", LEAST_SQUARES, "elvira", "lvira", "equiz", "power"])
def test_equal_parts_everywhere_are_divided_the_same_way_twice(method: str | mir.Method, materials: int) -> None:
    f = np.full((materials, 3, 3), 1 / materials)
    covers = [mir.reconstruct(f, method=method).coverage(3) for _ in range(2)]
    assert np.array_equal(*covers)
    assert np.abs(covers[0].sum(axis=0) - 1).max() < 1e-12


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2)])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("method", [*PLANAR, "equiz"])
def test_meshes_a_zone_or_two_wide(method: str | mir.Method, side: str, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    for materials in (2, 3):
        f = rng.dirichlet(np.ones(materials), size=shape)
        f = np.moveaxis(f, -1, 0)
        cover = mir.reconstruct(f, method=method, boundary=side).coverage(3)
        assert np.isfinite(cover).all()
        assert np.abs(cover.sum(axis=0) - 1).max() < 1e-12


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("method", SOLID)
def test_solid_meshes_a_zone_or_two_wide(method: str | mir.Method, side: str) -> None:
    rng = np.random.default_rng(5)
    for shape in [(1, 1, 1), (1, 1, 4), (1, 4, 1), (4, 1, 1), (2, 1, 2)]:
        for materials in (2, 3):
            f = np.moveaxis(rng.dirichlet(np.ones(materials), size=shape), -1, 0)
            cover = mir.reconstruct(f, method=method, boundary=side).coverage(2)
            assert np.isfinite(cover).all()
            assert np.abs(cover.sum(axis=0) - 1).max() < 1e-12
