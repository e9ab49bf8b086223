"""Optics for columns: tables from formulas, and air of one grey term or none at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest
from tests.gasoptics.synthetic import STEFAN, write_table

from inloop.gasoptics import LookUp
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.column.kernels import Kernels


@cache
def table_files() -> tuple[Path, Path]:
    """A long-wave and a short-wave table."""
    pytest.importorskip("netCDF4", reason="install netCDF4 (pip install 'inloop[gasoptics]')")
    folder = Path(mkdtemp(prefix="inloop-tables-"))
    return write_table(folder / "long.nc", "longwave"), write_table(folder / "short.nc", "shortwave")


@cache
def tables() -> Kernels:
    """Looked up."""
    return Kernels(*(LookUp(path) for path in table_files()))


@dataclass(frozen=True, eq=False)
class Thicker:
    """A table's optics with so many times its optical depth."""

    table: Any
    factor: float

    def __getattr__(self, name: str) -> Any:
        return getattr(self.table, name)

    def depth(self, air: Atmosphere) -> np.ndarray:
        return self.table.depth(air) * np.float32(self.factor)


@dataclass(frozen=True, eq=False)
class Grey:
    """Air that absorbs alike everywhere: of all a vertical optical depth of `whole`, in proportion to its mass."""

    whole: float
    name: str = "grey"
    terms: int = 1
    needed: tuple[str, ...] = ()

    def depth(self, air: Atmosphere) -> np.ndarray:
        share = air.thickness / air.pressure_half[:, -1:]
        return (self.whole * share[..., None]).astype(np.float32)

    def emission(self, temperature: np.ndarray) -> np.ndarray:
        return STEFAN * temperature[..., None] ** 4

    irradiance = np.array([1361.0])
    rayleigh = np.array([0.0])
