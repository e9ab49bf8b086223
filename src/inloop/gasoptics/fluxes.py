"""What a radiation solver gives: fluxes through the faces of the layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fluxes:
    """(columns, layers + 1) in W/m2, from the top down; of all terms together."""

    up: Array
    down: Array
    direct: Array | None = None
    """Of `down`, what comes straight from the sun; short wave only."""

    @property
    def net(self) -> Array:
        """Downwards."""
        return self.down - self.up
