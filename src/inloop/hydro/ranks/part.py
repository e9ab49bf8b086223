"""One rank's block of a mesh: its zones, the zones around them, and whole arrays from and to all blocks.

A host keeps arrays of its own zones, and asks for those around before it looks at neighbours. The same lines run on one
rank and on many; as long as a zone's result depends on the zones around it alone, they give the same bits:

    part = Part((ny, nx), periodic=False, ranks=ranks_here())
    state = whole[part.here]                               # (fields, *part.own.shape)
    while time < end:
        wide = part.padded(state, 2, mirrored)             # ghosts on all sides, corners too; mirrored() at the walls
        dt = part.ranks.min(cfl * spacing / fastest(wide))
        state = stepped(wide, dt)
        time += dt
    mass = part.ranks.sum(state[0])                        # the same on any number of ranks, to the last bit
    picture = part.gathered(state)                         # the whole mesh on the first rank, None elsewhere
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.ranks.blocks import Box, Region, block, cut, overlaps
from inloop.hydro.ranks.talk import Alone, Array, Ranks

Beyond = Callable[[Array, int, int, int], None]


class _Exchange(NamedTuple):
    """Per rank: where what it sends belongs in the target array, and which zones of the source array it wants."""

    target: Box
    incoming: Mapping[int, list[Region]]
    outgoing: Mapping[int, list[Region]]


class Part:
    """The block of a mesh (ny, nx) or (nz, ny, nx) that belongs to one of the ranks.

    own: its zones. here: the same as slices of an array of the whole mesh. mesh: all zones. blocks: each rank's zones.
    periodic: whether the mesh's ends meet, for all axes or one by one.

    Arrays are (..., *own.shape), of any type, with the same leading axes on all ranks. Methods that return arrays of
    other zones are called by all ranks.
    """

    def __init__(
        self, shape: tuple[int, ...], *, periodic: bool | tuple[bool, ...] = False, ranks: Ranks | None = None
    ) -> None:
        self.shape = shape
        self.ranks = Alone() if ranks is None else ranks
        self.periodic = (periodic,) * len(shape) if isinstance(periodic, bool) else periodic
        if len(self.periodic) != len(shape):
            raise InloopError(f"periodic is {periodic}: expected one value, or one for each of {len(shape)} axes")
        counts = cut(shape, self.ranks.size)
        self.blocks = [block(shape, counts, rank) for rank in range(self.ranks.size)]
        self.mesh = Box((0,) * len(shape), shape)
        self.own = self.blocks[self.ranks.rank]
        self.here = self.own.of(self.mesh)
        self._around = cache(self._exchange_around)

    def nodes(self, axis: int) -> npt.NDArray[np.intp]:
        """(n + 1,): numbers of the own zones' nodes along an axis of arrays; where it is periodic the mesh's last node
        is its first.
        """
        numbers = np.arange(self.own.low[axis], self.own.high[axis] + 1)
        return numbers % self.shape[axis] if self.periodic[axis] else numbers

    def window(self, layers: int) -> Box:
        """The own zones and so many layers around them, none beyond a physical side."""
        return self._window(self.own, layers)

    def around(self, array: Array, layers: int) -> Array:
        """The array on `window(layers)`; the array itself where there is nothing around."""
        self._check(array, self.own)
        exchange = self._around(layers)
        return array if exchange.target == self.own else self._exchanged(array, exchange)

    def padded(self, array: Array, layers: int, beyond: Beyond | None = None) -> Array:
        """The array with `layers` ghosts on every side, corners included.

        beyond(array, axis, side, count): fills the first (side 0) or last (side 1) `count` layers along an axis of an
        array (..., *mesh), those beyond a physical side, from the zones before them; by default with the nearest.
        """
        window, d = self.window(layers), len(self.shape)
        full = Box(tuple(a - layers for a in self.own.low), tuple(b + layers for b in self.own.high))
        padded = np.empty((*array.shape[:-d], *full.shape), array.dtype)
        filled = list(window.of(full))
        padded[tuple(filled)] = self.around(array, layers)
        for axis in range(d):  # each axis fills the corners that it shares with those before
            counts = (window.low[axis] - full.low[axis], full.high[axis] - window.high[axis])
            filled[axis - d] = slice(None)
            for side, count in enumerate(counts):
                if count:
                    (beyond or _extend)(padded[tuple(filled)], axis - d, side, count)
        return padded

    def whole(self, array: Array) -> Array:
        """The array of the whole mesh on every rank; alone, the array itself."""
        self._check(array, self.own)
        return array if self.ranks.size == 1 else self._exchanged(array, self._to(range(self.ranks.size)))

    def gathered(self, array: Array) -> Array | None:
        """The array of the whole mesh on the first rank, None on the others."""
        self._check(array, self.own)
        gathered = array if self.ranks.size == 1 else self._exchanged(array, self._to([0]))
        return gathered if self.ranks.rank == 0 else None

    def scattered(self, whole: Array | None) -> Array:
        """The own zones of an array of the whole mesh that the first rank has; None on the others."""
        first = self.ranks.rank == 0
        if first and whole is not None:
            self._check(whole, self.mesh)
        shape, kind = self.ranks.everyone(None if whole is None else (whole.shape, whole.dtype.str))[0] or ((), "f8")
        lead = shape[: len(shape) - len(self.shape)]
        source = np.empty((*lead, *(0,) * len(self.shape)), kind) if whole is None else whole
        outgoing = {rank: [own.of(self.mesh)] for rank, own in enumerate(self.blocks)} if first else {}
        return self._exchanged(source, _Exchange(self.own, {0: [self.own.of(self.own)]}, outgoing))

    def _window(self, own: Box, layers: int) -> Box:
        sides = zip(own.low, own.high, self.shape, self.periodic, strict=True)
        ends = [(a - layers, b + layers) if p else (max(a - layers, 0), min(b + layers, n)) for a, b, n, p in sides]
        return Box(tuple(low for low, _ in ends), tuple(high for _, high in ends))

    def _exchange_around(self, layers: int) -> _Exchange:
        target, incoming, outgoing = self.window(layers), {}, {}
        for rank, other in enumerate(self.blocks):
            incoming[rank] = [to for to, _ in overlaps(target, other, self.shape, self.periodic)]
            theirs = self._window(other, layers)
            outgoing[rank] = [of for _, of in overlaps(theirs, self.own, self.shape, self.periodic)]
        return _Exchange(target, _some(incoming), _some(outgoing))

    def _to(self, receivers: range | list[int]) -> _Exchange:
        """The whole mesh, to some of the ranks."""
        everything = {rank: [own.of(self.mesh)] for rank, own in enumerate(self.blocks)}
        outgoing = {rank: [self.own.of(self.own)] for rank in receivers}
        if self.ranks.rank in receivers:
            return _Exchange(self.mesh, everything, outgoing)
        return _Exchange(self.own, {}, outgoing)

    def _exchanged(self, source: Array, exchange: _Exchange) -> Array:
        me, lead = self.ranks.rank, source.shape[: source.ndim - len(self.shape)]
        target = np.empty((*lead, *exchange.target.shape), source.dtype)
        sent = {
            rank: np.concatenate([source[of].ravel() for of in pieces])
            for rank, pieces in exchange.outgoing.items()
            if rank != me
        }
        places = {rank: [target[to] for to in pieces] for rank, pieces in exchange.incoming.items() if rank != me}
        wanted = {rank: np.empty(sum(place.size for place in pieces), source.dtype) for rank, pieces in places.items()}
        self.ranks.swap(sent, wanted)
        for to, of in zip(exchange.incoming.get(me, []), exchange.outgoing.get(me, []), strict=True):
            target[to] = source[of]
        for rank, pieces in places.items():
            ends = np.cumsum([place.size for place in pieces])[:-1]
            for place, values in zip(pieces, np.split(wanted[rank], ends), strict=True):
                place[...] = values.reshape(place.shape)
        return target

    def _check(self, array: Array, zones: Box) -> None:
        if array.shape[-len(self.shape) :] != zones.shape:
            raise InloopError(f"array of shape {array.shape}: expected (..., {', '.join(map(str, zones.shape))})")


def _extend(array: Array, axis: int, side: int, count: int) -> None:
    """Layers beyond a side as the nearest one within."""
    layers = np.moveaxis(array, axis, 0)
    if side == 0:
        layers[:count] = layers[count]
    else:
        layers[-count:] = layers[-count - 1]


def _some(pieces: dict[int, list[Region]]) -> dict[int, list[Region]]:
    return {rank: found for rank, found in pieces.items() if found}
