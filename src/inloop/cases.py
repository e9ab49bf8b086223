"""Where cases are found: those that come with inloop by name, others by the folder or the package that they are in.

Names and text alone: this page imports no case. A case of one's own is Python code, and it runs only when somebody
names it as the case: never because of what a bundle says.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from inloop.errors import InloopError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from inloop.case import Case


@dataclass(frozen=True)
class BuiltIn:
    """A case that comes with inloop, as text."""

    kernel: str | None = None
    """Module with `kernel_of(bundle, *, engine, threads, precision)`; None: the adapter of the network's kind."""
    case: str | None = None
    """ "module:NAME" of the `Case` that the general commands take, where the case has none of its own for a verb."""


BUILT_IN: dict[str, BuiltIn] = {
    "mir": BuiltIn(kernel="inloop.mir.sampled"),
    "gasoptics": BuiltIn(case="inloop.gasoptics.learning:CASE"),
    "gasoptics-planck": BuiltIn(case="inloop.gasoptics.learning_planck:CASE"),
}

GENERAL = {"perceptron": "inloop.engines.rows_kernel"}
"""Kinds of networks that need no case to make a kernel of them, and the module with their `kernel_of`."""

GROUP = "inloop.cases"
"""Entry points of installed packages: NAME = "package.module:CASE"."""
FILE, ATTRIBUTE = "case.py", "CASE"


@dataclass(frozen=True)
class Place:
    """Where a case is. Nothing of it has run yet."""

    name: str
    module: str
    attribute: str = ATTRIBUTE
    folder: Path | None = None
    """Of a case that is not installed: the package itself, whose folder's folder is put on the path."""

    def load(self) -> Case[Any]:
        """Import the case: from here on its code runs."""
        from inloop.case import Case

        module = _imported(self)
        found = getattr(module, self.attribute, None)
        if not isinstance(found, Case):
            what = "has none" if found is None else f"is a {type(found).__name__}"
            raise InloopError(f"{module.__file__}: {self.attribute} {what}, expected an inloop.case.Case; define it")
        if found.name in BUILT_IN and self.name not in BUILT_IN:
            raise InloopError(f"{module.__file__}: {self.attribute} is named {found.name!r}, as a case of inloop is")
        return found


def adapter_of(case: str, kind: object) -> str | None:
    """The module that makes kernels of a bundle: the case's own, else that of the kind of network; None if neither."""
    own = BUILT_IN[case].kernel if case in BUILT_IN else None
    return own or GENERAL.get(str(kind))


def find(case: str) -> Place:
    """Look a case up: one of inloop's by name, a folder with case.py, an entry point, a package with a module case."""
    if case in BUILT_IN:
        text = BUILT_IN[case].case
        if text is None:
            raise InloopError(f"case {case!r}: has nothing for this verb; see inloop --help")
        module, _, attribute = text.partition(":")
        return Place(case, module, attribute)
    folder = Path(case)
    if (folder / FILE).is_file():
        return _in_folder(folder)
    if folder.is_dir() or os.sep in case:
        what = "has no case.py" if folder.is_dir() else "no such folder"
        raise InloopError(f"case {case}: {what}; give the folder of a case, inloop new makes one")
    for point in _installed():
        if point.name == case:
            return Place(case, point.module, point.attr or ATTRIBUTE)
    if all(part.isidentifier() for part in case.split(".")) and _is_package_with_case(case):
        return Place(case, f"{case}.case")
    raise unknown(case)


def unknown(case: str) -> InloopError:
    """The one line for a case that is nowhere."""
    import difflib

    names = [*BUILT_IN, *(point.name for point in _installed())]
    here = [path.parent.name for path in Path().glob(f"*/{FILE}")]
    close = [name for name in names if name.startswith(case)] or difflib.get_close_matches(case, [*names, *here], 1)
    hint = f"did you mean {close[0]}?" if close else f"there {'is' if len(names) == 1 else 'are'} {', '.join(names)}"
    end = "" if close else ", or a folder with case.py (inloop new makes one)"
    return InloopError(f"case {case!r} is unknown: {hint}{end}")


def _installed() -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def _in_folder(folder: Path) -> Place:
    whole = folder.resolve()
    if not whole.name.isidentifier():
        raise InloopError(f"case {folder}: {whole.name!r} is no name of a Python package; rename the folder")
    return Place(whole.name, f"{whole.name}.case", folder=whole)


def _is_package_with_case(name: str) -> bool:
    """Whether an importable package has a module `case`; packages around it are imported, itself is not."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    places = (spec.submodule_search_locations if spec else None) or ()
    return any((Path(place) / FILE).is_file() for place in places)


def _imported(place: Place) -> ModuleType:
    if place.folder is not None and str(place.folder.parent) not in sys.path:
        sys.path.append(str(place.folder.parent))  # at the end: nothing that lies beside the case hides what is there
    try:
        module = importlib.import_module(place.module)
    except InloopError:
        raise
    except ModuleNotFoundError as missing:
        if missing.name == "torch":  # of an extra of inloop, which whoever asked will name
            raise
        raise _broken(place, missing) from missing
    except Exception as wrong:
        raise _broken(place, wrong) from wrong
    if place.folder is not None and not _is_in(module, place.folder):
        raise _hidden(place)
    return module


def _broken(place: Place, wrong: Exception) -> InloopError:
    if place.folder is not None and not _is_in(sys.modules.get(place.name), place.folder):
        return _hidden(place)
    told = f"{type(wrong).__name__}: {' '.join(str(wrong).split())}"
    where = place.folder / FILE if place.folder is not None else place.module
    return InloopError(f"{where}: cannot be imported, {told}; mend it, --debug shows where")


def _is_in(module: ModuleType | None, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    places = [file] if file else list(getattr(module, "__path__", []))
    return any(folder in (Path(where).resolve(), *Path(where).resolve().parents) for where in places)


def _hidden(place: Place) -> InloopError:
    return InloopError(f"case {place.folder}: another Python package has the name {place.name!r}; rename the folder")
