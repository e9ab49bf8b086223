"""What every test may ask for: the repository's root, and programs that may be missing on a machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# program -> how to get it; a test that misses one is skipped by the program's name, never silently
ADVICE = {
    "gfortran": "make system-packages",
    "mpicc": "make system-packages",
    "mpirun": "make system-packages",
    "chromium": "make system-packages",
    "gcc": "install a C compiler",
    "g++": "install a C++ compiler",
    "aarch64-linux-gnu-gcc": "make system-packages",
    "aarch64-linux-gnu-g++": "make system-packages",
    "qemu-aarch64": "make system-packages",
}


def find_program(name: str) -> str | None:
    """Path of a program, looking beside the running Python first (wheels bring cmake, ninja, ruff, mypy ...)."""
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*programs): skip, naming them, where these programs are missing")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            if find_program(name) is None:
                pytest.skip(f"install {name} ({ADVICE.get(name, 'pip install inloop[dev]')})")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def program():
    """`program("gfortran")`: its path, or a skip that names it."""

    def find(name: str) -> str:
        path = find_program(name)
        if path is None:
            pytest.skip(f"install {name} ({ADVICE.get(name, 'pip install inloop[dev]')})")
        return path

    return find
