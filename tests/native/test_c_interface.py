"""The C interface says bit for bit what the Python face says, refuses what Python refuses, and exports nothing else."""

from __future__ import annotations

import ctypes
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from tests.native.binding import SIDES, Handle, Refused, at, block_of, check
from tests.native.faces import assert_same_face, fields

from inloop import mir

METHODS_2D = ["slic", "youngs", "elvira", "lvira", "mof", "equiz", "power"]
METHODS_3D = ["youngs", "elvira", "lvira", "mof"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("materials", [1, 2, 3, 5])
@pytest.mark.parametrize("method", METHODS_2D)
def test_same_as_python_in_2d(library, method, materials, dtype):
    fractions, centroids = fields((7, 9), max(materials, 2))
    fractions, centroids = fractions[:materials].astype(dtype), centroids[:materials].astype(dtype)
    needed = centroids if method == "mof" else None
    face = Handle(library, method, 2).run(block_of(library, (9, 7), materials), fractions, needed)
    expected = mir.reconstruct(
        fractions[0] if materials == 1 else fractions,
        method=method,
        centroids=centroids[0] if materials == 1 else centroids,
    )
    assert len(expected.zones) > 10
    assert_same_face(face, expected)


@pytest.mark.parametrize("materials", [2, 3])
@pytest.mark.parametrize("method", METHODS_3D)
def test_same_as_python_in_3d(library, method, materials):
    fractions, centroids = fields((4, 5, 3), materials)
    block = block_of(library, (3, 5, 4), materials)
    needed = centroids if method == "mof" else None
    face = Handle(library, method, 3).run(block, fractions, needed)
    assert_same_face(face, mir.reconstruct(fractions, method=method, centroids=centroids))


def test_one_material_array_in_3d_means_two_materials(library):
    fractions, _ = fields((3, 4, 5), 2)
    handle = Handle(library, "elvira", 3)
    one = handle.run(block_of(library, (5, 4, 3), 1), fractions[:1])
    both = mir.reconstruct(np.stack([fractions[0], 1 - fractions[0]]), method="elvira")
    assert_same_face(one, both)


@pytest.mark.parametrize(
    ("method", "option", "value", "strategy"),
    [
        ("youngs", "gradient", "corners", mir.Youngs(gradient="corners")),
        ("youngs", "gradient", "least-squares", mir.Youngs(gradient="least-squares")),
        ("slic", "slabs", "neighbours", mir.Slic(slabs="neighbours")),
        ("slic", "slabs", "x", mir.Slic(slabs="x")),
        ("slic", "slabs", "y", mir.Slic(slabs="y")),
    ],
)
def test_options_are_those_of_the_strategy_objects(library, method, option, value, strategy):
    fractions, _ = fields((6, 6), 3)
    face = Handle(library, method, 2, **{option: value}).run(block_of(library, (6, 6), 3), fractions)
    assert_same_face(face, mir.reconstruct(fractions, method=strategy))


def test_given_order_and_auto(library):
    fractions, _ = fields((6, 6), 3)
    handle = Handle(library, "elvira", 2, order="2,0,1")
    block = block_of(library, (6, 6), 3)
    assert_same_face(handle.run(block, fractions), mir.reconstruct(fractions, method="elvira", order=(2, 0, 1)))
    check(library, library.inloop_set(handle.pointer, b"order", b"auto"))
    assert_same_face(handle.run(block, fractions), mir.reconstruct(fractions, method="elvira"))


@pytest.mark.parametrize("side", list(SIDES))
def test_sides_spacing_and_origin(library, side):
    fractions, _ = fields((5, 6), 2, seed=3)
    widths = (np.linspace(0.5, 2, 6), np.linspace(1, 0.3, 5))
    block = block_of(library, (6, 5))
    for axis in range(2):
        block.side[axis][0] = block.side[axis][1] = SIDES[side]
        block.widths[axis] = widths[axis].ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        block.origin[axis] = 0.1 - axis
    expected = mir.reconstruct(fractions[0], method="lvira", spacing=widths, origin=(0.1, -0.9), boundary=side)
    assert_same_face(Handle(library, "lvira", 2).run(block, fractions), expected)
    uniform = block_of(library, (6, 5))
    uniform.spacing[0], uniform.spacing[1], uniform.origin[0] = 0.3, 0.7, 0.1
    expected = mir.reconstruct(fractions[0], method="lvira", spacing=(0.3, 0.7), origin=(0.1, 0))
    assert_same_face(Handle(library, "lvira", 2).run(uniform, fractions), expected)


def test_block_of_a_host_array_needs_no_copy(library):
    """Materials fastest, rows padded, x reversed, halo layers around: strides say it all."""
    fractions, centroids = fields((8, 9), 3, seed=4)
    host = np.full((8, 14, 3), np.nan)  # [row][column][material], columns 9..13 are padding
    host[:, :9] = fractions.transpose(1, 2, 0)[:, ::-1]
    block = block_of(library, (5, 4), 3)
    block.stride[0], block.stride[1], block.stride_material = -3, 14 * 3, 1
    for axis, (low, high) in enumerate([(3, 1), (2, 2)]):
        block.halo[axis][0], block.halo[axis][1] = low, high
    where = host[2:, 8 - 3 :: -1]  # zone (0, 0) of the mesh proper: row 2, column 3 of the unreversed array
    boundary = ((3, 1), (2, 2))
    face = Handle(library, "elvira", 2).run(block, where)
    assert_same_face(face, mir.reconstruct(fractions, method="elvira", boundary=boundary))

    xs, ys = (np.ascontiguousarray(centroids[:, 2:6, 3:8, a]) for a in range(2))  # one array a component
    both = np.stack([xs, ys])  # (component, material, row, column)
    block.centroid_stride[0], block.centroid_stride[1] = 1, 5
    block.centroid_stride_material, block.centroid_stride_component = 20, 60
    face = Handle(library, "mof", 2).run(block, where, both)
    inner = centroids[:, 2:6, 3:8]
    assert_same_face(face, mir.reconstruct(fractions, method="mof", boundary=boundary, origin=(0, 0), centroids=inner))


@pytest.mark.parametrize("method", METHODS_2D)
def test_plane_parts_the_materials(library, method):
    fractions, centroids = fields((8, 8), 3, seed=5)
    block = block_of(library, (8, 8), 3)
    block.spacing[0], block.spacing[1], block.origin[0] = 0.5, 0.25, 3
    centroids = centroids * (0.5, 0.25) + (3, 0)
    face = Handle(library, method, 2).run(block, fractions, centroids)
    if method == "equiz":
        with pytest.raises(Refused, match="'equiz' has no planes"):
            face.planes()
        return
    first, planes = face.planes()
    assert np.isfinite(planes).all()
    assert (first >= 0).sum() > 10
    assert np.linalg.norm(planes[first >= 0, :2], axis=1) == pytest.approx(1, abs=1e-14)
    slot = {zone: z for z, zone in enumerate(face.zones())}
    for material in range(3):
        zones, start, points = face.pieces(material)
        for p, zone in enumerate(zones):
            z = slot[zone]
            if first[z] < 0:
                assert method == "power"
                continue
            beyond = points[start[p] : start[p + 1]] @ planes[z, :2] - planes[z, 2]
            assert beyond.max() <= 1e-12 if material == first[z] else beyond.min() >= -1e-12


def test_plane_in_3d_and_on_both_sides_of_half(library):
    for fraction in (0.25, 0.75, 1e-10, 1 - 1e-10):
        fractions = np.zeros((3, 1, 1))
        fractions[:, 0, 0] = 1, fraction, 0
        block = block_of(library, (1, 1, 3))
        block.spacing[2] = 2
        material, plane = Handle(library, "youngs", 3).run(block, fractions).planes()
        assert material == 0
        assert plane[0] == pytest.approx([0, 0, 1, 2 + 2 * fraction], abs=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("materials", [1, 3])
def test_batch_gives_each_sample_what_a_block_of_its_own_gives(library, materials, dtype):
    samples, k = 5, 4
    batch = np.stack([fields((6, 8), max(materials, 2), seed)[0][:materials] for seed in range(samples)]).astype(dtype)
    coverage = np.empty((samples, materials, 6 * k, 8 * k), dtype)
    run = library.inloop_run_batch_f32 if dtype == np.float32 else library.inloop_run_batch_f64
    sizes = ctypes.c_int64(samples), materials, ctypes.c_int64(6), ctypes.c_int64(8), k
    for threads in ("1", "3"):
        coverage.fill(np.nan)
        handle = Handle(library, "elvira", 2, threads=threads)
        check(library, run(handle.pointer, *sizes, at(batch), at(coverage)))
        for sample in range(samples):
            given = batch[sample, 0] if materials == 1 else batch[sample]
            expected = mir.reconstruct(given, method="elvira").coverage(k)[:materials]
            assert_array_equal(coverage[sample], expected.astype(dtype))


def test_threads_change_nothing(library):
    fractions, _ = fields((40, 40), 3)
    block = block_of(library, (40, 40), 3)
    one = Handle(library, "lvira", 2).run(block, fractions)
    four = Handle(library, "lvira", 2, threads="4").run(block, fractions)
    assert_array_equal(one.coverage(4), four.coverage(4))
    assert_array_equal(one.planes()[1], four.planes()[1])


def test_one_handle_and_one_face_serve_several_threads_at_once(library):
    fractions, _ = fields((30, 30), 3)
    handle, block = Handle(library, "elvira", 2), block_of(library, (30, 30), 3)
    shared = handle.run(block, fractions)
    expected = [shared.pieces(m) for m in range(3)]
    wrong: list[str] = []

    def work(number: int) -> None:
        for turn in range(20):
            material = (number + turn) % 3
            if not np.array_equal(handle.run(block, fractions).coverage(2), shared.coverage(2)):
                wrong.append("coverage")
            own = shared.sizes("polygons", 2, material)
            if own[0] != len(expected[material][0]):
                wrong.append("size")
            opened = ctypes.c_void_p()
            library.inloop_open(f"method{number}".encode(), 2, ctypes.byref(opened))
            if f"'method{number}'" not in library.inloop_last_error().decode():
                wrong.append("the error of another thread")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
