"""`inloop.load`: kernels by name or folder, refused in one line where there is none."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest

import inloop
from inloop import InloopError, _core, mir
from inloop.bundle import Bundle, write_bundle
from inloop.kernel import Kernel


def test_a_shipped_kernel_by_name_and_the_same_by_folder(tmp_path):
    shutil.copytree(Bundle.load("mir").path, tmp_path / "copy")
    f = np.random.default_rng(0).random((2, 8, 8))
    kernels: list[Kernel] = [inloop.load("mir"), inloop.load(tmp_path / "copy"), inloop.load("mir", engine="native")]
    first, *others = (kernel(f) for kernel in kernels)
    assert all(np.array_equal(first, other) for other in others)
    assert kernels[0].halo == mir.Learned.halo == 4
    assert str(kernels[0].signature.inputs[0]) == "fractions (samples, materials?, 8, 8) float32 or float64"
    assert repr(kernels[0]).startswith("<Kernel mir: fractions (samples")


def test_threads_change_nothing():
    if not _core.openmp():
        pytest.skip("this build has no OpenMP")
    f = np.random.default_rng(1).random((2, 8, 8))
    assert np.array_equal(inloop.load("mir", threads=2)(f), inloop.load("mir")(f))
    with pytest.raises(InloopError, match="threads is 0: expected a whole number"):
        inloop.load("mir", threads=0)


def test_an_unknown_engine_says_which_there_are():
    with pytest.raises(InloopError, match=r"engine 'abacus' is unknown: take one of native, onnxruntime, "):
        inloop.load("mir", engine="abacus")
    with pytest.raises(InloopError, match="engine 'native' does not compute in 'float16': take float32, or another"):
        inloop.load("mir", precision="float16")


def test_a_case_from_elsewhere(tmp_path):
    known = Bundle.load("mir")
    path = write_bundle(
        tmp_path / "far",
        name="far",
        case="far-away",
        signature=known.signature,
        network=known.network,
        weights=known.weights,
        provenance=known.provenance,
        errors={},
    ).path
    with pytest.raises(InloopError, match=r"bundle.json: is of case 'far-away', this inloop has mir.*; update inloop"):
        inloop.load(path)


def test_a_damaged_bundle_is_refused_at_once(tmp_path):
    path = tmp_path / "copy"
    shutil.copytree(Bundle.load("mir").path, path)
    (path / "weights.safetensors").write_bytes(b"")
    with pytest.raises(InloopError, match="SHA-256 differs"):
        inloop.load(path)


def test_importing_loads_nothing_heavy(tmp_path):
    code = (
        "import sys, inloop; assert callable(inloop.load);"
        " print([m for m in ('numpy', 'torch', 'safetensors', 'inloop.mir', 'inloop.bundle') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
