"""`inloop doctor`: what is installed, what works, and why something does not."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import re

import typer

from inloop import __version__
from inloop.cli import options, show
from inloop.cli.config import paths
from inloop.engines import ENGINES, Engine, gpu

_TOOLS = frozenset({"docs", "dev"})  # extras for developing inloop: looked up, not imported
_MODULES = {"scikit-build-core": "scikit_build_core", "import-linter": "importlinter", "mkdocs-material": "material"}


def doctor(json: options.Json = None, debug: options.Debug = False) -> None:
    """Report versions, the compiled core, the extras and the engines."""
    if json is not None:
        options.refuse_output(json)
    core, works = _core()
    base = {"inloop": __version__, "python": platform.python_version()}
    base |= {"processor": show.processor(), "compiled core": core, "C and Fortran": _c_interface()}
    base |= {name: _version(name) or "missing" for name in _requirements().get("", [])}
    show.facts(base)
    rows = [[extra, *_state(extra, names)] for extra, names in _requirements().items() if extra]
    if rows:
        show.table(["extra", "state", "detail"], rows)
    else:
        show.say("the extras are not known: inloop is not installed, only imported; pip install it")
    engines = [["native", "present" if works else "broken", "the compiled core"]]
    engines += [[name, *_engine(about)] for name, about in ENGINES.items()]
    engines.append(["gpu", *_gpu()])
    show.table(["engine", "state", "detail"], engines)
    if json is not None:
        found = {"base": base, "extras": _by_name(rows), "engines": _by_name(engines)}
        show.write_json(json, show.about({}) if works else {}, found)
    if not works:
        raise typer.Exit(1)


def _core() -> tuple[str, bool]:
    try:
        core = importlib.import_module("inloop._core")
        threads = "OpenMP" if core.openmp() else "one thread (built without OpenMP)"
        return f"{core.instruction_set()}, {threads}", True
    except Exception as error:  # whatever keeps it from loading is what the person has to know
        return f"does not load: {_reason(error)}; install inloop again", False


def _c_interface() -> str:
    missing = [name for name, path in paths().items() if not path.exists()]
    return f"missing: {', '.join(missing)}" if missing else str(paths()["library"])


def _requirements() -> dict[str, list[str]]:
    """Distributions by extra, those of the base under ''."""
    try:
        stated = importlib.metadata.requires("inloop") or []
    except importlib.metadata.PackageNotFoundError:
        stated = []
    found: dict[str, list[str]] = {"": []}
    for line in stated:
        name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
        extra = re.search(r"""extra\s*==\s*["']([^"']+)""", line)
        if name != "inloop":
            found.setdefault(extra[1] if extra else "", []).append(name)
    return found


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _state(extra: str, names: list[str]) -> tuple[str, str]:
    missing = [name for name in names if _version(name) is None]
    if missing:
        return "missing", f"not installed: {', '.join(missing)}; pip install 'inloop[{extra}]'"
    if extra not in _TOOLS:
        for name in names:
            try:
                importlib.import_module(_MODULES.get(name, name))
            except Exception as error:  # an extra may fail in its own ways: a library, a driver, a version
                return "broken", f"{name} does not import: {_reason(error)}"
    return "present", ", ".join(f"{name} {_version(name)}" for name in names)


def _engine(about: Engine) -> tuple[str, str]:
    """An engine is as present as the package that it runs on; whether a server or a device is, opening it tells."""
    state, detail = _state(about.extra, [about.package])
    return state, f"{about.about}, {' or '.join(about.precisions)}; {detail}" if state == "present" else detail


def _gpu() -> tuple[str, str]:
    """The one engine that can tell at no cost whether its device is there."""
    state, detail = _engine(gpu.ABOUT)
    if state != "present":
        return state, detail
    try:
        reason = gpu.why_not()
    except Exception as error:
        return "broken", _reason(error)
    return (state, detail) if reason is None else ("missing", reason)


def _by_name(rows: list[list[str]]) -> dict[str, dict[str, str]]:
    return {name: {"state": state, "detail": detail} for name, state, detail in rows}


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
