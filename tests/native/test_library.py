"""libinloop as a linker sees it: its names, its versions, headers that stand alone."""

from __future__ import annotations

import re
import subprocess

import pytest
from tests.native.binding import declared

from inloop import __version__


def test_versions(library, installed):
    abi = int(re.search(r"#define INLOOP_ABI_VERSION (\d+)", installed["header"].read_text()).group(1))
    assert library.inloop_abi_version() == abi
    assert library.inloop_version().decode() == __version__
    in_fortran = re.search(r"inloop_abi_version = (\d+)", installed["fortran"].read_text())
    assert int(in_fortran.group(1)) == abi


def binutil(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.needs("nm", "readelf")
def test_library_exports_the_header_and_nothing_else(installed):
    abi = re.search(r"#define INLOOP_ABI_VERSION (\d+)", installed["header"].read_text()).group(1)
    for path in (installed["library"], installed["library"].with_name(f"libinloop.so.{abi}")):
        exported = {line.split()[-1] for line in binutil("nm", "-D", "--defined-only", str(path)).splitlines()}
        assert exported == set(declared(installed["header"]))
        dynamic = binutil("readelf", "-d", str(path))
        assert f"soname: [libinloop.so.{abi}]" in dynamic
        needed = set(re.findall(r"NEEDED.*\[([\w.+-]+)\]", dynamic))
        assert not [name for name in needed if "python" in name]
        assert {name.split(".")[0] for name in needed} <= {
            "libstdc++",
            "libgomp",
            "libm",
            "libgcc_s",
            "libc",
            "ld-linux-x86-64",
        }


@pytest.mark.needs("gcc", "g++")
@pytest.mark.parametrize(
    "command", [("gcc", "-xc", "-std=c99", "inloop.h"), ("g++", "-xc++", "-std=c++17", "inloop.h"),
                ("g++", "-xc++", "-std=c++17", "inloop.hpp")]
)  # fmt: skip
def test_headers_stand_alone(installed, tmp_path, command):
    *compiler, header = command
    flags = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", f"-I{installed['header'].parent}"]
    (tmp_path / "host").write_text(f'#include "{header}"\n#include "{header}"\nint main(void) {{ return 0; }}\n')
    done = subprocess.run([*compiler, *flags, str(tmp_path / "host")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
