"""The numbered examples, built as a host would build them, print the numbers that Python gets: to the last digit."""

from __future__ import annotations

import itertools
import math
import os
import re
import subprocess

import numpy as np
import pytest
from tests.native.building import LANGUAGES, numbers, tool

from inloop import mir

EXAMPLES = ["01_circle", "02_three_materials", "03_blocks_and_halo", "04_remap_shares"]
IN_FORTRAN = ["05_advection.f90", "06_columns.f90"]  # see test_host_in_fortran.py and test_rows_in_hosts.py


def disk_fractions(n: int, cx: float, cy: float, r: float, points: int):
    """As disk.h: fractions by counting points, and the mean of those inside."""
    x = (np.arange(n * points) + 0.5) / (n * points)
    inside = (x - cx) * (x - cx) + ((y := x[:, None]) - cy) * (y - cy) < r * r

    def per_zone(values):
        return values.reshape(n, points, n, points).sum(axis=(1, 3))

    count = per_zone(inside * 1.0)
    sums = per_zone(inside * x), per_zone(inside * y)
    centroids = np.stack([np.divide(s, count, out=np.zeros((n, n)), where=count > 0) for s in sums], axis=-1)
    return count / points**2, centroids


def in_order(values) -> float:
    """The sum, one after the other as a loop does it."""
    return float(np.add.accumulate(np.ravel(values))[-1])


def circle():
    n, k = 16, 8
    fractions, centroids = disk_fractions(n, 0.51, 0.493, 0.3, 32)
    truth, _ = disk_fractions(n * k, 0.51, 0.493, 0.3, 32 // k)
    for method in ("slic", "youngs", "elvira", "lvira", "mof", "equiz"):
        face = mir.reconstruct(fractions, method=method, spacing=1 / n, centroids=centroids)
        misplaced = in_order(np.abs(face.coverage(k)[0] - truth)) / (n * k) ** 2
        yield [len(face.zones), misplaced, face.conservation_error().max, face.continuity_error().max]


def three_materials():
    n, points = 8, 16
    x = (np.arange(n * points) + 0.5) / (n * points)
    dx, dy = x - 0.52, (x - 0.47)[:, None]
    material = np.where(dx * dx + dy * dy < 0.27 * 0.27, 0, np.where(x < 0.44, 1, 2))
    shape = (n, points, n, points)
    fractions = np.stack([(material == m).reshape(shape).sum(axis=(1, 3)) for m in range(3)]) / points**2
    for method, order in (("elvira", None), ("elvira", (2, 0, 1)), ("youngs", None), ("power", None)):
        face = mir.reconstruct(fractions, method=method, spacing=1 / n, order=order)
        for m in range(3):
            area = perimeter = 0.0
            polygons = [points.tolist() for _, points in face.polygons(m)]
            for (ox, oy), *rest in polygons:
                for (ax, ay), (bx, by) in itertools.pairwise(rest):
                    area += ((ax - ox) * (by - oy) - (ay - oy) * (bx - ox)) / 2
                for (ax, ay), (bx, by) in zip([(ox, oy), *rest], [*rest, (ox, oy)], strict=True):
                    perimeter += math.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay))
            yield [len(polygons), area, perimeter]


def blocks_and_halo():
    n, half, k = 16, 8, 4
    fractions, _ = disk_fractions(n, 0.51, 0.493, 0.3, 32)
    for method in ("youngs", "elvira", "lvira"):
        coverage = mir.reconstruct(fractions, method=method, spacing=1 / n, boundary="mirror").coverage(k)[0]
        weighted = [coverage[:, s * half * k : (s + 1) * half * k] * (1 + np.arange(half * k)) for s in range(2)]
        yield [mir.halo_width(method), 0, in_order(np.concatenate([w.ravel() for w in weighted]))]


def remap_shares():
    n, courant = 16, 0.25
    start, _ = disk_fractions(n, 0.5, 0.5, 0.25, 32)
    zones = np.argwhere(np.ones((n, n)))
    for method in ("slic", "youngs", "elvira"):
        f = start
        for step in range(4 * n):
            for axis in (step % 2, 1 - step % 2):  # 0 is x, the array's last axis
                strip = (1 - courant, 0, 1, 1) if axis == 0 else (0, 1 - courant, 1, 1)
                face = mir.reconstruct(f, method=method, boundary="periodic")
                leaving = face.share(zones, np.tile(np.array(strip, float), (n * n, 1)))[0].reshape(n, n)
                f = f - leaving + np.roll(leaving, 1, axis=1 - axis)
        yield [in_order(start), in_order(f), in_order(np.abs(f - start))]


@pytest.fixture(scope="session")
def by_python():
    """What Python gets: the numbers of each line."""
    twins = dict(zip(EXAMPLES, (circle, three_materials, blocks_and_halo, remap_shares), strict=True))
    known: dict[str, list[list[float]]] = {}

    def run(example: str) -> list[list[float]]:
        return known.setdefault(example, known.get(example) or [[float(v) for v in row] for row in twins[example]()])

    return run


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_example_prints_what_python_gets(by_compiler, by_python, program, language, example):
    program(LANGUAGES[language])
    assert numbers(tool(by_compiler(language, example))) == by_python(example)


@pytest.mark.needs("cmake", "ninja", "gcc", "g++")
@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_find_package_builds_the_same(by_cmake, by_python, program, language, example):
    program(LANGUAGES[language])
    assert numbers(tool(by_cmake / f"{example}_{language}")) == by_python(example)


def test_every_example_is_tested_in_every_language(sources):
    everywhere = [f"{example}.{language}" for example in EXAMPLES for language in LANGUAGES]
    assert sorted(p.name for p in sources.glob("0*")) == sorted([*everywhere, *IN_FORTRAN])


@pytest.mark.needs("gcc")
def test_a_moved_package_is_still_found(installed, sources, tmp_path, program):
    """The CMake files name no path of the machine that built them: a copied tree serves as well."""
    package = installed["header"].parents[1]
    for part in ("include", "lib", "share"):
        subprocess.run(["cp", "-a", str(package / part), str(tmp_path)], check=True)
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.18)\nproject(host LANGUAGES C)\nfind_package(inloop REQUIRED)\n"
        'get_target_property(where inloop::inloop LOCATION)\nmessage(STATUS "found ${where}")\n'
    )
    folder = tmp_path / "lib" / "cmake" / "inloop"
    where = [f"-DCMAKE_MAKE_PROGRAM={program('ninja')}", f"-Dinloop_DIR={folder}"]
    said = tool(program("cmake"), "-S", tmp_path / "host", "-B", tmp_path / "build", "-G", "Ninja", *where)
    assert os.fspath(tmp_path / "lib") in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_program_of_the_docs(root, flags, program, tmp_path, language):
    """The page's programs compile as the page says and print the planes that Python finds."""
    compiler = program(LANGUAGES[language])
    page = (root / "docs" / "c-and-fortran.md").read_text(encoding="utf-8")
    fence = {"f90": "fortran"}.get(language, language)
    source = tmp_path / f"host.{language}"
    source.write_text(re.search(rf"```{fence}\n(.*?)```", page, re.DOTALL).group(1))
    libraries = [*flags["libs"], *flags["rpath"]]
    first = flags["fortran"] if language == "f90" else ["-Wall", "-Werror", *flags["cflags"]]
    tool(compiler, *first, source, "-o", tmp_path / "host", *libraries, cwd=tmp_path)
    lines = tool(tmp_path / "host").splitlines()
    printed = [[float(v) for v in re.findall(r"[-+]?\d+(?:\.\d+)?", line)] for line in lines]
    face = mir.reconstruct(np.array([[1, 1, 1], [0.5, 0.6, 0.7], [0, 0, 0]]), method="elvira")
    normals = face.normals().vectors[::2]
    ends = [segment.points[0] for segment in face.segments()]
    expected = [[language == "f90", *n, n @ x] for n, x in zip(normals, ends, strict=True)]
    assert np.array(printed) == pytest.approx(np.array(expected), abs=1e-4)
