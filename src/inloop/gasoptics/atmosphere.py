"""Columns of air: pressure, temperature and the amounts of gases, from the top down; checked when they are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError

Array = NDArray[np.float64]

GRAVITY = 9.80665  # m/s2
AIR = 0.028970  # kg/mol, dry
HEAT = 1004.0  # J/(kg K) at constant pressure
DAY = 86400.0

COLDEST, HOTTEST = 100.0, 400.0
_LOWEST_SURFACE, _HIGHEST_SURFACE = 2e3, 2e5  # Pa


@dataclass(frozen=True, eq=False)
class Atmosphere:
    """Columns, their layers from the top down. Amounts are mole fractions, of moist or dry air alike."""

    pressure_half: Array
    """(columns, layers + 1) at the faces of the layers, in Pa, growing downwards."""
    temperature_half: Array
    """(columns, layers + 1) in K."""
    pressure: Array
    """(columns, layers) in Pa."""
    temperature: Array
    """(columns, layers) in K."""
    gases: Mapping[str, Array]
    """(columns, layers) each."""
    surface_temperature: Array
    """(columns,) in K."""

    def __post_init__(self) -> None:
        shape = self.pressure_half.shape
        if len(shape) != 2 or shape[1] < 2 or not shape[0]:
            raise InloopError(f"pressure_half has shape {shape}: expected (columns, layers + 1), the top first")
        layers = (shape[0], shape[1] - 1)
        fields = {
            "pressure_half": (self.pressure_half, shape),
            "temperature_half": (self.temperature_half, shape),
            "pressure": (self.pressure, layers),
            "temperature": (self.temperature, layers),
            "surface_temperature": (self.surface_temperature, shape[:1]),
            **{name: (fraction, layers) for name, fraction in self.gases.items()},
        }
        for name, (array, expected) in fields.items():
            if array.shape != expected:
                raise InloopError(f"{name} has shape {array.shape}: expected {expected}, as pressure_half has {shape}")
            if not np.isfinite(array).all():
                column = int(np.argwhere(~np.isfinite(array))[0][0])
                raise InloopError(f"{name} of column {column} holds what is no number; mend it")
        _check_pressures(self.pressure_half, self.pressure)
        for name in ("temperature_half", "temperature", "surface_temperature"):
            _check_range(name, getattr(self, name), COLDEST, HOTTEST, "K")
        for name, fraction in self.gases.items():
            _check_range(f"mole fraction of {name}", fraction, 0.0, 1.0, "mol/mol: parts per million are 1e-6")

    @classmethod
    def of(
        cls,
        pressure_half: Array,
        temperature_half: Array,
        gases: Mapping[str, Array],
        *,
        surface_temperature: Array | None = None,
    ) -> Atmosphere:
        """Columns given at the layers' faces: inside a layer both are the means; the surface is as warm as the air."""
        half, warm = (np.asarray(array, dtype=np.float64) for array in (pressure_half, temperature_half))
        if half.ndim != 2 or half.shape[-1] < 2 or warm.shape != half.shape:
            raise InloopError(f"faces have shapes {half.shape} and {warm.shape}: expected (columns, layers + 1) twice")
        layers = (half.shape[0], half.shape[1] - 1)
        try:
            amounts = {name: np.broadcast_to(np.asarray(x, dtype=np.float64), layers) for name, x in gases.items()}
        except ValueError:
            raise InloopError(
                f"a gas does not fit {layers[0]} columns of {layers[1]} layers; give (columns, layers)"
            ) from None
        return cls(
            pressure_half=half,
            temperature_half=warm,
            pressure=(half[:, 1:] + half[:, :-1]) / 2,
            temperature=(warm[:, 1:] + warm[:, :-1]) / 2,
            gases=amounts,
            surface_temperature=warm[:, -1].copy() if surface_temperature is None else surface_temperature,
        )

    @property
    def columns(self) -> int:
        """How many."""
        return int(self.pressure.shape[0])

    @property
    def layers(self) -> int:
        """How many in each column."""
        return int(self.pressure.shape[1])

    @cached_property
    def thickness(self) -> Array:
        """(columns, layers) pressure below less pressure above, in Pa."""
        return np.diff(self.pressure_half, axis=1)

    @cached_property
    def moles(self) -> Array:
        """(columns, layers) of air above a square metre, in mol/m2."""
        moles: Array = self.thickness / (GRAVITY * AIR)
        return moles

    def fractions(self, names: tuple[str, ...]) -> Array:
        """(columns, layers, names) mole fractions of these gases; refuses a gas that is not given."""
        for name in names:
            if name not in self.gases:
                given = ", ".join(self.gases) or "none"
                raise InloopError(f"the mole fraction of {name} is missing: the kernel takes it, given are {given}")
        return np.stack([self.gases[name] for name in names], axis=-1)

    def with_gases(self, changed: Mapping[str, Array | float]) -> Atmosphere:
        """The same with other amounts of some gases, each a number or (columns, layers)."""
        layers = self.pressure.shape
        amounts = {name: np.broadcast_to(np.asarray(x, dtype=np.float64), layers) for name, x in changed.items()}
        return replace(self, gases={**self.gases, **amounts})

    def taken(self, columns: slice | NDArray[np.intp]) -> Atmosphere:
        """Some of the columns."""
        return Atmosphere(
            pressure_half=self.pressure_half[columns],
            temperature_half=self.temperature_half[columns],
            pressure=self.pressure[columns],
            temperature=self.temperature[columns],
            gases={name: fraction[columns] for name, fraction in self.gases.items()},
            surface_temperature=self.surface_temperature[columns],
        )

    def heating(self, net_down: Array) -> Array:
        """(columns, layers) K/day of a net downward flux (columns, layers + 1) in W/m2."""
        rate: Array = -np.diff(net_down, axis=1) / self.thickness * (GRAVITY / HEAT * DAY)
        return rate


def _check_pressures(half: Array, full: Array) -> None:
    inside = (half[:, :-1] < full) & (full < half[:, 1:])
    wrong = np.argwhere(~inside)
    if wrong.size or half.min() <= 0:
        column = int(wrong[0][0]) if wrong.size else int(np.argwhere(half <= 0)[0][0])
        raise InloopError(
            f"pressure of column {column} does not grow from layer to layer; give the top first, in Pa above 0"
        )
    surface = half[:, -1]
    off = np.flatnonzero((surface < _LOWEST_SURFACE) | (surface > _HIGHEST_SURFACE))
    if off.size:
        raise InloopError(
            f"pressure_half of column {off[0]} ends at {surface[off[0]]:g} at the surface; it is taken in Pa, not hPa"
        )


def _check_range(name: str, array: Array, least: float, most: float, unit: str) -> None:
    wrong = np.argwhere((array < least) | (array > most))
    if wrong.size:
        at = tuple(int(i) for i in wrong[0])
        raise InloopError(f"{name} of column {at[0]} is {array[at]:g}: expected {least:g} to {most:g} {unit}")
