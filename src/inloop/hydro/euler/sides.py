"""What lies beyond the sides of the box: the one place where ghost layers are filled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.state import State

RULES = ("reflect", "outflow", "periodic")


@dataclass(frozen=True)
class Sides:
    """The rules beyond (low x, high x, low y, high y); each is one of `RULES` or `Inflow`.

    reflect: a wall without friction. outflow: as in the outermost zone. periodic: what leaves comes in opposite.
    """

    low_x: str | Inflow = "reflect"
    high_x: str | Inflow = "reflect"
    low_y: str | Inflow = "reflect"
    high_y: str | Inflow = "reflect"

    def __post_init__(self) -> None:
        for name, pair in zip("xy", self.pairs, strict=True):
            for side in pair:
                if not isinstance(side, Inflow) and side not in RULES:
                    raise InloopError(f"side along {name} is {side!r}: take one of {', '.join(RULES)}, or an Inflow")
            if pair.count("periodic") == 1:
                raise InloopError(f"side is 'periodic' on one side of {name} only: it must be on both")

    @property
    def pairs(self) -> tuple[tuple[str | Inflow, str | Inflow], tuple[str | Inflow, str | Inflow]]:
        """(low, high) along x, along y."""
        return (self.low_x, self.high_x), (self.low_y, self.high_y)

    @property
    def closed(self) -> bool:
        """Nothing enters, nothing leaves."""
        return all(side in ("reflect", "periodic") for pair in self.pairs for side in pair)

    def fill(self, state: State, layers: int) -> State:
        """The block with so many ghost layers on every side, corners too."""
        values = state.values
        for axis in (0, 1):
            along = 2 - axis
            n = values.shape[along]
            pair = self.pairs[axis]
            source, mirrored = _source(n, layers, pair)
            values = np.take(values, source, axis=along)
            across = np.moveaxis(values, along, -1)  # a view
            across[axis - 2][..., mirrored] *= -1.0
            for side, ghosts in zip(pair, (slice(layers), slice(n + layers, None)), strict=True):
                if isinstance(side, Inflow):
                    across[..., ghosts] = side.values.reshape(-1, 1, 1)
        return State(values)

    def pull(self, n: int, layers: int, axis: int) -> Floats:
        """(n + 2 layers,): the sign of gravity; behind a wall the mirror image falls the other way."""
        return np.where(_source(n, layers, self.pairs[axis])[1], -1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Inflow:
    """A fixed state comes in: `values` (3 M + 2,) laid out as in `State`."""

    values: Floats


WALLS = Sides()


def _source(
    n: int, layers: int, pair: tuple[str | Inflow, str | Inflow]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """For each zone and ghost layer along an axis the zone it copies, and whether it is that zone's mirror image."""
    number = np.arange(-layers, n + layers)
    if pair[0] == "periodic":
        return number % n, np.zeros(len(number), dtype=bool)
    source = np.clip(number, 0, n - 1)
    mirrored = np.zeros(len(number), dtype=bool)
    # between two mirrors every other image is turned
    image = np.minimum(number % (2 * n), (-1 - number) % (2 * n))
    turned = (number // n) % 2 == 1
    for side, beyond in zip(pair, (number < 0, number >= n), strict=True):
        if side == "reflect":
            source = np.where(beyond, image, source)
            mirrored |= beyond & turned
    return source, mirrored
