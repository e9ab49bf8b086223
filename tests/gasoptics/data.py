"""The case's files for tests: the real ones where they are, and a small folder of the same formats anywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.gasoptics.synthetic import write_table

from inloop.errors import InloopError
from inloop.gasoptics import Atmosphere, LookUp, longwave_fluxes, shortwave_fluxes
from inloop.gasoptics.ckdmip import ALBEDO, GASES, IRRADIANCE
from inloop.gasoptics.files import data_folder
from inloop.gasoptics.measures import sun_at

EXPERIMENTS = ("Present day (PD)", "4xCO2", "PI CH4", "+4K")
SUNS = (0.2, 0.6, 1.0)
SITES = 16
_ROOT = Path(__file__).resolve().parents[2]


def real_data() -> Path:
    """The folder of the real files; the test is skipped where they are not."""
    pytest.importorskip("netCDF4", reason="install netCDF4: pip install 'inloop[gasoptics]'")
    usual = _ROOT.parent / "shared" / "data"
    try:
        return data_folder(usual if usual.is_dir() else None)
    except InloopError as absent:
        pytest.skip(f"give the ecCKD, CKDMIP and RFMIP files: {absent}")


def columns(count: int = 6, layers: int = 20, *, seed: int = 0) -> Atmosphere:
    """Smooth columns, each warmer and wetter than the one before, a little uneven."""
    dice, step = np.random.default_rng(seed), np.linspace(0, 5, count)[:, None]
    half = np.geomspace(1.0, 1e5, layers + 1)[None] * (1 + 0.02 * step)
    warm = 210 + (75 + 3 * step) * (half / 1e5) ** 0.6 + dice.normal(0, 0.5, half.shape)
    full = (half[:, 1:] + half[:, :-1]) / 2
    gases = {
        "h2o": np.clip(0.012 * (full / 1e5) ** 3 * (1 + 0.2 * step), 3e-6, None),
        "o3": 6e-6 * np.exp(-(np.log(full / 1e3) ** 2) / 4) + 3e-8,
        **{gas: np.full(full.shape, x) for gas, x in zip(GASES[2:], (4e-4, 1.8e-6, 3.3e-7, 8e-10, 5e-10), strict=True)},
    }
    return Atmosphere.of(half, warm, gases)


def perturbed(optics: LookUp, by: float = 0.01, *, seed: int = 0) -> LookUp:
    """A stand-in for a learned kernel: the table with each number of it a little off."""
    dice = np.random.default_rng(seed)
    gases = tuple(
        replace(gas, absorption=gas.absorption * (1 + by * dice.standard_normal(gas.absorption.shape)))
        for gas in optics.table.gases
    )
    return LookUp(replace(optics.table, gases=gases))


def write_folder(folder: Path) -> Path:
    """Tables of eight terms, CKDMIP profiles whose reference is these tables' own fluxes, RFMIP inputs."""
    long = write_table(folder / "small_lw_ckd-definition.nc", "longwave")
    short = write_table(folder / "small_sw_ckd-definition.nc", "shortwave")
    air = columns()
    _profiles(folder / "ckdmip_evaluation1_concentrations.nc", air)
    fluxes = longwave_fluxes(LookUp(long), air)
    with _new(folder / "ckdmip_evaluation1_lw_fluxes.nc", column=air.columns, half_level=air.layers + 1) as file:
        for name, values in (("flux_up_lw", fluxes.up), ("flux_dn_lw", fluxes.down)):
            _put(file, name, values, "column", "half_level")
    suns = [
        shortwave_fluxes(LookUp(short), air, sun_at(mu, air.columns, albedo=ALBEDO, irradiance=IRRADIANCE))
        for mu in SUNS
    ]
    sizes = {"column": air.columns, "mu0": len(SUNS), "half_level": air.layers + 1}
    with _new(folder / "ckdmip_evaluation1_sw_fluxes.nc", **sizes) as file:
        _put(file, "mu0", np.array(SUNS), "mu0")
        for name, way in (("flux_up_sw", "up"), ("flux_dn_sw", "down"), ("flux_dn_direct_sw", "direct")):
            _put(file, name, np.stack([getattr(one, way) for one in suns], axis=1), *sizes)
    _experiments(folder / "small_RFMIP_inputs.nc", columns(SITES, seed=1))
    return folder


def _profiles(path: Path, air: Atmosphere) -> None:
    with _new(path, column=air.columns, half_level=air.layers + 1, level=air.layers) as file:
        _put(file, "pressure_hl", air.pressure_half, "column", "half_level")
        _put(file, "temperature_hl", air.temperature_half, "column", "half_level")
        for gas in GASES:
            _put(file, f"{gas}_mole_fraction_fl", air.gases[gas], "column", "level")


def _experiments(path: Path, air: Atmosphere) -> None:
    count = len(EXPERIMENTS)
    warmer = np.array([4.0 * (name == "+4K") for name in EXPERIMENTS])
    mixed = {
        "carbon_dioxide_GM": (400 * np.array([1, 4, 1, 1]), "1.e-6"),
        "methane_GM": (1800 * np.array([1, 1, 0.4, 1]), "1.e-9"),
        "nitrous_oxide_GM": (np.full(count, 330.0), "1.e-9"),
        "cfc11eq_GM": (np.full(count, 800.0), "1.e-12"),
        "cfc12_GM": (np.full(count, 500.0), "1.e-12"),
    }
    with _new(path, expt=count, site=air.columns, layer=air.layers, level=air.layers + 1) as file:
        labels = file.createVariable("expt_label", str, ("expt",))
        for number, name in enumerate(EXPERIMENTS):
            labels[number] = name
        _put(file, "pres_layer", air.pressure, "site", "layer")
        _put(file, "pres_level", air.pressure_half, "site", "level")
        for name, values, axis in (
            ("temp_layer", air.temperature, "layer"),
            ("temp_level", air.temperature_half, "level"),
        ):
            _put(file, name, values + warmer[:, None, None], "expt", "site", axis)
        _put(file, "surface_temperature", air.surface_temperature + warmer[:, None], "expt", "site")
        for name, gas in (("water_vapor", "h2o"), ("ozone", "o3")):
            _put(file, name, np.broadcast_to(air.gases[gas], (count, *air.pressure.shape)), "expt", "site", "layer")
        for name, (values, unit) in mixed.items():
            _put(file, name, values, "expt")
            file[name].units = unit
        for name, values in (
            ("profile_weight", np.ones(air.columns)),
            ("surface_emissivity", np.full(air.columns, 0.98)),
            ("surface_albedo", np.full(air.columns, 0.1)),
            ("solar_zenith_angle", np.linspace(0.0, 120.0, air.columns)),
            ("total_solar_irradiance", np.full(air.columns, 1361.0)),
        ):
            _put(file, name, values, "site")


def _new(path: Path, **sizes: int) -> Any:
    import netCDF4

    file = netCDF4.Dataset(str(path), "w")
    for name, size in sizes.items():
        file.createDimension(name, size)
    return file


def _put(file: Any, name: str, values: np.ndarray, *dimensions: str) -> None:
    file.createVariable(name, "f8", dimensions)[...] = values
