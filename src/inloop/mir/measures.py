"""How far a reconstruction is from the truth: every figure in a report is one of these.

All of them compare exact geometry with exact geometry: the face's own polygons (polyhedra) and interface against a
shape from `inloop.mir.shapes`. Nothing is rasterised.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.mir.shapes.clip import Array, moments, pad
from inloop.mir.shapes.diagram import Diagram
from inloop.mir.shapes.shape import Shape
from inloop.mir.shapes.solid import Solid

_SAMPLES = 65  # points a stretch of curve; the distances then carry about 1e-4 of themselves in error

_SAME_POINT = 1e-9  # of a zone width

Truth = Shape | Diagram | Solid


class Stretch(Protocol):
    """A piece of interface in one zone: its zone (row, column), material pair and polyline points (k, 2)."""

    @property
    def zone(self) -> tuple[int, ...]:
        """Row and column."""

    @property
    def points(self) -> Array:
        """The polyline (k, 2)."""


class Face(Protocol):
    """What the measures ask of a reconstruction; `mir.reconstruct` returns one."""

    @property
    def materials(self) -> int:
        """Number of materials M."""

    @property
    def dimensions(self) -> int:
        """2 or 3."""

    @property
    def edges(self) -> tuple[Array, ...]:
        """Node coordinates of each axis, x first."""

    @property
    def zones(self) -> NDArray[np.int64]:
        """(n, D): the mixed zones, (row, column) or (layer, row, column)."""

    def labels(self) -> NDArray[np.int16]:
        """The material of each pure zone, -1 where mixed."""

    def polygons(self, material: int) -> Sequence[tuple[tuple[int, ...], Array]]:
        """2D: the mixed zones' polygons of one material."""

    def polyhedra(self, material: int) -> Sequence[tuple[tuple[int, ...], Array, list[NDArray[np.int64]]]]:
        """3D: the mixed zones' convex polyhedra of one material."""

    def segments(self) -> Sequence[Stretch]:
        """2D: the interface, zone by zone."""


class Misplaced(NamedTuple):
    """Areas (volumes in 3D) in the wrong place, and the sizes of their zones, both (n,) over the mixed zones."""

    area: Array
    zone_area: Array


def misplaced(face: Face, truth: Truth) -> Misplaced:
    """Per mixed zone the area of (reconstructed xor true): of material 0 where there are two materials, else half the
    sum over all, so that each misplaced piece counts once.
    """
    return _misplaced(face, truth, _true_fractions(face, truth))


def _misplaced(face: Face, truth: Truth, fractions: Array) -> Misplaced:
    size = _zone_sizes(face)
    error = np.zeros(len(size))
    measured = [0] if face.materials == 2 else range(face.materials)
    true = fractions[(slice(None), *face.zones.T)] * size
    owner_of = {tuple(zone): number for number, zone in enumerate(face.zones.tolist())}
    for material in measured:
        owner, own, common = _overlaps(face, truth, material, owner_of)
        # area of (P xor S) = P + S - 2 (P and S)
        error += true[material] + np.bincount(owner, own - 2 * common, len(size))
    return Misplaced(np.maximum(error, 0.0) / (1 if face.materials == 2 else 2), size)


def symmetric_difference(face: Face, truth: Truth) -> float:
    """The misplaced area in zone areas, mean over the mixed zones; 0 if there are none."""
    area, size = misplaced(face, truth)
    return float(np.mean(area / size)) if len(size) else 0.0


def area_error(face: Face, truth: Truth) -> float:
    """The misplaced area (volume) summed over the mesh, in physical units. Pure zones count with what the truth has of
    other materials there, which is nothing where the fractions were the truth's own.
    """
    fractions = _true_fractions(face, truth)
    labels = face.labels().astype(np.intp)
    right = np.take_along_axis(fractions, np.maximum(labels, 0)[None], axis=0)[0]
    widths = [np.diff(axis) for axis in face.edges[::-1]]
    size = np.ones(())
    for width in widths:
        size = size[..., None] * width
    pure = np.where(labels >= 0, (1.0 - right) * size, 0.0)
    return float(_misplaced(face, truth, fractions).area.sum() + pure.sum())


def gap(face: Face) -> float:
    """Mean gap at the interface's end points, in physical units (2D).

    For each point where the interface in a mixed zone ends on the zone's border, the distance to the nearest end point
    of the interface in the (up to four) mixed zones that share an edge with it; mean over the end points of a zone,
    then over zones. An end point in a corner that meets one of the zone diagonally across has gap zero. End points on
    the mesh's own border, and zones without a mixed neighbour, do not count. The gap of a continuous interface is zero.
    The end points of a zone's interface are those of its polylines; the corners where the pieces of one meet are not.
    """
    if face.dimensions != 2:
        raise InloopError("gap: measured in 2D only; in 3D use face.continuity_error()")
    ends = {zone: _ends(face, zone, lines) for zone, lines in _interface(face).items()}
    near = _SAME_POINT * min(float(np.diff(axis).min()) for axis in face.edges)
    means = []
    for (row, column), here in ends.items():
        beside = _nearest(here, ends, [(row, column - 1), (row, column + 1), (row - 1, column), (row + 1, column)])
        across = _nearest(here, ends, [(row + j, column + i) for j in (-1, 1) for i in (-1, 1)])
        gaps = np.where(across <= near, across, beside)
        if np.isfinite(gaps).any():
            means.append(gaps[np.isfinite(gaps)].mean())
    return float(np.mean(means)) if means else 0.0


def hausdorff(face: Face, truth: Shape) -> float:
    """Mean Hausdorff distance zone by zone, in physical units (2D, two materials).

    In each mixed zone: the larger of the greatest distance from a point of the true border inside the zone to the
    zone's interface and the greatest distance from a point of the zone's interface to the true border inside the zone.
    Mean over the zones that hold both. A zone's interface is all its polylines, of one straight piece (a line a zone)
    or many (a level set); a piece is tried at points no further apart than a straight line's are, ends and corners
    included.
    """
    distances = hausdorff_by_zone(face, truth)
    return float(distances.mean()) if len(distances) else 0.0


def hausdorff_by_zone(face: Face, truth: Shape) -> Array:
    """The distances (n,) of the zones that `hausdorff` averages."""
    if not isinstance(truth, Shape):
        raise InloopError(f"hausdorff: measured against 2D shapes of two materials, not a {type(truth).__name__}")
    pieces = truth.pieces((face.edges[0][0], face.edges[1][0], face.edges[0][-1], face.edges[1][-1]))
    way = truth.course(face.edges)
    border: dict[tuple[int, int], list[Array]] = {}
    for row, column, piece, begin, finish in zip(*(part.tolist() for part in way), strict=True):
        border.setdefault((row, column), []).append(pieces[piece].points(np.linspace(begin, finish, _SAMPLES)))
    distances = []
    for zone, lines in _interface(face).items():
        if zone in border:
            spacing = _longest(face, zone) / (_SAMPLES - 1)
            fine = [_subdivided(line, spacing) for line in lines]
            distances.append(max(_farthest(border[zone], lines), _farthest(fine, border[zone])))
    return np.array(distances)


def _true_fractions(face: Face, truth: Truth) -> Array:
    """(M, ...) whatever the truth's kind; raises InloopError where truth and face cannot be compared."""
    if face.materials != truth.materials:
        raise InloopError(
            f"truth: has {truth.materials} materials, the reconstruction {face.materials}; give the shape it came from"
        )
    if isinstance(truth, Solid) != (face.dimensions == 3):
        raise InloopError(f"truth: a {type(truth).__name__} cannot judge a reconstruction in {face.dimensions}D")
    fractions = truth.fractions(face.edges)
    return fractions if isinstance(truth, Diagram) else np.stack([fractions, 1.0 - fractions])


def _zone_sizes(face: Face) -> Array:
    size = np.ones(len(face.zones))
    for axis, index in zip(face.edges[::-1], face.zones.T, strict=True):
        size *= np.diff(axis)[index]
    return size


def _overlaps(
    face: Face, truth: Truth, material: int, owner_of: dict[tuple[int, ...], int]
) -> tuple[NDArray[np.intp], Array, Array]:
    """The face's pieces of one material: the mixed zone each belongs to, its size, and how much of it is right."""
    if isinstance(truth, Solid):
        solids = [(owner_of[tuple(zone)], (corners, faces)) for zone, corners, faces in face.polyhedra(material)]
        owner = np.array([number for number, _ in solids], dtype=np.intp)
        own = np.array([polyhedron_volume(*solid) for _, solid in solids])
        common = truth.volumes_in([solid for _, solid in solids])
        return owner, own, common if material == 0 else own - common
    flat = [(owner_of[tuple(zone)], corners) for zone, corners in face.polygons(material)]
    owner = np.array([number for number, _ in flat], dtype=np.intp)
    batch = pad([corners for _, corners in flat])
    return owner, moments(batch, batch[:, 0])[0], truth.overlap(batch, material)


def polyhedron_volume(corners: Array, faces: list[NDArray[np.int64]]) -> float:
    """Volume of a polyhedron with corners (n, 3) and outward counter-clockwise faces, by the divergence theorem."""
    here = corners - corners[0]
    volume = 0.0
    for face in faces:
        ring = here[face]
        volume += float(ring[0] @ np.cross(ring[1:-1], ring[2:]).sum(axis=0)) / 6
    return volume


def _interface(face: Face) -> dict[tuple[int, int], list[Array]]:
    lines: dict[tuple[int, int], list[Array]] = {}
    for stretch in face.segments():
        row, column = (int(index) for index in stretch.zone)
        lines.setdefault((row, column), []).append(np.asarray(stretch.points, dtype=np.float64))
    return lines


def _nearest(points: Array, ends: dict[tuple[int, int], Array], zones: list[tuple[int, int]]) -> Array:
    """Distance from each point (k, 2) to the nearest end point in the zones, infinite if there is none."""
    there = np.concatenate([np.empty((0, 2)), *(ends[zone] for zone in zones if zone in ends)])
    return np.asarray(np.linalg.norm(points[:, None] - there, axis=2).min(axis=1, initial=np.inf))


def _ends(face: Face, zone: tuple[int, int], lines: list[Array]) -> Array:
    """The polylines' end points (k, 2) that lie on the zone's border but not on the mesh's."""
    points = np.concatenate([line[[0, -1]] for line in lines])
    on_border, on_rim = np.zeros(len(points), dtype=bool), np.zeros(len(points), dtype=bool)
    for axis, index in ((0, zone[1]), (1, zone[0])):
        nodes = face.edges[axis]
        near = _SAME_POINT * (nodes[index + 1] - nodes[index])
        for side in (nodes[index], nodes[index + 1]):
            on_border |= np.abs(points[:, axis] - side) <= near
        for side in (nodes[0], nodes[-1]):
            on_rim |= np.abs(points[:, axis] - side) <= near
    return np.asarray(points[on_border & ~on_rim])


def _longest(face: Face, zone: tuple[int, int]) -> float:
    """The zone's diagonal: no straight interface is longer."""
    (x, y), (row, column) = face.edges, zone
    return float(np.hypot(x[column + 1] - x[column], y[row + 1] - y[row]))


def _subdivided(line: Array, spacing: float) -> Array:
    """The polyline's points, with as many between them as keep any two at most `spacing` apart; eight steps a piece at
    least.
    """
    steps = np.maximum(np.ceil(np.linalg.norm(np.diff(line, axis=0), axis=1) / spacing), 8).astype(np.intp)
    return np.concatenate(
        [
            p + np.linspace(0.0, 1.0, count + 1)[:, None] * (q - p)
            for (p, q), count in zip(pairwise(line), steps, strict=True)
        ]
    )


def _farthest(points: list[Array], lines: list[Array]) -> float:
    """Greatest distance from one of the points to the nearest point of the polylines."""
    here = np.concatenate(points)[:, None]
    start = np.concatenate([line[:-1] for line in lines])
    along = np.concatenate([np.diff(line, axis=0) for line in lines])
    square = (along**2).sum(axis=1)
    t = np.clip(((here - start) * along).sum(axis=2) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    return float(np.linalg.norm(here - start - t[..., None] * along, axis=2).min(axis=1).max())
