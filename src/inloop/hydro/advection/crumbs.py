"""What a border leaves behind in a zone that it has left: crumbs, which catch up with it after each step.

A line has the last of a material in the corner towards which it moves, so it leaves with the flow. A level set that
neighbours share may have it in the middle of the zone, out of reach; crumbs then trail the border, each of them a mixed
zone. So what a step has left of a crumb follows it, if the flow would have carried it out of the far end of its zone:
a crumb is less than a thousandth of a zone, no more than what left through the face with the strongest outflow, with
more of the material ahead and no more behind. The zone ahead gives what its neighbour has most of, of which it must
have plenty. Volumes are exchanged: nothing is lost, and no fraction leaves [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inloop.hydro.advection.grid import Floats

if TYPE_CHECKING:
    from inloop.hydro.ranks import Part

CRUMB = 1e-3  # of a zone
_WAYS = ((0, 1), (0, -1), (1, 1), (1, -1))  # up and down the axes: x, y


def caught_up(before: Floats, after: Floats, courant: Sequence[Floats], part: Part) -> Floats:
    """Fractions (M, *own zones) in the plane after a step and after what it left of crumbs has followed.

    before, after: the step. courant: for each axis the volume that passed the faces of the own zones across it, in zone
    volumes.
    """
    near, now = part.padded(before, 2), part.padded(after, 2)
    there = part.padded(np.ones(part.own.shape), 2, _nothing) > 0
    leaving = part.padded(np.stack([_leaving(courant[axis], 1 - axis, side) for axis, side in _WAYS]), 1)
    held, left = _shifted(near, 1, 0, 0), _shifted(now, 1, 0, 0)
    most = left.argmax(axis=0)
    plenty = most == np.arange(len(held)).reshape(-1, 1, 1)
    crumb = (held < CRUMB) & (left > 0) & (left <= held) & ~plenty & _shifted(there, 1, 0, 0)
    found = after.copy()
    for number, (axis, side) in enumerate(_WAYS):
        rival = np.delete(leaving, number, axis=0).max(axis=0)
        ahead, behind = (_shifted(near, 1, axis, k * side) for k in (1, -1))
        gives = np.take_along_axis(_shifted(now, 1, axis, side), most[None], axis=0) >= len(_WAYS) * CRUMB
        goes = crumb & (held <= leaving[number]) & (leaving[number] > rival) & (ahead > held) & (behind <= held)
        moved = np.where(goes & gives & _shifted(there, 1, axis, side), left, 0.0)
        moved -= plenty * moved.sum(axis=0)
        found += _shifted(moved, 1, axis, -side) - _shifted(moved, 1, 0, 0)
    return found


def _leaving(courant: Floats, along: int, side: int) -> Floats:
    """(*own zones) what leaves a zone through its face on one side, in zone volumes."""
    through = np.moveaxis(courant, along, 0)
    return np.moveaxis(np.maximum(through[1:] if side > 0 else -through[:-1], 0.0), 0, along)


def _shifted(array: npt.NDArray[Any], ghosts: int, axis: int, by: int) -> npt.NDArray[Any]:
    """(..., ny, nx): without so many layers around, and seen from `by` zones further along an axis (0 is x)."""
    rows, columns = (
        slice(ghosts + k, array.shape[n] - ghosts + k) for n, k in ((-2, by * axis), (-1, by * (1 - axis)))
    )
    return array[..., rows, columns]


def _nothing(array: npt.NDArray[Any], axis: int, side: int, count: int) -> None:
    """Zones beyond a physical side have no crumbs."""
    layers = np.moveaxis(array, axis, 0)
    layers[slice(count) if side == 0 else slice(-count, None)] = 0.0
