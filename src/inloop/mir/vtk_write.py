"""Write a reconstruction for ParaView and VisIt: the interface as .vtp, the material pieces as .vtu.

Both are VTK XML files of version 1.0 with one appended block of zlib-compressed arrays. The interface is polylines in
2D and convex polygons in 3D, one cell a zone and pair of materials. The pieces are polygons or polyhedra of the mixed
zones and, whole, the pure zones, so that they tile the mesh; `material`, `zone` and `mixed` are cell data.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.mir.face_arrays import face_arrays
from inloop.writing import whole_file

if TYPE_CHECKING:
    from inloop.mir.interface import Interface

Array = NDArray[Any]

_TYPES = {"f4": "Float32", "f8": "Float64", "i8": "Int64", "i4": "Int32", "u1": "UInt8", "i2": "Int16"}
_BLOCK = 1 << 20
_POLYGON, _PIXEL, _VOXEL, _POLYHEDRON = 7, 8, 11, 42


def write_face(face: Interface, path: str | os.PathLike[str], *, pure: bool = True) -> None:
    """Write `face` to `path`: .vtp, the interface; .vtu, the material pieces, with the pure zones if `pure`."""
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in (".vtp", ".vtu"):
        raise InloopError(
            f"{file}: cannot write VTK as '{suffix}'; give .vtp (the interface) or .vtu (material pieces)"
        )
    with whole_file(file) as stream:
        arrays = face_arrays(face)
        if suffix == ".vtp":
            _write_interface(stream, face, arrays)
        else:
            _write_pieces(stream, face, arrays, pure)


def _write_interface(stream: BinaryIO, face: Interface, arrays: dict[str, Array]) -> None:
    lines = face.dimensions == 2
    points, offsets = _in_space(arrays["interface_points"]), arrays["interface_offsets"]
    count = len(offsets) - 1
    document = _Document("PolyData", face.method)
    piece = {"NumberOfPoints": len(points), "NumberOfLines": count * lines, "NumberOfPolys": count * (not lines)}
    document.open("Piece", NumberOfVerts=0, NumberOfStrips=0, **piece)
    document.section("Points", {"Points": points})
    corners = {"connectivity": np.arange(len(points)), "offsets": offsets[1:]}
    document.section("Lines" if lines else "Polys", corners)
    zones, pair = arrays["interface_zone"], arrays["interface_materials"]
    document.section("CellData", {"zone": _flat(zones, face.shape), "zone_index": zones, "materials": pair})
    document.write(stream)


def _write_pieces(stream: BinaryIO, face: Interface, arrays: dict[str, Array], pure: bool) -> None:
    flat = face.dimensions == 2
    points, offsets = _in_space(arrays["piece_points"]), arrays["piece_offsets"]
    count = len(offsets) - 1
    corners = [np.arange(len(points))]
    ends, materials, zones = [offsets[1:]], [arrays["piece_material"]], [_flat(arrays["piece_zone"], face.shape)]
    types = [np.full(count, _POLYGON if flat else _POLYHEDRON, dtype=np.uint8)]
    mixed = [np.ones(count, dtype=np.uint8)]
    if pure:
        labels = arrays["labels"].ravel()
        whole = np.flatnonzero(labels >= 0)
        nodes, boxes = _whole_zones(face.edges, whole, face.shape)
        corners.append(boxes.ravel() + len(points))
        ends.append(len(points) + boxes.shape[1] * np.arange(1, len(whole) + 1))
        materials.append(labels[whole])
        zones.append(whole)
        types.append(np.full(len(whole), _PIXEL if flat else _VOXEL, dtype=np.uint8))
        mixed.append(np.zeros(len(whole), dtype=np.uint8))
        points = np.concatenate([points, nodes])
    zone = np.concatenate(zones)
    cells = {"connectivity": np.concatenate(corners), "offsets": np.concatenate(ends), "types": np.concatenate(types)}
    if not flat:
        cells |= _polyhedron_faces(arrays, len(zone))
    document = _Document("UnstructuredGrid", face.method)
    document.open("Piece", NumberOfPoints=len(points), NumberOfCells=len(zone))
    document.section("Points", {"Points": points})
    document.section("Cells", cells)
    index = np.stack(np.unravel_index(zone, face.shape), axis=-1)
    data = {"material": np.concatenate(materials).astype(np.int32), "zone": zone, "zone_index": index}
    document.section("CellData", data | {"mixed": np.concatenate(mixed)})
    document.write(stream)


def _in_space(points: Array) -> Array:
    """(n, 2) or (n, 3) as (n, 3): VTK has no points in the plane."""
    return np.pad(points, ((0, 0), (0, 3 - points.shape[1])))


def _flat(zones: Array, shape: tuple[int, ...]) -> Array:
    return np.asarray(np.ravel_multi_index(tuple(zones.T), shape), dtype=np.int64)


def _whole_zones(edges: tuple[Array, ...], zones: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Nodes of the mesh that `zones` (flat) need, and per zone its corners, x fastest, as in VTK's pixel and voxel."""
    steps = np.stack(np.unravel_index(zones, shape), axis=-1)
    corner = np.stack(np.unravel_index(np.arange(2 ** len(shape)), (2,) * len(shape)), axis=-1)
    counts = tuple(n + 1 for n in shape)
    boxes = np.ravel_multi_index(tuple(np.moveaxis(steps[:, None] + corner, -1, 0)), counts)
    used, boxes = np.unique(boxes, return_inverse=True)
    place = np.unravel_index(used, counts)[::-1]
    nodes = np.stack([np.asarray(edge)[at] for edge, at in zip(edges, place, strict=True)], axis=-1)
    return _in_space(nodes), boxes.reshape(len(zones), -1)


def _polyhedron_faces(arrays: dict[str, Array], cells: int) -> dict[str, Array]:
    """VTK's face stream, per polyhedron (faces, then each face's corner count and corners), and where each ends."""
    first_point = arrays["piece_offsets"][:-1]
    by_piece, by_face = arrays["piece_face_offsets"], arrays["face_offsets"]
    piece_of_face = np.repeat(np.arange(len(by_piece) - 1), np.diff(by_piece))
    sizes = np.diff(by_face)
    corners = arrays["face_corners"] + np.repeat(first_point[piece_of_face], sizes)
    counts = np.diff(by_piece)
    length = 1 + counts + by_face[by_piece[1:]] - by_face[by_piece[:-1]]
    ends = np.cumsum(length)
    stream = np.full(int(ends[-1]) if len(ends) else 0, -1, dtype=np.int64)
    stream[ends - length] = counts
    # a face's count stands after those of all faces and corners before it, and of all pieces up to its own
    at = by_face[:-1] + np.arange(len(sizes)) + piece_of_face + 1
    stream[at] = sizes
    stream[stream < 0] = corners
    faceoffsets = np.full(cells, -1, dtype=np.int64)
    faceoffsets[: len(ends)] = ends
    return {"faces": stream, "faceoffsets": faceoffsets}


class _Document:
    """One VTK XML file in the making: the elements, and the arrays they refer to by offset."""

    def __init__(self, kind: str, method: str) -> None:
        order = "LittleEndian" if sys.byteorder == "little" else "BigEndian"
        self._kind, self._offset = kind, 0
        self._blocks: list[bytes] = []
        self._lines = [
            '<?xml version="1.0"?>',
            f"<!-- material interface reconstruction, method {method}, written by inloop -->",
            f'<VTKFile type="{kind}" version="1.0" byte_order="{order}" header_type="UInt64"'
            ' compressor="vtkZLibDataCompressor">',
            f"<{kind}>",
        ]

    def open(self, tag: str, **attributes: int) -> None:
        self._lines.append(f"<{tag} " + " ".join(f'{key}="{int(value)}"' for key, value in attributes.items()) + ">")

    def section(self, tag: str, arrays: dict[str, Array]) -> None:
        """One element holding `arrays`, each (n,) or (n, components)."""
        self._lines.append(f"<{tag}>")
        for name, values in arrays.items():
            components = values.shape[1] if values.ndim == 2 else 1
            kind = _TYPES[values.dtype.str[1:]]
            self._lines.append(
                f'<DataArray Name={quoteattr(name)} type="{kind}" NumberOfComponents="{components}" format="appended"'
                f' offset="{self._offset}"/>'
            )
            for block in _compressed(values):
                self._blocks.append(block)
                self._offset += len(block)
        self._lines.append(f"</{tag}>")

    def write(self, stream: BinaryIO) -> None:
        head = [*self._lines, "</Piece>", f"</{self._kind}>", '<AppendedData encoding="raw">', "_"]
        stream.write("\n".join(head).encode())
        for block in self._blocks:
            stream.write(block)
        stream.write(b"\n</AppendedData>\n</VTKFile>\n")


def _compressed(values: Array) -> Iterator[bytes]:
    """VTK's layout: number of blocks, size of a block and of the last if shorter, packed sizes; then the blocks."""
    view = np.ascontiguousarray(values).reshape(-1).view(np.uint8).data
    blocks = [zlib.compress(view[at : at + _BLOCK], 1) for at in range(0, len(view), _BLOCK)]
    header = [len(blocks), _BLOCK, len(view) % _BLOCK, *map(len, blocks)] if blocks else [0, 0, 0]
    yield np.array(header, dtype=np.uint64).tobytes()
    yield from blocks
