"""Where the installed C and Fortran interface lies, and the library itself."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest
from tests.native import binding

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
