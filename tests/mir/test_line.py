"""The drop-in line: exact for straight borders, second order for smooth ones, better than the classical lines."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.random_kernel import random_bundle, random_weights
from tests.mir.strategies import SIDES, Floats, mixture, moved, moved_widths, moves

from inloop import InloopError, _core, mir
from inloop.mir import measures
from inloop.mir.learned import FEATURES
from inloop.mir.line import ANSWERS
from inloop.mir.publish_line import publish_line
from inloop.mir.samples import Recipe, draw, sampled, shape_seed
from inloop.mir.samples.exact import HALO
from inloop.mir.shapes import Circle, HalfPlane, uniform_edges

KINDS = ("rough", "tiny", "sparse", "smooth")
SUB = 8
PROVENANCE = {"command": "pytest", "seed": 0, "data": "none"}


@pytest.fixture(scope="module")
def nonsense(tmp_path_factory):
    """A line with random weights."""
    path = tmp_path_factory.mktemp("line") / "random"
    weights = random_weights(sizes=(FEATURES, 12, ANSWERS))
    return mir.LearnedLine(publish_line(weights, path, provenance=PROVENANCE, errors={}).path)


@pytest.mark.parametrize("normal", [(1, 0), (0, -1), (1, 1), (0.3, 0.7), (-0.2, 0.9), (-1, 1e-3), (0.6, -0.5)])
def test_a_straight_border_is_exact(normal: tuple[float, float]) -> None:
    plane = HalfPlane((10.2, 9.7), normal)
    zones, fine = np.arange(21.0), np.arange(161) / SUB
    face = mir.reconstruct(plane.fractions((zones, zones)), method="learned-line")
    inner = slice(2 * SUB, -2 * SUB)  # beyond the mesh the border does not go straight on
    difference = face.coverage(SUB)[0] - plane.fractions((fine, fine))
    assert np.abs(difference[inner, inner]).max() < 1e-10


def area_error(method: str, n: int) -> float:
    circle = Circle((0.51, 0.49), 0.3)
    face = mir.reconstruct(circle.fractions(uniform_edges(n)), method=method, spacing=1 / n)
    return float(np.abs(face.coverage(SUB)[0] - circle.fractions(uniform_edges(n * SUB))).mean())


def test_a_circle_converges_with_second_order_below_the_classical_lines() -> None:
    sizes = (32, 64, 128, 256)
    errors = [area_error("learned-line", n) for n in sizes]
    order = np.polyfit(np.log(sizes), -np.log(errors), 1)[0]
    assert order > 1.9
    for n, error in zip(sizes, errors, strict=True):
        assert error < 0.9 * min(area_error(method, n) for method in ("youngs", "elvira", "lvira"))


def test_on_images_it_has_not_seen_it_beats_the_classical_lines() -> None:
    recipe = Recipe()
    batch = sampled(recipe, [draw(recipe, shape_seed(987654321, k)) for k in range(300)])
    totals = dict.fromkeys(("youngs", "elvira", "lvira", "learned-line"), 0.0)
    for fractions, coverage in zip(batch.fractions[:, 0], batch.coverage[:, 0], strict=True):
        for method in totals:
            face = mir.reconstruct(fractions, method=method, boundary=HALO)
            totals[method] += float(np.abs(face.coverage(SUB)[0] - coverage).sum())
    assert totals["learned-line"] < 0.85 * min(totals[name] for name in ("youngs", "elvira", "lvira"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("materials", [2, 3, 5])
@pytest.mark.parametrize("order", [False, True])
def test_fractions_are_kept_whatever_the_network_says(nonsense, kind: str, materials: int, order: bool) -> None:
    f = mixture(np.random.default_rng(materials), materials, (12, 11), kind)
    given = list(range(materials))[::-1] if order else None
    face = mir.reconstruct(f, method=nonsense, order=given)
    assert face.conservation_error().max <= 1e-12
    assert np.abs(face.coverage(4).sum(axis=0) - 1).max() <= 1e-12


def smooth(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    at = np.stack(np.meshgrid(*(np.linspace(0, 1, n) for n in shape), indexing="ij"))
    waves = [np.sin(np.tensordot(rng.normal(0, 3, 2), at, 1) + rng.uniform(0, 6)) for _ in range(3)]
    f = 0.5 + 0.5 * np.tanh(2 * sum(waves))
    return np.stack([f, 1 - f])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("stretched", [False, True])
def test_the_motions_of_the_square_and_the_swap(nonsense, side: str, stretched: bool) -> None:
    rng = np.random.default_rng(5)
    f = smooth(rng, (9, 8))
    widths = tuple(10 ** rng.uniform(-0.5, 0.5, n) if stretched else np.ones(n) for n in (8, 9))
    for method in ("learned-line", nonsense):
        here = mir.reconstruct(f, method=method, spacing=widths, boundary=side).coverage(4)
        swapped = mir.reconstruct(f[::-1], method=method, spacing=widths, boundary=side).coverage(4)
        assert np.abs(swapped[::-1] - here).max() < 1e-11
        for move in moves(2):
            there = mir.reconstruct(
                moved(f, move), method=method, spacing=moved_widths(widths, move), boundary=side
            ).coverage(4)
            assert np.abs(there - moved(here, move)).max() < 1e-11


def test_neither_threads_nor_neighbours_in_the_batch_change_a_bit(nonsense) -> None:
    f = mixture(np.random.default_rng(3), 2, (30, 31), "rough")
    whole = mir.reconstruct(f, method=nonsense)
    if _core.openmp():
        assert (mir.reconstruct(f, method=nonsense, threads=3)._core.cuts() == whole._core.cuts()).all()
    part = mir.reconstruct(f[:, 5:22, 7:21], method=nonsense, boundary=3)
    inside = ((whole.zones >= (8, 10)) & (whole.zones < (19, 18))).all(axis=1)
    assert (part._core.cuts() == whole._core.cuts()[inside]).all()


def test_normals_point_out_of_the_material() -> None:
    circle = Circle((10.3, 9.6), 6.0)
    zones = np.arange(21.0)
    out = mir.reconstruct(circle.fractions((zones, zones)), method="learned-line").normals()
    first = out.materials == 0
    outward = out.zones[first][:, ::-1] + 0.5 - (10.3, 9.6)
    cosine = (out.vectors[first] * outward).sum(axis=1) / np.linalg.norm(outward, axis=1)
    assert cosine.min() > 0.97


def test_it_is_a_method_like_others(tmp_path) -> None:
    assert "learned-line" in mir.METHODS
    assert mir.halo_width("learned-line") == 3
    with pytest.raises(InloopError, match="works in 2D only"):
        mir.reconstruct(np.full((2, 3, 3, 3), 0.5), method="learned-line")
    with pytest.raises(InloopError, match="gives 1 halo layers: this method needs 3"):
        mir.reconstruct(np.full((5, 5), 0.5), method="learned-line", boundary=1)
    with pytest.raises(InloopError, match="kind 'levels', expected 'line'"):
        mir.reconstruct(np.full((3, 3), 0.5), method=mir.LearnedLine(random_bundle(tmp_path / "levels")))
    with pytest.raises(InloopError, match=f"maps {FEATURES} to 3 values"):
        publish_line(random_weights(sizes=(FEATURES, 4, 3)), tmp_path / "x", provenance=PROVENANCE, errors={})
    with pytest.raises(InloopError, match="provenance lacks data"):
        publish_line(
            random_weights(sizes=(FEATURES, 4, ANSWERS)),
            tmp_path / "x",
            provenance={"command": "", "seed": 0},
            errors={},
        )


def test_figures_of_the_truth_and_of_the_measures_agree() -> None:
    """The sum over sub-zones never exceeds the symmetric difference, and comes close to it."""
    circle = Circle((10.3, 9.6), 6.0)
    face = mir.reconstruct(circle.fractions((np.arange(21.0),) * 2), method="learned-line")
    exact = measures.symmetric_difference(face, circle)
    fine = np.arange(161) / SUB
    summed = np.abs(face.coverage(SUB)[0] - circle.fractions((fine, fine))).sum() / SUB**2 / len(face.zones)
    assert summed <= exact + 1e-12
    assert summed > 0.7 * exact
