"""Where the installed C and Fortran interface lies, the library itself, and the examples built with it."""

from __future__ import annotations

import ctypes
import shlex
from pathlib import Path

import pytest
from tests.conftest import find_program
from tests.native import binding
from tests.native.building import LANGUAGES, tool

from inloop.cli.config import paths


@pytest.fixture(scope="session")
def installed() -> dict[str, Path]:
    """`inloop config`'s paths: header, library, fortran, cmake."""
    found = paths()
    missing = [str(path) for path in found.values() if not path.exists()]
    assert not missing, f"{missing[0]} is missing: install the package with its C interface (make test)"
    return found


@pytest.fixture(scope="session")
def library(installed) -> ctypes.CDLL:
    """libinloop with the signatures of inloop.h."""
    return binding.load(installed["library"])


@pytest.fixture(scope="session")
def sources(root) -> Path:
    return root / "native" / "examples"


@pytest.fixture(scope="session")
def flags(installed, program) -> dict[str, list[str]]:
    """What `inloop config` says, as a Makefile would ask for it."""
    ask = [program("inloop"), "config"]
    return {part: shlex.split(tool(*ask, f"--{part}")) for part in ("cflags", "libs", "rpath", "fortran", "cmakedir")}


@pytest.fixture(scope="session")
def by_compiler(flags, sources, tmp_path_factory):
    """`by_compiler("c", "01_circle")`: the program, built by the compiler alone."""
    folder = tmp_path_factory.mktemp("by_compiler")
    strict = ["-Wall", "-Wextra", "-Werror", "-O1", "-ffp-contract=off"]
    standard = {"c": ["-std=c99", "-pedantic"], "cpp": ["-std=c++17", "-pedantic"], "f90": ["-std=f2018"]}
    modules: list[Path] = []

    def build(language: str, example: str) -> Path:
        compiler, program = LANGUAGES[language], folder / f"{example}_{language}"
        arguments = [*strict, *standard[language]]
        if language == "f90":
            for source in (Path(flags["fortran"][0]), sources / "disk.f90") if not modules else ():
                compiled = folder / f"{source.stem}.o"
                tool(compiler, *arguments, "-c", source, "-o", compiled, cwd=folder)
                modules.append(compiled)
            arguments += map(str, modules)
        libraries = [*flags["libs"], *flags["rpath"], "-lm"]
        source = sources / f"{example}.{language}"
        tool(compiler, *arguments, *flags["cflags"], source, "-o", program, *libraries, cwd=folder)
        return program

    return build


@pytest.fixture(scope="session")
def by_cmake(flags, sources, tmp_path_factory):
    """The folder in which CMake's find_package(inloop) built them all."""
    folder = tmp_path_factory.mktemp("by_cmake")
    cmake, ninja = find_program("cmake"), find_program("ninja")
    tool(cmake, "-S", sources, "-B", folder, "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}",
         f"-Dinloop_DIR={flags['cmakedir'][0]}")  # fmt: skip
    tool(cmake, "--build", folder, "-j2")
    return folder
