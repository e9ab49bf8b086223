"""Where the zones are: spacing, origin and what lies beyond the sides, settled from what the caller gave.

Inside, axes run x first (as the native core counts them); arrays run (material, layer, row, column).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError

AXES = "xyz"
SIDES = ("extend", "mirror", "periodic", "open")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Mesh:
    """A rectilinear mesh block. Lists run over the axes, x first."""

    shape: tuple[int, ...]  # zones of the mesh proper: (ny, nx) or (nz, ny, nx)
    halo: list[tuple[int, int]]  # layers that the fraction array carries beyond each side
    side: list[tuple[int, int]]  # rule beyond each side (index into SIDES)
    nodes: list[Floats]  # physical node coordinates, n + 1 an axis
    widths: list[Floats]  # zone widths, halo layers included

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return len(self.shape)

    @property
    def array_shape(self) -> tuple[int, ...]:
        """Of one material's fractions, halo layers included."""
        return tuple(n + sum(halo) for n, halo in zip(self.shape, self.halo[::-1], strict=True))


def mesh_of(
    array_shape: tuple[int, ...],
    spacing: Any = None,
    origin: Any = None,
    boundary: Any = "extend",
    *,
    needed_halo: int = 1,
) -> Mesh:
    """The mesh that an array of zones (row or layer first, halo layers included) stands on."""
    dimensions = len(array_shape)
    halo, side = _boundary(boundary, dimensions, needed_halo)
    counts = array_shape[::-1]
    zones = [n - low - high for n, (low, high) in zip(counts, halo, strict=True)]
    for axis, n in enumerate(zones):
        if n < 1:
            raise InloopError(
                f"boundary asks for {sum(halo[axis])} halo layers along {AXES[axis]}, but the array has only "
                f"{counts[axis]} zones there: none are left for the mesh"
            )
        if side[axis].count(2) == 1:
            raise InloopError(f"boundary is 'periodic' on one side of {AXES[axis]} only: it must be on both")
    starts = _per_axis("origin", origin, dimensions, 0.0)
    widths = []
    nodes = []
    for axis, given in enumerate(_per_axis("spacing", spacing, dimensions, 1.0)):
        width = _widths(given, AXES[axis], counts[axis], halo[axis])
        start = np.asarray(starts[axis], dtype=float)
        if start.ndim != 0 or not np.isfinite(start):
            raise InloopError(f"origin along {AXES[axis]} is {starts[axis]!r}: give one finite number an axis")
        low = halo[axis][0]
        inner = width[low : low + zones[axis]]
        uniform = np.ndim(given) == 0
        steps = inner[0] * np.arange(zones[axis] + 1.0) if uniform else np.concatenate([[0.0], np.cumsum(inner)])
        widths.append(width)
        nodes.append(float(start) + steps)
    return Mesh(tuple(zones[::-1]), halo, side, nodes, widths)


def _per_axis(name: str, given: Any, dimensions: int, default: float) -> list[Any]:
    if given is None:
        return [default] * dimensions
    if isinstance(given, (int, float, np.number)) or (isinstance(given, np.ndarray) and given.ndim == 0):
        return [given] * dimensions
    if not isinstance(given, (tuple, list, np.ndarray)) or len(given) != dimensions:
        axes = ", ".join(AXES[:dimensions])
        raise InloopError(f"{name} is {given!r}: expected one number, or one entry an axis ({axes}) in {dimensions}D")
    return list(given)


def _widths(given: Any, axis: str, count: int, halo: tuple[int, int]) -> Floats:
    try:
        width = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise InloopError(f"spacing along {axis} is {given!r}: expected a number or {count} zone widths") from None
    inner = count - sum(halo)
    if width.ndim == 0:
        width = np.full(count, float(width))
    elif width.shape == (inner,) and inner != count:  # halo layers repeat the outermost zone's width
        width = np.pad(width, halo, mode="edge")
    elif width.shape != (count,):
        raise InloopError(f"spacing along {axis} has shape {width.shape}: expected a number or {count} zone widths")
    if not np.isfinite(width).all() or not (width > 0).all():
        wrong = int(np.argmin(np.where(np.isfinite(width), width, -np.inf)))
        raise InloopError(f"spacing along {axis} is {width[wrong]} in zone {wrong}: widths must be positive and finite")
    return np.ascontiguousarray(width)


def _boundary(given: Any, dimensions: int, needed: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    per_axis: Sequence[Any]
    if isinstance(given, (str, int, np.integer)):
        per_axis = [given] * dimensions
    elif isinstance(given, (tuple, list)) and len(given) == dimensions:
        per_axis = given
    else:
        raise InloopError(f"boundary is {given!r}: expected one value, or one entry an axis ({AXES[:dimensions]})")
    halo, side = [], []
    for axis, entry in enumerate(per_axis):
        pair = entry if isinstance(entry, (tuple, list)) else (entry, entry)
        if len(pair) != 2:
            raise InloopError(f"boundary along {AXES[axis]} is {entry!r}: expected one value or a (low, high) pair")
        layers, rules = [], []
        for value in pair:
            if isinstance(value, str) and value in SIDES:
                layers.append(0)
                rules.append(SIDES.index(value))
            elif isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 0:
                if value < needed:
                    raise InloopError(
                        f"boundary along {AXES[axis]} gives {value} halo layers: this method needs {needed}, "
                        "or one of " + ", ".join(SIDES)
                    )
                layers.append(int(value))
                rules.append(0)
            else:
                raise InloopError(
                    f"boundary along {AXES[axis]} is {value!r}: take one of {', '.join(SIDES)}, or the number of halo "
                    "layers that the array carries on that side"
                )
        halo.append((layers[0], layers[1]))
        side.append((rules[0], rules[1]))
    return halo, side
