"""The eight motions of the square, on arrays whose last two axes are rows and columns, and permutations of materials.

Motion m = 4 t + 2 v + h, in this order: mirror the columns if h, mirror the rows if v, then exchange rows and columns
if t. Zones, sub-zones and vertices move alike, so a motion of the fractions goes with that of the coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError

Scalar = TypeVar("Scalar", bound=np.generic)

MOTIONS = range(8)
"""All motions; 0 leaves everything in place."""


def move(array: NDArray[Scalar], motion: int) -> NDArray[Scalar]:
    """The array (..., n, n) after a motion, as a view; of (..., rows, columns) motions 4 to 7 exchange the sizes."""
    exchange, mirror_rows, mirror_columns = _parts(motion)
    if array.ndim < 2:
        raise InloopError(f"array has shape {array.shape}: a motion needs rows and columns as its last two axes")
    if mirror_columns:
        array = array[..., ::-1]
    if mirror_rows:
        array = array[..., ::-1, :]
    return array.swapaxes(-1, -2) if exchange else array


def compose(first: int, then: int) -> int:
    """The motion that does what `first` and afterwards `then` do."""
    t1, v1, h1 = _parts(first)
    t2, v2, h2 = _parts(then)
    # Behind an exchange, what mirrored rows mirrors columns.
    v2, h2 = (h2, v2) if t1 else (v2, h2)
    return 4 * (t1 ^ t2) + 2 * (v1 ^ v2) + (h1 ^ h2)


def inverse(motion: int) -> int:
    """The motion that undoes it."""
    return next(other for other in MOTIONS if compose(motion, other) == 0)


def positions(motion: int, rows: int, columns: int) -> NDArray[np.intp]:
    """Where each entry of the moved array comes from: `move(a, m).ravel() == a.ravel()[positions(m, *a.shape)]`.

    For arrays of other libraries, whose last two axes are flattened to one.
    """
    return np.ascontiguousarray(move(np.arange(rows * columns).reshape(rows, columns), motion)).ravel()


def matrix(motion: int) -> NDArray[np.float64]:
    """(2, 2): what the motion does to vectors (x, y), x along columns and y along rows."""
    exchange, mirror_rows, mirror_columns = _parts(motion)
    mirrored = np.diag([1.0 - 2 * mirror_columns, 1.0 - 2 * mirror_rows])
    return mirrored[::-1].copy() if exchange else mirrored


def permute(array: NDArray[Scalar], order: Sequence[int], axis: int) -> NDArray[Scalar]:
    """The array with its materials, along `axis`, in another order: entry k becomes what was entry order[k]."""
    count = array.shape[axis]
    if sorted(order) != list(range(count)):
        raise InloopError(f"order is {list(order)}: expected each of the material numbers 0..{count - 1} once")
    return np.asarray(np.take(array, list(order), axis=axis))


def _parts(motion: Any) -> tuple[int, int, int]:
    if motion not in MOTIONS:
        raise InloopError(f"motion is {motion!r}: expected a whole number from 0 to 7")
    return motion >> 2 & 1, motion >> 1 & 1, motion & 1
