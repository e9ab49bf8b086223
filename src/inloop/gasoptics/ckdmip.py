"""The CKDMIP evaluation profiles: fifty real columns, and their fluxes calculated line by line. Never trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.files import found, opened
from inloop.gasoptics.fluxes import Fluxes

Array = NDArray[np.float64]

GASES = ("h2o", "o3", "co2", "ch4", "n2o", "cfc11", "cfc12")
ALBEDO = 0.15  # of the surface, in the short-wave reference
IRRADIANCE = 1361.0  # W/m2 above the atmosphere


@dataclass(frozen=True, eq=False)
class Sunlit:
    """The short-wave reference, at several heights of the sun."""

    cosines: Array
    """(suns,) of the zenith angle."""
    fluxes: tuple[Fluxes, ...]
    """One for each of them."""


def profiles(folder: Path) -> Atmosphere:
    """The columns, present day."""
    with opened(found(folder, "ckdmip_evaluation1_concentrations*.nc", "CKDMIP profiles")) as file:
        return Atmosphere.of(
            file.array("pressure_hl", "column", "half_level"),
            file.array("temperature_hl", "column", "half_level"),
            {gas: file.array(f"{gas}_mole_fraction_fl", "column", "level") for gas in GASES},
        )


def longwave_reference(folder: Path) -> Fluxes:
    """Line by line: black surfaces, as warm as the air above them."""
    with opened(found(folder, "ckdmip_evaluation1_lw_fluxes*.nc", "CKDMIP long-wave reference")) as file:
        axes = ("column", "half_level")
        return Fluxes(file.array("flux_up_lw", *axes), file.array("flux_dn_lw", *axes))


def shortwave_reference(folder: Path) -> Sunlit:
    """Line by line, with Rayleigh scattering."""
    with opened(found(folder, "ckdmip_evaluation1_sw_fluxes*.nc", "CKDMIP short-wave reference")) as file:
        axes = ("column", "mu0", "half_level")
        up, down, direct = (file.array(f"flux_{way}_sw", *axes) for way in ("up", "dn", "dn_direct"))
        cosines = file.array("mu0", "mu0")
    suns = range(len(cosines))
    return Sunlit(cosines, tuple(Fluxes(up[:, k], down[:, k], direct[:, k]) for k in suns))
