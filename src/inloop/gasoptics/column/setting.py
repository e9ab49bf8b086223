"""What is prescribed to a column: its layers, its gases, the sun above and the slab of water below.

Humidity and ozone are those of the literature: relative humidity falls linearly with pressure (Manabe & Wetherald
1967), and ozone is the analytic profile of the radiative-convective intercomparison (Wing et al. 2018), which has
none left in the troposphere: what is usual there stands below.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import AIR, DAY, GRAVITY, HEAT

Array = NDArray[np.float64]

GAS_CONSTANT = 8.31446 / AIR  # J/(kg K), of dry air
_WATER_TO_AIR = 18.015e-3 / AIR
_SEA = 1025.0 * 3990.0  # J/(m3 K)
_DRY_ABOVE = 0.02  # of the surface pressure: there the relative humidity has fallen to nothing
_LEAST_OZONE = 3e-8  # usual in the troposphere
_THINNEST = 0.1  # of the evenly spaced step in ln p, at the surface


@dataclass(frozen=True)
class Setting:
    """A column of the global mean. Mole fractions in mol/mol, present day."""

    co2: float = 415e-6
    ch4: float = 1.921e-6
    n2o: float = 3.32e-7
    cfc11: float = 8.61e-10
    """With all other halogens but CFC-12, as so much of it."""
    cfc12: float = 4.95e-10
    ozone: float = 1.0
    """A factor on the profile."""
    humidity: float = 0.77
    """Relative, at the surface."""
    driest: float = 3e-6
    """Of water, kg/kg, above."""
    irradiance: float = 1361.0
    """Of the sun, W/m2."""
    cosine: float = 2 / 3
    """Of the zenith angle, the mean over a sphere weighed by sunlight (Cronin 2014); with `daylight` a quarter of the
    irradiance."""
    daylight: float = 3 / 8
    """Share of the time that the sun shines so."""
    albedo: float = 0.27
    """Of the surface; clouds, of which there are none, are made up for by it."""
    lapse: float = 6.5e-3
    """K/m, beyond which air overturns."""
    slab: float = 10.0
    """Depth of the water in m."""
    surface_pressure: float = 101325.0
    """In Pa."""
    top: float = 1.0
    """Pressure at the uppermost face in Pa."""
    layers: int = 60
    step: float = 1.0
    """In days."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not np.isfinite(value) or value < 0:
                raise InloopError(f"{field.name} of the column is {value:g}: expected a number that is not negative")
        for name in ("co2", "ch4", "n2o", "cfc11", "cfc12"):
            if getattr(self, name) > 0.1:
                raise InloopError(f"{name} of the column is {getattr(self, name):g}: expected mol/mol, as in 415e-6")
        for name in ("humidity", "albedo", "cosine", "daylight"):
            if getattr(self, name) > 1:
                raise InloopError(f"{name} of the column is {getattr(self, name):g}: expected 0 to 1")
        if not (self.cosine and self.slab and self.step):
            raise InloopError("cosine, slab and step of the column: expected more than 0")
        if self.layers < 10 or not 0 < self.top < self.surface_pressure / 10:
            raise InloopError(
                f"the column has {self.layers} layers up to {self.top:g} Pa: expected at least 10, up to a tenth of the"
                f" surface's {self.surface_pressure:g} Pa or less"
            )

    def with_co2(self, factor: float) -> Setting:
        """The same with so many times as much."""
        return replace(self, co2=self.co2 * factor)

    def stated(self) -> dict[str, Any]:
        """For a file."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def faces(self) -> Array:
        """(layers + 1,) pressures in Pa, from the top down: steps in the logarithm that grow evenly with height."""
        up = np.linspace(1.0, 0.0, self.layers + 1)
        share = _THINNEST * up + (1 - _THINNEST) * up**2
        found: Array = self.surface_pressure * (self.top / self.surface_pressure) ** share
        return found

    @cached_property
    def pressure(self) -> Array:
        """(layers,) in the middle."""
        middle: Array = (self.faces[1:] + self.faces[:-1]) / 2
        return middle

    @cached_property
    def capacity(self) -> Array:
        """(layers + 1,) J/(m2 K) of the layers, and last of the slab."""
        return np.append(np.diff(self.faces) * (HEAT / GRAVITY), _SEA * self.slab)

    @cached_property
    def exner(self) -> Array:
        """(layers + 1,) temperature of a column at the critical lapse rate, 1 at the surface: last that of the slab."""
        return np.append((self.pressure / self.surface_pressure) ** (GAS_CONSTANT * self.lapse / GRAVITY), 1.0)

    @property
    def seconds(self) -> float:
        """Of a step."""
        return self.step * DAY

    @cached_property
    def relative_humidity(self) -> Array:
        """(layers,) of the layers."""
        sigma = self.pressure / self.surface_pressure
        return np.maximum(self.humidity * (sigma - _DRY_ABOVE) / (1 - _DRY_ABOVE), 0.0)

    def water(self, temperature: Array) -> Array:
        """(layers,) mole fractions of water at temperatures (layers,)."""
        saturated = saturation(temperature) / self.pressure
        return np.maximum(self.relative_humidity * saturated, self.driest / _WATER_TO_AIR)

    @cached_property
    def mixed(self) -> dict[str, Array]:
        """(layers,) mole fractions of the other gases."""
        hectopascal = self.pressure / 100
        ozone = np.maximum(3.6478e-6 * hectopascal**0.83209 * np.exp(-hectopascal / 11.3515), _LEAST_OZONE)
        evenly = {name: np.full(self.layers, getattr(self, name)) for name in ("co2", "ch4", "n2o", "cfc11", "cfc12")}
        return {"o3": self.ozone * ozone, **evenly}


def saturation(temperature: Array) -> Array:
    """Vapour pressure over water in Pa (Bolton 1980)."""
    celsius = temperature - 273.15
    pressure: Array = 611.2 * np.exp(17.67 * celsius / (celsius + 243.5))
    return pressure
