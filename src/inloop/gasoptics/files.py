"""Where the files of the case are, and how they are read: NetCDF, through the library of its makers.

None of them comes with inloop. They are public, and `SOURCES` says where each kind is published.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError

VARIABLE = "INLOOP_DATA"
FOLDER = "gasoptics"
SOURCES = (
    "the ecCKD tables and the CKDMIP profiles are in github.com/ecmwf-ifs/ecrad (data and test/ckdmip),"
    " the RFMIP atmospheres in github.com/earth-system-radiation/rrtmgp-data"
)


def data_folder(given: str | os.PathLike[str] | None = None) -> Path:
    """The folder of the case's files: the one that is given, `INLOOP_DATA`, or ../shared/data, else refused.

    Each may be the folder itself or have one of the case's name in it.
    """
    stated = os.environ.get(VARIABLE)
    if given is not None:
        return _inside(Path(given), f"--data {os.fspath(given)}")
    if stated:
        return _inside(Path(stated), f"{VARIABLE}={stated}")
    usual = Path("..") / "shared" / "data" / FOLDER
    if usual.is_dir():
        return usual
    raise InloopError(f"no data of gas optics: give their folder with --data, or set {VARIABLE}; {SOURCES}")


def use_folder(folder: str | os.PathLike[str] | None) -> None:
    """Let all that looks for the files from now on, processes that are started included, find them there."""
    if folder is not None:
        os.environ[VARIABLE] = str(data_folder(folder).resolve())


def _inside(folder: Path, name: str) -> Path:
    for place in (folder / FOLDER, folder):
        if place.is_dir() and any(place.glob("*.nc")):
            return place
    what = "holds no .nc file" if folder.is_dir() else "no such folder"
    raise InloopError(f"{name}: {what}; {SOURCES}")


def found(folder: Path, pattern: str, what: str) -> Path:
    """The one file of a folder that fits a pattern."""
    fitting = sorted(folder.glob(pattern))
    if len(fitting) != 1:
        came = "none is there" if not fitting else f"there are {len(fitting)}"
        raise InloopError(f"{folder}: expected one file {pattern} ({what}), {came}; {SOURCES}")
    return fitting[0]


class Variables:
    """The variables of an open NetCDF file, each refused by name if it is missing or holds what no number is."""

    def __init__(self, path: Path, dataset: Any) -> None:
        self.path, self._dataset = path, dataset

    def __contains__(self, name: str) -> bool:
        return name in self._dataset.variables

    def attribute(self, name: str) -> str:
        """A global attribute as text; empty if there is none."""
        return str(getattr(self._dataset, name, ""))

    def units(self, name: str) -> str:
        """What a variable is measured in."""
        return str(getattr(self._variable(name), "units", ""))

    def text(self, name: str) -> list[str]:
        """A variable of words."""
        return [str(word) for word in np.asarray(self._variable(name)[...]).ravel()]

    def number(self, name: str) -> float:
        """A variable that is one number."""
        values = self.array(name)
        if values.size != 1:
            raise InloopError(f"{self.path}: {name} has shape {values.shape}, expected one number")
        return float(values.item())

    def array(self, name: str, *dimensions: str) -> NDArray[np.float64]:
        """A variable in double precision; if dimensions are named, it must have these."""
        variable = self._variable(name)
        if dimensions and tuple(variable.dimensions) != dimensions:
            came = ", ".join(variable.dimensions)
            raise InloopError(f"{self.path}: {name} has dimensions ({came}), expected ({', '.join(dimensions)})")
        values = np.ma.filled(np.ma.asarray(variable[...], dtype=np.float64), np.nan)
        if not np.isfinite(values).all():
            raise InloopError(f"{self.path}: {name} has missing values or such as are no numbers; take the file anew")
        return np.asarray(values, order="C")

    def _variable(self, name: str) -> Any:
        if name not in self._dataset.variables:
            raise InloopError(f"{self.path}: has no variable {name}, so it is not the file that is expected here")
        return self._dataset.variables[name]


@contextlib.contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Variables]:
    """Open a NetCDF file for reading."""
    try:
        import netCDF4
    except ModuleNotFoundError:
        raise InloopError(f"{path}: is read through netCDF4; pip install 'inloop[gasoptics]'") from None
    place = Path(path)
    if not place.is_file():
        raise InloopError(f"{place}: no such file; {SOURCES}")
    try:
        dataset = netCDF4.Dataset(str(place))
    except OSError as wrong:
        reason = wrong.strerror or str(wrong)
        raise InloopError(f"{place}: cannot be read as NetCDF ({reason}); copy it again") from None
    try:
        yield Variables(place, dataset)
    except (RuntimeError, OSError) as wrong:  # what the library raises in the middle of a damaged file
        raise InloopError(f"{place}: is damaged ({wrong}); copy it again") from None
    finally:
        dataset.close()
