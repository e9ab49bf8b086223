"""All faces at once, in the plane: edge-matched flux polygons, in the manner of EMFPA (Lopez et al. 2004).

What passes a face in a step lay, before it, in the polygon between the face and the points from which its two corners'
flow comes. Faces that share a corner share the traced corner too, so neighbouring polygons match and nothing is carried
twice. Traced corners are only nearly right; a fifth point on the middle normal of the traced side gives the polygon the
area of what truly passes, so a zone receives as much as it gives. The polygon is cut exactly against the interface in
all zones that it meets, diagonal neighbours included: one reconstruction a step, no squeezed zones in between.

A zone's four polygons and the zone itself add up to the region that flows into it, an octagon of exactly the zone's
area; octagons of neighbours share sides. As long as none is tangled, fractions stay in [0, 1] by themselves. Where a
flow turns within a zone or a step is long they do tangle: a zone is then asked for more of a material than it holds,
and exchanges what it owes with its neighbours (see mend.py). Every material is kept all the same; the record says how
much was exchanged.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.advection.flow import PlaneFlow
from inloop.hydro.advection.grid import Floats, Grid, background
from inloop.hydro.advection.scheme import Move, Scheme

if TYPE_CHECKING:
    from inloop import mir
    from inloop.hydro.advection.mend import Mender
    from inloop.hydro.advection.rebuild import Rebuilder

_FARTHEST = 2.0  # zone widths that a corner may come from


@dataclass(frozen=True)
class Unsplit(Scheme):
    """One reconstruction a step, exact flux polygons through all faces."""

    name: ClassVar[str] = "unsplit"
    cfl: ClassVar[float] = 1.0

    def refuse(self, move: Move, materials: int) -> None:
        """In the plane, up to one zone's volume through a face."""
        if not isinstance(move.flow, PlaneFlow):
            raise InloopError("the unsplit scheme works in the plane: take the split one")
        through = max(float(np.abs(courant).max()) for courant in move.courant)
        farthest = float(np.abs((traced(move) - _corners(move.grid)) / move.grid.spacing).max())
        if through > 1 + 1e-9 or farthest > _FARTHEST:
            raise InloopError(
                f"{through:.3g} of a zone passes a face in one step, from up to {farthest:.3g} zones away: the unsplit"
                f" scheme takes up to 1 and {_FARTHEST:g}; take a smaller CFL or more steps"
            )

    def step(self, fractions: Floats, move: Move, rebuild: Rebuilder, mend: Mender) -> Floats:
        """Fractions (M, ny, nx) after the step."""
        face = rebuild(fractions)
        corners, came = _corners(move.grid), traced(move)
        labels = face.labels()
        # pure zones exactly so: rounding in them would grow where more than a zone's volume passes
        pure = labels == np.arange(len(fractions)).reshape(-1, 1, 1)
        held = np.where(labels < 0, fractions, pure)
        after = fractions.copy()
        polygons = [flux_polygons(corners, came, move.courant[axis] * move.grid.volume, axis) for axis in (0, 1)]
        quiet = _alone(labels, max(_reach(part, move.grid) for part in polygons), move.grid)
        for axis, courant in enumerate(move.courant):
            after -= np.diff(_passing(held, face, polygons[axis], courant, quiet, axis, move.grid), axis=2 - axis)
        return mend(after)


def traced(move: Move) -> Floats:
    """(ny + 1, nx + 1, 2): where what is at the mesh's corners at the end of the step lay at its start (midpoint
    rule).
    """
    assert isinstance(move.flow, PlaneFlow)
    corners, spacing = _corners(move.grid), move.grid.spacing
    half = corners - move.length / 2 * move.flow.velocity(corners, spacing)
    return corners - move.length * move.flow.velocity(half, spacing)


def flux_polygons(corners: Floats, came: Floats, passing: Floats, axis: int) -> Floats:
    """(..., 5, 2): the flux polygon of every face across an axis, its signed area that which passes in its direction.

    corners, came: (ny + 1, nx + 1, 2), the mesh's corners and where their flow comes from. passing: area, per face.
    """
    low = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
    high = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
    first, last = (low, high) if axis == 0 else (high, low)  # counter-clockwise where the flow runs up the axis
    a, b, b_came, a_came = corners[first], corners[last], came[last], came[first]
    side = a_came - b_came
    d, e = b_came - a, a_came - b  # diagonals: half their cross product is a quadrilateral's area
    area = (d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0]) / 2
    square = (side**2).sum(axis=-1)
    height = 2 * (passing - area) / np.where(square > 0, square, 1.0)
    top = (a_came + b_came) / 2 + height[..., None] * np.stack([side[..., 1], -side[..., 0]], axis=-1)
    return np.stack([a, b, b_came, top, a_came], axis=-2)


def _passing(
    content: Floats,
    face: mir.Interface,
    polygons: Floats,
    courant: Floats,
    quiet: npt.NDArray[np.bool_],
    axis: int,
    grid: Grid,
) -> Floats:
    """(M, faces): the signed volume of each material through the faces across an axis, in zone volumes."""
    along = 1 - axis
    number = np.arange(courant.shape[along])
    below, above = (_nearest(number + k, len(number) - 1, grid.periodic) for k in (-1, 0))
    behind = np.where(courant > 0, *(index[None, :] if axis == 0 else index[:, None] for index in (below, above)))
    held = np.take_along_axis(content, np.broadcast_to(behind, (len(content), *behind.shape)), axis=1 + along)
    passing = np.ascontiguousarray(held * courant)  # right where only one material is near
    still = np.take(quiet, below, axis=along) & np.take(quiet, above, axis=along)
    if grid.periodic:  # the last face is the first
        still[(slice(None), -1) if axis == 0 else (-1, slice(None))] = True
    at = np.flatnonzero(~still)
    if len(at):
        busy = polygons.reshape(-1, 5, 2)[at]
        inside = _inside(face, busy, grid) / grid.volume
        rest = held.reshape(len(held), -1)[:, at]  # rounding: as in the zone behind the face
        if not grid.periodic:
            beyond = ((busy < grid.low) | (busy > grid.high)).any(axis=(1, 2))
            rest[:, beyond] = background(len(held))[:, None]
        inside += rest * (courant.ravel()[at] - inside.sum(axis=0))
        passing.reshape(len(passing), -1)[:, at] = inside
    if grid.periodic:
        if axis == 0:
            passing[:, :, -1] = passing[:, :, 0]
        else:
            passing[:, -1] = passing[:, 0]
    return passing


def _inside(face: mir.Interface, polygons: Floats, grid: Grid) -> Floats:
    """(M, n): areas of the materials in polygons, those beyond a periodic side included."""
    areas = face.inside(polygons)
    if not grid.periodic:
        return areas
    low, high = polygons.min(axis=1), polygons.max(axis=1)
    size = np.array(grid.high) - grid.low
    for shift in itertools.product((-1.0, 0.0, 1.0), repeat=2):
        by = np.array(shift) * size
        meets = ((low + by < grid.high) & (high + by > grid.low)).all(axis=1)
        if any(shift) and meets.any():
            areas[:, meets] += face.inside(polygons[meets] + by)
    return areas


def _corners(grid: Grid) -> Floats:
    """(ny + 1, nx + 1, 2): the mesh's corners."""
    return np.stack(np.meshgrid(*grid.edges), axis=-1)


def _nearest(index: npt.NDArray[np.intp], count: int, periodic: bool) -> npt.NDArray[np.intp]:
    return index % count if periodic else np.clip(index, 0, count - 1)


def _reach(polygons: Floats, grid: Grid) -> int:
    """How many zones beyond those at their face the polygons (ny, nx, 5, 2) meet at most."""
    a, b = polygons[..., 0, :], polygons[..., 1, :]
    low, high = np.minimum(a, b), np.maximum(a, b)
    others = (polygons[..., k, :] for k in range(2, polygons.shape[-2]))
    beyond = max(float((np.maximum(x - high, low - x) / grid.spacing).max()) for x in others)
    return max(math.ceil(beyond - 1e-9), 1)


def _alone(labels: npt.NDArray[np.int16], reach: int, grid: Grid) -> npt.NDArray[np.bool_]:
    """Zones that with all up to `reach` away hold one and the same material and no other."""
    least = most = np.pad(labels, reach, mode="wrap" if grid.periodic else "edge")
    for axis in (0, 1):
        count = labels.shape[axis]
        least, most = (
            extreme.reduce([np.take(array, range(k, k + count), axis=axis) for k in range(2 * reach + 1)])
            for extreme, array in ((np.minimum, least), (np.maximum, most))
        )
    return np.asarray((least >= 0) & (least == most))
