"""The learned reconstruction keeps its laws with any weights; the shipped weights are worth having."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mir.random_kernel import random_bundle
from tests.mir.strategies import SIDES, Floats, laws, mixture, moved, moved_widths, moves, seeds

import inloop
from inloop import InloopError, _core, mir
from inloop.mir import measures
from inloop.mir.shapes import Circle, HalfPlane, uniform_edges, voronoi

SCALES = (0.5, 30.0)  # answers as a trained network's, and far beyond
KINDS = ("rough", "tiny", "sparse", "smooth")


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """Random networks, by the size of their answers."""
    folder = tmp_path_factory.mktemp("kernels")
    return {scale: mir.Learned(random_bundle(folder / f"{scale}", scale=scale)) for scale in SCALES}


def torn(face: mir.Interface, f: Floats) -> float:
    """The longest tear on an edge whose two zones have a material in common; elsewhere nothing could be whole."""
    zones, axes, lengths = face._core.tears(1)
    present = f > 0
    worst = 0.0
    for (j, i), axis, length in zip(zones, axes, lengths, strict=True):
        beyond = (j, i + 1) if axis == 0 else (j + 1, i)
        if (present[:, j, i] & present[:, *beyond]).any():
            worst = max(worst, length)
    return worst


def assert_laws(face: mir.Interface, f: Floats) -> None:
    assert face.conservation_error().max <= 1e-12
    assert torn(face, f) <= 1e-12
    cover = face.coverage(8)
    assert np.isfinite(cover).all()
    assert np.abs(cover.sum(axis=0) - 1).max() <= 1e-12  # no gap, no overlap
    assert cover.min() >= -1e-12


# -- the laws, with any weights ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("kind", KINDS)
@laws(10)
@given(seed=seeds, materials=st.integers(2, 6), side=st.sampled_from(SIDES))
def test_areas_are_kept_and_the_border_is_whole(kernels, scale, kind, seed, materials, side):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 7, 2))
    f = mixture(rng, materials, shape, kind)
    widths = tuple(10 ** rng.uniform(-1, 1, n) for n in shape[::-1])
    assert_laws(mir.reconstruct(f, method=kernels[scale], spacing=widths, boundary=side), f)


def hostile() -> dict[str, Floats]:
    rows, columns = np.indices((7, 7))
    rng = np.random.default_rng(5)
    thirds = np.full((3, 7, 7), 1 / 3)
    thirds[2] = 1 - thirds[0] - thirds[1]
    strangers = np.zeros((4, 7, 7))  # neighbours without a common material
    strangers[0], strangers[2] = np.where((rows + columns) % 2, 0.3, 0), np.where((rows + columns) % 2, 0, 0.6)
    strangers[1], strangers[3] = np.where((rows + columns) % 2, 0.7, 0), np.where((rows + columns) % 2, 0, 0.4)
    alone = np.zeros((7, 7))
    alone[3, 3] = 0.5
    exponents = np.array([-1, -8, -12, -16, -30, -100, -300])
    two = {
        "checkerboard": np.where((rows + columns) % 2, 0.3, 0.7),
        "half full": np.full((7, 7), 0.5),
        "smeared": np.tile([1, 1, 0.7, 0.3, 0, 0.3, 0.7], (7, 1)),
        "smeared the other way": np.tile([1, 1, 0.7, 0.3, 0, 0.3, 0.7], (7, 1)).T,
        "alone": alone,
        "next to nothing": np.tile(10.0**exponents, (7, 1)),
        "nearly all": np.tile(1 - 10.0 ** np.maximum(exponents, -16), (7, 1)),
        "nothing or half": np.where(rng.random((7, 7)) < 0.5, 1e-300, 0.5),
        "one zone": np.array([[0.3]]),
        "one row": rng.random((1, 7)),
        "pure": np.ones((7, 7)),
    }
    traces = 10.0 ** rng.uniform(-300, 0, (5, 7, 7))
    traces[0] = 0
    traces[0] = 1 - (traces / (2 * traces.sum(axis=0))).sum(axis=0)
    traces[1:] /= 2 * traces[1:].sum(axis=0)
    traces[0] = 1 - traces[1:].sum(axis=0)
    return {name: np.stack([f, 1 - f]) for name, f in two.items()} | {
        "thirds": thirds,
        "strangers": strangers,
        "traces": traces,
    }


@pytest.mark.parametrize("name", hostile())
@pytest.mark.parametrize("scale", SCALES)
def test_hostile_fields(kernels, scale, name):
    f = hostile()[name]
    for side in SIDES:
        assert_laws(mir.reconstruct(f, method=kernels[scale], boundary=side), f)


@pytest.mark.parametrize("scale", SCALES)
def test_single_precision_input_is_kept_as_it_was_read(kernels, scale):
    rng = np.random.default_rng(6)
    f = rng.dirichlet(np.ones(3), size=(6, 6)).transpose(2, 0, 1).astype(np.float32)
    face = mir.reconstruct(f, method=kernels[scale])
    assert face.conservation_error().max <= 1e-12  # of the fractions in double
    whole = face.share(face.zones, np.tile([0.0, 0.0, 1.0, 1.0], (len(face.zones), 1)))
    assert np.abs(whole - f[:, *face.zones.T]).max() <= 1e-6


def pieces_of(face: mir.Interface) -> list[Floats]:
    return [vertices for m in range(face.materials) for _, vertices in face.polygons(m)]


def test_polygons_are_counter_clockwise_and_add_up(kernels):
    f = mixture(np.random.default_rng(7), 4, (5, 6), "rough")
    face = mir.reconstruct(f, method=kernels[0.5], spacing=(0.5, 2.0))
    total = np.zeros(f.shape)
    for material in range(4):
        for zone, p in face.polygons(material):
            q = p - p[0]
            area = 0.5 * (q[:, 0] * np.roll(q[:, 1], -1) - np.roll(q[:, 0], -1) * q[:, 1]).sum()
            assert area >= -1e-15
            total[material, *zone] += area
    mixed = (f > 0).sum(axis=0) > 1
    assert np.abs(total - f)[:, mixed].max() <= 1e-12


def test_normals_lead_out_of_the_material(kernels):
    f = HalfPlane((0.37, 0.5), (0.8, 0.6)).fractions(uniform_edges(12))  # no correction where the line is exact
    normals = mir.reconstruct(f, method=kernels[0.5], spacing=1 / 12).normals()
    inside = ((normals.zones > 2) & (normals.zones < 9)).all(axis=1)  # the mesh's ends are not seen from there
    outward = np.where(normals.materials[:, None] == 0, normals.vectors, -normals.vectors)[inside]
    assert len(outward) > 10
    np.testing.assert_allclose(outward, np.tile([0.8, 0.6], (len(outward), 1)), atol=1e-6)


# -- symmetry ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stretched", [False, True])
@pytest.mark.parametrize("materials", [2, 3])
@pytest.mark.parametrize("kind", ["rough", "smooth"])
def test_the_motions_of_the_square(kernels, kind, materials, stretched):
    rng = np.random.default_rng(11)
    for side in SIDES:
        f = mixture(rng, materials, (7, 6), kind)
        widths = tuple(10 ** rng.uniform(-0.5, 0.5, n) if stretched else np.ones(n) for n in (6, 7))
        here = mir.reconstruct(f, method=kernels[0.5], spacing=widths, boundary=side).coverage(8)
        for move in moves(2):
            spacing = moved_widths(widths, move)
            there = mir.reconstruct(moved(f, move), method=kernels[0.5], spacing=spacing, boundary=side).coverage(8)
            assert np.abs(there - moved(here, move)).max() <= 1e-12


@pytest.mark.parametrize("materials", [2, 3, 5])
@pytest.mark.parametrize("kind", ["rough", "smooth"])
def test_material_numbers_do_not_matter(kernels, kind, materials):
    rng = np.random.default_rng(13)
    f = mixture(rng, materials, (6, 5), kind)
    here = mir.reconstruct(f, method=kernels[0.5]).coverage(8)
    for _ in range(3):
        number = rng.permutation(materials)
        there = mir.reconstruct(f[number], method=kernels[0.5]).coverage(8)
        assert np.abs(there - here[number]).max() <= 1e-12


@pytest.mark.parametrize("zones", [7, 8, 12])
def test_a_circle_stays_symmetric(kernels, zones):
    f = Circle((0.5, 0.5), 0.31).fractions((np.arange(zones + 1) / zones,) * 2)
    f = sum(moved(f, m, 0) for m in moves(2)) / 8
    cover = mir.reconstruct(f, method=kernels[0.5], spacing=1 / zones).coverage(8)
    for move in moves(2):
        assert np.abs(moved(cover, move) - cover).max() <= 1e-12


# -- a zone's result depends on its neighbourhood alone ----------------------------------------------------------------


@pytest.mark.parametrize("materials", [2, 3])
def test_blocks_with_their_halo_give_the_bits_of_the_whole(kernels, materials):
    rng = np.random.default_rng(31)
    f = mixture(rng, materials, (11, 12), "sparse")
    widths = (10 ** rng.uniform(-0.3, 0.3, 12), 10 ** rng.uniform(-0.3, 0.3, 11))
    method = kernels[0.5]
    halo = mir.halo_width(method)
    assert halo == 4
    whole = mir.reconstruct(f, method=method, spacing=widths).coverage(8)
    for block in (((4, 7), (4, 8)), ((0, 4), (8, 12)), ((6, 11), (0, 5))):
        cut, sides = [], []
        for (begin, end), n in zip(block, (11, 12), strict=True):
            low, high = (halo if begin else 0), (halo if end < n else 0)
            cut.append(slice(begin - low, end + high))
            sides.append((low or "extend", high or "extend"))
        spacing = (widths[0][cut[1]], widths[1][cut[0]])
        part = mir.reconstruct(f[:, *cut], method=method, spacing=spacing, boundary=(sides[1], sides[0])).coverage(8)
        rows, columns = (slice(8 * begin, 8 * end) for begin, end in block)
        assert np.array_equal(part, whole[:, rows, columns])


@pytest.mark.parametrize("materials", [2, 3])
def test_a_periodic_mesh_is_its_own_neighbour(kernels, materials):
    f = mixture(np.random.default_rng(32), materials, (4, 5), "sparse")
    here = mir.reconstruct(f, method=kernels[0.5], boundary="periodic").coverage(8)
    tiled = mir.reconstruct(np.tile(f, (1, 3, 3)), method=kernels[0.5]).coverage(8)
    assert np.array_equal(tiled[:, 32:64, 40:80], here)
    rolled = mir.reconstruct(np.roll(f, (1, 2), axis=(1, 2)), method=kernels[0.5], boundary="periodic").coverage(8)
    assert np.array_equal(np.roll(here, (8, 16), axis=(1, 2)), rolled)


def everything(threads: int, bundle: object) -> bytes:
    """All that faces of two and of three materials tell, as bytes."""
    told = []
    for materials, shape in ((2, (20, 21)), (3, (7, 8))):
        f = mixture(np.random.default_rng(70), materials, shape, "rough")
        face = mir.reconstruct(f, method=mir.Learned(bundle), threads=threads)
        told += [face.coverage(3), face.normals().vectors, np.array(face.conservation_error()), *pieces_of(face)]
    return b"".join(np.ascontiguousarray(a).tobytes() for a in told)


def test_threads_change_no_bit(kernels):
    if not _core.openmp():
        pytest.skip("this build has no OpenMP")
    bundle = kernels[0.5].bundle
    assert everything(3, bundle) == everything(1, bundle)


# -- the shipped kernel ------------------------------------------------------------------------------------------------


def test_it_is_the_default_in_two_dimensions_only():
    assert mir.METHODS[-1] == "learned"
    plane, space = np.full((3, 3), 0.5), np.full((2, 3, 3, 3), 0.5)
    assert mir.reconstruct(plane).method == "learned"
    assert mir.reconstruct(space).method == "elvira"
    assert mir.halo_width() == 4
    with pytest.raises(InloopError, match="method 'learned' works in 2D only"):
        mir.reconstruct(space, method="learned")


@pytest.mark.parametrize("n", [32, 128])
def test_a_circle_comes_out_several_times_better_than_with_lines(n):
    circle = Circle((0.51, 0.493), 0.3)
    f = circle.fractions(uniform_edges(n))
    error = {m: measures.area_error(mir.reconstruct(f, method=m, spacing=1 / n), circle) for m in ("elvira", "learned")}
    assert error["learned"] <= 0.25 * error["elvira"]


def test_several_materials_come_out_better_than_in_any_order():
    diagram = voronoi(((0.2, 0.3), (0.7, 0.25), (0.5, 0.8)))
    f = diagram.fractions(uniform_edges(16))
    error = {
        m: measures.area_error(mir.reconstruct(f, method=m, spacing=1 / 16), diagram) for m in ("elvira", "learned")
    }
    assert error["learned"] <= error["elvira"]


def test_a_bundle_is_read_once_and_again_when_it_changes(tmp_path, monkeypatch):
    f = mixture(np.random.default_rng(3), 2, (4, 4), "rough")
    method = mir.Learned(random_bundle(tmp_path / "own", seed=1))
    first = mir.reconstruct(f, method=method).coverage(8)
    read = []
    monkeypatch.setattr("inloop.mir.learned.Bundle", type("Spy", (), {"load": lambda path: read.append(path)}))
    assert np.array_equal(mir.reconstruct(f, method=method).coverage(8), first)
    assert read == []
    monkeypatch.undo()
    random_bundle(tmp_path / "own", seed=2)
    assert not np.array_equal(mir.reconstruct(f, method=method).coverage(8), first)


def test_a_kernel_for_something_else_is_refused(tmp_path):
    path = random_bundle(tmp_path / "own")
    with pytest.raises(InloopError, match="its network has kind 'levels', expected 'line'"):
        mir.learned.opened(path, "line", 2)
    with pytest.raises(
        InloopError, match=r"no/such: no such bundle; give a bundle's folder or one of the shipped: .*mir"
    ):
        mir.reconstruct(np.full((3, 3), 0.5), method=mir.Learned("no/such"))


def test_an_order_or_a_thin_halo_is_refused():
    f = np.full((9, 9), 0.5)
    with pytest.raises(InloopError, match="order: method 'learned' does not depend on one"):
        mir.reconstruct(f, order=(1, 0))
    with pytest.raises(InloopError, match="gives 1 halo layers: this method needs 4"):
        mir.reconstruct(f, boundary=1)


def test_it_needs_no_torch(tmp_path):
    code = (
        "import sys, numpy; from inloop import mir; mir.reconstruct(numpy.full((3, 3), .5));"
        " print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# -- the kernel on batches of samples ----------------------------------------------------------------------------------


@pytest.mark.parametrize("materials", [None, 2, 4])
def test_samples_are_reconstructions_of_eight_by_eight_zones(materials):
    rng = np.random.default_rng(9)
    f = np.stack([mixture(rng, materials or 2, (8, 8), "sparse") for _ in range(3)])
    f = f[:, 0] if materials is None else f
    kernel = inloop.load("mir")
    cover = kernel(f)
    assert cover.dtype == np.float32
    assert cover.shape == (*f.shape[:-2], 64, 64)
    for sample, image in zip(f, cover, strict=True):
        whole = mir.reconstruct(sample, method="learned").coverage(8)
        np.testing.assert_allclose(image, whole if materials else whole[0], rtol=0, atol=1e-7)  # a float's rounding
    into = np.empty(cover.shape)
    assert kernel(f, out=into) is into
    blocks = into.reshape(*f.shape[:-2], 8, 8, 8, 8).mean(axis=(-3, -1))
    assert np.abs(blocks - f).max() <= 1e-12


def test_a_sample_does_not_know_the_others():
    f = np.stack([mixture(np.random.default_rng(k), 2, (8, 8), "rough")[0] for k in range(4)])
    kernel = inloop.load("mir")
    together = kernel(f)
    assert np.array_equal(together[::-1], kernel(f[::-1]))
    assert np.array_equal(together[2:3], kernel(f[2:3]))
    assert kernel(f[:0]).shape == (0, 64, 64)


@pytest.mark.parametrize(
    ("samples", "out", "message"),
    [
        (np.ones((8, 8)), None, r"fractions have shape \(8, 8\): expected \(samples, 8, 8\)"),
        (np.ones((2, 1, 8, 8)), None, "of two and more"),
        (np.ones((2, 8, 8), dtype=int), None, "type int64: expected float32 or float64"),
        (np.full((2, 8, 8), 1.5), None, r"sample 0: fraction in zone \(row 0, column 0\) is 1.5, above 1"),
        (np.ones((2, 8, 8)), np.empty((2, 8, 8)), r"out is \(2, 8, 8\) float64: expected an array \(2, 64, 64\)"),
        (np.ones((2, 8, 8)), [], "out is list"),
    ],
)
def test_wrong_samples_are_refused_in_one_line(samples, out, message):
    with pytest.raises(InloopError, match=message) as told:
        inloop.load("mir")(samples, out=out)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.1, 2.5])
def test_straight_layers_two_zones_thick_are_exact_whatever_the_weights(tmp_path, angle):
    """Beside a third material the field that the line explains best is chosen, so both borders of a layer are lines."""
    n = (math.cos(angle), math.sin(angle))
    at = [(6 + 1.1 * n[0], 6 + 1.1 * n[1]), (6 - 1.1 * n[0], 6 - 1.1 * n[1])]
    edges = (np.arange(13.0), np.arange(13.0))
    above, below = HalfPlane(at[0], (-n[0], -n[1])), HalfPlane(at[1], n)
    f = np.stack([above.fractions(edges), np.zeros((12, 12)), below.fractions(edges)])
    f[1] = 1 - f[0] - f[2]
    f[np.abs(f) < 1e-15] = 0.0
    face = mir.reconstruct(f, method=mir.Learned(random_bundle(tmp_path / "random")))
    assert ((f > 0).sum(axis=0) <= 2).all()
    for material, shape in ((0, above), (2, below)):
        wrong = np.abs(face.coverage(8)[material] - shape.coverage(edges, 8))[32:-32, 32:-32]
        assert wrong.max() < 1e-9
