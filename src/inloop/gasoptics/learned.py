"""The learned kernels: bundles of small networks that stand in for a table, on any engine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from inloop.bundle import Bundle
from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.encoding import GASES, rows
from inloop.row_network import RowNetwork

if TYPE_CHECKING:
    from inloop.engines import Settings
    from inloop.engines.rows_kernel import RowsKernel

Array = NDArray[np.float64]

DEPTHS, FRACTIONS = "gasoptics", "gasoptics-planck"  # the two cases of this room's bundles


class LearnedOptics:
    """Optical depths by a network: exp of what it answers, times the moles of air, so positive."""

    def __init__(self, bundle: str | os.PathLike[str], *, engine: str | Settings = "native", threads: int = 1) -> None:
        from inloop.kernel import load

        self.bundle = _of_case(bundle, DEPTHS)
        self._run = cast("RowsKernel", load(bundle, engine=engine, threads=threads))
        stated: Mapping[str, Any] = self.bundle.network
        self._asked = tuple(str(one["name"]) for one in stated["inputs"])
        self.needed: tuple[str, ...] = tuple(name for name in self._asked if name in GASES)
        self.terms = RowNetwork.from_entry(stated, bundle).output.count

    @property
    def name(self) -> str:
        """For tables and pictures."""
        hidden = " x ".join(map(str, self.bundle.network["sizes"][1:-1]))
        return f"learned {hidden}, {self.terms} terms"

    def depth(self, air: Atmosphere) -> NDArray[np.float32]:
        """(columns, layers, terms) optical depth of absorption, straight up."""
        found = self._run(rows(air, self._asked), factor=np.ravel(air.moles))
        return found.reshape(air.columns, air.layers, self.terms)


class LearnedLongwave(LearnedOptics):
    """With what a black body emits: shares of the terms by a second network, which sum to one."""

    def __init__(
        self,
        bundle: str | os.PathLike[str],
        planck: str | os.PathLike[str],
        *,
        engine: str | Settings = "native",
        threads: int = 1,
    ) -> None:
        from inloop.kernel import load

        super().__init__(bundle, engine=engine, threads=threads)
        self.planck = _of_case(planck, FRACTIONS)
        if self.planck.network["sizes"][-1] != self.terms:
            raise InloopError(
                f"{self.planck.path}: shares emission among {self.planck.network['sizes'][-1]} terms,"
                f" {self.bundle.path} has {self.terms}; give bundles of the same table"
            )
        self._shares = load(planck, engine=engine, threads=threads)

    def emission(self, temperature: Array) -> Array:
        """(..., terms) of a black body in W/m2."""
        warm = np.asarray(temperature, dtype=np.float64)
        shares = self._shares(warm.reshape(-1, 1)).astype(np.float64)
        shares /= shares.sum(axis=1, keepdims=True)  # to the last digit of a double, not of a float
        return (shares * emitted(warm.reshape(-1, 1))).reshape(*warm.shape, self.terms)


class LearnedShortwave(LearnedOptics):
    """With sunlight and Rayleigh scattering as the table has them, which stand in the bundle."""

    def __init__(self, bundle: str | os.PathLike[str], *, engine: str | Settings = "native", threads: int = 1) -> None:
        super().__init__(bundle, engine=engine, threads=threads)
        stated = self.bundle.network.get("sun")
        if not isinstance(stated, Mapping):
            raise InloopError(f"{self.bundle.path}: is of the long wave, without sunlight; give a short-wave bundle")
        self.irradiance: Array = np.asarray(stated["irradiance"], dtype=np.float64)
        self.rayleigh: Array = np.asarray(stated["rayleigh"], dtype=np.float64)


_C2 = 1.438776877  # cm K, of Planck's law
_STEFAN = 5.670374419e-8  # W/(m2 K4)
_EDGE = 3260.0  # 1/cm, where the long wave of the tables ends
_SUM = 40  # terms of the series: 1e-16 of the whole at 400 K


def emitted(temperature: Array) -> Array:
    """What a black body emits below 3260 per cm, in W/m2: Planck's law, integrated term by term."""
    x = _C2 * _EDGE / temperature
    n = np.arange(1, _SUM + 1)
    y = n * x[..., None]
    beyond = (
        np.exp(-y) * (x[..., None] ** 3 / n + 3 * x[..., None] ** 2 / n**2 + 6 * x[..., None] / n**3 + 6 / n**4)
    ).sum(-1)
    total: Array = _STEFAN * temperature**4 * (1 - 15 / np.pi**4 * beyond)
    return total


def _of_case(bundle: str | os.PathLike[str], case: str) -> Bundle:
    found = Bundle.load(bundle)
    if found.case != case:
        raise InloopError(f"{found.path}: is of case '{found.case}', expected '{case}'")
    return found
