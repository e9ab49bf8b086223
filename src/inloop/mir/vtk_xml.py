"""VTK XML files, .vti and .vtr: elements that describe the mesh, arrays as text, base64 or appended bytes."""

from __future__ import annotations

import base64
import binascii
import itertools
import lzma
import re
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from inloop.mir.vtk_grid import FormatError, Grid, axis_of, numbers, sized, uniform

_XML_TYPES = {
    "Int8": "i1", "UInt8": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4",
    "Int64": "i8", "UInt64": "u8", "Float32": "f4", "Float64": "f8",
}  # fmt: skip


def read_xml(data: bytes) -> Grid:
    """The mesh and cell arrays in the bytes of an XML file."""
    head, appended = _split_appended(data)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise FormatError("declares XML entities, which no VTK writer does; check where it comes from")
    try:
        root = ElementTree.fromstring(head)
    except ElementTree.ParseError as error:
        raise FormatError(f"is damaged or truncated XML ({error}); write it again") from error
    kind = root.get("type", "")
    mesh = root.find(kind) if kind in ("ImageData", "RectilinearGrid") else None
    if mesh is None:
        raise FormatError(f"holds {kind or 'no data set'}, expected ImageData or RectilinearGrid; resample it onto one")
    pieces = mesh.findall("Piece")
    if len(pieces) != 1:
        raise FormatError(f"has {len(pieces)} pieces, expected one; merge them before writing")
    piece = pieces[0]
    arrays = _Arrays(root, appended)
    extent = numbers(piece.get("Extent") or mesh.get("WholeExtent"), 6, int, "Extent")
    first, last = extent[::2], extent[1::2]
    flat = last[2] == first[2]
    zones = (last[0] - first[0], last[1] - first[1], 1 if flat else last[2] - first[2])
    if min(zones) < 1:
        raise FormatError(f"has {zones[0]} x {zones[1]} x {zones[2]} zones; give a mesh with zones in x and y")
    grid = Grid(zones)
    if kind == "ImageData":
        direction = numbers(mesh.get("Direction", "1 0 0 0 1 0 0 0 1"), 9, float, "Direction")
        if direction != [1, 0, 0, 0, 1, 0, 0, 0, 1]:
            raise FormatError("its axes are turned (Direction is not the identity); resample it along the axes")
        origin = numbers(mesh.get("Origin", "0 0 0"), 3, float, "Origin")
        grid.axes = uniform(origin, numbers(mesh.get("Spacing", "1 1 1"), 3, float, "Spacing"), first)
    else:
        coordinates = piece.findall("Coordinates/DataArray")
        if len(coordinates) != 3:
            raise FormatError(f"has {len(coordinates)} coordinate arrays, expected 3; write it again")
        grid.axes = [axis_of(arrays.read(c), n, letter) for c, n, letter in zip(coordinates, zones, "xyz", strict=True)]
    for array in piece.findall("CellData/DataArray"):
        if array.get("type") in _XML_TYPES:  # strings and bits are not fractions
            name = array.get("Name", "unnamed")
            (components,) = numbers(array.get("NumberOfComponents", "1"), 1, int, "NumberOfComponents")
            grid.cells[name] = sized(arrays.read(array), components, zones, name)
    grid.point_arrays = len(piece.findall("PointData/DataArray"))
    return grid


def _split_appended(data: bytes) -> tuple[bytes, bytes | None]:
    """The XML without the bytes between `_` and the end of AppendedData, which need not be XML, and those bytes."""
    start = data.find(b"<AppendedData")
    if start < 0:
        return data, None
    mark, end = data.find(b"_", data.find(b">", start)), data.rfind(b"</AppendedData>")
    if mark < 0 or end < mark:
        raise FormatError("is truncated in its appended data; write it again")
    return data[: mark + 1] + data[end:], data[mark + 1 : end]


class _Arrays:
    """Decodes the DataArray elements of one XML file."""

    def __init__(self, root: ElementTree.Element, appended: bytes | None) -> None:
        self._order = ">" if root.get("byte_order") == "BigEndian" else "<"
        self._header = np.dtype(self._order + _XML_TYPES.get(root.get("header_type", "UInt32"), "u4"))
        self._decompress = self._decompressor(root.get("compressor"))
        section = root.find("AppendedData")
        self._base64 = section is not None and section.get("encoding", "base64") == "base64"
        self._appended = appended if appended is None or not self._base64 else appended.rstrip()
        placed = [array for array in root.iter("DataArray") if array.get("format") == "appended"]
        starts = sorted({numbers(array.get("offset"), 1, int, "offset")[0] for array in placed})
        self._ends = dict(itertools.zip_longest(starts, starts[1:]))  # in base64 only the next array tells the end

    @staticmethod
    def _decompressor(name: str | None) -> Callable[[bytes, int], bytes] | None:
        """Unpack a block, given the size it should have (so that a crafted block cannot fill the memory)."""
        if not name:
            return None
        if name == "vtkZLibDataCompressor":
            return lambda block, size: zlib.decompressobj().decompress(block, size)
        if name == "vtkLZMADataCompressor":
            return lambda block, size: lzma.LZMADecompressor().decompress(block, size)
        raise FormatError(f"is compressed by {name}; write it with zlib or uncompressed")

    def read(self, array: ElementTree.Element) -> NDArray[Any]:
        """Values of one DataArray, in native byte order."""
        name, form = array.get("Name", "unnamed"), array.get("format", "ascii")
        kind = array.get("type", "")
        if kind not in _XML_TYPES:
            raise FormatError(f"array '{name}' is of type '{kind}', expected one of {', '.join(_XML_TYPES)}")
        dtype = np.dtype(self._order + _XML_TYPES[kind])
        try:
            if form == "ascii":
                values = np.array((array.text or "").split(), dtype=dtype.newbyteorder("="))
            elif form == "binary":
                values = np.frombuffer(self._payload(_from_base64((array.text or "").encode())), dtype)
            elif form == "appended" and self._appended is not None:
                start = int(array.get("offset", "0"))
                stored = self._appended[start : self._ends[start]] if self._base64 else self._appended[start:]
                values = np.frombuffer(self._payload(_from_base64(stored) if self._base64 else stored), dtype)
            else:
                raise FormatError(f"array '{name}' has format '{form}' and no data; write the file again")
        except (ValueError, IndexError, OverflowError, binascii.Error, zlib.error, lzma.LZMAError) as error:
            raise FormatError(f"array '{name}' is damaged or truncated ({error}); write the file again") from error
        return values.astype(dtype.newbyteorder("="))

    def _payload(self, stored: bytes) -> bytes:
        """The array's bytes, from what the file holds: a header of sizes, then the bytes or compressed blocks."""
        item = self._header.itemsize
        if self._decompress is None:
            size = int(np.frombuffer(stored, self._header, 1)[0])
            if len(stored) < item + size:
                raise ValueError(f"{len(stored) - item} bytes of {size}")
            return stored[item : item + size]
        blocks = int(np.frombuffer(stored, self._header, 1)[0])
        if blocks == 0:
            return b""
        full, rest, *packed = (int(n) for n in np.frombuffer(stored, self._header, 2 + blocks, item))
        sizes = [full] * (blocks - 1) + [rest or full]
        at, parts = item * (3 + blocks), []
        for size, length in zip(sizes, packed, strict=True):
            parts.append(self._decompress(stored[at : at + length], size))
            if len(parts[-1]) != size:
                raise ValueError(f"a block of {len(parts[-1])} bytes, expected {size}")
            at += length
        return b"".join(parts)


def _from_base64(text: bytes) -> bytes:
    """Decode base64 in which a padded part may be followed by another (a header of its own, then the data)."""
    packed = b"".join(text.split())
    parts = re.findall(rb"[^=]+=*", packed)
    return b"".join(base64.b64decode(part, validate=True) for part in parts)
