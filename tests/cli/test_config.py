"""`inloop config` names files that exist, in the words of compilers."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from inloop.bundle import SHIPPED
from inloop.cli import config, main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A package folder with every part in it, under a name that needs quoting."""
    root = tmp_path / "a folder"
    for part in (
        "include/inloop.h",
        "lib/libinloop.so",
        "share/inloop/fortran/inloop.f90",
        "lib/cmake/inloop/inloopConfig.cmake",
    ):
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        (root / part).touch()
    monkeypatch.setattr(config, "package_folder", lambda: root)
    return root


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--cflags"], ["-I{}/include"]),
        (["--libs"], ["-L{}/lib", "-linloop"]),
        (["--rpath"], ["-Wl,-rpath,{}/lib"]),
        (["--fortran"], ["{}/share/inloop/fortran/inloop.f90"]),
        (["--cmakedir"], ["{}/lib/cmake/inloop"]),
        (["--bundles"], [str(SHIPPED)]),
        (["--libs", "--cflags"], ["-I{}/include", "-L{}/lib", "-linloop"]),
    ],
)
def test_flags_as_a_shell_splits_them(folder, capsys, options, expected):
    assert main(["config", *options]) == 0
    assert shlex.split(capsys.readouterr().out) == [word.format(folder) for word in expected]


def test_everything_for_people_and_as_json(folder, capsys):
    assert main(["config", "--json", str(folder / "c.json")]) == 0
    out = capsys.readouterr().out
    results = json.loads((folder / "c.json").read_text())["results"]
    assert set(results) == {"--cflags", "--libs", "--rpath", "--fortran", "--cmakedir", "--bundles"}
    assert all(option in out for option in results)


def test_what_is_not_installed_is_said(folder, capsys):
    (folder / "lib" / "libinloop.so").unlink()
    assert main(["config", "--cflags"]) == 0
    capsys.readouterr()
    assert main(["config", "--libs"]) == 1
    assert "libinloop.so: is not installed" in capsys.readouterr().err


def test_the_installed_package_is_where_the_compiled_core_is():
    from inloop import _core

    assert config.package_folder() == Path(_core.__file__).resolve().parent
