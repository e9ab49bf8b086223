"""Samples as a `Source`: arrays in memory, a part of a store on disk."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.case import Batch, Part
from inloop.data import Samples, Split
from inloop.errors import InloopError
from inloop.training.config import to_dict


class Rows:
    """Samples held in memory, of which `gather` makes a batch of any rows."""

    def __init__(self, rows: NDArray[np.int64], gather: Callable[[NDArray[np.int64]], Batch]) -> None:
        """Take the rows that are the samples, in the order in which they are stored."""
        self.rows, self._gather = rows, gather

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.rows)

    def batches(
        self, size: int, *, seed: int, epoch: int, start: int = 0, rank: int = 0, ranks: int = 1
    ) -> Iterator[Batch]:
        """Yield one epoch's batches in the order that (seed, epoch) gives; see `inloop.case.Source`."""
        order = np.random.default_rng([seed, epoch]).permutation(self.rows)
        for first in range(start * size, len(self) - size + 1, size):
            yield self._gather(order[first + rank : first + size : ranks])

    def in_order(self, size: int) -> Iterator[Batch]:
        """Yield all samples once, unshuffled."""
        for first in range(0, len(self), size):
            yield self._gather(self.rows[first : first + size])


class Arrays(Rows):
    """Named arrays with the number of the sample first."""

    def __init__(self, **arrays: NDArray[np.generic]) -> None:
        lengths = {name: len(array) for name, array in arrays.items()}
        if not lengths or len(set(lengths.values())) > 1:
            raise InloopError(f"arrays: lengths {lengths or 'of nothing'}; give arrays with as many samples each")
        self.arrays = arrays
        length = next(iter(lengths.values()))
        super().__init__(np.arange(length), lambda rows: {name: array[rows] for name, array in arrays.items()})

    @property
    def about(self) -> Mapping[str, Any]:
        """Names and a hash of all values."""
        digest = hashlib.sha256()
        for name, array in sorted(self.arrays.items()):
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return {"arrays": sorted(self.arrays), "sha256": digest.hexdigest()}


class Stored:
    """One part of a store: the samples to train on, to choose weights by, or to report on."""

    def __init__(
        self,
        samples: Samples,
        part: Part,
        *,
        names: Sequence[str],
        split: Split | None = None,
        most: int | None = None,
    ) -> None:
        """Read these fields of it; split: other shares than the usual. most: no more samples than these, the first."""
        self._samples, self._part, self._names, self._split = samples, part, list(names), split or Split()
        self._rows = samples.rows(part, self._split)[:most]
        self._most = most
        if not len(self._rows):
            raise InloopError(f"{samples.path}: has no samples for {part}; make more")

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._rows)

    @property
    def about(self) -> Mapping[str, Any]:
        """The store's recipe and seed, and which part of how many samples this is."""
        layout = self._samples.layout
        whole = {"recipe": self._samples.recipe, "seed": layout.seed, "count": layout.count}
        return {
            **whole,
            "part": self._part,
            "split": to_dict(self._split),
            **({} if self._most is None else {"most": self._most}),
        }

    def batches(
        self, size: int, *, seed: int, epoch: int, start: int = 0, rank: int = 0, ranks: int = 1
    ) -> Iterator[Batch]:
        """Yield one epoch's batches in the order that (seed, epoch) gives; what comes before `start` is read over."""
        stream = self._samples.batches(
            size, rows=self._rows, names=self._names, seed=seed, epoch=epoch, rank=rank, ranks=ranks, drop_last=True
        )
        yield from itertools.islice(stream, start, None)

    def in_order(self, size: int) -> Iterator[Batch]:
        """Yield all samples once, unshuffled."""
        yield from self._samples.batches(size, rows=self._rows, names=self._names)
