"""Fields of a run as files for ParaView: one piece a rank (.vti), what joins them (.pvti), and the times (.pvd).

    output = Output(Path("out"), simulation.part, grid.low, grid.spacing)
    output.add(simulation.time, {"fractions": simulation.fractions})
    ...
    for moment in read_series(Path("out/fields.pvd")):
        moment.time, moment.arrays["fractions"]               # (M, *mesh), however many ranks wrote it

Nothing is gathered: each rank writes what it has. The collection is written anew with every moment, after its pieces: a
run that is interrupted can be looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np

from inloop.errors import InloopError
from inloop.hydro.ranks import Array, Box, Part
from inloop.mir.vtk_grid import FormatError
from inloop.mir.vtk_xml import read_xml
from inloop.writing import whole_file

_TYPES = {"f4": "Float32", "f8": "Float64", "i4": "Int32", "i8": "Int64", "u1": "UInt8"}
_ORDER = "LittleEndian" if sys.byteorder == "little" else "BigEndian"


class Moment(NamedTuple):
    """Fields of the whole mesh, (*mesh) or (components, *mesh)."""

    time: float
    arrays: dict[str, Array]


class Output:
    """A folder that fills with moments, by all ranks together.

    low, spacing: the mesh's low corner and the zone widths, x first. name: what the files are called. after: for a run
    that goes on, its time: the moments that the folder holds until then are kept.
    """

    def __init__(
        self,
        folder: Path,
        part: Part,
        low: tuple[float, ...],
        spacing: tuple[float, ...],
        *,
        name: str = "fields",
        after: float | None = None,
    ) -> None:
        self.folder, self.name, self._part = folder, name, part
        flat = 3 - len(low)
        origin, widths = (
            " ".join(repr(float(x)) for x in axes) for axes in ((*low, *[0] * flat), (*spacing, *[1] * flat))
        )
        self._mesh = f'WholeExtent="{_extent(part.mesh)}" Origin="{origin}" Spacing="{widths}"'
        collection = folder / f"{name}.pvd"
        known = part.ranks.agreed(lambda: [] if after is None or not collection.exists() else _moments(collection))
        self._times = [time for time, _ in known if after is not None and time <= after]

    def add(self, time: float, arrays: Mapping[str, Array]) -> None:
        """Write fields (*own zones) or (components, *own zones) as they are at that time."""
        times, ranks = [*self._times, float(time)], self._part.ranks
        stem = self._stem(len(self._times))
        ranks.agreed(lambda: self._write_piece(self.folder / f"{stem}_{ranks.rank}.vti", arrays))
        ranks.agreed(lambda: None if ranks.rank else self._join(stem, arrays, times))
        self._times = times

    def __len__(self) -> int:
        return len(self._times)

    def _stem(self, number: int) -> str:
        return f"{self.name}_{number:05d}"

    def _write_piece(self, path: Path, arrays: Mapping[str, Array]) -> None:
        zones = self._part.own.shape
        lines, data, offset = [], [], 0
        for name, array in arrays.items():
            if array.shape[-len(zones) :] != zones or array.ndim > len(zones) + 1:
                raise InloopError(f"output: {name} has shape {array.shape}: expected {zones}, or components before it")
            values = np.ascontiguousarray(array.reshape(_components(array, zones), -1).T)
            lines.append(f'<DataArray {_described(name, array, zones)} format="appended" offset="{offset}"/>')
            data.append(np.uint64(values.nbytes).tobytes() + values.tobytes())
            offset += len(data[-1])
        head = _head("ImageData", self._mesh, f'<Piece Extent="{_extent(self._part.own)}">', "<CellData>")
        tail = ["</CellData>", "</Piece>", "</ImageData>", '<AppendedData encoding="raw">', "_"]
        with whole_file(path) as stream:
            stream.write("\n".join([*head, *lines, *tail]).encode())
            stream.write(b"".join(data))
            stream.write(b"\n</AppendedData>\n</VTKFile>\n")

    def _join(self, stem: str, arrays: Mapping[str, Array], times: list[float]) -> None:
        """The first rank's work once all pieces are there."""
        zones = self._part.own.shape
        described = [f"<PDataArray {_described(name, array, zones)}/>" for name, array in arrays.items()]
        pieces = [
            f'<Piece Extent="{_extent(block)}" Source={quoteattr(f"{stem}_{rank}.vti")}/>'
            for rank, block in enumerate(self._part.blocks)
        ]
        lines = _head("PImageData", f'{self._mesh} GhostLevel="0"', "<PCellData>")
        _write_text(self.folder / f"{stem}.pvti", [*lines, *described, "</PCellData>", *pieces, "</PImageData>"])
        moments = [
            f'<DataSet timestep="{time!r}" file={quoteattr(f"{self._stem(number)}.pvti")}/>'
            for number, time in enumerate(times)
        ]
        _write_text(self.folder / f"{self.name}.pvd", [*_head("Collection"), *moments, "</Collection>"])


def read_series(collection: Path) -> list[Moment]:
    """All moments of a collection (.pvd) that an `Output` wrote."""
    return [Moment(time, _joined(collection.parent / file)) for time, file in _moments(collection)]


def _joined(path: Path) -> dict[str, Array]:
    mesh = _parsed(path).find("PImageData")
    if mesh is None:
        raise InloopError(f"{path}: holds no PImageData; give a collection that inloop wrote")
    whole = _box(mesh, "WholeExtent")
    arrays: dict[str, Array] = {}
    for piece in mesh.findall("Piece"):
        file = path.parent / piece.get("Source", "")
        try:
            cells = read_xml(file.read_bytes()).cells
        except (OSError, FormatError) as wrong:
            raise InloopError(f"{file}: cannot be read ({wrong}); write the series again") from None
        box = _box(piece, "Extent")
        for name, values in cells.items():
            lead = (values.shape[1],) if values.shape[1] > 1 else ()
            target = arrays.setdefault(name, np.empty((*lead, *whole.shape), values.dtype))
            target[box.of(whole)] = values.T.reshape(*lead, *box.shape)
    return arrays


def _moments(collection: Path) -> list[tuple[float, str]]:
    sets = _parsed(collection).findall("Collection/DataSet")
    return [(float(each.get("timestep", "nan")), each.get("file", "")) for each in sets]


def _parsed(path: Path) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(path.read_bytes())
    except (OSError, ElementTree.ParseError) as wrong:
        raise InloopError(f"{path}: cannot be read ({wrong}); give the .pvd file of a series") from None


def _box(element: ElementTree.Element, name: str) -> Box:
    """The zones of an extent; a mesh in the plane has none along z."""
    ends = [int(word) for word in element.get(name, "").split()]
    axes = [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if b > a][::-1]
    return Box(tuple(a for a, _ in axes), tuple(b for _, b in axes))


def _extent(box: Box) -> str:
    """First and last node along x, y and z."""
    axes = [*zip(box.low[::-1], box.high[::-1], strict=True), (0, 0)]
    return " ".join(f"{a} {b}" for a, b in axes[:3])


def _components(array: Array, zones: tuple[int, ...]) -> int:
    return array.shape[0] if array.ndim > len(zones) else 1


def _described(name: str, array: Array, zones: tuple[int, ...]) -> str:
    kind = _TYPES[array.dtype.str[1:]]
    return f'Name={quoteattr(name)} type="{kind}" NumberOfComponents="{_components(array, zones)}"'


def _head(kind: str, attributes: str = "", *more: str) -> list[str]:
    return [
        '<?xml version="1.0"?>',
        f'<VTKFile type="{kind}" version="1.0" byte_order="{_ORDER}" header_type="UInt64">',
        f"<{kind} {attributes}>".replace(" >", ">"),
        *more,
    ]


def _write_text(path: Path, lines: list[str]) -> None:
    with whole_file(path) as stream:
        stream.write("\n".join([*lines, "</VTKFile>\n"]).encode())
