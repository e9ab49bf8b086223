"""Networks on rows in host codes: the C interface bit for bit as Python, and a Fortran program over columns of air."""

from __future__ import annotations

import ctypes
import json
import shutil
import subprocess

import numpy as np
import pytest
from tests.engines.row_networks import random_network, random_rows, written
from tests.native.binding import Refused, at, check
from tests.native.building import numbers, tool

import inloop


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bundles") / "slab", *random_network()).path


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Answers as sums of parts, and inputs with hats."""
    return written(tmp_path_factory.mktemp("bundles") / "parts", *random_network(sizes=(32, 3 * 37), parts=True)).path


class Kernel:
    """inloop_rows by hand."""

    def __init__(self, library, folder, threads=1):
        self.library, self.pointer = library, ctypes.c_void_p()
        check(library, library.inloop_rows_open(str(folder).encode(), ctypes.byref(self.pointer)))
        check(library, library.inloop_rows_threads(self.pointer, threads))

    def __del__(self):
        self.library.inloop_rows_close(self.pointer)

    def shape(self):
        found = ctypes.c_int(), ctypes.c_int()
        check(self.library, self.library.inloop_rows_shape(self.pointer, *map(ctypes.byref, found)))
        return tuple(one.value for one in found)

    def name(self, number):
        found = ctypes.c_char_p()
        check(self.library, self.library.inloop_rows_input(self.pointer, number, ctypes.byref(found)))
        return found.value.decode()

    def __call__(self, rows, factor=None):
        out = np.empty((len(rows), self.shape()[1]), rows.dtype)
        run = self.library.inloop_rows_run_f32 if rows.dtype == np.float32 else self.library.inloop_rows_run_f64
        check(self.library, run(self.pointer, ctypes.c_int64(len(rows)), at(rows), at(factor), at(out)))
        return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("which", ["bundle", "parts"])
def test_same_bits_as_python(library, request, which, dtype, threads):
    bundle = request.getfixturevalue(which)
    kernel, rows = Kernel(library, bundle, threads), random_rows(1000, dtype=dtype)
    factor = np.linspace(1, 300, 1000).astype(dtype)
    assert kernel.shape() == (5, 37)
    assert [kernel.name(k) for k in range(5)] == ["pressure", "temperature", "h2o", "o3", "co2"]
    for times in (None, factor):
        expected = inloop.load(bundle)(rows, out=np.empty((1000, 37), dtype), factor=times)
        assert np.array_equal(kernel(rows, times), expected)
    assert kernel(rows[:0]).shape == (0, 37)


def test_bad_numbers_are_refused(library, bundle):
    kernel, rows = Kernel(library, bundle), random_rows(100)
    rows[42, 0] = -1
    with pytest.raises(Refused, match="input pressure: -1 in row 42 has no log; mend the row"):
        kernel(rows)
    with pytest.raises(Refused, match="input is 5: the kernel has 5, counted from 0"):
        kernel.name(5)
    with pytest.raises(Refused, match="threads is 0: expected at least 1"):
        Kernel(library, bundle, 0)
    for call in (lambda: library.inloop_rows_open(None, ctypes.byref(ctypes.c_void_p())),
                 lambda: library.inloop_rows_run_f64(kernel.pointer, ctypes.c_int64(1), None, None, at(rows)),
                 lambda: library.inloop_rows_shape(None, None, None)):  # fmt: skip
        with pytest.raises(Refused, match="is NULL"):
            check(library, call())
    with pytest.raises(Refused, match="count is -1"):
        check(library, library.inloop_rows_run_f64(kernel.pointer, ctypes.c_int64(-1), None, None, None))


def changed(bundle, folder, change):
    """A copy of a bundle whose bundle.json says something else."""
    shutil.copytree(bundle, folder)
    about = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    change(about)
    (folder / "bundle.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a["network"].update(kind="levels"), "the network is not of kind 'perceptron'"),
        (lambda a: a["network"].update(activation="gelu"), "'activation' of the network is 'gelu', this inloop has"),
        (lambda a: a["network"].update(sizes=[5, 32, 16, 37]), "'sizes' of the network is missing or not as expected"),
        (lambda a: a["network"]["inputs"].pop(), "'inputs' of the network is missing"),
        (lambda a: a["network"]["inputs"][1].update(scale=0), "'scale' of the network"),
        (lambda a: a["network"]["inputs"][1].update(transform="sin"), "is 'sin', this inloop has linear, log, root4"),
        (lambda a: a["network"]["inputs"][1].update(least="1"), "'least' of the network"),
        (lambda a: a["network"]["inputs"][1].update(hats=1), "'hats' of the network"),
        (lambda a: a["network"]["inputs"][1].update(hats=4), "'inputs' of the network"),
        (lambda a: a["network"]["inputs"][1].update(seen="no"), "'seen' of the network"),
        (lambda a: a["network"]["output"].update(amounts=["so2"]), "'amounts' of the network"),
        (lambda a: a["network"]["output"].update(amounts=["1", "h2o"]), "'amounts' of the network"),
        (lambda a: a["network"]["output"].update(amounts=["1"], counted_from=[]), "'counted_from' of the network"),
        (lambda a: a["network"]["output"].update(shift=[1.0]), "'shift' of the network"),
        (lambda a: a["network"].pop("output"), "'transform' of the network"),
        (lambda a: a["files"].update({"weights.safetensors": "0" * 64}), "is not the file that was written"),
        (lambda a: a["tensors"].pop("layers.0.bias"), "tensor 'layers.0.bias'"),
        (lambda a: a.update(format=2), "has format 2, this inloop reads up to 1"),
    ],
)
def test_damaged_bundles_are_refused_in_one_line(library, bundle, tmp_path, change, message):
    with pytest.raises(Refused, match=message) as refused:
        Kernel(library, changed(bundle, tmp_path / "changed", change))
    assert str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_reconstruction_is_no_network_on_rows(library, bundle):
    from inloop.bundle import SHIPPED

    with pytest.raises(Refused, match="is not of kind 'perceptron'"):
        Kernel(library, SHIPPED / "mir")
    handle = ctypes.c_void_p()
    with pytest.raises(Refused, match="is not of case 'mir'"):
        check(library, library.inloop_open_bundle(str(bundle).encode(), ctypes.byref(handle)))


def columns_of_air(count, layers):
    """As 06_columns.f90: pressure, temperature, water (columns, layers), and the moles of air in each layer."""
    ground = 1e5
    warmth = 275 + 25 * np.arange(count)[:, None] / max(count - 1, 1)
    pressure = np.broadcast_to(ground * (1 - (np.arange(layers) + 0.5) / layers), (count, layers))
    temperature = np.maximum(warmth * (pressure / ground) ** 0.19, 205)
    water = np.maximum(0.02 * (warmth / 300) ** 18 * (pressure / ground) ** 3, 4e-6)
    return pressure, temperature, water, ground / layers / (9.80665 * 0.028970)


@pytest.mark.needs("gfortran")
def test_columns_in_fortran(by_compiler, bundle):
    program = by_compiler("f90", "06_columns")
    (inputs, terms), *found = numbers(tool(program, bundle, "5", "20"))
    pressure, temperature, water, moles = columns_of_air(5, 20)
    given = [pressure, temperature, water, np.full_like(pressure, 1e-6), np.full_like(pressure, 4.2e-4)]
    rows = np.stack(given, axis=-1).reshape(-1, 5)
    depth = inloop.load(bundle)(rows, out=np.empty((100, 37)), factor=np.full(100, moles)).reshape(5, 20, 37)
    total = depth.sum(axis=1)
    expected = np.stack([total[:, 0], total[:, -1], np.exp(-total).mean(axis=1)], axis=1)
    assert (inputs, terms) == (5, 37)
    assert np.array(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.needs("gfortran")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "06_columns BUNDLE"),
        (["nowhere"], "nowhere: no such bundle"),
        (["{bundle}", "many"], "COLUMNS and LAYERS are numbers"),
    ],
)
def test_bad_arguments_are_refused(by_compiler, bundle, arguments, message):
    given = [argument.format(bundle=bundle) for argument in arguments]
    program = by_compiler("f90", "06_columns")
    done = subprocess.run([program, *given], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert message in done.stderr
