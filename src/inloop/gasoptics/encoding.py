"""What the networks see and say: logarithms of what air is made of, and a root of the absorption of a mole of it.

Optical depth is moles of air times an absorption coefficient, and only the latter is learned. It spans many powers of
ten: its fourth root is learned, and the fourth power of whatever the network says is never below zero. Shifts and
scales come from the table's own axes, not from samples, so that a network's numbers mean the same in every run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.lookup import LookUp
from inloop.gasoptics.table import Table
from inloop.row_network import RowInput, RowNetwork, RowOutput

Array = NDArray[np.float64]

FAINTEST = 3e-12  # m2/mol: less absorbs a millionth in the whole atmosphere
_USUAL = {"o3": 1e-6, "co2": 4e-4, "ch4": 1.8e-6, "n2o": 3.2e-7, "cfc11": 8e-10, "cfc12": 5e-10}
_NARROWEST = 1e-4  # spread of a root


def _input(name: str, low: float, high: float, transform: str, least: float | None = None) -> RowInput:
    return replace(RowInput.between(name, low, high, transform=transform), least=least)


PRESSURE = _input("pressure", 1.0, 1.1e5, "log", 0.01)
TEMPERATURE = _input("temperature", 150.0, 330.0, "linear")
GASES = {
    one.name: one
    for one in (
        _input("h2o", 3e-7, 5e-2, "log", 1e-8),
        _input("o3", 5e-9, 2e-5, "log", 1e-10),
        _input("co2", 1.4e-4, 2.4e-3, "log", 1e-5),
        _input("ch4", 0.0, 4e-6, "root4", 0.0),
        _input("n2o", 0.0, 5e-7, "root4", 0.0),
        _input("cfc11", 0.0, 2.1e-9, "linear"),
        _input("cfc12", 0.0, 1.1e-9, "linear"),
    )
}


BETWEEN_TEMPERATURES = _input("between temperatures", 0.0, 1.0, "linear")
BETWEEN_AMOUNTS = _input("between amounts of h2o", 0.0, 1.0, "linear")


@dataclass(frozen=True, eq=False)
class Lattice:
    """Where a table has points. Between them it is straight, though air is not: a network that is to give the table's
    numbers must know how far it is from the next point."""

    pressure: Array
    coldest: Array
    step: float
    amounts: Array
    """Of water."""

    @classmethod
    def of(cls, table: Table) -> Lattice:
        """The points of a table."""
        water = next(gas.fractions for gas in table.gases if gas.name == "h2o")
        assert water is not None
        return cls(table.pressure, table.coldest, table.step, water)

    @classmethod
    def from_stated(cls, stated: Mapping[str, Any]) -> Lattice:
        """Of what a bundle states."""
        pressure, coldest, water = (
            np.asarray(stated[name], dtype=np.float64) for name in ("pressure", "coldest", "h2o")
        )
        return cls(pressure, coldest, float(stated["step"]), water)

    def stated(self) -> dict[str, Any]:
        """For a bundle (JSON)."""
        arrays = {"pressure": self.pressure, "coldest": self.coldest, "h2o": self.amounts}
        return {name: array.tolist() for name, array in arrays.items()} | {"step": self.step}

    def between_temperatures(self, pressure: Array, temperature: Array) -> Array:
        """0 at a temperature of the table, 1 in the middle of two."""
        coldest = np.interp(np.log(pressure), np.log(self.pressure), self.coldest)
        return _between((temperature - coldest) / self.step)

    def between_amounts(self, water: Array) -> Array:
        """The same of amounts of water."""
        points = np.log(self.amounts)
        return _between((np.log(np.maximum(water, self.amounts[0] / 2)) - points[0]) / (points[1] - points[0]))


def _between(place: Array) -> Array:
    part = place - np.floor(place)
    high: Array = 4 * part * (1 - part)
    return high


def row_network(optics: LookUp, hidden: tuple[int, ...], *, lattice: bool = False) -> RowNetwork:
    """The network of a table: from pressure, temperature and mole fractions to absorption in m2/mol of air.

    lattice: it is told how far temperature and water are from the table's points. The middle and spread of each answer
    are taken over all pressures, temperatures and amounts of water of the table.
    """
    axes = (optics.table.pressure, np.array([180.0, 220.0, 260.0, 300.0]), np.geomspace(1e-6, 3e-2, 8))
    at, warm, wet = (axis.ravel() for axis in np.meshgrid(*axes, indexing="ij"))
    fractions = np.stack([wet if gas == "h2o" else np.full_like(at, _USUAL[gas]) for gas in optics.needed], axis=-1)
    root = _root(optics.coefficients(at, warm, fractions))
    shift, scale = root.mean(axis=0), np.maximum(root.std(axis=0), _NARROWEST)
    inputs = (PRESSURE, TEMPERATURE, *(GASES[gas] for gas in optics.needed))
    if lattice:
        inputs = (*inputs, BETWEEN_TEMPERATURES, BETWEEN_AMOUNTS)
    return RowNetwork(
        inputs=inputs,
        sizes=(len(inputs), *hidden, optics.terms),
        output=RowOutput(transform="power4", shift=tuple(shift.tolist()), scale=tuple(scale.tolist())),
    )


def target(network: RowNetwork, coefficient: NDArray[Any]) -> NDArray[np.float32]:
    """What the network is to give for absorption (..., terms) in m2/mol: before shift, scale and the fourth power."""
    answers = (_root(coefficient) - np.asarray(network.output.shift)) / np.asarray(network.output.scale)
    return np.asarray(answers, dtype=np.float32)


def rows(air: Atmosphere, names: Sequence[str], lattice: Lattice | None = None) -> Array:
    """(columns * layers, names) what a kernel is asked of every layer: pressure, temperature, mole fractions."""
    found = np.empty((air.columns, air.layers, len(names)))
    for number, name in enumerate(names):
        if name == PRESSURE.name:
            found[..., number] = air.pressure
        elif name == TEMPERATURE.name:
            found[..., number] = air.temperature
        elif name == BETWEEN_TEMPERATURES.name and lattice is not None:
            found[..., number] = lattice.between_temperatures(air.pressure, air.temperature)
        elif name == BETWEEN_AMOUNTS.name and lattice is not None:
            found[..., number] = lattice.between_amounts(air.fractions(("h2o",))[..., 0])
        else:
            found[..., number] = air.fractions((name,))[..., 0]
    return found.reshape(-1, len(names))


def _root(coefficient: NDArray[Any]) -> Array:
    strong = np.maximum(coefficient.astype(np.float64), FAINTEST)
    root: Array = np.sqrt(np.sqrt(strong))
    return root
