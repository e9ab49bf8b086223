"""One axis after the other, exactly conservative (Weymouth & Yue 2010), for any number of materials.

A sweep along an axis carries through each face what the reconstruction has in the box behind it. Along one axis the
flow squeezes and stretches zones; a term (1 in the zone's most plentiful material, 0 in the others) times the stretch
makes up for that. As the flags stay the same in all sweeps of a step and the stretches of the axes add up to nothing,
the terms cancel: every material is kept. Nothing falls below zero and nothing needs to be cut off: a material without
the flag loses no more than it has; the flagged one is what the others leave, and they hold at most 1 - 1/M at first and
gain no more than what flows in, so all is well while that is at most 1/M of the zone.

The last thousandth of a material leaves a zone with the flow, wherever in the zone the reconstruction has it, once
there is more of it ahead and no more behind: else remnants that are drawn away from a zone's edge would stay for good.
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
    from inloop.hydro.ranks import Part


REMNANT = 1e-3  # of a zone
_AROUND = 2  # layers of zones that a sweep looks at


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
            near = rebuild.near(fractions, _AROUND)
            fractions = sweep(fractions, near, move.courant[axis], axis, flags, mend)
        return fractions


def sweep(
    fractions: Floats, near: Near, courant: Floats, axis: int, flags: npt.NDArray[np.bool_], mend: Mender
) -> Floats:
    """Fractions of a rank's own zones after what passes the faces across one axis (0 is x) has passed them."""
    part = mend.part
    along = len(part.shape) - 1 - axis  # of the arrays
    through = np.moveaxis(courant, along, -1)
    sides = np.stack([through[..., :-1], through[..., 1:]])
    sides = part.around(np.ascontiguousarray(np.moveaxis(sides, -1, 1 + along)), _AROUND)
    passing = _passing(near, through, sides, along, part)
    mend.note_leaving(np.moveaxis(passing, -1, 1 + along), 1 + along)
    stretch = np.moveaxis(flags, 1 + along, -1) * np.diff(through, axis=-1)
    after = np.moveaxis(fractions, 1 + along, -1) - np.diff(passing, axis=-1) + stretch
    return mend(np.ascontiguousarray(np.moveaxis(after, -1, 1 + along)))


def _passing(near: Near, through: Floats, sides: Floats, along: int, part: Part) -> Floats:
    """(M, ..., n + 1): the signed volume of each material through each face, in zone volumes; swept axis last.

    sides: (2, *zones around), what passes the low and the high face of each.
    """
    around = part.window(_AROUND)
    known = around.of(near.box)
    first = [a - b for a, b in zip(part.own.low, around.low, strict=True)]
    beside = list(part.own.of(around))
    beside[1 + along] = slice(None)
    before = np.moveaxis(near.fractions[known][tuple(beside)], 1 + along, -1)
    labels = np.moveaxis(near.face.labels()[known][tuple(beside)], along, -1)
    sides = np.moveaxis(sides[tuple(beside)], 1 + along, -1)
    number = np.arange(through.shape[-1]) + first[along]
    behind = np.where(through > 0, number - 1, number)  # the zone that gives
    outside = (behind < 0) | (behind == before.shape[-1])
    behind = np.clip(behind, 0, before.shape[-1] - 1)
    held = _taken(before, behind)
    held[:, outside] = background(len(before))[:, None]
    passing = np.ascontiguousarray(held * through)
    mixed = np.take_along_axis(labels < 0, behind, axis=-1)
    at = np.flatnonzero(mixed & ~outside & (through != 0))
    if len(at) == 0:
        return passing
    zones = np.stack(np.unravel_index(at, through.shape), axis=1)
    zones = np.insert(zones[:, :-1], along, behind.ravel()[at], axis=1)
    shift = [a - b for a, b in zip(around.low, near.box.low, strict=True)]
    zones += [k + (0 if axis == along else f) for axis, (k, f) in enumerate(zip(shift, first, strict=True))]
    signed = through.ravel()[at]
    share = near.face.share(zones, _boxes(signed, len(first), along))
    most, every = share.argmax(axis=0), np.arange(len(zones))
    more = held.reshape(len(share), -1)[:, at] - share  # of a remnant
    more[~_remnants(before, held, behind, through, sides).reshape(len(share), -1)[:, at]] = 0
    more[most, every] = 0
    share += np.where(more.sum(axis=0) <= share[most, every], more, 0.0)
    # 1 - (1 - c) is c to rounding only; what is left of the box goes to what fills most of it
    share[most, every] += np.abs(signed) - share.sum(axis=0)
    passing.reshape(len(passing), -1)[:, at] = share * np.sign(signed)
    return passing


def _boxes(signed: Floats, d: int, along: int) -> Floats:
    """(n, 2 d): what lies behind faces that a signed share of a zone passes, in the zone's units."""
    boxes = np.tile(np.repeat([0.0, 1.0], d), (len(signed), 1))
    axis = d - 1 - along
    boxes[:, axis] = np.where(signed > 0, 1 - signed, 0.0)
    boxes[:, d + axis] = np.where(signed > 0, 1.0, -signed)
    return boxes


def _remnants(
    before: Floats, held: Floats, behind: npt.NDArray[np.intp], through: Floats, sides: Floats
) -> npt.NDArray[np.bool_]:
    """(M, ..., n + 1): whether the zone behind a face holds the last of a material, with more of it ahead and no more
    behind, and loses nothing on its other side.
    """
    up = through > 0
    ahead, back = (_taken(before, behind + k * np.where(up, 1, -1)) for k in (1, -1))
    low, high = _taken(sides, behind)
    kept = np.where(up, low >= 0, high <= 0)
    return np.asarray((held < REMNANT) & (held <= np.abs(through)) & (ahead > held) & (held >= back) & kept)


def _taken(before: Floats, zone: npt.NDArray[np.intp]) -> Floats:
    """(..., n + 1): of the zones with these numbers along the last axis, or the nearest."""
    numbers = np.clip(zone, 0, before.shape[-1] - 1)
    return np.take_along_axis(before, np.broadcast_to(numbers, (len(before), *numbers.shape)), axis=-1)
