"""Fractions from .npy, .npz, .h5 and .csv; reconstructions to .npz and .h5; what is wrong with a file in one line."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from inloop import mir, writing
from inloop.errors import InloopError
from inloop.mir.files import face_arrays, read_field, save_face

F = np.array([[0.0, 0.25, 1.0], [0.5, 0.75, 1.0]])
TWO = np.stack([F, 1 - F])
SPACE = np.stack([TWO, TWO], axis=1)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.mark.parametrize("array", [F, TWO, SPACE, F.astype(np.float32), F.astype(">f8"), np.asfortranarray(TWO)])
def test_npy(tmp_path, array):
    np.save(tmp_path / "f.npy", array)
    field = read_field(tmp_path / "f.npy")
    np.testing.assert_array_equal(field.fractions, array)
    assert field.fractions.dtype == array.dtype.newbyteorder("=")
    assert field.fractions.flags.c_contiguous
    assert field.spacing is field.origin is field.centroids is None
    assert len(field.names) == (2 if array.ndim == 2 else len(array))


def test_half_precision_and_whole_numbers_become_the_two_float_types(tmp_path):
    np.save(tmp_path / "h.npy", F.astype(np.float16))
    np.save(tmp_path / "i.npy", F.astype(np.int8))
    assert read_field(tmp_path / "h.npy").fractions.dtype == np.float32
    assert read_field(tmp_path / "i.npy").fractions.dtype == np.float64


def test_csv_has_its_first_line_lowest_in_y(tmp_path):
    (tmp_path / "f.csv").write_text("# lowest row first\n0, 0.25, 1\n\n0.5, 0.75, 1\n", encoding="utf-8-sig")
    np.testing.assert_array_equal(read_field(tmp_path / "f.csv").fractions, F)


def test_npz_with_its_mesh(tmp_path):
    x, dy = np.array([0.0, 1.0, 3.0, 4.0]), 0.5
    np.savez(
        tmp_path / "f.npz",
        volume_fractions=TWO,
        density=F,
        x=x,
        dy=dy,
        centroids=np.ones((2, 2, 3, 2)),
        names=["a", "b"],
    )
    field = read_field(tmp_path / "f.npz")
    np.testing.assert_array_equal(field.fractions, TWO)
    np.testing.assert_array_equal(field.spacing[0], [1.0, 2.0, 1.0])
    assert field.spacing[1] == 0.5
    assert field.origin == (0.0, 0.0)
    assert field.centroids.shape == (2, 2, 3, 2)
    assert field.names == ("a", "b")


def test_equal_widths_become_one_number(tmp_path):
    np.savez(tmp_path / "f.npz", fractions=F, x=np.linspace(0.1, 0.7, 4), y=np.linspace(-1, 1, 3).astype(np.float32))
    field = read_field(tmp_path / "f.npz")
    assert field.spacing == (pytest.approx(0.2, abs=1e-15), 1.0)
    assert isinstance(field.spacing[0], float)


def test_materials_in_arrays_of_their_own(tmp_path):
    np.savez(tmp_path / "f.npz", air=F, water=1 - F, spacing=[2.0, 3.0], origin=1.0)
    field = read_field(tmp_path / "f.npz", inside="water, air")
    np.testing.assert_array_equal(field.fractions, TWO[::-1])
    assert field.names == ("water", "air")
    assert field.spacing == (2.0, 3.0)
    assert field.origin == (1.0, 1.0)


def test_h5_by_path_inside(tmp_path):
    with h5py.File(tmp_path / "f.h5", "w") as root:
        root["step/10/volume_fractions"] = TWO
        root["step/10/dx"] = [1.0, 2.0, 1.0]
        root["step/20/air"], root["step/20/water"] = F, 1 - F
        root["step/20/air"].attrs["spacing"] = [0.5, 0.25]
    for path, inside in ((tmp_path / "f.h5", "/step/10/volume_fractions"), (f"{tmp_path}/f.h5:/step/10", None)):
        field = read_field(path, inside=inside)
        np.testing.assert_array_equal(field.fractions, TWO)
        np.testing.assert_array_equal(field.spacing[0], [1.0, 2.0, 1.0])
    for inside in ("step/20/water,air", "/step/20/water, /step/20/air"):
        field = read_field(tmp_path / "f.h5", inside=inside)
        np.testing.assert_array_equal(field.fractions, TWO[::-1])
        assert field.names == ("water", "air")
    assert read_field(tmp_path / "f.h5").fractions.shape == (2, 2, 3)  # the one of that name
    assert read_field(tmp_path / "f.h5", inside="step/20/air").spacing == (0.5, 0.25)


# --------------------------------------------------------------------------------------------------------- refusals
def npz(**arrays):
    return lambda file: np.savez(file, **arrays)


def h5(**arrays):
    def write(file):
        with h5py.File(file, "w") as root:
            for name, values in arrays.items():
                root[name] = values

    return write


def raw(data: bytes):
    return lambda file: file.write_bytes(data)


def shortened(write, name):
    def cut(file):
        write(file)
        file.write_bytes(file.read_bytes()[:-40])

    return pytest.param(name, cut, None, "damaged or truncated", id=f"truncated {name}")


BIG = np.full((40, 50), 0.5)


@pytest.mark.parametrize(
    ("name", "write", "inside", "message"),
    [
        ("f.npy", lambda file: None, None, "no such file"),
        ("f.npy", lambda file: file.mkdir(), None, "is a directory"),
        ("f.npy", raw(b""), None, "is empty"),
        ("f.dat", raw(b"1"), None, "do not know how to read '.dat'"),
        ("f.npy", raw(PICTURE), None, "is not a NumPy .npy file, it looks like a PNG picture"),
        ("f.npy", raw(pickle.dumps(F)), None, "it looks like a Python pickle, which is never loaded"),
        ("f.npy", lambda file: np.save(file, np.array([{}, F], dtype=object)), None, "pickled Python objects"),
        ("f.npy", lambda file: np.save(file, np.zeros(4)), None, r"shape \(4,\), expected \(ny, nx\)"),
        ("f.npy", lambda file: np.save(file, np.zeros((2, 2), complex)), None, "type complex128, expected numbers"),
        ("f.npy", lambda file: np.save(file, F), "a", "leave out inside='a'"),
        ("f.npz", raw(PICTURE), None, "is not a NumPy .npz archive"),
        ("f.npz", npz(a=np.array([{}], dtype=object)), None, "pickled Python objects"),
        ("f.npz", npz(a=F, b=F), None, r"cannot tell which array .* it holds a \(2, 3\), b \(2, 3\)"),
        ("f.npz", npz(a=np.zeros(3)), None, "cannot tell which array"),
        ("f.npz", npz(a=F), "b", r"no array 'b' inside; it holds a \(2, 3\)"),
        ("f.npz", npz(a=F, b=TWO), "a,b", "differ in shape"),
        (
            "f.npz",
            npz(a=F, x=[0.0, 1.0, 2.0]),
            None,
            r"has 3 coordinates for 3 zones, expected 4 \(nodes, not centres\)",
        ),
        ("f.npz", npz(a=F, x=[0.0, 1.0, 1.0, 2.0]), None, "must increase"),
        ("f.npz", npz(a=F, dx=[1.0, 1.0]), None, "has 2 widths, expected 1 or 3"),
        ("f.npz", npz(a=F, spacing=[1.0, 1.0, 1.0]), None, "has 3 values, expected 2"),
        ("f.h5", raw(PICTURE), None, "is not an HDF5 file, it looks like a PNG"),
        ("f.h5", h5(a=F), "b", "no array 'b' inside"),
        ("f.h5", h5(a=F, b=F), None, "cannot tell which array"),
        ("f.csv", raw(PICTURE), None, "is not a text file of numbers"),
        ("f.csv", raw(b"\xff\xfe0,1"), None, "is not a text file of numbers"),
        ("f.csv", raw(b"0,1\n1\n"), None, "number of columns changed"),
        ("f.csv", raw(b"0,one\n"), None, "could not convert string 'one'"),
        ("f.csv", raw(b"# nothing\n"), None, "no (data|numbers)"),
        shortened(lambda file: np.save(file, BIG), "f.npy"),
        shortened(npz(a=BIG), "f.npz"),
        shortened(h5(a=BIG), "f.h5"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_that_names_it(tmp_path, name, write, inside, message):
    file = tmp_path / name
    write(file)
    with pytest.raises(InloopError, match=message) as caught:
        read_field(file, inside=inside)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_a_header_that_promises_a_terabyte_costs_no_memory(tmp_path):
    np.save(tmp_path / "f.npy", np.zeros((2, 2)))
    data = (tmp_path / "f.npy").read_bytes().replace(b"(2, 2), }      ", b"(999999, 9999)}")
    (tmp_path / "f.npy").write_bytes(data)
    with pytest.raises(InloopError, match="damaged or truncated"):
        read_field(tmp_path / "f.npy")


def test_an_unreadable_file(tmp_path, monkeypatch):
    np.save(tmp_path / "f.npy", F)

    def denied(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(InloopError, match="cannot be read, Permission denied"):
        read_field(tmp_path / "f.npy")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("f.npy", lambda file: np.save(file, TWO)),
        ("f.npz", lambda file: np.savez_compressed(file, fractions=TWO, x=np.arange(4.0))),
        ("f.h5", h5(fractions=TWO, dx=np.ones(3))),
        ("f.csv", raw(b"0,0.25,1\n0.5,0.75,1\n")),
    ],
)
def test_no_cut_or_overwritten_file_escapes_as_anything_else(tmp_path, name, write):
    write(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    rng = np.random.default_rng(5)
    for _ in range(300):
        data = bytearray(whole[: rng.integers(1, len(whole) + 1)] if rng.random() < 0.4 else whole)
        for at in rng.integers(0, len(data), rng.integers(1, 5)):
            data[at] = rng.integers(0, 256)
        (tmp_path / name).write_bytes(data)
        with contextlib.suppress(InloopError):
            read_field(tmp_path / name)


# ----------------------------------------------------------------------------------------------------------- saving
@pytest.fixture(scope="module")
def face():
    x = (np.arange(64) + 0.5) / 64
    inside = (x - 0.51) ** 2 + (x[:, None] - 0.493) ** 2 < 0.09
    return mir.reconstruct(inside.reshape(8, 8, 8, 8).mean(axis=(1, 3)), method="youngs")


def loaded(file: Path) -> dict[str, np.ndarray]:
    if file.suffix == ".npz":
        with np.load(file, allow_pickle=False) as archive:
            return dict(archive)
    with h5py.File(file) as root:
        return dict(root.attrs) | {name: node[()] for name, node in root.items()}


@pytest.mark.parametrize("name", ["f.npz", "f.h5"])
def test_what_is_saved_is_the_face(tmp_path, face, name):
    save_face(face, tmp_path / name)
    saved = loaded(tmp_path / name)
    assert str(saved["method"]) == "youngs"
    for key, values in face_arrays(face).items():
        np.testing.assert_array_equal(saved[key], values)
    # polygons back out of the compressed rows
    first = len(face.polygons(0))
    for i, (zone, points) in enumerate(face.polygons(1)):
        assert tuple(saved["piece_zone"][first + i]) == tuple(zone)
        start, end = saved["piece_offsets"][first + i : first + i + 2]
        np.testing.assert_array_equal(saved["piece_points"][start:end], points)
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["f.npz", "f.h5"])
def test_a_saved_face_is_not_taken_for_fractions(tmp_path, face, name):
    save_face(face, tmp_path / name)
    with pytest.raises(InloopError, match="holds a saved reconstruction"):
        read_field(tmp_path / name)


def test_saved_in_space(tmp_path):
    f = np.zeros((2, 2, 2, 2))
    f[0, 0], f[0, 1] = 1.0, 0.25
    f[1] = 1 - f[0]
    face = mir.reconstruct(f, method="youngs")
    save_face(face, tmp_path / "f.npz")
    saved = loaded(tmp_path / "f.npz")
    assert len(saved["piece_zone"]) == 8
    # every polyhedron is closed: over its faces each edge is walked once in each direction
    for piece in range(8):
        edges = []
        for j in range(saved["piece_face_offsets"][piece], saved["piece_face_offsets"][piece + 1]):
            corners = saved["face_corners"][saved["face_offsets"][j] : saved["face_offsets"][j + 1]]
            edges += list(zip(corners, np.roll(corners, -1), strict=True))
        assert sorted(edges) == sorted((b, a) for a, b in edges)


def test_an_unknown_ending_is_refused(tmp_path, face):
    with pytest.raises(InloopError, match=r"cannot save a reconstruction as '.pkl'; give .npz or .h5"):
        save_face(face, tmp_path / "f.pkl")


def test_an_output_path_that_cannot_be_written(tmp_path, face):
    with pytest.raises(InloopError, match=r"no directory .*missing; create it first"):
        save_face(face, tmp_path / "missing" / "f.npz")
    (tmp_path / "d.npz").mkdir()
    with pytest.raises(InloopError, match="is a directory"):
        save_face(face, tmp_path / "d.npz")
    with pytest.raises(InloopError, match="name is too long"):
        save_face(face, tmp_path / ("n" * 300 + ".npz"))


@pytest.mark.parametrize("name", ["f.npz", "f.h5"])
def test_a_full_disk_leaves_the_previous_file_and_no_half_one(tmp_path, face, name, monkeypatch):
    (tmp_path / name).write_bytes(b"before")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(InloopError, match="cannot be written, the disk is full"):
        save_face(face, tmp_path / name)
    assert (tmp_path / name).read_bytes() == b"before"
    assert os.listdir(tmp_path) == [name]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_is_written_to_and_never_replaced(tmp_path, face):
    (tmp_path / "full.npz").symlink_to("/dev/full")
    with pytest.raises(InloopError, match="the disk is full"):
        save_face(face, tmp_path / "full.npz")
    assert Path("/dev/full").is_char_device()


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupted():
        with writing.whole_file(tmp_path / "f.txt") as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []
