"""The fused program as a kernel: device arrays in and out without a copy, host arrays with one each way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.dlpack import from_dlpack

from inloop.engines.gpu.program import INTERPRETED, SUB, Captured, Layer, Program
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.bundle import Bundle
    from inloop.engines.gpu import Reconstruct

FLOATS = (torch.float32, torch.float64)


class DeviceKernel:
    """Fractions (n, 8, 8) of material 0, or (n, M, 8, 8) of all, to coverage (n, [M,] 64, 64) of the same, float32.

    Arrays of CuPy, PyTorch and whatever else speaks DLPack are read where they are, on the device; the answer is a
    PyTorch tensor there, which speaks DLPack too. NumPy arrays are copied to the device, and the answer back.
    """

    def __init__(self, bundle: Bundle, *, precision: str, native: Reconstruct) -> None:
        self.bundle = bundle
        self.signature = bundle.signature
        self.halo = bundle.signature.halo
        self.program = Program(layers_of(bundle.weights), device="cpu" if INTERPRETED else "cuda", precision=precision)
        self._native = native

    def __repr__(self) -> str:
        takes, gives = (" and ".join(map(str, side)) for side in (self.signature.inputs, self.signature.outputs))
        return f"<Kernel {self.bundle.name} on {self.program.device}: {takes} -> {gives}>"

    def __call__(self, samples: Any, /, out: Any = None) -> Any:
        """Reconstruct every sample on its own; into `out` (float32, on the device or the host) if given."""
        fractions = self._on_device(samples)
        if fractions.ndim not in (3, 4) or fractions.shape[-2:] != (SUB, SUB):
            raise InloopError(
                f"fractions have shape {tuple(fractions.shape)}: expected (samples, {SUB}, {SUB}) of material 0,"
                f" or (samples, materials, {SUB}, {SUB}) of two and more"
            )
        if fractions.ndim == 4 and fractions.shape[1] < 2:
            raise InloopError("fractions have one material on their second axis: leave the axis away, or give both")
        shape = (*fractions.shape[:-2], SUB * SUB, SUB * SUB)
        target = None if out is None else self._target(out, shape)
        if fractions.ndim == 3:
            images = self.program(fractions, target if target is not None and self._fits(target) else None)
        else:
            images = self._of_materials(fractions)
        if target is not None:
            if target.data_ptr() != images.data_ptr():
                target.copy_(images)
            return out
        return images.cpu().numpy() if isinstance(samples, np.ndarray) else images

    def mesh(self, fractions: Any, /) -> Any:
        """Fractions (ny, nx) of material 0 on a mesh of equal zones to coverage (8 ny, 8 nx). Beyond the mesh its
        outermost zones go on; give `halo` layers more and leave them out of the answer where the mesh goes on."""
        field = self._on_device(fractions)
        if field.ndim != 2 or 0 in field.shape:
            raise InloopError(f"fractions have shape {tuple(field.shape)}: expected (ny, nx) of material 0")
        images = self.program(field[None])[0]
        return images.cpu().numpy() if isinstance(fractions, np.ndarray) else images

    def captured(self, samples: int, dtype: torch.dtype = torch.float32) -> Captured:
        """Fixed buffers for so many samples of two materials and a CUDA graph over them: for small batches."""
        if samples < 1 or dtype not in FLOATS:
            raise InloopError(f"captured: {samples} samples of {dtype}; give at least one, float32 or float64")
        return self.program.captured(samples, dtype=dtype)

    def _on_device(self, array: Any) -> torch.Tensor:
        if not isinstance(array, torch.Tensor):
            if not hasattr(array, "__dlpack__"):
                array = np.asarray(array)
            if isinstance(array, np.ndarray):
                array = np.require(array, requirements=["C", "W"])  # torch warns of arrays that it must not write to
            try:
                array = from_dlpack(array)
            except (BufferError, RuntimeError, TypeError, ValueError):
                raise InloopError(
                    f"fractions of type {getattr(array, 'dtype', type(array).__name__)} cannot be read as a tensor:"
                    " expected float32 or float64"
                ) from None
        if array.dtype not in FLOATS:
            raise InloopError(f"fractions have type {array.dtype}: expected float32 or float64")
        there: torch.Tensor = array.detach().to(self.program.device).contiguous()
        return there

    def _target(self, out: Any, shape: tuple[int, ...]) -> torch.Tensor:
        tensor = out if isinstance(out, torch.Tensor) else from_dlpack(out)
        if tuple(tensor.shape) != shape or tensor.dtype not in FLOATS:
            raise InloopError(f"out is {tuple(tensor.shape)} {tensor.dtype}: expected {shape}, float32 or float64")
        return tensor

    def _fits(self, target: torch.Tensor) -> bool:
        """Whether the program can write into it."""
        here = target.device.type == self.program.device.type
        return here and target.dtype == torch.float32 and target.is_contiguous()

    def _of_materials(self, fractions: torch.Tensor) -> torch.Tensor:
        """Samples that hold two materials stay on the device, as those two; others go to the native core and back."""
        tolerance = 1e-6 if fractions.dtype == torch.float32 else 1e-12
        off = ((fractions.sum(1) - 1).abs() <= tolerance).logical_not()
        if bool(off.any()):
            sample, row, column = (int(k) for k in off.nonzero()[0])
            total = float(fractions[sample, :, row, column].sum())
            raise InloopError(
                f"sample {sample}: fractions in zone (row {row}, column {column}) of all materials sum to {total:g},"
                f" not 1 within {tolerance:g}"
            )
        images = torch.zeros((*fractions.shape[:2], SUB * SUB, SUB * SUB), dtype=torch.float32, device=fractions.device)
        held = (fractions > 0).flatten(2).any(2)
        many = held.sum(1) > 2
        pair = (~many).nonzero()[:, 0]
        first = held[pair].int().argmax(1)
        last = held.shape[1] - 1 - held[pair].flip(1).int().argmax(1)
        images[pair, last] = 1  # where there is but one material, `first` is it
        covered = self.program(fractions[pair, first])
        images[pair, last] -= torch.where((first == last)[:, None, None], torch.zeros_like(covered), covered)
        apart = first != last
        images[pair[apart], first[apart]] = covered[apart]
        rest = many.nonzero()[:, 0]
        if len(rest):
            images[rest] = torch.from_numpy(self._native(fractions[rest].cpu().numpy())).to(images)
        return images


def layers_of(weights: Any) -> list[Layer]:
    """Weights and biases by the names that PyTorch gives them, in their order."""
    count = sum(name.startswith("layers.") and name.endswith(".weight") for name in weights)
    return [(weights[f"layers.{k}.weight"], weights[f"layers.{k}.bias"]) for k in range(count)]
