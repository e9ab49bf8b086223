"""A reconstruction as plain arrays, for files: lists of polygons become one array of points and one of offsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from inloop.mir.interface import Interface


def ragged(rows: Sequence[NDArray[Any]], columns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Arrays (k_i, columns) of any lengths as offsets (n + 1,) and one array (sum k_i, columns)."""
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    return offsets, np.concatenate(rows, dtype=np.float64) if rows else np.empty((0, columns))


def face_arrays(face: Interface) -> dict[str, NDArray[Any]]:
    """A reconstruction as plain arrays: what `files.save_face` stores.

    `x`, `y`[, `z`]: node coordinates. `labels`: the material of each pure zone, -1 where mixed. `zones` (n, D) and
    `fractions` (n, M): the mixed zones.

    The material pieces: `piece_zone` (p, D), `piece_material` (p,), and the corners of piece i
    `piece_points[piece_offsets[i] : piece_offsets[i + 1]]`. In 3D its faces are those from `piece_face_offsets[i]` to
    `piece_face_offsets[i + 1]`, and the corners of face j `face_corners[face_offsets[j] : face_offsets[j + 1]]`,
    counted from the piece's first point.

    The interface: `interface_zone` (s, D), `interface_materials` (s, 2), `interface_offsets`, `interface_points`
    likewise: polylines in 2D, convex polygons in 3D.
    """
    flat = face.dimensions == 2
    d = face.dimensions
    pieces: list[tuple[tuple[int, ...], int, NDArray[Any], Sequence[NDArray[Any]]]] = []
    for material in range(face.materials):
        if flat:
            pieces += [(zone, material, points, ()) for zone, points in face.polygons(material)]
        else:
            pieces += [(zone, material, points, faces) for zone, points, faces in face.polyhedra(material)]
    surface = face.segments() if flat else face.facets()
    arrays: dict[str, NDArray[Any]] = {
        **dict(zip("xyz", (np.asarray(edge) for edge in face.edges), strict=False)),
        "labels": np.asarray(face.labels()),
        "zones": np.asarray(face.zones, dtype=np.int64),
        "fractions": np.asarray(face.fractions),
        "piece_zone": np.array([piece[0] for piece in pieces], dtype=np.int64).reshape(-1, d),
        "piece_material": np.array([piece[1] for piece in pieces], dtype=np.int64),
        "interface_zone": np.array([part.zone for part in surface], dtype=np.int64).reshape(-1, d),
        "interface_materials": np.array([part.materials for part in surface], dtype=np.int64).reshape(-1, 2),
    }
    arrays["piece_offsets"], arrays["piece_points"] = ragged([piece[2] for piece in pieces], d)
    arrays["interface_offsets"], arrays["interface_points"] = ragged([part.points for part in surface], d)
    if not flat:
        faces = [np.asarray(corners, dtype=np.int64).reshape(-1, 1) for piece in pieces for corners in piece[3]]
        arrays["piece_face_offsets"] = np.cumsum([0] + [len(piece[3]) for piece in pieces], dtype=np.int64)
        arrays["face_offsets"], corners = ragged(faces, 1)
        arrays["face_corners"] = corners.ravel().astype(np.int64)
    return arrays
