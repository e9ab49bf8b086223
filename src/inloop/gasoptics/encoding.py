"""What the networks see and say: logarithms of what air is made of, and a root of the absorption of a mole of it.

Optical depth is moles of air times an absorption coefficient, and only the latter is learned. It spans many powers of
ten: its fourth root is learned, and the fourth power of whatever the network says is never below zero. Shifts and
scales come from the table's own axes, not from samples, so that a network's numbers mean the same in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.gasoptics.apart import USUAL, Apart
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.lookup import LookUp
from inloop.row_network import RowInput, RowNetwork, RowOutput

Array = NDArray[np.float64]

FAINTEST = 3e-12  # m2/mol: less absorbs a millionth in the whole atmosphere
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


def row_network(
    optics: LookUp, hidden: tuple[int, ...], *, apart: bool = True, hats: tuple[int, int, int] = (0, 0, 0)
) -> RowNetwork:
    """The network of a table: from pressure, temperature and mole fractions to absorption in m2/mol of air.

    apart: it answers gas by gas, seeing of amounts that of water alone, and by law each answer is times the amount of
    its gas. hats: points of pressure, temperature and water that it is shown the nearness of. Middle and spread of each
    answer are taken over all pressures, temperatures and amounts of water of the table.
    """
    axes = (optics.table.pressure, np.array([180.0, 220.0, 260.0, 300.0]), np.geomspace(1e-6, 3e-2, 8))
    at, warm, wet = (axis.ravel() for axis in np.meshgrid(*axes, indexing="ij"))
    fractions = np.stack([wet if gas == "h2o" else np.full_like(at, USUAL[gas]) for gas in optics.needed], axis=-1)
    parts = Apart(optics.table) if apart else None
    root = _roots(optics, parts, at, warm, fractions)
    shift, scale = root.mean(axis=0), np.maximum(root.std(axis=0), _NARROWEST)
    gases = {name: RowInput(name=name, seen=False) if apart else GASES[name] for name in optics.needed}
    water = next(gas.fractions for gas in optics.table.gases if gas.fractions is not None)
    gases["h2o"] = _along(GASES["h2o"], water, hats[2])
    pressure, temperature = _along(PRESSURE, optics.table.pressure, hats[0]), replace(TEMPERATURE, hats=hats[1])
    inputs = (pressure, temperature, *gases.values())
    return RowNetwork(
        inputs=inputs,
        sizes=(sum(one.features for one in inputs), *hidden, root.shape[1]),
        output=RowOutput(
            transform="power4",
            shift=tuple(shift.tolist()),
            scale=tuple(scale.tolist()),
            amounts=parts.amounts if parts else (),
            counted_from=parts.counted_from if parts else (),
            least=FAINTEST if parts else None,
        ),
    )


def target(network: RowNetwork, optics: LookUp, asked: Array) -> NDArray[np.float32]:
    """What the network is to give for rows (n, inputs), (n, outputs): before shift, scale and the fourth power."""
    pressure, temperature = (np.ascontiguousarray(asked[:, k]) for k in (0, 1))
    parts = Apart(optics.table) if network.output.amounts else None
    root = _roots(optics, parts, pressure, temperature, asked[:, 2 : 2 + len(optics.needed)])
    return np.asarray((root - np.asarray(network.output.shift)) / np.asarray(network.output.scale), dtype=np.float32)


def rows(air: Atmosphere, names: Sequence[str]) -> Array:
    """(columns * layers, names) what a kernel is asked of every layer: pressure, temperature, mole fractions."""
    found = np.empty((air.columns, air.layers, len(names)))
    for number, name in enumerate(names):
        if name == PRESSURE.name:
            found[..., number] = air.pressure
        elif name == TEMPERATURE.name:
            found[..., number] = air.temperature
        else:
            found[..., number] = air.fractions((name,))[..., 0]
    return found.reshape(-1, len(names))


def _along(one: RowInput, axis: Array, hats: int) -> RowInput:
    """The same input, seen from the first point of an axis to the last."""
    ends = RowInput.between(one.name, axis[0], axis[-1], transform=one.transform, hats=hats)
    return replace(ends, least=one.least)


def _roots(optics: LookUp, parts: Apart | None, pressure: Array, temperature: Array, fractions: Array) -> Array:
    """(rows, outputs) fourth roots of absorption in m2 a mole: of air, or of one gas after the other."""
    coefficient: NDArray[Any]
    if parts:
        coefficient = parts.coefficients(pressure, temperature, fractions[:, optics.needed.index("h2o")])
        faintest: float | Array = FAINTEST / parts.usual()[:, None]
    else:
        coefficient, faintest = optics.coefficients(pressure, temperature, fractions), FAINTEST
    strong = np.maximum(coefficient.astype(np.float64), faintest)
    root: Array = np.sqrt(np.sqrt(strong))
    return root.reshape(len(pressure), -1)
