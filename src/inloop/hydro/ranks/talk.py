"""What ranks say to each other: arrays to some, small values to all. Alone there is nothing to say.

Sums are exact: each rank adds its values without any rounding, as a few numbers whose sum is theirs, and all of these
together are rounded once. The result is the same to the last bit however the values are spread.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError

Array = npt.NDArray[Any]
Value = TypeVar("Value")
_FAR = 900  # binary exponents where splitting numbers is safe
_LAUNCHED = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS")  # how many ranks a launcher started


class Ranks(ABC):
    """The ranks of a run, seen from one of them. Every method is called by all of them, in the same order."""

    rank: int
    size: int

    @abstractmethod
    def swap(self, sent: Mapping[int, Array], wanted: Mapping[int, Array]) -> None:
        """Send flat arrays to ranks, and fill those wanted from ranks; sizes and types are known to both ends."""

    @abstractmethod
    def everyone(self, value: Value) -> list[Value]:
        """The small values that the ranks have, by rank."""

    @abstractmethod
    def guarded(self) -> contextlib.AbstractContextManager[None]:
        """A block in which an error of one rank ends all, instead of leaving the others waiting for it."""

    def agreed(self, act: Callable[[], Value]) -> Value:
        """What a call returns on this rank; if bad input or a full disk stops it on one rank, it is told on all."""
        wrong, done = None, None
        try:
            done = act()
        except InloopError as error:
            wrong = error
        told = [message for message in self.everyone("" if wrong is None else str(wrong)) if message]
        if told:
            raise wrong or InloopError(told[0])
        return cast(Value, done)

    def max(self, value: float) -> float:
        """The largest of the ranks' values."""
        return max(self.everyone(value))

    def min(self, value: float) -> float:
        """The smallest of them."""
        return min(self.everyone(value))

    def any(self, value: bool) -> bool:
        """Whether it is true on one rank."""
        return any(self.everyone(bool(value)))

    def sums(self, rows: Array | Iterable[Array]) -> npt.NDArray[np.float64]:
        """Per row the sum of all values that the ranks have, rounded once."""
        spread = self.everyone([_parts(np.asarray(row, dtype=np.float64)) for row in rows])
        return np.array([math.fsum(itertools.chain(*parts)) for parts in zip(*spread, strict=True)])

    def sum(self, values: npt.ArrayLike) -> float:
        """The sum of all values, rounded once."""
        return float(self.sums([np.asarray(values)])[0])


class Alone(Ranks):
    """One rank."""

    rank, size = 0, 1

    def swap(self, sent: Mapping[int, Array], wanted: Mapping[int, Array]) -> None:
        """To itself."""
        for rank, array in wanted.items():
            array[:] = sent[rank]

    def everyone(self, value: Value) -> list[Value]:
        """Its own."""
        return [value]

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Errors are the caller's."""
        yield


def ranks_here() -> Ranks:
    """All ranks that a launcher such as mpirun started with this one; alone without a launcher."""
    if all(os.environ.get(name, "1") == "1" for name in _LAUNCHED):
        return Alone()
    from inloop.hydro.ranks.mpi import Mpi

    return Mpi()


def _parts(values: npt.NDArray[np.float64]) -> list[float]:
    """A few numbers with exactly the same sum: what is left of the values is cut again and again, at a digit so high
    that the cut off pieces add up without rounding.
    """
    parts: list[float] = []
    rest = values[values != 0]
    while len(rest):
        largest = float(np.abs(rest).max())
        digit = math.frexp(largest)[1] + len(rest).bit_length() + 1
        if not (math.isfinite(largest) and abs(digit) < _FAR):
            return [*parts, *rest.tolist()]
        coarse = math.ldexp(1.5, digit)  # 52 bits below this is the last digit that a sum with it has
        cut = (rest + coarse) - coarse
        parts.append(float(cut.sum()))
        rest -= cut
        rest = rest[rest != 0]
    return parts
