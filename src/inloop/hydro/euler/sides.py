"""What lies beyond the sides of the box: the one place where ghost layers are filled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.state import State
from inloop.hydro.ranks import Array, Part, Ranks

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

    def part(self, shape: tuple[int, ...], ranks: Ranks | None = None) -> Part:
        """This rank's block of a mesh (ny, nx); None: all of it."""
        return Part(shape, periodic=tuple("periodic" in pair for pair in self.pairs[::-1]), ranks=ranks)

    def fill(self, state: State, layers: int, part: Part | None = None) -> State:
        """The block with so many ghost layers on every side, corners too. part: whose block it is; None: the mesh is
        one block. Called by all ranks.
        """
        part = self.part(state.values.shape[1:]) if part is None else part
        return State(part.padded(state.values, layers, partial(self._beyond, part.shape)))

    def pull(self, n: int, layers: int, axis: int) -> Floats:
        """(n + 2 layers,): the sign of gravity; behind a wall the mirror image falls the other way."""
        return np.where(_source(np.arange(-layers, n + layers), n, self.pairs[axis])[1], -1.0, 1.0)

    def origin(self, number: int, n: int, axis: int) -> int:
        """The zone along an axis of n that one of this number copies, if it lies beyond a side."""
        return int(_source(np.array([number]), n, self.pairs[axis])[0][0])

    def _beyond(self, shape: tuple[int, ...], values: Array, along: int, side: int, count: int) -> None:
        """Fill the outermost layers at a side of the mesh, as `Part.padded` asks for it."""
        axis, n = -1 - along, shape[along]
        pair = self.pairs[axis]
        across = np.moveaxis(values, along, -1)  # a view
        ghosts = slice(count) if side == 0 else slice(-count, None)
        beyond = pair[side]
        if isinstance(beyond, Inflow):
            across[..., ghosts] = beyond.values.reshape(-1, 1, 1)
            return
        number = np.arange(-count, 0) if side == 0 else np.arange(n, n + count)
        first = -count if side == 0 else n + count - across.shape[-1]
        source, mirrored = _source(number, n, pair)
        across[..., ghosts] = across[..., source - first]
        across[axis - 2][..., ghosts] *= np.where(mirrored, -1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Inflow:
    """A fixed state comes in: `values` (3 M + 2,) laid out as in `State`."""

    values: Floats


WALLS = Sides()


def _source(
    number: npt.NDArray[np.intp], n: int, pair: tuple[str | Inflow, str | Inflow]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """For numbers along an axis of n zones, some beyond it, which zone each copies, and whether as a mirror image."""
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
