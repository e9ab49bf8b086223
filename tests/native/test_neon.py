"""The core on AArch64: cross-compiled, run by qemu, and held against what this machine's instruction sets say."""

from __future__ import annotations

import os
import subprocess
from functools import cache

import numpy as np
import pytest
from tests.mir.strategies import mixture
from tests.native.building import tool

from inloop import _core
from inloop.bundle import SHIPPED
from inloop.mir import shapes

SYSTEM = "/usr/aarch64-linux-gnu"  # that machine's C library, as Debian's cross compiler brings it
METHODS = {"elvira": "elvira", "learned": str(SHIPPED / "mir")}
ZONES, SUB_ZONES = 8, 8

# A float network differs between instruction sets by rounding: half the area placed differently in a zone.
ROUNDING = 1e-6


@pytest.fixture(scope="session")
def elsewhere(root, program):
    """The folder with libinloop for AArch64, kept under build/ so that a change compiles only what it touches."""
    for needed in ("gcc", "aarch64-linux-gnu-g++", "qemu-aarch64", "cmake", "ninja"):
        program(needed)
    folder = root / "build" / "neon"
    tool(program("cmake"), "-S", root / "native", "-B", folder, "-G", "Ninja", "-DINLOOP_PYTHON=OFF",
         f"-DCMAKE_TOOLCHAIN_FILE={root / 'native' / 'cmake' / 'aarch64.cmake'}",
         f"-DCMAKE_MAKE_PROGRAM={program('ninja')}", "-DCMAKE_CXX_FLAGS=-Werror")  # fmt: skip
    tool(program("cmake"), "--build", folder, "--target", "inloop", "--parallel", "2")
    return folder


@pytest.fixture(scope="session")
def coverages(root, program, elsewhere, flags, fields, tmp_path_factory):
    """`coverages("neon", "learned", "noise")`: by zone (samples, materials, 8, 8, 8, 8), from coverages.c."""
    folder = tmp_path_factory.mktemp("coverages")
    source, strict = root / "tests" / "native" / "coverages.c", ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"]
    here, there = folder / "here", folder / "there"
    tool(program("gcc"), *strict, *flags["cflags"], source, "-o", here, *flags["libs"], *flags["rpath"])
    tool(program("aarch64-linux-gnu-gcc"), *strict, f"-I{root / 'native' / 'include'}", source, "-o", there,
         f"-L{elsewhere}", "-linloop", f"-Wl,-rpath,{elsewhere}")  # fmt: skip

    @cache
    def run(instruction_set, method, case):
        samples, materials = fields[case].shape[:2]
        machine = ["qemu-aarch64", "-L", SYSTEM, str(there)] if instruction_set == "neon" else [str(here)]
        done = subprocess.run(
            [*machine, METHODS[method], str(materials), str(samples)],
            input=fields[case].tobytes(),
            env={**os.environ, "INLOOP_ISA": instruction_set},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        image = np.frombuffer(done.stdout).reshape(samples, materials, ZONES, SUB_ZONES, ZONES, SUB_ZONES)
        return image.swapaxes(3, 4)

    return run


@pytest.fixture(scope="session")
def fields():
    """Fractions (samples, materials given, 8, 8): smooth ones, and ones without a pattern."""
    draw, edges = np.random.default_rng(55), shapes.uniform_edges(ZONES)
    circles = [shapes.Circle(tuple(draw.uniform(0.3, 0.7, 2)), draw.uniform(0.15, 0.3)) for _ in range(40)]
    junctions = [shapes.voronoi(tuple(map(tuple, draw.random((3, 2))))).fractions(edges) for _ in range(4)]
    noise = [mixture(draw, materials, (ZONES, ZONES), "rough") for materials in [2] * 20 + [3] * 4]
    return {
        "circles": np.stack([circle.fractions(edges)[None] for circle in circles]),
        "noise": np.stack([f[:1] for f in noise[:20]]),
        "three": np.stack(junctions + noise[20:]),
    }


CASES = ("circles", "noise", "three")
here = pytest.mark.parametrize("instruction_set", _core.instruction_sets())


def test_dispatch_names_it(root, program, elsewhere, tmp_path):
    objects = sorted((elsewhere / "CMakeFiles" / "inloop_core.dir").rglob("*.o"))
    asks = root / "tests" / "native" / "sets.cpp"
    tool(program("aarch64-linux-gnu-g++"), "-std=c++17", f"-I{root / 'native' / 'src'}", asks, *objects, "-fopenmp",
         "-o", tmp_path / "sets")  # fmt: skip
    assert tool("qemu-aarch64", "-L", SYSTEM, tmp_path / "sets").split() == ["neon"]


@here
@pytest.mark.parametrize("case", CASES)
def test_learned_kernel_agrees_to_rounding(coverages, instruction_set, case):
    mixed = coverages("neon", "learned", case)
    apart = np.abs(mixed - coverages(instruction_set, "learned", case)).mean(axis=(-2, -1))
    assert apart.max() <= 100 * ROUNDING
    assert apart.mean() <= ROUNDING


@here
@pytest.mark.parametrize("case", CASES)
def test_classical_method_changes_no_bit(coverages, instruction_set, case):
    assert np.array_equal(coverages("neon", "elvira", case), coverages(instruction_set, "elvira", case))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_areas_are_kept(coverages, fields, method, case):
    assert np.abs(coverages("neon", method, case).mean(axis=(-2, -1)) - fields[case]).max() <= 1e-12
