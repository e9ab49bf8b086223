"""Specks of material: none is made, and none is left behind, that is smaller than it is worth following.

What changes hands is volume for volume with the material that fills most of the box, so boxes stay full, and every
material moves with its own density: nothing is lost and no pressure changes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inloop.hydro.advection.grid import Floats

TRACE = 1e-6  # of a zone's volume


def settled(has: Floats, shares: Floats, sizes: Floats) -> Floats:
    """Volumes (2, M, n) of materials in the boxes at the low and the high end of zones that have `has` (M, n).

    shares: (2, M, n) the same before. sizes: (2, n) what the boxes measure; what rounding misses goes to what fills
    most of them.
    """
    zone = np.arange(has.shape[1])
    both = shares.sum(axis=0)
    boxes = shares * np.where(both > has, has / np.where(both > 0, both, 1.0), 1.0)
    most = boxes.argmax(axis=1)
    rest = has - boxes.sum(axis=0)
    for box, size, j in zip(boxes, sizes, most, strict=True):
        missing = size - box.sum(axis=0)
        short = rest[j, zone] < missing  # more than rounding: the method does not keep volumes
        spread = np.where(short, missing / np.where(short, rest.sum(axis=0), 1.0), 0.0) * rest
        box += spread
        rest -= spread
        missing[short] = 0.0
        box[j, zone] += missing
        rest[j, zone] -= missing
    for k in range(len(has)):
        for box, j in zip(boxes, most, strict=True):  # a speck would enter
            gives = np.where((box[k] < TRACE) & (j != k) & (rest[j, zone] >= box[k]), box[k], 0.0)
            _exchange(box, rest, k, j, -gives)
        larger = boxes[1][k] > boxes[0][k]
        for box, j, chosen in zip(boxes, most, (~larger, larger), strict=True):  # a speck would stay
            speck = chosen & (box[k] > 0) & (np.abs(rest[k]) < TRACE) & (j != k) & (box[j, zone] > 2 * TRACE)
            _exchange(box, rest, k, j, np.where(speck, rest[k], 0.0))
    return boxes


def _exchange(box: Floats, rest: Floats, k: int, j: npt.NDArray[np.intp], amount: Floats) -> None:
    """More of material k in the box, as much less of the material j that fills most of it."""
    zone = np.arange(box.shape[1])
    box[k] += amount
    rest[k] -= amount
    box[j, zone] -= amount
    rest[j, zone] += amount
