"""Read cell data on a structured mesh from VTK files: XML (.vti, .vtr) and legacy (.vtk).

Written from the published file formats. Read are image data and rectilinear grids that lie along the axes; ascii,
binary (inline base64) and appended (raw or base64) arrays, as they are or compressed by zlib or LZMA, in either byte
order. A mesh without a z axis, or one zone thick, is two-dimensional.

A file often carries more than fractions. Unless named, the arrays taken are the floating-point ones with all values in
[0, 1]: a single one is material 0 (the rest is material 1), several must sum to one in every zone. An array of several
components holds one material a component. `NAME_centroid`, three components, holds the centroids of material NAME.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.mir.files import Field, looks_like
from inloop.mir.vtk_grid import FormatError, Grid
from inloop.mir.vtk_legacy import LegacyFile
from inloop.mir.vtk_xml import read_xml

_SUM_TOLERANCE = 1e-6


def read_vtk(file: Path, inside: str | None) -> Field:
    """Fractions from the cell data of `file`; `inside` names one array or several, separated by commas."""
    try:
        data = file.read_bytes()
        head = data[:256].lstrip()
        if head.startswith(b"# vtk DataFile"):
            grid = LegacyFile(data).grid()
        elif head.startswith((b"<?xml", b"<VTKFile")) and b"<VTKFile" in data[:4096]:
            grid = read_xml(data)
        else:
            raise FormatError(f"is not a VTK file, {looks_like(head)}; check which file this is")
        return _field(grid, inside)
    except FormatError as error:
        raise InloopError(f"{file}: {error}") from error


def _field(grid: Grid, inside: str | None) -> Field:
    nx, ny, nz = grid.zones
    if nx < 1 or ny < 1:
        raise FormatError(f"has {nx} x {ny} x {nz} zones; give a mesh in the x-y plane, or a three-dimensional one")
    dimensions = 3 if nz > 1 else 2
    shape = (nz, ny, nx)[3 - dimensions :]
    names, columns = _materials(grid, inside)
    fractions = np.stack([column.reshape(shape) for column in columns])
    if len(names) == 1:
        names = (names[0], "rest")
        fractions = fractions[0] if dimensions == 2 else np.concatenate([fractions, 1 - fractions])
    return Field(
        fractions,
        tuple(width for _, width in grid.axes[:dimensions]),
        tuple(start for start, _ in grid.axes[:dimensions]),
        _centroids(grid, names, shape),
        names,
    )


def _materials(grid: Grid, inside: str | None) -> tuple[tuple[str, ...], list[NDArray[Any]]]:
    """Names and columns (zones,) of the materials asked for, or of those there can be no doubt about."""
    listed = ", ".join(grid.cells) or "none"
    if not grid.cells:
        found = f"only point data ({grid.point_arrays} arrays)" if grid.point_arrays else "no data"
        raise FormatError(f"has {found}, fractions belong to cells; write them as cell data")
    if inside is not None:
        chosen = [name.strip() for name in inside.split(",")]
        for name in chosen:
            if name not in grid.cells:
                raise FormatError(f"no cell array '{name}' inside; it holds {listed}")
    else:
        chosen = [name for name, values in grid.cells.items() if _could_be_fractions(values)]
        if not chosen:
            raise FormatError(f"no cell array has all its values in [0, 1]; name the one to read, it holds {listed}")
    names: list[str] = []
    columns: list[NDArray[Any]] = []
    for name in chosen:
        values = _floating(grid.cells[name])
        names += [name] if values.shape[1] == 1 else [f"{name}_{c}" for c in range(values.shape[1])]
        columns += list(values.T)
    if inside is None and len(columns) > 1 and np.abs(sum(columns) - 1.0).max(initial=0.0) > _SUM_TOLERANCE:
        raise FormatError(f"cannot tell which cell arrays are fractions; name them, it holds {listed}")
    return tuple(names), columns


def _could_be_fractions(values: NDArray[Any]) -> bool:
    return values.dtype.kind == "f" and values.size > 0 and bool(values.min() >= 0 and values.max() <= 1)


def _floating(values: NDArray[Any]) -> NDArray[np.floating[Any]]:
    return values.astype(np.float32 if values.dtype == np.float32 else np.float64)


def _centroids(grid: Grid, names: tuple[str, ...], shape: tuple[int, ...]) -> NDArray[np.floating[Any]] | None:
    d = len(shape)
    alone = d == 2 and names[1:] == ("rest",)
    found = [grid.cells.get(f"{name}_centroid") for name in (names[:1] if alone else names)]
    present = [values for values in found if values is not None and values.shape[1] == 3]
    if len(present) < len(found):
        return None
    stacked = np.stack([_floating(values)[:, :d].reshape(*shape, d) for values in present])
    return stacked[0] if alone else stacked
