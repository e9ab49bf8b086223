"""One axis after the other, exactly conservative (Weymouth & Yue 2010), for any number of materials.

A sweep along an axis carries through each face what the reconstruction has in the box behind it. Along one axis the
flow squeezes and stretches zones; a term (1 in the zone's most plentiful material, 0 in the others) times the stretch
makes up for that. As the flags stay the same in all sweeps of a step and the stretches of the axes add up to nothing,
the terms cancel: every material is kept. Nothing falls below zero and nothing needs to be cut off: a material without
the flag loses no more than it has; the flagged one is what the others leave, and they hold at most 1 - 1/M at first and
gain no more than what flows in, so all is well while that is at most 1/M of the zone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.advection.grid import Floats, background
from inloop.hydro.advection.scheme import Move, Scheme, courant_sum

if TYPE_CHECKING:
    from inloop.hydro.advection.mend import Mender
    from inloop.hydro.advection.rebuild import Near, Rebuilder
    from inloop.hydro.ranks import Box


@dataclass(frozen=True)
class Split(Scheme):
    """Sweeps along the axes, in all orders by turns; a reconstruction before each."""

    name: ClassVar[str] = "split"
    cfl: ClassVar[float] = 0.25

    def refuse(self, move: Move, materials: int) -> None:
        """The Courant sum is bounded by one over the number of materials."""
        total = courant_sum(move.courant)
        if total > (1 + 1e-9) / materials:
            raise InloopError(
                f"a zone takes in {total:.3g} of its volume in one step: the split scheme keeps the fractions of"
                f" {materials} materials in [0, 1] up to {1 / materials:.3g}; take a smaller CFL or more steps"
            )

    def step(self, fractions: Floats, move: Move, rebuild: Rebuilder, mend: Mender) -> Floats:
        """Fractions (M, *own zones) after the step."""
        d = move.grid.dimensions
        orders = list(itertools.permutations(range(d)))
        flags = np.arange(len(fractions)).reshape(-1, *(1,) * d) == fractions.argmax(axis=0)
        for axis in orders[move.number % len(orders)]:
            near = rebuild.near(fractions, 1)
            fractions = mend(sweep(fractions, near, move.courant[axis], axis, flags, rebuild.part.own))
        return fractions


def sweep(fractions: Floats, near: Near, courant: Floats, axis: int, flags: npt.NDArray[np.bool_], own: Box) -> Floats:
    """Fractions of a rank's own zones after what passes the faces across one axis (0 is x) has passed them."""
    along = len(own.low) - 1 - axis  # of the arrays
    through = np.moveaxis(courant, along, -1)
    passing = _passing(near, through, along, own)
    stretch = np.moveaxis(flags, 1 + along, -1) * np.diff(through, axis=-1)
    after = np.moveaxis(fractions, 1 + along, -1) - np.diff(passing, axis=-1) + stretch
    return np.ascontiguousarray(np.moveaxis(after, -1, 1 + along))


def _passing(near: Near, through: Floats, along: int, own: Box) -> Floats:
    """(M, ..., n + 1): the signed volume of each material through each face, in zone volumes; swept axis last."""
    first = [a - b for a, b in zip(own.low, near.box.low, strict=True)]
    beside = list(own.of(near.box))
    beside[1 + along] = slice(None)
    before = np.moveaxis(near.fractions[tuple(beside)], 1 + along, -1)
    labels = np.moveaxis(near.face.labels()[tuple(beside)], along, -1)
    number = np.arange(through.shape[-1]) + first[along]
    behind = np.where(through > 0, number - 1, number)  # the zone that gives
    outside = (behind < 0) | (behind == before.shape[-1])
    behind = np.clip(behind, 0, before.shape[-1] - 1)
    held = np.take_along_axis(before, np.broadcast_to(behind, (len(before), *behind.shape)), axis=-1)
    held[:, outside] = background(len(before))[:, None]
    passing = np.ascontiguousarray(held * through)
    mixed = np.take_along_axis(labels < 0, behind, axis=-1)
    at = np.flatnonzero(mixed & ~outside & (through != 0))
    if len(at) == 0:
        return passing
    zones = np.stack(np.unravel_index(at, through.shape), axis=1)
    zones = np.insert(zones[:, :-1], along, behind.ravel()[at], axis=1)
    zones += [0 if axis == along else k for axis, k in enumerate(first)]
    d = len(first)
    signed = through.ravel()[at]
    boxes = np.tile(np.repeat([0.0, 1.0], d), (len(zones), 1))
    axis = d - 1 - along
    boxes[:, axis] = np.where(signed > 0, 1 - signed, 0.0)
    boxes[:, d + axis] = np.where(signed > 0, 1.0, -signed)
    share = near.face.share(zones, boxes)
    # 1 - (1 - c) is c to rounding only; what is left of the box goes to what fills most of it
    share[share.argmax(axis=0), np.arange(len(zones))] += np.abs(signed) - share.sum(axis=0)
    passing.reshape(len(passing), -1)[:, at] = share * np.sign(signed)
    return passing
