"""The result of a reconstruction: exact geometry in physical coordinates, and the measures that it is judged by."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from inloop import _core
from inloop.errors import InloopError
from inloop.mir.mesh import Mesh
from inloop.mir.method import Method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from inloop._core import Face2, Face3
    from inloop.mir.gate import Gate

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Zone = tuple[int, ...]


class Errors(NamedTuple):
    """Mean and maximum of a measure."""

    mean: float
    max: float


class Segment(NamedTuple):
    """A polyline of the interface in one zone; materials[0] lies on its left."""

    zone: Zone
    materials: tuple[int, int]
    points: Floats


class Facet(NamedTuple):
    """A convex polygon of the interface in one zone, counter-clockwise seen from materials[1]."""

    zone: Zone
    materials: tuple[int, int]
    points: Floats


class Normals(NamedTuple):
    """Unit vectors out of a material, one a mixed zone and material present: zones (n, D), materials (n,), (n, D)."""

    zones: Integers
    materials: npt.NDArray[np.int16]
    vectors: Floats


class Tears(NamedTuple):
    """Edges between mixed zones whose sides disagree: over which share of the edge, and its corners in space.

    2D: lengths in zone widths (t,), points (t, 2, 2). 3D: areas in zone faces (t,), points (t, 4, 3).
    """

    lengths: Floats
    points: Floats


TORN = 1e-12  # a smaller disagreement is rounding


class Interface:
    """The interface that `mir.reconstruct` returns; see docs/arrays for layouts."""

    def __init__(self, core: Face2 | Face3, method: Method, mesh: Mesh, threads: int, gate: Gate | None = None) -> None:
        self._core = core
        self.gate = gate
        self.mesh = mesh
        self._threads = threads
        self.strategy = method
        self.method = method.name
        self.materials: int = core.materials
        self.dimensions = mesh.dimensions
        self.shape = mesh.shape
        self.edges: tuple[Floats, ...] = tuple(mesh.nodes)
        self.zones: Integers = core.zones()

    def __repr__(self) -> str:
        size = " x ".join(str(n) for n in self.shape)
        return f"<Interface by {self.method}: {size} zones, {self.materials} materials, {len(self.zones)} mixed>"

    @property
    def fractions(self) -> Floats:
        """(n, M) fractions of the mixed zones as they were reconstructed."""
        return self._core.fractions()

    @property
    def rejected(self) -> npt.NDArray[np.bool_]:
        """(n,): mixed zones in which a gate put the classical line in the network's place; none without a gate."""
        return self._core.rejected()

    @property
    def accepted(self) -> float:
        """Share of the mixed zones whose method was trusted; one without a gate, or without mixed zones."""
        return 1.0 - float(self.rejected.mean()) if len(self.zones) else 1.0

    def labels(self) -> npt.NDArray[np.int16]:
        """The material of each pure zone, -1 where zones are mixed; the mesh's shape."""
        return self._core.labels()

    def coverage(self, k: int) -> Floats:
        """(M, ny k, nx k) or (M, nz k, ny k, nx k): exact share of each of a zone's k^D sub-zones."""
        if not isinstance(k, (int, np.integer)) or k < 1:
            raise InloopError(f"coverage: k is {k!r}, expected a whole number of at least 1")
        return self._core.coverage(int(k), self._threads)

    def share(self, zones: npt.ArrayLike, boxes: npt.ArrayLike) -> Floats:
        """(M, n): how much of each material lies in boxes of zones, as a fraction of the zone's area or volume.

        zones: (n, D) integers, (row, column) or (layer, row, column); pure ones too.
        boxes: (n, 2 D), the low corner then the high one, (x0, y0, x1, y1) or (x0, y0, z0, x1, y1, z1), in units of the
            zone from its low corner, in [0, 1].
        """
        d = self.dimensions
        where = np.asarray(zones)
        box = np.ascontiguousarray(boxes, dtype=np.float64)
        if where.ndim != 2 or where.shape[1] != d or where.dtype.kind not in "iu":
            raise InloopError(f"share: zones have shape {where.shape}, type {where.dtype}: expected (n, {d}) integers")
        if box.shape != (len(where), 2 * d):
            raise InloopError(f"share: boxes have shape {box.shape}: expected ({len(where)}, {2 * d})")
        if len(where) and ((where < 0).any() or (where >= np.array(self.shape)).any()):
            wrong = where[((where < 0) | (where >= np.array(self.shape))).any(axis=1)][0]
            raise InloopError(f"share: zone {tuple(wrong.tolist())} lies outside the mesh {self.shape}")
        if not ((box >= 0) & (box <= 1)).all() or (box[:, :d] > box[:, d:]).any():
            raise InloopError("share: boxes must lie in [0, 1] with their low corner first")
        flat = np.ravel_multi_index(tuple(where.T), self.shape).astype(np.int64)
        return self._core.share(flat, box, self._threads)

    def inside(self, polygons: npt.ArrayLike, zones: npt.ArrayLike | None = None) -> Floats:
        """2D: (M, n): the area of each material in polygons (n, k, 2), physical, of any shape.

        Polygons of fewer than k corners repeat one. A part that a polygon goes round clockwise counts negative, one
        that it goes round twice counts twice; what lies beyond the mesh does not count.

        zones: (n, 2) integers, (row, column): each polygon is given in units of this zone from its low corner, and so
        is its area. For meshes of equal zones; the result then does not depend on where the zone lies in the mesh.
        """
        self._only(2, "inside", "share")
        given = np.ascontiguousarray(polygons, dtype=np.float64)
        if given.ndim != 3 or given.shape[1] < 3 or given.shape[2] != 2:
            raise InloopError(
                f"inside: polygons have shape {given.shape}: expected (n, k, 2) with three corners at least"
            )
        if not np.isfinite(given).all():
            raise InloopError("inside: polygons have a corner that is not finite")
        from_zones = None if zones is None else self._equal_zones(np.asarray(zones), len(given))
        return _core.areas_in(cast("Face2", self._core), given, from_zones, self._threads)

    def polygons(self, material: int) -> list[tuple[Zone, Floats]]:
        """2D: the material's exact pieces in the mixed zones, ((row, column), vertices (n, 2)), counter-clockwise."""
        self._only(2, "polygons", "polyhedra")
        zones, start, points, _, _, _ = self._core.pieces(self._material(material))
        places = map(tuple, zones.tolist())
        return [(place, points[a:b]) for place, a, b in zip(places, start[:-1], start[1:], strict=True)]

    def polyhedra(self, material: int) -> list[tuple[Zone, Floats, list[Integers]]]:
        """3D: the material's convex pieces: (zone, vertices (n, 3), faces as vertex numbers, outward anticlockwise)."""
        self._only(3, "polyhedra", "polygons")
        zones, start, points, face_start, loop_start, loop = self._core.pieces(self._material(material))
        pieces = []
        for p, place in enumerate(map(tuple, zones.tolist())):
            faces = [loop[loop_start[k] : loop_start[k + 1]] for k in range(face_start[p], face_start[p + 1])]
            pieces.append((place, points[start[p] : start[p + 1]], faces))
        return pieces

    def segments(self) -> list[Segment]:
        """2D: the interface, one polyline for each stretch between two materials of a zone."""
        self._only(2, "segments", "facets")
        zones, pairs, _, points = self._core.outline()
        ends = points.reshape(-1, 2, 2)
        found: dict[tuple[Zone, tuple[int, int]], list[Floats]] = {}
        for place, pair, line in zip(map(tuple, zones.tolist()), map(tuple, pairs.tolist()), ends, strict=True):
            found.setdefault((place, pair), []).append(line)
        return [Segment(*key, line) for key, lines in found.items() for line in _joined(lines)]

    def facets(self) -> list[Facet]:
        """3D: the interface, one convex polygon for each piece between two materials of a zone."""
        self._only(3, "facets", "segments")
        zones, pairs, start, points = self._core.outline()
        parts = zip(map(tuple, zones.tolist()), map(tuple, pairs.tolist()), start[:-1], start[1:], strict=True)
        return [Facet(place, pair, points[a:b]) for place, pair, a, b in parts]

    def normals(self) -> Normals:
        """Unit vectors out of each material present in each mixed zone."""
        return Normals(*self._core.normals())

    def tears(self) -> Tears:
        """The torn edges: those between mixed zones whose sides disagree over more than rounding."""
        zones, axes, shares = self._core.tears(self._threads)
        torn = shares > TORN
        d = self.dimensions
        corners = np.empty((int(torn.sum()), 2 if d == 2 else 4, d))
        for t, (zone, axis) in enumerate(zip(zones[torn], axes[torn], strict=True)):
            index = zone[::-1]  # x first
            low = np.array([self.edges[a][index[a]] for a in range(d)])
            high = np.array([self.edges[a][index[a] + 1] for a in range(d)])
            low[axis] = high[axis]
            others = [a for a in range(d) if a != axis]
            corners[t] = low
            corners[t, 1, others[0]] = high[others[0]]
            if d == 3:
                corners[t, 2, others] = high[others]
                corners[t, 3, others[1]] = high[others[1]]
        return Tears(shares[torn], corners)

    def continuity_error(self) -> Errors:
        """Over every edge between two mixed zones, the share of its length (3D: area) on which its sides disagree."""
        shares = self._core.tears(self._threads)[2]
        return Errors(float(shares.mean()), float(shares.max())) if len(shares) else Errors(0.0, 0.0)

    def conservation_error(self) -> Errors:
        """Over every mixed zone, the largest |area of a material - its fraction|, in zone areas."""
        errors = self._core.conservation(self._threads)
        return Errors(float(errors.mean()), float(errors.max())) if len(errors) else Errors(0.0, 0.0)

    def to_vtk(self, path: str | os.PathLike[str]) -> None:
        """Write the interface (.vtp) or the materials' pieces (.vtu) for ParaView."""
        from inloop.mir.vtk_write import write_face

        write_face(self, path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to .npz or .h5."""
        from inloop.mir.files import save_face

        save_face(self, path)

    def plot(self, ax: Axes, **options: Any) -> None:
        """Draw zones, materials, interface and torn edges; options as for `inloop.mir.picture.draw_face`."""
        from inloop.mir.picture import draw_face

        draw_face(self, ax, **options)

    def _equal_zones(self, zones: npt.NDArray[Any], count: int) -> Integers:
        """Their flat numbers, on a mesh where they are of one size."""
        if any((width != width[0]).any() for width in self.mesh.widths):
            raise InloopError("inside: polygons counted from zones need a mesh of equal zones; leave zones=None")
        if zones.shape != (count, 2) or zones.dtype.kind not in "iu":
            raise InloopError(f"inside: zones have shape {zones.shape}: expected ({count}, 2) integers")
        if ((zones < 0) | (zones >= np.array(self.shape))).any():
            raise InloopError(f"inside: a zone lies outside the mesh {self.shape}")
        return np.asarray(np.ravel_multi_index(tuple(zones.T), self.shape), dtype=np.int64)

    def _only(self, dimensions: int, name: str, instead: str) -> None:
        if self.dimensions != dimensions:
            raise InloopError(f"{name} is for {dimensions}D: this interface is {self.dimensions}D, use {instead}")

    def _material(self, material: int) -> int:
        if not isinstance(material, (int, np.integer)) or not 0 <= material < self.materials:
            raise InloopError(f"material is {material!r}: expected 0..{self.materials - 1}")
        return int(material)


def _joined(lines: Sequence[Floats]) -> list[Floats]:
    """Straight pieces of one interface put end to end where they meet (equal to rounding)."""
    if len(lines) == 1:
        return [lines[0]]
    size = max(float(np.abs(line).max()) for line in lines)
    near = 1e-9 * max(size, 1e-300)
    chains = [list(line) for line in lines]
    grown = True
    while grown:
        grown = False
        for a in range(len(chains)):
            for b in range(len(chains)):
                if a != b and np.abs(chains[a][-1] - chains[b][0]).max() <= near:
                    chains[a].extend(chains[b][1:])
                    del chains[b]
                    grown = True
                    break
            if grown:
                break
    return [np.array(chain) for chain in chains]
