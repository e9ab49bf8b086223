from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Materials = npt.NDArray[np.int16]
Singles = npt.NDArray[np.float32]

class _Face:
    materials: int
    def zones(self) -> Integers: ...
    def fractions(self) -> Floats: ...
    def labels(self) -> Materials: ...
    def coverage(self, k: int, threads: int, /) -> Floats: ...
    def share(self, zones: Integers, boxes: Floats, threads: int, /) -> Floats: ...
    def conservation(self, threads: int, /) -> Floats: ...
    def tears(self, threads: int, /) -> tuple[Integers, npt.NDArray[np.int32], Floats]: ...
    def pieces(self, material: int, /) -> tuple[Integers, Integers, Floats, Integers, Integers, Integers]: ...
    def outline(self) -> tuple[Integers, Materials, Integers, Floats]: ...
    def normals(self) -> tuple[Integers, Materials, Floats]: ...
    def cuts(self) -> Floats: ...
    def rejected(self) -> npt.NDArray[np.bool_]: ...

class Face2(_Face): ...
class Face3(_Face): ...

def reconstruct2(
    method: str,
    fractions: npt.NDArray[Any],
    node: Sequence[Floats],
    width: Sequence[Floats],
    halo: Sequence[tuple[int, int]],
    side: Sequence[tuple[int, int]],
    order: Sequence[int],
    centroids: Floats | None,
    slab_axis: int,
    threads: int,
) -> Face2: ...
def reconstruct3(
    method: str,
    fractions: npt.NDArray[Any],
    node: Sequence[Floats],
    width: Sequence[Floats],
    halo: Sequence[tuple[int, int]],
    side: Sequence[tuple[int, int]],
    order: Sequence[int],
    centroids: Floats | None,
    slab_axis: int,
    threads: int,
) -> Face3: ...
def time2(
    repeats: int,
    method: str,
    fractions: npt.NDArray[Any],
    node: Sequence[Floats],
    width: Sequence[Floats],
    halo: Sequence[tuple[int, int]],
    side: Sequence[tuple[int, int]],
    order: Sequence[int],
    centroids: Floats | None,
    slab_axis: int,
    threads: int,
) -> list[float]: ...
def time3(
    repeats: int,
    method: str,
    fractions: npt.NDArray[Any],
    node: Sequence[Floats],
    width: Sequence[Floats],
    halo: Sequence[tuple[int, int]],
    side: Sequence[tuple[int, int]],
    order: Sequence[int],
    centroids: Floats | None,
    slab_axis: int,
    threads: int,
) -> list[float]: ...

class Network:
    def __init__(self, weights: Sequence[Floats], biases: Sequence[Floats], /) -> None: ...

class Gate:
    def __init__(self, network: Network, limit: float, /) -> None: ...

def reconstruct_learned(
    network: Network,
    fractions: npt.NDArray[Any],
    node: Sequence[Floats],
    width: Sequence[Floats],
    halo: Sequence[tuple[int, int]],
    side: Sequence[tuple[int, int]],
    threads: int,
    gate: Gate | None = None,
) -> Face2: ...
def cover(
    network: Network, fractions: npt.NDArray[Any], out: npt.NDArray[Any], threads: int, gate: Gate | None = None
) -> None: ...
def cover_stages(network: Network, fractions: npt.NDArray[np.float32]) -> dict[str, float]: ...

class Asked:
    @property
    def features(self) -> Singles: ...
    def face(self, answers: Singles, threads: int) -> Face2: ...
    def coverage(self, answers: Singles, k: int, out: npt.NDArray[Any], threads: int) -> None: ...

def ask_mesh(
    fractions: npt.NDArray[Any],
    node: Sequence[Floats],
    width: Sequence[Floats],
    halo: Sequence[tuple[int, int]],
    side: Sequence[tuple[int, int]],
    gate: Gate | None,
    threads: int,
) -> Asked: ...
def ask_samples(
    fractions: npt.NDArray[Any],
    node: Sequence[Floats],
    width: Sequence[Floats],
    side: Sequence[tuple[int, int]],
    number: int,
    threads: int,
) -> Asked: ...
def reconstruct_line(
    network: Network,
    fractions: npt.NDArray[Any],
    node: Sequence[Floats],
    width: Sequence[Floats],
    halo: Sequence[tuple[int, int]],
    side: Sequence[tuple[int, int]],
    order: Sequence[int],
    threads: int,
) -> Face2: ...
def views(
    fractions: Floats, halo: int
) -> tuple[
    Integers,  # sample
    npt.NDArray[np.int32],  # place
    npt.NDArray[np.int32],  # asked
    Materials,  # material
    Floats,  # fraction
    Singles,  # feature
    Floats,  # line
    Floats,  # size
    Floats,  # scale
    npt.NDArray[np.int32],  # turn
    npt.NDArray[np.int32],  # ties
]: ...
def lesson_errors(
    sample: Integers,
    place: npt.NDArray[np.int32],
    asked: npt.NDArray[np.int32],
    material: Materials,
    fraction: Floats,
    line: Floats,
    scale: Floats,
    turn: npt.NDArray[np.int32],
    truth: Singles,
    answer: Singles,
    threads: int,
) -> tuple[Floats, Floats]: ...
def lesson_gradient(
    sample: Integers,
    place: npt.NDArray[np.int32],
    asked: npt.NDArray[np.int32],
    material: Materials,
    fraction: Floats,
    line: Floats,
    scale: Floats,
    turn: npt.NDArray[np.int32],
    truth: Singles,
    answer: Singles,
    rate: Floats,
    by_level: Floats,
    threads: int,
) -> Singles: ...
def project(levels: Floats, fractions: Floats, threads: int, /) -> Floats: ...
def misplaced(levels: Floats, fractions: Floats, truth: Floats, threads: int, /) -> tuple[Floats, Floats]: ...
def areas_in(face: Face2, polygons: Floats, zones: Integers | None, threads: int) -> Floats: ...
def instruction_set() -> str: ...
def instruction_sets() -> list[str]: ...
def openmp() -> bool: ...

class Rows:
    def __init__(self, network: str, weights: Sequence[Floats], biases: Sequence[Floats], /) -> None: ...
    def run(
        self, rows: npt.NDArray[Any], out: npt.NDArray[Any], factor: npt.NDArray[Any] | None = None, threads: int = 1
    ) -> None: ...

class GasTable:
    def __init__(
        self,
        pressure: Floats,
        coldest: Floats,
        step: float,
        gases: Sequence[tuple[str, Singles, float, Floats | None]],
    ) -> None: ...
    def depth(
        self,
        pressure: npt.NDArray[Any],
        temperature: npt.NDArray[Any],
        moles: npt.NDArray[Any],
        fractions: npt.NDArray[Any],
        out: npt.NDArray[Any],
        threads: int = 1,
    ) -> None: ...

class EvenTable:
    def __init__(self, first: float, step: float, values: Singles) -> None: ...
    def at(self, x: Floats, out: npt.NDArray[Any], threads: int = 1) -> None: ...
