"""Read volume fractions from a file; save a reconstruction to one.

Which reader runs is decided by the name's ending:

======================  ===============================================================================================
.npy                    one array: (ny, nx), (M, ny, nx) or (M, nz, ny, nx), as `mir.reconstruct` takes it
.npz, .h5, .hdf5        an array `fractions` or `volume_fractions`, or the only one of rank 2 or more, or those named by
                        `inside`; beside it, if present, `x`, `y`, `z` (node coordinates, one more than zones) or `dx`,
                        `dy`, `dz` (a width or one a zone), `spacing`, `origin`, `centroids`, `names`
.csv                    two dimensions, the fractions of material 0: one row of zones a line, the first line lowest in y
.vti, .vtr, .vtk        VTK image data, rectilinear grid, or either in the legacy format: cell data (`vtk_read.py`)
======================  ===============================================================================================

Nothing here can execute code from a file: pickled arrays are refused.
"""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.mir.face_arrays import face_arrays
from inloop.writing import whole_file

if TYPE_CHECKING:
    from inloop.mir.interface import Interface

Widths = float | NDArray[np.float64]

FORMAT = "inloop face 1"
_PREFERRED = ("fractions", "volume_fractions")
_COMPANIONS = frozenset({"x", "y", "z", "dx", "dy", "dz", "spacing", "origin", "centroids", "names"})
_MAGIC = {
    b"\x93NUMPY": "a NumPy array (.npy)",
    b"PK\x03\x04": "a zip archive (.npz?)",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file (.h5)",
    b"# vtk DataFile": "a legacy VTK file (.vtk)",
    b"<VTKFile": "a VTK XML file",
    b"<?xml": "an XML file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip-compressed file",
    b"\x80\x04": "a Python pickle, which is never loaded",
    b"\x80\x05": "a Python pickle, which is never loaded",
}


class Field(NamedTuple):
    """Volume fractions on a mesh, as the arguments of `mir.reconstruct`."""

    fractions: NDArray[np.floating[Any]]
    """(ny, nx), (M, ny, nx) or (M, nz, ny, nx)."""
    spacing: tuple[Widths, ...] | None
    """(dx, dy[, dz]), each a width or one a zone; None where the file says nothing."""
    origin: tuple[float, ...] | None
    centroids: NDArray[np.floating[Any]] | None
    """(M, ny, nx, 2) or (M, nz, ny, nx, 3), physical coordinates."""
    names: tuple[str, ...]
    """One a material; the second of a rank-2 field is the rest."""


# ---------------------------------------------------------------------------------------------------------- reading
def read_field(path: str | os.PathLike[str], *, inside: str | None = None) -> Field:
    """Read the volume fractions in a file.

    `inside` names the array, or several separated by commas (one a material), in a file that can hold more than one;
    "file.h5:/group/array" says the same in one string.
    """
    file, inside = _split_inside(os.fspath(path), inside)
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise InloopError(f"{file}: do not know how to read '{file.suffix}'; give one of {', '.join(_READERS)}")
    _refuse_unreadable(file)
    return reader(file, inside)


def _split_inside(path: str, inside: str | None) -> tuple[Path, str | None]:
    match = re.fullmatch(r"(.+\.(?:h5|hdf5|npz|vti|vtr|vtk)):(.+)", path, re.IGNORECASE)
    if match is None or Path(path).exists():
        return Path(path), inside
    if inside is not None:
        raise InloopError(f"{path}: names an array inside, and so does inside={inside!r}; give one of the two")
    return Path(match[1]), match[2]


def _refuse_unreadable(file: Path) -> None:
    if file.is_dir():
        raise InloopError(f"{file}: is a directory; name a file in it")
    if not file.exists():
        raise InloopError(f"{file}: no such file; check the path")
    try:
        with file.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        raise InloopError(f"{file}: cannot be read, {error.strerror}; check its permissions") from error
    if empty:
        raise InloopError(f"{file}: is empty; write it again")


def looks_like(head: bytes) -> str:
    """What the first bytes of a file give away about it, for messages about a foreign file."""
    for magic, name in _MAGIC.items():
        if head.lstrip().startswith(magic) or head.startswith(magic):
            return f"it looks like {name}"
    return f"it starts with {head[:8]!r}"


def _refuse_foreign(file: Path, magic: bytes, what: str) -> None:
    with file.open("rb") as stream:
        head = stream.read(64)
    if not head.startswith(magic):
        raise InloopError(f"{file}: is not {what}, {looks_like(head)}; check which file this is")


def _one_array_only(file: Path, inside: str | None) -> None:
    if inside is not None:
        raise InloopError(f"{file}: holds a single array, so leave out inside={inside!r}")


@contextlib.contextmanager
def _damage_told(file: Path) -> Iterator[None]:
    """Turn whatever a library raises on damaged bytes, which is nearly anything, into one line."""
    try:
        yield
    except (InloopError, MemoryError):
        raise
    except Exception as error:
        if re.search("object arrays|python objects", str(error), re.IGNORECASE):
            raise InloopError(f"{file}: holds pickled Python objects; save arrays of numbers") from error
        raise InloopError(f"{file}: is damaged or truncated ({_first_line(error)}); write it again") from error


def _read_npy(file: Path, inside: str | None) -> Field:
    _one_array_only(file, inside)
    _refuse_foreign(file, b"\x93NUMPY", "a NumPy .npy file")
    with _damage_told(file):
        # mapped, so that a header promising more than the file holds is found before memory is asked for
        mapped = np.load(file, mmap_mode="r", allow_pickle=False)
    return field_of({file.stem: np.array(mapped)}, (file.stem,), {}, str(file))


def _read_npz(file: Path, inside: str | None) -> Field:
    _refuse_foreign(file, b"PK\x03\x04", "a NumPy .npz archive")
    with _damage_told(file), file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    _refuse_saved_face(file, arrays.get("format"))
    return field_of(arrays, _chosen(arrays, inside, str(file)), arrays, str(file))


def _read_h5(file: Path, inside: str | None) -> Field:
    import h5py

    _refuse_foreign(file, b"\x89HDF\r\n\x1a\n", "an HDF5 file")
    with _damage_told(file), h5py.File(file, "r") as root:
        _refuse_saved_face(file, root.attrs.get("format"))
        found: dict[str, Any] = {}
        root.visititems(lambda name, node: found.update({name: node}) if isinstance(node, h5py.Dataset) else None)
        names = _chosen(found, None if inside is None else _expand(inside, root, str(file)), str(file))
        group = names[0].rpartition("/")[0]
        beside = {name.rpartition("/")[2]: name for name in found if name.rpartition("/")[0] == group}
        attributes = {key: value for key, value in root[names[0]].attrs.items() if key in _COMPANIONS}
        companions = attributes | {key: found[name][()] for key, name in beside.items() if key in _COMPANIONS}
        return field_of({name: found[name][()] for name in names}, names, companions, str(file))


def _expand(inside: str, root: Any, where: str) -> str:
    """Full names of the arrays asked for: a group stands for what it holds, later names share the first one's group."""
    first, *others = (name.strip().strip("/") for name in inside.split(","))
    if not others and first in root and hasattr(root[first], "keys"):
        held = {f"{first}/{key}": node for key, node in root[first].items() if hasattr(node, "dtype")}
        return ",".join(_chosen(held, None, f"{where}:/{first}"))
    group = first.rpartition("/")[0]
    return ",".join([first, *(name if "/" in name or not group else f"{group}/{name}" for name in others)])


def _read_csv(file: Path, inside: str | None) -> Field:
    _one_array_only(file, inside)
    with file.open("rb") as stream:
        head = stream.read(64)
    if b"\0" in head or any(head.startswith(magic) for magic in _MAGIC):
        raise InloopError(f"{file}: is not a text file of numbers, {looks_like(head)}; check which file this is")
    try:
        with file.open(encoding="utf-8-sig") as lines, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a file without numbers, which is refused below
            array = np.loadtxt((line for line in lines if line.strip()), delimiter=",", ndmin=2)
    except UnicodeDecodeError as error:
        raise InloopError(f"{file}: is not a text file of numbers; write comma-separated fractions") from error
    except ValueError as error:
        raise InloopError(f"{file}: {_first_line(error)}; write one row of zones a line, commas between") from error
    if array.size == 0:
        raise InloopError(f"{file}: holds no numbers; write one row of zones a line, commas between")
    return field_of({file.stem: array}, (file.stem,), {}, str(file))


def _read_vtk(file: Path, inside: str | None) -> Field:
    from inloop.mir import vtk_read

    return vtk_read.read_vtk(file, inside)


_READERS: dict[str, Callable[[Path, str | None], Field]] = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".h5": _read_h5,
    ".hdf5": _read_h5,
    ".csv": _read_csv,
    ".vti": _read_vtk,
    ".vtr": _read_vtk,
    ".vtk": _read_vtk,
}
ENDINGS = tuple(_READERS)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def _refuse_saved_face(file: Path, mark: Any) -> None:
    if mark is not None and str(mark).startswith("inloop face"):
        raise InloopError(f"{file}: holds a saved reconstruction, not a mesh of fractions; give the file it came from")


# ------------------------------------------------------------------------------------- from named arrays to a field
def _chosen(arrays: Mapping[str, Any], inside: str | None, where: str) -> tuple[str, ...]:
    """Names of the arrays that hold fractions: those asked for, or the one there can be no doubt about."""
    short = {name: name.rpartition("/")[2] for name in arrays}
    if inside is not None:
        names = tuple(name.strip().strip("/") for name in inside.split(","))
        for name in names:
            if name not in arrays:
                raise InloopError(f"{where}: no array '{name}' inside; it holds {_listed(arrays)}")
        return names
    wide = [name for name in arrays if short[name] not in _COMPANIONS and np.ndim(arrays[name]) >= 2]
    for preferred in _PREFERRED:
        if len(named := [name for name in wide if short[name] == preferred]) == 1:
            return (named[0],)
    if len(wide) != 1:
        raise InloopError(f"{where}: cannot tell which array holds the fractions; name it, it holds {_listed(arrays)}")
    return (wide[0],)


def _listed(names: Mapping[str, Any]) -> str:
    shown = [f"{name} {tuple(np.shape(names[name]))}" for name in list(names)[:8]]
    return ", ".join(shown) + (", ..." if len(names) > 8 else "") if shown else "no arrays"


def field_of(arrays: Mapping[str, Any], names: Sequence[str], companions: Mapping[str, Any], where: str) -> Field:
    """Fractions from one array of any rank, or one array a material, with the geometry found beside them."""
    parts = [_real(arrays[name], f"{where}:{name}" if len(arrays) > 1 else where) for name in names]
    if any(part.shape != parts[0].shape for part in parts):
        shapes = ", ".join(f"{name} {part.shape}" for name, part in zip(names, parts, strict=True))
        raise InloopError(f"{where}: the materials' arrays differ in shape, {shapes}; give one array a material")
    fractions = parts[0] if len(parts) == 1 else np.stack(parts)
    if fractions.ndim not in (2, 3, 4):
        expected = "(ny, nx), (M, ny, nx) or (M, nz, ny, nx)"
        raise InloopError(f"{where}: fractions have shape {fractions.shape}, expected {expected}; reshape the array")
    dimensions = 3 if fractions.ndim == 4 else 2
    zones = fractions.shape[-1 : -1 - dimensions : -1]
    spacing, origin = _geometry(companions, zones, where)
    centroids = companions.get("centroids")
    return Field(
        fractions,
        spacing,
        origin,
        None if centroids is None else _real(centroids, f"{where}:centroids"),
        _material_names(names, companions.get("names"), fractions),
    )


def _real(values: Any, where: str) -> NDArray[np.floating[Any]]:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise InloopError(f"{where}: holds values of type {array.dtype}, expected numbers; save float32 or float64")
    wanted = np.float32 if array.dtype.kind == "f" and array.dtype.itemsize <= 4 else np.float64
    return np.ascontiguousarray(array, dtype=wanted)


def _material_names(names: Sequence[str], given: Any, fractions: NDArray[Any]) -> tuple[str, ...]:
    count = 2 if fractions.ndim == 2 else fractions.shape[0]
    if given is not None and np.size(given) == count:
        return tuple(n.decode() if isinstance(n, bytes) else str(n) for n in np.ravel(given))
    short = [name.rpartition("/")[2] for name in names]
    if len(short) == count:
        return tuple(short)
    return tuple(f"material {m}" for m in range(count))


def _geometry(
    companions: Mapping[str, Any], zones: Sequence[int], where: str
) -> tuple[tuple[Widths, ...] | None, tuple[float, ...] | None]:
    """Widths and origin, axis by axis in the order x, y[, z]; None where nothing is said."""
    dimensions = len(zones)
    widths: list[Widths] = [1.0] * dimensions
    starts = [0.0] * dimensions
    for name, target in (("spacing", widths), ("origin", starts)):
        if name in companions:
            values = _real(companions[name], f"{where}:{name}").ravel()
            if values.size not in (1, dimensions):
                raise InloopError(f"{where}:{name} has {values.size} values, expected {dimensions}, one an axis")
            target[:] = [float(v) for v in np.broadcast_to(values, dimensions)]
    known = {"spacing", "origin"} & companions.keys()
    for axis, (letter, count) in enumerate(zip("xyz", zones, strict=False)):
        if letter in companions:
            known |= {"spacing", "origin"}
            starts[axis], widths[axis] = from_nodes(companions[letter], count, f"{where}:{letter}")
        elif f"d{letter}" in companions:
            known.add("spacing")
            given = _real(companions[f"d{letter}"], f"{where}:d{letter}").astype(np.float64)
            if given.size not in (1, count):
                raise InloopError(f"{where}:d{letter} has {given.size} widths, expected 1 or {count}, one a zone")
            widths[axis] = float(given.ravel()[0]) if given.size == 1 else given.ravel()
    return (
        tuple(widths) if "spacing" in known else None,
        tuple(starts) if "origin" in known else None,
    )


def from_nodes(nodes: Any, count: int, where: str) -> tuple[float, Widths]:
    """Start and widths of `count` zones between node coordinates; one width if all agree to rounding."""
    x = _real(nodes, where).astype(np.float64).ravel()
    if x.size != count + 1:
        raise InloopError(
            f"{where} has {x.size} coordinates for {count} zones, expected {count + 1} (nodes, not centres)"
        )
    widths = np.diff(x)
    if not (np.all(np.isfinite(x)) and np.all(widths > 0)):
        raise InloopError(f"{where}: node coordinates must increase; sort them and drop repeated ones")
    rounding = 8 * np.finfo(np.asarray(nodes).dtype if np.asarray(nodes).dtype.kind == "f" else np.float64).eps
    if np.ptp(widths) <= rounding * np.abs(x).max():
        return float(x[0]), float((x[-1] - x[0]) / count)
    return float(x[0]), widths


# ----------------------------------------------------------------------------------------------------------- saving
def save_face(face: Interface, path: str | os.PathLike[str]) -> None:
    """Save a reconstruction as .npz or .h5: the arrays of `face_arrays`, whole or not at all."""
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in (".npz", ".h5", ".hdf5"):
        raise InloopError(f"{file}: cannot save a reconstruction as '{suffix}'; give .npz or .h5 (.vtp, .vtu: to_vtk)")
    about = {"format": FORMAT, "method": face.method, "materials": face.materials, "dimensions": face.dimensions}
    with whole_file(file) as stream:
        if suffix == ".npz":
            arrays = face_arrays(face)
            np.savez_compressed(stream, allow_pickle=False, **{k: np.asarray(v) for k, v in about.items()}, **arrays)
        else:
            stream.write(_h5_image(face_arrays(face), about))


def _h5_image(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> bytes:
    """The bytes of an HDF5 file, made in memory: the library itself does not survive a full disk cleanly."""
    import h5py

    with h5py.File("face", "w", driver="core", backing_store=False) as root:
        root.attrs.update(about)
        for name, values in arrays.items():
            packed = {"compression": "gzip", "compression_opts": 1} if values.nbytes > 4096 else {}
            root.create_dataset(name, data=values, **packed)
        root.flush()
        return bytes(root.id.get_file_image())
