"""Small gas-optics tables in the format of ecCKD, from formulas: all of the case can be tried without its data.

The terms are the shares of a made-up spectrum in which water absorbs from almost nothing to everything and each other
gas has terms of its own, in amounts that give a column of air a climate not unlike the Earth's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

PRESSURES = np.geomspace(0.7, 1.1e5, 14)
TEMPERATURES = 6
STEP = 25.0
WATER = np.geomspace(1e-7, 0.06, 7)
STEFAN = 5.670374419e-8
SUN = 1361.0
LONGWAVE_GASES = ("composite", "h2o", "o3", "co2", "ch4", "n2o", "cfc11", "cfc12")
SHORTWAVE_GASES = LONGWAVE_GASES[:6]

# strongest absorption in m2/mol, and where among the terms (0 to 1) it lies
_LONG = {
    "composite": (2e-8, 0.2),
    "o3": (12.0, 0.35),
    "co2": (1.0, 0.65),
    "ch4": (1.0, 0.85),
    "n2o": (3.0, 0.8),
    "cfc11": (200.0, 0.3),
    "cfc12": (300.0, 0.3),
}
_SHORT = {
    "composite": (3e-8, 0.5),
    "o3": (60.0, 0.05),
    "co2": (1e-4, 0.9),
    "ch4": (1e-2, 0.85),
    "n2o": (1e-3, 0.8),
}
_CODES = {"composite": 0, "h2o": 2, "ch4": 3, "n2o": 3}
_REFERENCES = {"ch4": 1.921e-6, "n2o": 3.32e-7}


def write_table(
    path: Path, kind: Literal["longwave", "shortwave"] = "longwave", terms: int = 8, *, version: str = "1.4"
) -> Path:
    """Write a table; returns its path."""
    import netCDF4

    longwave = kind == "longwave"
    gases = LONGWAVE_GASES if longwave else SHORTWAVE_GASES
    at = (np.arange(terms) + 0.5) / terms
    with netCDF4.Dataset(str(path), "w") as file:
        file.setncatts(
            {
                "source_id": f"ecckd-{version}",
                "software_version": version,
                "model_id": f"synthetic-{kind}-{terms}",
                "constituent_id": " ".join(gases),
            }
        )
        sizes = {"temperature": TEMPERATURES, "pressure": len(PRESSURES), "g_point": terms, "h2o_mole_fraction": 7}
        for name, size in sizes.items():
            file.createDimension(name, size)
        grid = ("temperature", "pressure", "g_point")
        warm = coldest()[None, :] + STEP * np.arange(TEMPERATURES)[:, None]
        _put(file, "pressure", PRESSURES, "pressure")
        _put(file, "temperature", warm, "temperature", "pressure")
        _put(file, "h2o_mole_fraction", WATER, "h2o_mole_fraction")
        _put(file, "band_number", np.zeros(terms, dtype=np.int16), "g_point")
        for gas in gases:
            file.createVariable(f"{gas}_conc_dependence_code", "i4").assignValue(_CODES.get(gas, 1))
            if gas in _REFERENCES:
                file.createVariable(f"{gas}_reference_mole_fraction", "f4").assignValue(_REFERENCES[gas])
            axes = ("h2o_mole_fraction", *grid) if gas == "h2o" else grid
            _put(file, f"{gas}_molar_absorption_coeff", _absorption(gas, at, warm, longwave), *axes)
        if longwave:
            axis = np.arange(120.0, 351.0)
            file.createDimension("temperature_planck", len(axis))
            _put(file, "temperature_planck", axis, "temperature_planck")
            _put(file, "planck_function", black_body(axis, terms), "temperature_planck", "g_point")
        else:
            share = 1.5 - at
            _put(file, "solar_irradiance", SUN * share / share.sum(), "g_point")
            _put(file, "rayleigh_molar_scattering_coeff", 2e-6 * (1 - at) ** 4, "g_point")
    return path


def coldest() -> np.ndarray:
    """The lowest temperature at each pressure."""
    return 150.0 + 40.0 * (np.log(PRESSURES / PRESSURES[0]) / np.log(PRESSURES[-1] / PRESSURES[0])) ** 2


def black_body(temperature: np.ndarray, terms: int) -> np.ndarray:
    """(temperatures, terms) emission: shares that shift with temperature, all of Stefan's law together."""
    at = (np.arange(terms) + 0.5) / terms
    share = np.exp(0.4 * (at - 0.5) * (1 - temperature[:, None] / 260.0))
    return STEFAN * temperature[:, None] ** 4 * share / share.sum(axis=1, keepdims=True)


def _absorption(gas: str, at: np.ndarray, warm: np.ndarray, longwave: bool) -> np.ndarray:
    """(temperatures, pressures, terms): wider lines where there is more air, stronger ones where it is warmer."""
    wide = (PRESSURES / 1e5)[None, :, None] ** 0.3 * (warm[..., None] / 260.0) ** 0.5
    if gas == "h2o":
        strongest = 10 ** (-5.4 + 3.2 * np.abs(2 * at - 0.7) ** 1.2) if longwave else 10 ** (-7.5 + 3.0 * at)
        return (1 + 20 * WATER)[:, None, None, None] * (wide * strongest)[None]
    strongest, place = (_LONG if longwave else _SHORT)[gas]
    return wide * strongest * np.exp(-(((at - place) / 0.12) ** 2))


def _put(file: Any, name: str, values: np.ndarray, *dimensions: str) -> None:
    kind = "i2" if values.dtype == np.int16 else "f4"
    file.createVariable(name, kind, dimensions)[...] = values
