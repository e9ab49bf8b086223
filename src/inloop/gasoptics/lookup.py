"""The classical kernel: an ecCKD table, looked up in the compiled core."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop import _core
from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.table import Table

Array = NDArray[np.float64]


class LookUp:
    """A table as a kernel. It holds for any amounts; pressures and temperatures beyond its axes count as their ends."""

    def __init__(self, table: Table | str | os.PathLike[str], *, threads: int = 1) -> None:
        self.table = table if isinstance(table, Table) else Table.load(table)
        self._threads = threads
        self._core = _core.GasTable(
            pressure=self.table.pressure,
            coldest=self.table.coldest,
            step=self.table.step,
            gases=[
                (gas.dependence, np.ascontiguousarray(gas.absorption, dtype=np.float32), gas.reference, gas.fractions)
                for gas in self.table.gases
            ],
        )
        self._emission = _emission(self.table)

    @property
    def name(self) -> str:
        """For tables and pictures."""
        return f"look-up, {self.terms} terms"

    @property
    def terms(self) -> int:
        """How many spectral terms."""
        return self.table.terms

    @property
    def needed(self) -> tuple[str, ...]:
        """The gases that it takes."""
        return self.table.needed

    @property
    def irradiance(self) -> Array:
        """(terms,) above the atmosphere in W/m2; of a short-wave table."""
        return _shortwave(self.table, self.table.solar)

    @property
    def rayleigh(self) -> Array:
        """(terms,) scattering in m2/mol of air; of a short-wave table."""
        return _shortwave(self.table, self.table.rayleigh)

    def depth(self, air: Atmosphere) -> NDArray[np.float32]:
        """(columns, layers, terms) optical depth of absorption, straight up."""
        fractions = air.fractions(self.needed).reshape(-1, len(self.needed))
        found = self._looked_up(np.ravel(air.pressure), np.ravel(air.temperature), np.ravel(air.moles), fractions)
        return found.reshape(air.columns, air.layers, self.terms)

    def coefficients(self, pressure: Array, temperature: Array, fractions: Array) -> NDArray[np.float32]:
        """(rows, terms) absorption in m2/mol of air; of rows of pressures, temperatures and (rows, needed) amounts."""
        return self._looked_up(pressure, temperature, np.ones_like(pressure), fractions)

    def into(
        self, out: NDArray[np.float32], pressure: Array, temperature: Array, moles: Array, fractions: Array
    ) -> None:
        """Optical depths (rows, terms) of rows: pressures, temperatures, moles of air, and (rows, needed) amounts."""
        self._core.depth(pressure, temperature, moles, np.ascontiguousarray(fractions), out, threads=self._threads)

    def _looked_up(self, pressure: Array, temperature: Array, moles: Array, fractions: Array) -> NDArray[np.float32]:
        out = np.empty((len(pressure), self.terms), dtype=np.float32)
        self.into(out, pressure, temperature, moles, fractions)
        return out

    def emission(self, temperature: Array) -> Array:
        """(..., terms) of a black body in W/m2, linear between the table's temperatures."""
        if self._emission is None:
            raise InloopError(f"{self.table.path}: is of the short wave, where nothing shines; give a long-wave table")
        warm = np.asarray(temperature, dtype=np.float64)
        shines = np.empty((warm.size, self.terms))
        self._emission.at(np.ravel(warm), shines, threads=self._threads)
        return shines.reshape(*warm.shape, self.terms)


def _emission(table: Table) -> Any:
    axis, planck = table.planck_temperature, table.planck
    if axis is None or planck is None:
        return None
    return _core.EvenTable(axis[0], axis[1] - axis[0], planck.astype(np.float32))


def _shortwave(table: Table, values: Array | None) -> Array:
    if values is None:
        raise InloopError(f"{table.path}: is of the long wave, without sunlight; give a short-wave table")
    return values
