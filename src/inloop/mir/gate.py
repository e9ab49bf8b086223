"""The gate of the learned reconstruction: zones whose network is not trusted keep ELVIRA's line.

It decides before level sets are averaged at the vertices that zones share and before areas are made exact, so material
is kept and the border is whole whatever it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop import _core
from inloop.errors import InloopError
from inloop.gate import Calibration
from inloop.mir.layers import Layers

WORSE_BY, WORSE_THAN = 1e-4, 1.1
MEANING = (
    f"a mixed zone whose symmetric difference exceeds {WORSE_THAN} times that of ELVIRA's line, shared"
    f" and projected alike, by more than {WORSE_BY} of the zone"
)
_PREFIX = "gate."


@dataclass(frozen=True)
class Gate:
    """Which zones to trust: so many that at most the share `worse` of them is worse than ELVIRA's line (`MEANING`)."""

    worse: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.worse <= 1:
            raise InloopError(f"gate: worse is {self.worse}, expected a share from 0 to 1, such as 0.01")


@dataclass(frozen=True)
class Judge:
    """What a bundle carries to answer that: a network that scores each view of a zone, and its calibration."""

    network: Layers
    """58 values to 1: the logarithm of the odds that the zone is worse."""
    calibration: Calibration

    def core(self, gate: Gate) -> _core.Gate:
        """The native core's gate with the limit that keeps the promise."""
        return _core.Gate(self.network.core, self.calibration.promise(gate.worse).limit)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """What a bundle stores among its arrays: "gate.layers.0.weight", ..."""
        return self.network.arrays(_PREFIX)

    def about(self) -> dict[str, Any]:
        """What it stores as JSON."""
        return self.calibration.to_dict()

    @classmethod
    def from_bundle(cls, arrays: Mapping[str, Any], about: Mapping[str, Any]) -> Judge:
        """The judge again."""
        return cls(Layers.from_arrays(arrays, _PREFIX), Calibration.from_dict(about))


def is_worse(error: NDArray[np.floating[Any]], elvira: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Which symmetric differences are worse than ELVIRA's (`MEANING`)."""
    return np.asarray(error > WORSE_THAN * elvira + WORSE_BY)
