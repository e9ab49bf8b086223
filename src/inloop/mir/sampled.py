"""The learned reconstruction as a kernel: batches of samples of 8 x 8 zones in, 64 x 64 images of coverage out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inloop.bundle import Argument, Bundle, Signature
from inloop.errors import InloopError
from inloop.mir.interface import Interface
from inloop.mir.learned import Learned
from inloop.mir.mesh import mesh_of
from inloop.mir.method import Call
from inloop.mir.reconstruct import checked_threads

ZONES, SUB_ZONES = 8, 8
PIXELS = ZONES * SUB_ZONES
SIGNATURE = Signature(
    inputs=(Argument("fractions", ("samples", "materials?", ZONES, ZONES), ("float32", "float64")),),
    outputs=(Argument("coverage", ("samples", "materials?", PIXELS, PIXELS), ("float32",)),),
    halo=Learned.halo,
)


class SampledKernel:
    """Fractions (n, 8, 8) of material 0, or (n, M, 8, 8) of all, to coverage (n, [M,] 64, 64) of the same materials.

    Coverage is the area share of a material in each of a zone's 8 x 8 sub-zones. Row 0 lies at the lowest y. Beyond a
    sample its outermost zones go on. Whatever the types, the work is done in double precision.
    """

    def __init__(self, bundle: Bundle, threads: int) -> None:
        self.bundle = bundle
        self.signature = bundle.signature
        self.halo = bundle.signature.halo
        self._threads = checked_threads(threads)
        self._mesh = mesh_of((ZONES, ZONES), needed_halo=self.halo)
        self._method = Learned(bundle.path)
        self._method.opened()  # refused now, not at the first call

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
        for number, sample in enumerate(fractions):
            out[number] = self._coverage(number, sample)
        return out

    def _coverage(self, number: int, sample: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        try:
            core = self._method.run(Call(sample, self._mesh, [], None, None, self._threads))
        except InloopError:
            raise
        except ValueError as wrong:
            raise InloopError(f"sample {number}: {wrong}") from None
        coverage = Interface(core, self._method, self._mesh, self._threads).coverage(SUB_ZONES)
        return coverage if sample.ndim == 3 else coverage[0]


def kernel_of(bundle: Bundle, *, threads: int) -> SampledKernel:
    """What `inloop.load` calls for bundles of this case."""
    return SampledKernel(bundle, threads)


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
