"""The learned reconstruction as a kernel: batches of samples of 8 x 8 zones in, 64 x 64 images of coverage out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from inloop import _core
from inloop.bundle import Argument, Bundle, Signature
from inloop.engines import Settings
from inloop.errors import InloopError
from inloop.kernel import GPU, NATIVE, Kernel, checked_threads
from inloop.mir import outside
from inloop.mir.interface import Interface
from inloop.mir.learned import Learned
from inloop.mir.mesh import Mesh, mesh_of
from inloop.mir.method import Call

ZONES, SUB_ZONES = 8, 8
PIXELS = ZONES * SUB_ZONES
SIGNATURE = Signature(
    inputs=(Argument("fractions", ("samples", "materials?", ZONES, ZONES), ("float32", "float64")),),
    outputs=(Argument("coverage", ("samples", "materials?", PIXELS, PIXELS), ("float32",)),),
    halo=Learned.halo,
)


# Fills an array with the coverage that contiguous fractions have.
Fill = Callable[[npt.NDArray[Any], npt.NDArray[Any]], None]


class SampledKernel:
    """Fractions (n, 8, 8) of material 0, or (n, M, 8, 8) of all, to coverage (n, [M,] 64, 64) of the same materials.

    Coverage is the area share of a material in each of a zone's 8 x 8 sub-zones. Row 0 lies at the lowest y. Beyond a
    sample its outermost zones go on. Whatever the types, areas are solved for in double precision.
    """

    def __init__(self, bundle: Bundle, fill: Fill) -> None:
        self.bundle = bundle
        self.signature = bundle.signature
        self.halo = bundle.signature.halo
        self._fill = fill

    def __repr__(self) -> str:
        takes, gives = (" and ".join(map(str, side)) for side in (self.signature.inputs, self.signature.outputs))
        return f"<Kernel {self.bundle.name}: {takes} -> {gives}>"

    def __call__(self, samples: npt.ArrayLike, /, out: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        """Reconstruct every sample on its own; into `out` (float32 or float64) if given, which is also returned."""
        fractions = _checked(samples)
        shape = (*fractions.shape[:-2], PIXELS, PIXELS)
        if out is None:
            out = np.empty(shape, dtype=np.float32)
        elif not isinstance(out, np.ndarray) or out.shape != shape or out.dtype not in (np.float32, np.float64):
            came = f"{out.shape} {out.dtype}" if isinstance(out, np.ndarray) else type(out).__name__
            raise InloopError(f"out is {came}: expected an array {shape}, float32 or float64")
        self._fill(fractions, out)
        return out


def kernel_of(bundle: Bundle, *, engine: str | Settings, threads: int, precision: str) -> Kernel:
    """What `inloop.load` calls for bundles of this case."""
    checked_threads(threads)
    if bundle.network.get("kind") == "autoencoder":
        from inloop.mir import autoencoder

        return autoencoder.kernel_of(bundle, engine=engine, threads=threads, precision=precision)
    if engine == GPU:
        from inloop.engines import gpu

        native = kernel_of(bundle, engine=NATIVE, threads=threads, precision="float32")
        return gpu.opened(bundle, precision=precision, native=native)
    method = Learned(bundle.path, engine=engine, precision=precision)
    method.opened()  # refused now, not at the first call
    mesh = mesh_of((ZONES, ZONES), needed_halo=bundle.signature.halo)
    fill = _native(method, mesh, threads) if engine == NATIVE else _outside(bundle, engine, mesh, threads, precision)
    return SampledKernel(bundle, fill)


def _native(method: Learned, mesh: Mesh, threads: int) -> Fill:
    def coverage(number: int, sample: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        try:
            core = method.run(Call(sample, mesh, [], None, None, threads))
        except InloopError:
            raise
        except ValueError as wrong:
            raise InloopError(f"sample {number}: {wrong}") from None
        return Interface(core, method, mesh, threads).coverage(SUB_ZONES)

    def fill(fractions: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        if fractions.ndim == 4 and fractions.shape[1] > 2:
            for number, sample in enumerate(fractions):
                out[number] = coverage(number, sample)
            return
        whole = out if out.flags.c_contiguous else np.empty(out.shape, out.dtype)
        try:
            _core.cover(method.opened().network, fractions, whole, threads)
        except ValueError as wrong:
            raise InloopError(str(wrong)) from None
        if whole is not out:
            out[:] = whole

    return fill


def _outside(bundle: Bundle, engine: str | Settings, mesh: Mesh, threads: int, precision: str) -> Fill:
    graph = outside.opened(bundle, engine, threads, precision)

    def fill(fractions: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        whole = out if out.flags.c_contiguous else np.empty(out.shape, out.dtype)
        try:
            outside.cover_samples(graph, fractions, mesh, SUB_ZONES, whole, threads=threads)
        except InloopError:
            raise
        except ValueError as wrong:
            raise InloopError(str(wrong)) from None
        if whole is not out:
            out[:] = whole

    return fill


def _checked(samples: npt.ArrayLike) -> npt.NDArray[Any]:
    array = np.asarray(samples)
    if array.ndim not in (3, 4) or array.shape[-2:] != (ZONES, ZONES) or (array.ndim == 4 and array.shape[1] < 2):
        raise InloopError(
            f"fractions have shape {array.shape}: expected (samples, {ZONES}, {ZONES}) of material 0,"
            f" or (samples, materials, {ZONES}, {ZONES}) of two and more"
        )
    if array.dtype not in (np.float32, np.float64):
        raise InloopError(f"fractions have type {array.dtype}: expected float32 or float64")
    return np.ascontiguousarray(array)
