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

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.hydro.advection.crumbs import caught_up
from inloop.hydro.advection.flow import PlaneFlow
from inloop.hydro.advection.grid import Floats, background
from inloop.hydro.advection.scheme import Move, Scheme

if TYPE_CHECKING:
    from inloop.hydro.advection.mend import Mender
    from inloop.hydro.advection.rebuild import Near, Rebuilder
    from inloop.hydro.ranks import Part

_FARTHEST = 2.0  # zone widths that a corner may come from
_ENDS = (np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 0.0]]))  # of the faces across x, y


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
        farthest = float(np.abs(drift(move, move.grid.part())).max())
        if through > 1 + 1e-9 or farthest > _FARTHEST:
            raise InloopError(
                f"{through:.3g} of a zone passes a face in one step, from up to {farthest:.3g} zones away: the unsplit"
                f" scheme takes up to 1 and {_FARTHEST:g}; take a smaller CFL or more steps"
            )

    def step(self, fractions: Floats, move: Move, rebuild: Rebuilder, mend: Mender) -> Floats:
        """Fractions (M, *own zones) after the step."""
        part = rebuild.part
        came = drift(move, part)
        polygons = [flux_polygons(came, move.courant[axis], axis) for axis in (0, 1)]
        reach = int(part.ranks.max(max(_reach(shapes, axis) for axis, shapes in enumerate(polygons))))
        near = rebuild.near(fractions, reach + 1)
        labels = near.face.labels()
        # pure zones exactly so: rounding in them would grow where more than a zone's volume passes
        pure = labels == np.arange(len(fractions)).reshape(-1, 1, 1)
        near = near._replace(fractions=np.where(labels < 0, near.fractions, pure))
        quiet = _alone(labels, reach)
        after = fractions.copy()
        for axis, courant in enumerate(move.courant):
            passing = _passing(near, polygons[axis], courant, quiet, axis, part)
            mend.note_leaving(passing, 2 - axis)
            after -= np.diff(passing, axis=2 - axis)
        return mend(caught_up(fractions, after, move.courant, part))


def drift(move: Move, part: Part) -> Floats:
    """(ny + 1, nx + 1, 2), in zone widths: from the corners of a rank's zones to where what is there at the end of the
    step lay at its start (midpoint rule).
    """
    assert isinstance(move.flow, PlaneFlow)
    spacing = move.grid.spacing
    nodes = [edges[part.nodes(1 - axis)] for axis, edges in enumerate(move.grid.edges)]
    corners = np.stack(np.meshgrid(*nodes), axis=-1)
    half = corners - move.length / 2 * move.flow.velocity(corners, spacing)
    return -move.length * move.flow.velocity(half, spacing) / spacing


def flux_polygons(came: Floats, courant: Floats, axis: int) -> Floats:
    """(..., 5, 2): the flux polygon of every face across an axis, its signed area that which passes in its direction.

    In zone widths from the low corner of the zone above each face: the same polygon anywhere in the mesh is the same to
    the last bit. came: (ny + 1, nx + 1, 2), from the corners to where their flow comes from. courant: area, per face.
    """
    low = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
    high = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
    first, last = (low, high) if axis == 0 else (high, low)  # counter-clockwise where the flow runs up the axis
    a, b = (np.broadcast_to(end, came[first].shape) for end in _ENDS[axis])
    a_came, b_came = a + came[first], b + came[last]
    side = a_came - b_came
    d, e = b_came - a, a_came - b  # diagonals: half their cross product is a quadrilateral's area
    area = (d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0]) / 2
    square = (side**2).sum(axis=-1)
    height = 2 * (courant - area) / np.where(square > 0, square, 1.0)
    top = (a_came + b_came) / 2 + height[..., None] * np.stack([side[..., 1], -side[..., 0]], axis=-1)
    return np.stack([a, b, b_came, top, a_came], axis=-2)


def _passing(
    near: Near, polygons: Floats, courant: Floats, quiet: npt.NDArray[np.bool_], axis: int, part: Part
) -> Floats:
    """(M, faces): the signed volume of each material through the faces across an axis, in zone volumes."""
    along = 1 - axis
    first = [a - b for a, b in zip(part.own.low, near.box.low, strict=True)]
    beside = list(part.own.of(near.box))
    beside[1 + along] = slice(None)
    upper = np.arange(courant.shape[along]) + first[along]  # the zone above each face
    below = np.maximum(upper - 1, 0)  # at a physical side it is the one above
    above = np.minimum(upper, near.box.shape[along] - 1)
    behind = np.where(courant > 0, *(number if axis == 0 else number[:, None] for number in (below, above)))
    held = np.take_along_axis(near.fractions[tuple(beside)], behind[None], axis=1 + along)
    passing = held * courant  # right where only one material is near
    quiet = quiet[tuple(beside)]
    at = np.nonzero(~(np.take(quiet, below, axis=along) & np.take(quiet, above, axis=along)))
    if len(at[0]):
        shapes, zones = polygons[at], np.stack(at, axis=1) + np.array(first)
        beyond = zones[:, along] - above[at[along]]
        zones[:, along] -= beyond
        shapes[..., axis] += beyond[:, None]
        inside = near.face.inside(shapes, zones)
        rest = held[:, at[0], at[1]]  # rounding: as in the zone behind the face
        rest[:, _leaves(shapes, zones + np.array(near.box.low), part)] = background(len(held))[:, None]
        passing[:, at[0], at[1]] = inside + rest * (courant[at] - inside.sum(axis=0))
    return passing


def _leaves(polygons: Floats, zones: npt.NDArray[np.intp], part: Part) -> npt.NDArray[np.bool_]:
    """Which of the polygons reach beyond a physical side."""
    low = -zones[:, None, ::-1]
    beyond = (polygons < low) | (polygons > low + np.array(part.shape[::-1]))
    return np.asarray((beyond & ~np.array(part.periodic[::-1])).any(axis=(1, 2)))


def _reach(polygons: Floats, axis: int) -> int:
    """How many zones beyond those at their face the polygons (ny, nx, 5, 2) meet at most."""
    beyond = 0.0
    for k, (low, high) in enumerate(np.sort(_ENDS[axis], axis=0).T):
        traced = polygons[..., 2:, k]
        beyond = max(beyond, float(traced.max()) - high, low - float(traced.min()))
    return max(math.ceil(beyond - 1e-9), 1)


def _alone(labels: npt.NDArray[np.int16], reach: int) -> npt.NDArray[np.bool_]:
    """Zones that with all up to `reach` away hold one and the same material and no other."""
    least = most = np.pad(labels, reach, mode="edge")
    for axis in (0, 1):
        count = labels.shape[axis]
        least, most = (
            extreme.reduce([np.take(array, range(k, k + count), axis=axis) for k in range(2 * reach + 1)])
            for extreme, array in ((np.minimum, least), (np.maximum, most))
        )
    return np.asarray((least >= 0) & (least == most))
