"""An ecCKD gas-optics table: absorption of each gas against pressure, temperature and, for water, its own amount.

Read from the files that the ecCKD tool writes. The spectrum is gathered into terms, each with one absorption
coefficient; what is tabulated is area per mole (m2/mol).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics.files import Variables, opened

Array = NDArray[np.float64]
Dependence = Literal["none", "linear", "look-up", "relative"]

COMPOSITE = "composite"  # the gases whose amounts are fixed, taken together
VERSIONS = ("1.0", "1.2", "1.4")  # of ecCKD, whose tables were checked against line-by-line fluxes
_DEPENDENCE: dict[int, Dependence] = {0: "none", 1: "linear", 2: "look-up", 3: "relative"}
_EVEN = 1e-4  # how far steps of an axis may differ from one another, relative: they are stored in single precision


@dataclass(frozen=True, eq=False)
class Gas:
    """How one gas absorbs."""

    name: str
    dependence: Dependence
    """On its mole fraction x: none; linear; linear in x - reference; or by a look-up in ln x."""
    absorption: Array
    """(temperatures, pressures, terms) in m2/mol; of a look-up (fractions, temperatures, pressures, terms)."""
    reference: float = 0.0
    fractions: Array | None = None
    """Of a look-up: mole fractions, evenly spaced in their logarithm."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it was read; temperatures differ from pressure to pressure, in equal steps."""

    path: Path
    name: str
    pressure: Array
    """(pressures,) in Pa, evenly spaced in the logarithm."""
    coldest: Array
    """(pressures,) the lowest temperature in K at each."""
    step: float
    """Between temperatures, in K."""
    gases: tuple[Gas, ...]
    bands: Array
    """(terms,) number of the band that each term lies in."""
    planck_temperature: Array | None = None
    planck: Array | None = None
    """(temperatures, terms) emission of a black surface in W/m2; long wave only."""
    solar: Array | None = None
    """(terms,) irradiance above the atmosphere in W/m2; short wave only."""
    rayleigh: Array | None = None
    """(terms,) scattering in m2/mol of air; short wave only."""

    @property
    def terms(self) -> int:
        """How many spectral terms."""
        return int(self.gases[0].absorption.shape[-1])

    @property
    def is_longwave(self) -> bool:
        """Whether it has emission, not sunlight."""
        return self.planck is not None

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The gases whose mole fractions must be given."""
        return tuple(gas.name for gas in self.gases if gas.dependence != "none")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Table:
        """Read and check a table."""
        with opened(path) as file:
            return _read(file)


def _read(file: Variables) -> Table:
    model, version = file.attribute("source_id"), file.attribute("software_version")
    if not model.startswith("ecckd"):
        raise InloopError(f"{file.path}: is no ecCKD gas-optics definition (source_id '{model}'); give one")
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise InloopError(f"{file.path}: was written by ecCKD {version}, versions {known} are known; take one of these")
    pressure = file.array("pressure", "pressure")
    temperature = file.array("temperature", "temperature", "pressure")
    steps = np.diff(temperature, axis=0)
    if not _even(np.log(pressure)) or np.ptp(steps) > _EVEN * abs(steps.mean()) or steps.mean() <= 0:
        raise InloopError(f"{file.path}: pressures or temperatures are not evenly spaced; this is another format")
    names = file.attribute("constituent_id").split()
    longwave = "planck_function" in file
    return Table(
        path=file.path,
        name=f"{model}, {file.attribute('model_id')}",
        pressure=pressure,
        coldest=temperature[0],
        step=float(steps.mean()),
        gases=tuple(_gas(file, name) for name in names),
        bands=file.array("band_number", "g_point").astype(np.int64),
        planck_temperature=file.array("temperature_planck", "temperature_planck") if longwave else None,
        planck=file.array("planck_function", "temperature_planck", "g_point") if longwave else None,
        solar=None if longwave else file.array("solar_irradiance", "g_point"),
        rayleigh=None if longwave else file.array("rayleigh_molar_scattering_coeff", "g_point"),
    )


def _gas(file: Variables, name: str) -> Gas:
    code = int(file.number(f"{name}_conc_dependence_code"))
    if code not in _DEPENDENCE:
        raise InloopError(f"{file.path}: {name} depends on its amount by rule {code}; rules 0 to 3 are known")
    dependence, coefficient = _DEPENDENCE[code], f"{name}_molar_absorption_coeff"
    axes = ("temperature", "pressure", "g_point")
    if dependence != "look-up":
        reference = file.number(f"{name}_reference_mole_fraction") if dependence == "relative" else 0.0
        return Gas(name, dependence, file.array(coefficient, *axes), reference)
    fractions = file.array(f"{name}_mole_fraction", f"{name}_mole_fraction")
    if not _even(np.log(fractions)):
        raise InloopError(f"{file.path}: {name}_mole_fraction is not evenly spaced in its logarithm")
    return Gas(name, dependence, file.array(coefficient, f"{name}_mole_fraction", *axes), fractions=fractions)


def _even(axis: Array) -> bool:
    steps = np.diff(axis)
    return len(axis) > 1 and bool(steps.mean() > 0 and np.ptp(steps) < _EVEN * steps.mean())
