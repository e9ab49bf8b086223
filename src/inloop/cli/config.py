"""`inloop config`: where the C and Fortran interface lies, as compilers and CMake want to hear it."""

from __future__ import annotations

import importlib.util
import shlex
from pathlib import Path
from typing import Annotated

import typer

from inloop.cli import options, show
from inloop.errors import InloopError
from inloop.writing import OutputError


def package_folder() -> Path:
    """The folder that holds the compiled parts: in an editable install it is not the one with the sources."""
    for name in ("inloop._core", "inloop"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).resolve().parent
    raise InloopError("the installed package cannot be found; install it again with pip install inloop")


def paths() -> dict[str, Path]:
    """Where each part of the C and Fortran interface is installed."""
    from inloop.bundle import SHIPPED

    folder = package_folder()
    return {
        "header": folder / "include" / "inloop.h",
        "library": folder / "lib" / "libinloop.so",
        "fortran": folder / "share" / "inloop" / "fortran" / "inloop.f90",
        "cmake": folder / "lib" / "cmake" / "inloop",
        "bundles": SHIPPED,
    }


def config(
    cflags: Annotated[bool, typer.Option("--cflags", help="Flags to compile C and C++ with.")] = False,
    libs: Annotated[bool, typer.Option("--libs", help="Flags to link with.")] = False,
    rpath: Annotated[
        bool, typer.Option("--rpath", help="Flag to link with so that the library is found when run.")
    ] = False,
    fortran: Annotated[
        bool, typer.Option("--fortran", help="The Fortran module's source, to compile with the host.")
    ] = False,
    cmakedir: Annotated[bool, typer.Option("--cmakedir", "--cmake", help="Folder for CMake: -Dinloop_DIR=...")] = False,
    bundles: Annotated[
        bool, typer.Option("--bundles", help="Folder of the learned kernels that come with inloop.")
    ] = False,
    json: options.Json = None,
    debug: options.Debug = False,
) -> None:
    """Say how to link the C and Fortran interface. Without an option: all of it, for people."""
    if json is not None:
        options.refuse_output(json)
    found = paths()
    flags = {
        "--cflags": (cflags, f"-I{_quoted(found['header'].parent)}", "header"),
        "--fortran": (fortran, _quoted(found["fortran"]), "fortran"),
        "--libs": (libs, f"-L{_quoted(found['library'].parent)} -linloop", "library"),
        "--rpath": (rpath, f"-Wl,-rpath,{_quoted(found['library'].parent)}", "library"),
        "--cmakedir": (cmakedir, _quoted(found["cmake"]), "cmake"),
        "--bundles": (bundles, _quoted(found["bundles"]), "bundles"),
    }
    chosen = [(text, part) for wanted, text, part in flags.values() if wanted]
    missing = [found[part] for _, part in chosen or [("", part) for part in found] if not found[part].exists()]
    if missing:
        raise OutputError(f"{missing[0]}: is not installed; build the package with its C interface: pip install inloop")
    if json is not None:
        show.write_json(json, show.about({}), {option: text for option, (_, text, _) in flags.items()})
    if chosen:
        print(" ".join(text for text, _ in chosen))
    else:
        show.facts({option: text for option, (_, text, _) in flags.items()})


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
