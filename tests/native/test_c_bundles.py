"""Learned kernels through the C interface: bit for bit what Python says, and damaged bundles refused in one line."""

from __future__ import annotations

import ctypes
import hashlib
import json
import shutil
import struct
import subprocess
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from tests.native.binding import BAD_INPUT, Handle, Refused, at, block_of, check
from tests.native.faces import assert_same_face, fields

import inloop
from inloop import mir
from inloop.bundle import ABOUT, SHIPPED, WEIGHTS

BUNDLES = {"learned": SHIPPED / "mir", "learned-line": SHIPPED / "mir-line"}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("materials", [1, 2, 3, 5])
@pytest.mark.parametrize("method", BUNDLES)
def test_same_as_python(library, method, materials, dtype):
    fractions = fields((9, 11), max(materials, 2))[0][:materials].astype(dtype)
    face = Handle(library, BUNDLES[method]).run(block_of(library, (11, 9), materials), fractions)
    expected = mir.reconstruct(fractions[0] if materials == 1 else fractions, method=method)
    assert len(expected.zones) > 10
    assert_same_face(face, expected)


def test_drop_in_line_takes_an_order_and_has_planes(library):
    fractions, _ = fields((6, 6), 3)
    face = Handle(library, BUNDLES["learned-line"], order="2,0,1").run(block_of(library, (6, 6), 3), fractions)
    assert_same_face(face, mir.reconstruct(fractions, method="learned-line", order=(2, 0, 1)))
    assert np.linalg.norm(face.planes()[1][:, :2], axis=1) == pytest.approx(1)


def test_level_sets_have_no_planes_and_no_order(library):
    fractions, _ = fields((6, 6), 2)
    handle = Handle(library, BUNDLES["learned"])
    with pytest.raises(Refused, match="'learned' has no planes: ask for the outline"):
        handle.run(block_of(library, (6, 6), 2), fractions).planes()
    with pytest.raises(Refused, match="does not depend on one"):
        check(library, library.inloop_set(handle.pointer, b"order", b"1,0"))


@pytest.mark.parametrize("worse", [0.002, 0.01, 0.1])
def test_gate_rejects_what_python_rejects(library, worse):
    fractions, _ = fields((16, 16), 3, seed=2)
    block = block_of(library, (16, 16), 3)
    handle = Handle(library, BUNDLES["learned"], gate=str(worse))
    face, expected = handle.run(block, fractions), mir.reconstruct(fractions, gate=mir.Gate(worse=worse))
    assert_array_equal(face.rejected(), expected.rejected)
    assert_same_face(face, expected)
    assert worse == 0.1 or face.rejected().any()
    check(library, library.inloop_set(handle.pointer, b"gate", b"none"))
    free = handle.run(block, fractions)
    assert not free.rejected().any()
    assert_same_face(free, mir.reconstruct(fractions))


@pytest.mark.parametrize("trace", [1e-17, 1e-86, 5e-324])
def test_traces_that_vanish_beside_one_leave_the_rest_in_place(library, trace):
    fractions = np.zeros((3, 5, 5))
    fractions[0], fractions[1:, 2, 2] = 1, trace
    face = Handle(library, BUNDLES["learned"]).run(block_of(library, (5, 5), 3), fractions)
    assert face.mixed == 1
    assert face.errors("conservation")[1] < 1e-15


@pytest.mark.parametrize(
    ("bundle", "value", "message"),
    [
        ("learned", "1.5", "gate is 1.5: expected a share from 0 to 1"),
        ("learned", "0.0001", "a share of 0.0001 cannot be promised, the least is 0.001"),
        ("learned", "much", "gate is 'much', not a number"),
        ("learned", "0,01", "gate is '0,01', not a number"),
        ("learned-line", "0.01", "gate: a learned line has none"),
    ],
)
def test_bad_gates_are_refused(library, bundle, value, message):
    with pytest.raises(Refused, match=message):
        Handle(library, BUNDLES[bundle], gate=value)


def test_classical_methods_have_no_gate(library):
    with pytest.raises(Refused, match="option 'gate' is unknown to this method"):
        Handle(library, "elvira", gate="0.01")
    fractions = np.full((3, 3), 0.5)
    assert not Handle(library, "elvira").run(block_of(library, (3, 3)), fractions).rejected().any()


@pytest.mark.parametrize(("method", "layers"), [("learned", 4), ("learned-line", 3)])
@pytest.mark.parametrize("materials", [2, 3])
def test_block_with_the_declared_halo_gives_what_the_mesh_gives(library, method, layers, materials):
    handle = Handle(library, BUNDLES[method])
    width = ctypes.c_int()
    check(library, library.inloop_halo_width(handle.pointer, ctypes.byref(width)))
    assert width.value == layers == mir.halo_width(method)
    fractions, _ = fields((12, 20), materials, seed=3)
    whole = handle.run(block_of(library, (20, 12), materials), fractions).coverage(4)
    block = block_of(library, (10, 12), materials)
    block.stride[0], block.stride[1], block.stride_material, block.halo[0][1] = 1, 20, 240, layers
    part = handle.run(block, fractions).coverage(4)
    assert_array_equal(part, whole[:, :, :40])


@pytest.mark.parametrize(("method", "needed"), [("learned", 4), ("learned-line", 3)])
def test_too_few_halo_layers_are_refused(library, method, needed):
    block = block_of(library, (4, 4))
    block.halo[1][0] = needed - 1
    with pytest.raises(Refused, match=f"{needed - 1} halo layers along y: this method needs {needed}, or none"):
        Handle(library, BUNDLES[method]).run(block, np.full((4 + needed, 4), 0.5)[needed - 1 :])


def test_several_threads_of_the_host_and_of_the_library(library):
    fractions, _ = fields((24, 24), 3)
    block = block_of(library, (24, 24), 3)
    handle = Handle(library, BUNDLES["learned"], gate="0.01")
    expected = handle.run(block, fractions).coverage(4)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(3):
            if not np.array_equal(handle.run(block, fractions).coverage(4), expected):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    four = Handle(library, BUNDLES["learned"], gate="0.01", threads="4").run(block, fractions)
    assert_array_equal(four.coverage(4), expected)


def test_batch_gives_what_the_kernel_gives(library):
    batch = np.stack([fields((8, 8), 3, seed)[0] for seed in range(3)])
    coverage = np.empty((3, 3, 64, 64))
    sizes = ctypes.c_int64(3), 3, ctypes.c_int64(8), ctypes.c_int64(8), 8
    handle = Handle(library, BUNDLES["learned"])
    check(library, library.inloop_run_batch_f64(handle.pointer, *sizes, at(batch), at(coverage)))
    assert_array_equal(coverage.astype(np.float32), inloop.load("mir")(batch))


def test_name_without_a_bundle_says_how_to_open_one(library):
    with pytest.raises(Refused, match="inloop_open_bundle takes the folder of a learned kernel"):
        Handle(library, "learned")


# ---- What is refused ---------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path):
    """A copy of what the library reads of the shipped bundle, to be damaged."""
    for name in (ABOUT, WEIGHTS):
        shutil.copy(BUNDLES["learned"] / name, tmp_path)
    return tmp_path


def edit(bundle, change):
    about = json.loads((bundle / ABOUT).read_text())
    change(about)
    (bundle / ABOUT).write_text(json.dumps(about))


def rewrite(bundle, data):
    """Puts other weights there, with the right digest."""
    (bundle / WEIGHTS).write_bytes(data)
    edit(bundle, lambda about: about["files"].update({WEIGHTS: hashlib.sha256(data).hexdigest()}))


def header_edit(bundle, change):
    data = (bundle / WEIGHTS).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    rewrite(bundle, struct.pack("<Q", len(text)) + text + data[8 + length :])


def test_two_files_are_enough(library, bundle):
    fractions, _ = fields((6, 6), 2)
    face = Handle(library, bundle).run(block_of(library, (6, 6), 2), fractions)
    assert_same_face(face, mir.reconstruct(fractions))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: (b / ABOUT).unlink(), r"bundle.json: missing, so this folder is not a bundle; check the path"),
        (lambda b: (b / WEIGHTS).unlink(), r"weights.safetensors: missing, though bundle.json lists it"),
        (lambda b: (b / ABOUT).write_text(""), "bundle.json: is not JSON; the bundle is damaged"),
        (lambda b: (b / ABOUT).write_text((b / ABOUT).read_text()[:-9]), "is not JSON"),
        (lambda b: (b / ABOUT).write_text("[" * 100_000), "is not JSON"),
        (lambda b: edit(b, lambda a: a.update(format=None)), "states no format"),
        (lambda b: edit(b, lambda a: a.update(format=2)), "has format 2, this inloop reads up to 1; update inloop"),
        (lambda b: edit(b, lambda a: a["files"].pop(WEIGHTS)), "does not list weights.safetensors"),
        (lambda b: (b / WEIGHTS).write_bytes((b / WEIGHTS).read_bytes()[:-1]), r"SHA-256 differs\); copy the bundle"),
        (lambda b: rewrite(b, (b / WEIGHTS).read_bytes()[:-8]), "does not hold safetensors"),
        (lambda b: rewrite(b, (b / WEIGHTS).read_bytes() + b"more"), "does not hold safetensors"),
        (lambda b: rewrite(b, b"\xff" * 64), "does not hold safetensors"),
        (lambda b: rewrite(b, b"PK"), "does not hold safetensors"),
        (lambda b: header_edit(b, lambda h: h["layers.0.bias"].update(dtype="I32")), "does not hold safetensors"),
        (lambda b: header_edit(b, lambda h: h["layers.0.bias"].update(shape=[2**40, 2**40])), "not hold safetensors"),
        (lambda b: header_edit(b, lambda h: h["layers.0.bias"].update(shape=[-64])), "does not hold safetensors"),
        (lambda b: header_edit(b, lambda h: h.update(extra=h["layers.0.bias"])), "does not hold safetensors"),
        (lambda b: header_edit(b, lambda h: h.update(spare=h.pop("layers.0.bias"))), "lacks tensor 'layers.0.bias'"),
        (lambda b: edit(b, lambda a: a.pop("tensors")), "'tensors' is missing"),
        (lambda b: edit(b, lambda a: a["tensors"].pop("gate.layers.0.bias")), "'gate.layers.0.bias' has type float64"),
        (lambda b: edit(b, lambda a: a["tensors"]["layers.0.bias"].update(shape=[63])), r"shape \[96\], which is not"),
        (lambda b: edit(b, lambda a: a.update(case="gasoptics")), "is not of case 'mir'; give another bundle"),
        (lambda b: edit(b, lambda a: a["network"].update(kind="image")), "is not of kind 'levels' or 'line'"),
        (lambda b: edit(b, lambda a: a["network"].update(views=3)), "with views 2"),
        (lambda b: edit(b, lambda a: a["network"].update(activation="relu")), "activation 'squareplus'"),
        (lambda b: edit(b, lambda a: a["network"].update(kind="line")), r"values, expected 58 to 2; export"),
        (lambda b: edit(b, lambda a: a["network"].update(sizes=[58, 81])), r"a network of \[58, 96, 96, 81\] values"),
        (lambda b: edit(b, lambda a: a.update(gate=[])), "'gate' is not as expected"),
        (lambda b: edit(b, lambda a: a["gate"]["promises"].append({"worse": 1})), "'gate' is not as expected"),
    ],
)  # fmt: skip
def test_damaged_bundles_are_refused_in_one_line(library, bundle, change, message):
    change(bundle)
    with pytest.raises(Refused, match=message) as refused:
        Handle(library, bundle)
    assert refused.value.status == BAD_INPUT
    assert str(bundle) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_numbers_that_are_not_finite_are_refused(library, bundle):
    data = (bundle / WEIGHTS).read_bytes()
    rewrite(bundle, data[:-8] + struct.pack("<d", float("nan")))
    with pytest.raises(Refused, match="holds numbers that are not finite"):
        Handle(library, bundle)


def test_what_is_no_bundle_is_refused(library, tmp_path):
    with pytest.raises(Refused, match=r"nowhere: no such bundle; give a bundle's folder"):
        Handle(library, tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="is a file, not the folder of a bundle"):
        Handle(library, tmp_path / "file")


def test_bundle_without_a_gate_refuses_one(library, bundle):
    edit(bundle, lambda about: about.update(gate=None))
    handle = Handle(library, bundle)
    with pytest.raises(Refused, match=r"bundle.json carries none; leave it 'none'"):
        check(library, library.inloop_set(handle.pointer, b"gate", b"0.01"))


def test_text_of_a_bundle_may_be_any_json(library, bundle):
    """Escapes, letters beyond ASCII, exponents, nesting and spaces change nothing."""

    def change(about):
        about.update(note=[{'é\n"\\/\t': [1e-3, -0.5, True, False, None, {}, []]}])

    edit(bundle, change)
    spaced = (bundle / ABOUT).read_text().replace('": ', '"\t:\r\n ').replace('"mir"', '"\\u006dir"')
    (bundle / ABOUT).write_text(spaced)
    Handle(library, bundle)


# ---- C++ and Fortran ---------------------------------------------------------------------------------------------

CPP = """
#include <cstdio>
#include <numeric>
#include <vector>
#include "inloop.hpp"
int main(int, char **arguments) {
    std::vector<double> f(144);
    for (int z = 0; z < 144; ++z) f[z] = z % 12 < 5 ? 1 : z % 12 == 5 ? (z / 12 * 7 % 11) / 10.0 : 0;
    auto method = inloop::Method::from_bundle(arguments[1]);
    method.set("gate", "0.01");
    const auto face = method.run(inloop::Block({12, 12}), f.data());
    const auto rejected = face.rejected();
    std::printf("%d %d %.17g\\n", method.halo_width(), std::accumulate(rejected.begin(), rejected.end(), 0),
                face.continuity().maximum + face.coverage(2)[10]);
    try {
        inloop::Method::from_bundle("nowhere");
    } catch (const inloop::Error &error) {
        std::printf("%s\\n", error.what());
    }
}
"""
FORTRAN = """
program host
    use inloop
    use, intrinsic :: iso_fortran_env, only: real64
    implicit none
    type(inloop_method) :: method
    type(inloop_face) :: face
    real(real64) :: f(12, 12), mean, most
    real(real64), allocatable :: coverage(:, :, :)
    logical, allocatable :: rejected(:)
    character(200) :: text
    integer :: i, j, status

    f = 0
    f(:5, :) = 1
    f(6, :) = [(modulo(7*j, 11)/10.0_real64, j=0, 11)]
    call get_command_argument(1, text)
    call inloop_open_bundle(method, text)
    call inloop_set(method, 'gate', 0.01_real64)
    call inloop_run(method, f, face)
    call inloop_rejected(face, rejected)
    call inloop_continuity(face, mean, most)
    allocate (coverage(24, 24, 2))
    call inloop_coverage(face, 2, coverage)
    print '(i0, 1x, i0, es25.16e3)', inloop_halo_width(method), count(rejected), most + coverage(11, 1, 1)
    call inloop_open_bundle(method, 'nowhere', status, text)
    print '(a)', trim(text)
end program
"""


@pytest.mark.parametrize(("language", "compiler", "source"), [("cpp", "g++", CPP), ("f90", "gfortran", FORTRAN)])
def test_other_languages_reach_it(installed, program, tmp_path, language, compiler, source):
    written = tmp_path / f"host.{language}"
    written.write_text(source)
    first = ["-std=c++17", f"-I{installed['header'].parent}"] if language == "cpp" else [str(installed["fortran"])]
    folder = installed["library"].parent
    command = [program(compiler), *first, str(written), "-o", "host", f"-L{folder}", "-linloop", f"-Wl,-rpath,{folder}"]
    subprocess.run(command, cwd=tmp_path, check=True)
    said = subprocess.run(
        [tmp_path / "host", BUNDLES["learned"]], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    fractions = np.zeros((12, 12))
    fractions[:, :5], fractions[:, 5] = 1, np.arange(12) * 7 % 11 / 10
    expected = mir.reconstruct(fractions, gate=mir.Gate(worse=0.01))
    halo, rejected, number = said[0].split()
    assert (int(halo), int(rejected)) == (4, expected.rejected.sum())
    assert float(number) == expected.continuity_error().max + expected.coverage(2)[0, 0, 10]
    assert said[1] == "nowhere: no such bundle; give a bundle's folder"
