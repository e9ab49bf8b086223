"""A table gas by gas: what a mole of each absorbs, so that the amounts of gases are what they are by law: factors.

As in the table itself, some gases are counted from a reference amount, and no sum counts as below nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inloop.gasoptics.lookup import LookUp
from inloop.gasoptics.table import COMPOSITE, Gas, Table
from inloop.row_network import ONE

Array = NDArray[np.float64]

# Mole fractions, about as they are in air.
USUAL = {"h2o": 1e-3, "o3": 1e-6, "co2": 4e-4, "ch4": 1.8e-6, "n2o": 3.2e-7, "cfc11": 8e-10, "cfc12": 5e-10}


class Apart:
    """Parts of the absorption of air: that of the gases whose amounts are fixed, then that of each other gas."""

    def __init__(self, table: Table) -> None:
        fixed = np.asarray(sum(gas.absorption for gas in table.gases if gas.dependence == "none"))
        others = [gas for gas in table.gases if gas.dependence != "none"]
        single = [gas if gas.fractions is not None else replace(gas, dependence="linear") for gas in others]
        self.amounts = (ONE, *(gas.name for gas in others))
        """What each part is times: 1, and mole fractions."""
        self.counted_from = (0.0, *(gas.reference for gas in others))
        """What is taken from these before: the first part has some of a gas already, where a table says so."""
        self._parts = [LookUp(replace(table, gases=(gas,))) for gas in (Gas(COMPOSITE, "none", fixed), *single)]

    def usual(self) -> Array:
        """(parts,) of what there is about as much in air."""
        return np.array([1.0 if name == ONE else USUAL[name] for name in self.amounts])

    def coefficients(self, pressure: Array, temperature: Array, water: Array) -> NDArray[np.float32]:
        """(rows, parts, terms) absorption in m2 a mole, of air in the first part; water: mole fractions."""
        return np.stack([_coefficients(part, pressure, temperature, water) for part in self._parts], axis=1)


def _coefficients(part: LookUp, pressure: Array, temperature: Array, water: Array) -> NDArray[np.float32]:
    if part.table.gases[0].fractions is None:
        return part.coefficients(pressure, temperature, np.ones((len(pressure), len(part.needed))))
    amount = np.maximum(water, part.table.gases[0].fractions[0])[:, None]  # below, a mole absorbs as there
    return np.asarray(part.coefficients(pressure, temperature, amount) / amount, dtype=np.float32)
