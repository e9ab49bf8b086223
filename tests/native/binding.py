"""inloop.h by hand: the C interface as a host would bind it, for tests that compare it with the Python face."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import Any

import numpy as np

SIDES = {"extend": 0, "mirror": 1, "periodic": 2, "open": 3}
OK, BAD_INPUT = 0, 1


class Block(ctypes.Structure):
    """struct inloop_block."""

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("dimensions", ctypes.c_int32),
        ("materials", ctypes.c_int32),
        ("n", ctypes.c_int64 * 3),
        ("stride", ctypes.c_int64 * 3),
        ("stride_material", ctypes.c_int64),
        ("halo", (ctypes.c_int32 * 2) * 3),
        ("side", (ctypes.c_int32 * 2) * 3),
        ("origin", ctypes.c_double * 3),
        ("spacing", ctypes.c_double * 3),
        ("widths", ctypes.POINTER(ctypes.c_double) * 3),
        ("centroid_stride", ctypes.c_int64 * 3),
        ("centroid_stride_material", ctypes.c_int64),
        ("centroid_stride_component", ctypes.c_int64),
    ]


class Refused(Exception):  # noqa: N818 it is the library's refusal, read as a word
    """A call returned a status other than INLOOP_OK."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def load(path: Path) -> ctypes.CDLL:
    """The library; calls that take pointers get them from `at` or ctypes.byref."""
    library = ctypes.CDLL(str(path))
    library.inloop_last_error.restype = ctypes.c_char_p
    library.inloop_version.restype = ctypes.c_char_p
    library.inloop_close.restype = library.inloop_face_close.restype = library.inloop_rows_close.restype = None
    return library


def at(array: Any) -> ctypes.c_void_p:
    """Address of an array's first element."""
    return ctypes.c_void_p(array.ctypes.data if array is not None else None)


def check(library: ctypes.CDLL, status: int) -> None:
    """Raises what a status other than INLOOP_OK says."""
    if status != OK:
        raise Refused(status, library.inloop_last_error().decode())


def block_of(library: ctypes.CDLL, n: tuple[int, ...], materials: int = 1) -> Block:
    """A contiguous block of n zones, x first."""
    block = Block()
    size = ctypes.c_size_t(ctypes.sizeof(Block))
    check(library, library.inloop_block_init(ctypes.byref(block), size, len(n), (ctypes.c_int64 * 3)(*n)))
    block.materials = materials
    return block


class Handle:
    """A method, or a bundle's folder; `Handle(library, "elvira", 2, threads="2")`."""

    def __init__(self, library: ctypes.CDLL, method: str | Path, dimensions: int = 2, **options: str) -> None:
        self.library = library
        self.pointer = ctypes.c_void_p()
        opened = ctypes.byref(self.pointer)
        if isinstance(method, Path):
            check(library, library.inloop_open_bundle(str(method).encode(), opened))
        else:
            check(library, library.inloop_open(method.encode(), dimensions, opened))
        for option, value in options.items():
            check(library, library.inloop_set(self.pointer, option.encode(), value.encode()))

    def __del__(self) -> None:
        self.library.inloop_close(self.pointer)

    def run(self, block: Block, fractions: Any, centroids: Any = None) -> Face:
        """Runs on the array whose first element is zone (0, 0, 0) of material 0; a view points where it must."""
        run = self.library.inloop_run_f32 if fractions.dtype == np.float32 else self.library.inloop_run_f64
        face = ctypes.c_void_p()
        status = run(self.pointer, ctypes.byref(block), at(fractions), at(centroids), ctypes.byref(face))
        check(self.library, status)
        return Face(self.library, face)


class Face:
    """A result, every query as a NumPy array."""

    def __init__(self, library: ctypes.CDLL, pointer: ctypes.c_void_p) -> None:
        self.library = library
        self.pointer = pointer
        dimensions, materials, mixed = ctypes.c_int(), ctypes.c_int(), ctypes.c_int64()
        n = (ctypes.c_int64 * 3)()
        self.call("shape", *map(ctypes.byref, (dimensions, materials)), n, ctypes.byref(mixed))
        self.dimensions, self.materials, self.mixed = dimensions.value, materials.value, mixed.value
        self.n = tuple(n)[: self.dimensions]

    def __del__(self) -> None:
        self.library.inloop_face_close(self.pointer)

    def call(self, name: str, *arguments: Any) -> None:
        given = [at(a) if isinstance(a, np.ndarray) else a for a in arguments]
        check(self.library, getattr(self.library, f"inloop_face_{name}")(self.pointer, *given))

    def sizes(self, name: str, count: int, *arguments: Any) -> list[int]:
        found = [ctypes.c_int64() for _ in range(count)]
        self.call(f"{name}_size", *arguments, *map(ctypes.byref, found))
        return [value.value for value in found]

    def zones(self) -> Any:
        out = np.empty(self.mixed, np.int64)
        self.call("zones", out)
        return out

    def fractions(self) -> Any:
        out = np.empty((self.mixed, self.materials))
        self.call("fractions", out)
        return out

    def labels(self) -> Any:
        out = np.empty(self.n[::-1], np.int16)
        self.call("labels", out)
        return out

    def rejected(self) -> Any:
        out = np.empty(self.mixed, np.uint8)
        self.call("rejected", out)
        return out

    def planes(self) -> tuple[Any, Any]:
        materials, planes = np.empty(self.mixed, np.int16), np.empty((self.mixed, self.dimensions + 1))
        self.call("planes", materials, planes)
        return materials, planes

    def coverage(self, k: int, dtype: Any = np.float64) -> Any:
        out = np.empty((self.materials, *(m * k for m in self.n[::-1])), dtype)
        self.call("coverage_f32" if dtype == np.float32 else "coverage_f64", k, out)
        return out

    def share(self, zones: Any, boxes: Any) -> Any:
        out = np.empty((self.materials, len(zones)), boxes.dtype)
        name = "share_f32" if boxes.dtype == np.float32 else "share_f64"
        self.call(name, ctypes.c_int64(len(zones)), np.ascontiguousarray(zones, np.int64), boxes, out)
        return out

    def normals(self) -> tuple[Any, Any, Any]:
        (count,) = self.sizes("normals", 1)
        out = np.empty(count, np.int64), np.empty(count, np.int16), np.empty((count, self.dimensions))
        self.call("normals", *out)
        return out

    def pieces(self, material: int) -> tuple[Any, ...]:
        """Polygons: zones, start, points; polyhedra: also side_start, corner_start, corner."""
        flat = self.dimensions == 2
        count, vertices, *more = self.sizes("polygons" if flat else "polyhedra", 2 if flat else 4, material)
        out = [np.empty(count, np.int64), np.empty(count + 1, np.int64), np.empty((vertices, self.dimensions))]
        if not flat:
            out += [np.empty(size, np.int64) for size in (count + 1, more[0] + 1, more[1])]
        self.call("polygons" if flat else "polyhedra", material, *out)
        return tuple(out)

    def outline(self) -> tuple[Any, ...]:
        count, vertices = self.sizes("outline", 2)
        out = np.empty(count, np.int64), np.empty((count, 2), np.int16), np.empty(count + 1, np.int64)
        points = np.empty((vertices, self.dimensions))
        self.call("outline", *out, points)
        return (*out, points)

    def errors(self, name: str) -> tuple[float, float]:
        mean, maximum = ctypes.c_double(), ctypes.c_double()
        self.call(name, ctypes.byref(mean), ctypes.byref(maximum))
        return mean.value, maximum.value


def declared(header: Path) -> dict[str, int]:
    """Names and parameter counts of the calls that inloop.h declares."""
    calls = re.findall(r"INLOOP_API[^;(]*?(inloop_\w+)\(([^)]*)\)", header.read_text())
    return {name: 0 if given == "void" else given.count(",") + 1 for name, given in calls}
