"""Legacy VTK files, .vtk: lines of keywords, and between them values as text or in big-endian binary."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from inloop.mir.files import Widths
from inloop.mir.vtk_grid import FormatError, Grid, axis_of, numbers, uniform

_LEGACY_TYPES = {
    "char": "i1", "signed_char": "i1", "unsigned_char": "u1", "short": "i2", "unsigned_short": "u2", "int": "i4",
    "unsigned_int": "u4", "long": "i8", "unsigned_long": "u8", "vtkIdType": "i4", "vtktypeint64": "i8",
    "vtktypeuint64": "u8", "float": "f4", "double": "f8",
}  # fmt: skip


class LegacyFile:
    """A cursor over the bytes of a legacy file."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def grid(self) -> Grid:
        """The mesh and cell arrays."""
        self._line()  # the version
        self._line()  # a title
        form = self._line().upper()
        if form not in ("ASCII", "BINARY"):
            raise FormatError(f"says '{form[:20]}' where ASCII or BINARY is due; it is damaged, write it again")
        self._ascii = form == "ASCII"
        kind = self._keyword_line()
        if kind[:1] != ["DATASET"] or kind[1:] not in (["STRUCTURED_POINTS"], ["RECTILINEAR_GRID"]):
            found = " ".join(kind) or "nothing"
            raise FormatError(f"holds {found}, expected STRUCTURED_POINTS or RECTILINEAR_GRID; resample it onto one")
        grid = self._geometry(kind[1] == "STRUCTURED_POINTS")
        of_cells, count = False, 0
        while words := self._keyword_line():
            key = words[0].upper()
            if key in ("CELL_DATA", "POINT_DATA"):
                of_cells, count = key == "CELL_DATA", self._whole(words[1:2], key)
                if of_cells and count != grid.zones[0] * grid.zones[1] * grid.zones[2]:
                    raise FormatError(
                        f"CELL_DATA {count} does not fit {' x '.join(map(str, grid.zones))} zones; write it again"
                    )
                continue
            for name, values in self._attribute(key, words, count):
                if of_cells:
                    grid.cells[name] = values
                else:
                    grid.point_arrays += 1
        return grid

    def _geometry(self, points: bool) -> Grid:
        nodes: list[int] = []
        origin, spacing = [0.0] * 3, [1.0] * 3
        axes: list[tuple[float, Widths]] = []
        while words := self._keyword_line():
            key = words[0].upper()
            if key == "DIMENSIONS":
                nodes = numbers(" ".join(words[1:]), 3, int, key)
                zones = (nodes[0] - 1, nodes[1] - 1, max(nodes[2] - 1, 1))
                if min(zones) < 1:
                    raise FormatError(f"has {' x '.join(map(str, nodes))} nodes; give a mesh with zones in x and y")
            elif key == "ORIGIN":
                origin = numbers(" ".join(words[1:]), 3, float, key)
            elif key in ("SPACING", "ASPECT_RATIO"):
                spacing = numbers(" ".join(words[1:]), 3, float, key)
            elif key in ("X_COORDINATES", "Y_COORDINATES", "Z_COORDINATES") and nodes:
                values = self._values(self._whole(words[1:2], key), words[2] if len(words) > 2 else "")
                axes.append(axis_of(values, zones[len(axes)], key[0].lower()))
            elif key == "FIELD":
                self._attribute(key, words, 0)  # about the data set as a whole
            elif key == "METADATA":
                self._skip_metadata()
            else:
                self._at = self._line_start
                break
        if not nodes or (not points and len(axes) != 3):
            raise FormatError("its geometry is incomplete; it is truncated, write it again")
        return Grid(zones, uniform(origin, spacing, (0, 0, 0)) if points else axes)

    def _attribute(self, key: str, words: list[str], count: int) -> list[tuple[str, NDArray[Any]]]:
        """Named arrays (count, components) of one attribute; what cannot hold fractions is read past."""
        name = unquote(words[1]) if len(words) > 1 else "unnamed"
        kind = words[2] if len(words) > 2 else ""
        if key == "SCALARS":
            components = self._whole(words[3:4], key) if len(words) > 3 else 1
            table = self._keyword_line()
            if not table or table[0].upper() != "LOOKUP_TABLE":
                self._at = self._line_start
            return [(name, self._values(count * components, kind).reshape(count, components))]
        if key in ("VECTORS", "NORMALS", "TENSORS", "TENSORS6"):
            components = {"TENSORS": 9, "TENSORS6": 6}.get(key, 3)
            return [(name, self._values(count * components, kind).reshape(count, components))]
        if key == "TEXTURE_COORDINATES":
            components = self._whole(words[2:3], key)
            return [
                (name, self._values(count * components, words[3] if len(words) > 3 else "").reshape(count, components))
            ]
        if key == "FIELD":
            arrays = [self._field_array() for _ in range(self._whole(words[2:3], key))]
            return [(n, values) for n, values in arrays if len(values) == count]
        if key == "COLOR_SCALARS":
            self._values(count * self._whole(words[2:3], key), "float" if self._ascii else "unsigned_char")
        elif key == "LOOKUP_TABLE":
            self._values(4 * self._whole(words[2:3], key), "float" if self._ascii else "unsigned_char")
        elif key == "METADATA":
            self._skip_metadata()
        else:
            raise FormatError(
                f"has an entry '{words[0][:30]}' that is not in the format or not supported; write it again"
            )
        return []

    def _field_array(self) -> tuple[str, NDArray[Any]]:
        words = self._keyword_line()
        if words[:1] == ["METADATA"]:
            self._skip_metadata()
            words = self._keyword_line()
        if len(words) != 4:
            raise FormatError("is truncated or damaged in a FIELD; write it again")
        components, rows = self._whole(words[1:2], "FIELD"), self._whole(words[2:3], "FIELD")
        return unquote(words[0]), self._values(components * rows, words[3]).reshape(rows, components)

    def _values(self, count: int, kind: str) -> NDArray[Any]:
        code = _LEGACY_TYPES.get(kind) or _LEGACY_TYPES.get(kind.lower())
        if code is None:
            raise FormatError(
                f"has values of type '{kind[:20]}', expected one of {', '.join(_LEGACY_TYPES)}; write it again"
            )
        dtype = np.dtype(">" + code)
        if not self._ascii:
            end = self._at + count * dtype.itemsize
            if end > len(self._data):
                raise FormatError(f"ends {end - len(self._data)} bytes early; it is truncated, write it again")
            values = np.frombuffer(self._data, dtype, count, self._at).astype(dtype.newbyteorder("="))
            self._at = end
            return values
        tokens: list[str] = []
        while len(tokens) < count:
            if self._at >= len(self._data):
                raise FormatError(f"has {len(tokens)} of {count} values; it is truncated, write it again")
            tokens += self._line().split()
        try:
            return np.array(tokens[:count], dtype=code)
        except (ValueError, OverflowError) as error:
            raise FormatError(f"has something else where numbers are due ({error}); write it again") from error

    def _line(self) -> str:
        self._line_start = self._at
        end = self._data.find(b"\n", self._at)
        end = len(self._data) if end < 0 else end
        line = self._data[self._at : end]
        self._at = end + 1
        return line.decode("utf-8", "replace").strip()

    def _keyword_line(self) -> list[str]:
        """Words of the next line that is not empty; none at the end of the file."""
        while self._at < len(self._data):
            if words := self._line().split():
                return words
        self._line_start = self._at
        return []

    def _skip_metadata(self) -> None:
        while self._at < len(self._data) and self._line():
            pass

    @staticmethod
    def _whole(words: list[str], key: str) -> int:
        if len(words) != 1 or not words[0].isdigit():
            raise FormatError(f"{key} is not followed by a count; it is damaged, write it again")
        return int(words[0])
