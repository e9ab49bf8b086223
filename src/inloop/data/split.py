"""Training, validation and test sets that share no shape.

Which set a sample belongs to is decided by a hash of what identifies its shape and by nothing else: not by its place in
a file, not by how many others there are. The same shape, however often it is seen and in whatever store, is always in
the same set, so stores can grow and be joined without leakage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inloop.errors import InloopError

SETS = ("train", "validation", "test")

_GOLDEN, _MIX = np.uint64(0x9E3779B97F4A7C15), (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Split:
    """Shares of the three sets; another `salt` gives other sets of the same shares."""

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    salt: int = 0

    def __post_init__(self) -> None:
        shares = (self.train, self.validation, self.test)
        if not all(0 <= share <= 1 for share in shares) or abs(sum(shares) - 1) > 1e-12:
            raise InloopError(f"split: shares are {shares}, expected three from 0 to 1 that sum to 1")

    def of(self, *keys: ArrayLike) -> NDArray[np.int8]:
        """(n,): 0 train, 1 validation, 2 test, for shapes identified by one or more arrays (n,) of whole numbers."""
        mixed = np.atleast_1d(np.asarray(self.salt).astype(np.uint64))
        for key in keys:
            values = np.atleast_1d(np.asarray(key))
            if values.dtype.kind not in "iu" or values.ndim != 1:
                raise InloopError(
                    f"split: a key has type {values.dtype} and shape {values.shape}, expected (n,) whole numbers"
                )
            mixed = _scrambled(mixed ^ values.astype(np.uint64))
        share = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
        steps = np.array([self.train, self.train + self.validation])
        return np.asarray((share[:, None] >= steps).sum(axis=1), dtype=np.int8)

    def where(self, name: str, *keys: ArrayLike) -> NDArray[np.intp]:
        """Ascending positions of the samples of the named set."""
        if name not in SETS:
            raise InloopError(f"split: set {name!r} does not exist: take one of {', '.join(SETS)}")
        return np.flatnonzero(self.of(*keys) == SETS.index(name))


def _scrambled(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One round of the splitmix64 generator: every bit of the result depends on every bit given."""
    bits = bits + _GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX[1]
    return np.asarray(bits ^ (bits >> np.uint64(31)))
