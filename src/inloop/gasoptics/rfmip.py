"""The RFMIP atmospheres: a hundred columns in eighteen climates, what the kernels learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.files import Variables, found, opened

Array = NDArray[np.float64]

_WELL_MIXED = {
    "co2": "carbon_dioxide_GM",
    "ch4": "methane_GM",
    "n2o": "nitrous_oxide_GM",
    "cfc11": "cfc11eq_GM",  # all halogens but CFC-12, as so much CFC-11 (Meinshausen et al. 2017)
    "cfc12": "cfc12_GM",
}


@dataclass(frozen=True, eq=False)
class Rfmip:
    """Every experiment at every site."""

    experiments: tuple[str, ...]
    atmospheres: tuple[Atmosphere, ...]
    """One an experiment, all with the same sites."""
    weight: Array
    """(sites,) that make the global mean."""
    emissivity: Array
    albedo: Array
    cosine: Array
    """(sites,) of the sun's zenith angle, below 0 at night."""
    irradiance: Array

    def of(self, experiment: str) -> Atmosphere:
        """The columns of an experiment."""
        if experiment not in self.experiments:
            raise InloopError(f"RFMIP experiment '{experiment}' is unknown: there are {', '.join(self.experiments)}")
        return self.atmospheres[self.experiments.index(experiment)]


def load(folder: Path) -> Rfmip:
    """Read the input file of the project."""
    with opened(found(folder, "*RFMIP*.nc", "RFMIP input")) as file:
        experiments = tuple(label.replace('"', "") for label in file.text("expt_label"))
        weight = file.array("profile_weight", "site")
        return Rfmip(
            experiments=experiments,
            atmospheres=tuple(_atmosphere(file, number) for number in range(len(experiments))),
            weight=weight / weight.sum(),
            emissivity=file.array("surface_emissivity", "site"),
            albedo=file.array("surface_albedo", "site"),
            cosine=np.cos(np.deg2rad(file.array("solar_zenith_angle", "site"))),
            irradiance=file.array("total_solar_irradiance", "site"),
        )


def _atmosphere(file: Variables, experiment: int) -> Atmosphere:
    pressure = file.array("pres_layer", "site", "layer")
    gases = {
        "h2o": file.array("water_vapor", "expt", "site", "layer")[experiment],
        "o3": file.array("ozone", "expt", "site", "layer")[experiment],
    }
    for gas, name in _WELL_MIXED.items():
        amount = file.array(name, "expt")[experiment] * float(file.units(name))  # "1.e-6" stands for ppm
        gases[gas] = np.full(pressure.shape, amount)
    return Atmosphere(
        pressure_half=file.array("pres_level", "site", "level"),
        temperature_half=file.array("temp_level", "expt", "site", "level")[experiment],
        pressure=pressure,
        temperature=file.array("temp_layer", "expt", "site", "layer")[experiment],
        gases=gases,
        surface_temperature=file.array("surface_temperature", "expt", "site")[experiment],
    )
