"""The verb: volume fractions in, interface out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.kernel import checked_threads
from inloop.mir.elvira import Elvira
from inloop.mir.equiz import Equiz
from inloop.mir.gate import Gate
from inloop.mir.interface import Interface
from inloop.mir.learned import Learned
from inloop.mir.line import LearnedLine
from inloop.mir.lvira import Lvira
from inloop.mir.mesh import Mesh, mesh_of
from inloop.mir.method import Call, Method
from inloop.mir.mof import Mof
from inloop.mir.power import Power
from inloop.mir.slic import Slic
from inloop.mir.youngs import Youngs

_KINDS: tuple[type[Method], ...] = (Slic, Youngs, Elvira, Lvira, Mof, Equiz, Power, LearnedLine, Learned)
_BY_NAME: dict[str, type[Method]] = {kind.name: kind for kind in _KINDS}
METHODS: tuple[str, ...] = tuple(_BY_NAME)


def method_of(method: str | Method | None, dimensions: int = 2) -> Method:
    """The strategy object that a name stands for; None is the default: "learned" in 2D, "elvira" in 3D."""
    if method is None:
        return Learned() if dimensions == 2 else Elvira()
    if isinstance(method, Method):
        return method
    if not isinstance(method, str) or method not in _BY_NAME:
        raise InloopError(f"method {method!r} is unknown: take one of {', '.join(METHODS)}")
    return _BY_NAME[method]()


def halo_width(method: str | Method | None = None) -> int:
    """How many layers of neighbours a zone's result depends on: the halo that a host's block must carry.

    None: what the default in 2D needs, which is enough for that in 3D.
    """
    return method_of(method).halo


def reconstruct(
    fractions: npt.ArrayLike,
    *,
    method: str | Method | None = None,
    spacing: Any = None,
    origin: Any = None,
    boundary: Any = "extend",
    centroids: npt.ArrayLike | None = None,
    order: Sequence[int] | None = None,
    gate: Gate | None = None,
    threads: int = 1,
) -> Interface:
    """Rebuild the boundaries between materials in every mixed zone.

    fractions: (ny, nx): material 0, material 1 is the rest; (M, ny, nx); (M, nz, ny, nx). float32 or float64, row 0 at
        the lowest y. Deviations from [0, 1] and from a sum of one up to 1e-12 (float32: 1e-6) are rounding: clamped,
        and the largest fraction takes the rest. Anything beyond is refused.
    method: a name of `METHODS` or a strategy object such as `Youngs(gradient="least-squares")`; by default "learned" in
        2D and "elvira" in 3D.
    spacing: zone widths, a number or (dx, dy[, dz]), each a number or an array; ones by default.
    origin: the mesh's low corner; zeros by default.
    boundary: "extend", "mirror", "periodic" or "open" (fits use the neighbours that exist), or the number of halo
        layers that the array carries on a side; one value, or one an axis (x, y[, z]), each a value or a (low, high)
        pair.
    centroids: (M, ny, nx, 2) or (M, nz, ny, nx, 3), physical, (x, y[, z]); for "mof". With rank-2 fractions (ny, nx, 2)
        is material 0's.
    order: all material numbers in the order in which they are cut off, for three and more; chosen zone by zone if None.
    gate: for "learned": which of the network's answers to trust, such as `Gate(worse=0.01)`; in the other zones
        ELVIRA's line stands in. None trusts all.
    threads: the result does not depend on it.
    """
    array = _checked_fractions(fractions)
    strategy = method_of(method, 3 if array.ndim == 4 else 2)
    rank2 = array.ndim == 2
    materials = 2 if rank2 else array.shape[0]
    mesh = mesh_of(array.shape if rank2 else array.shape[1:], spacing, origin, boundary, needed_halo=strategy.halo)
    if mesh.dimensions not in strategy.dimensions:
        raise InloopError(f"method '{strategy.name}' works in 2D only: in 3D take youngs, elvira, lvira or mof")
    if gate is not None and not strategy.takes_gate:
        raise InloopError(f"gate: method '{strategy.name}' is classical and has none; leave gate=None")
    call = Call(
        array,
        mesh,
        _checked_order(order, materials, strategy),
        _checked_centroids(centroids, materials, rank2, mesh, strategy),
        gate,
        checked_threads(threads),
    )
    try:
        return Interface(strategy.run(call), strategy, mesh, threads, gate)
    except InloopError:
        raise
    except ValueError as wrong:
        raise InloopError(str(wrong)) from None


def _checked_fractions(fractions: npt.ArrayLike) -> npt.NDArray[Any]:
    array = np.asarray(fractions)
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    elif array.dtype not in (np.float32, np.float64):
        if array.dtype.kind != "f" or array.dtype.itemsize not in (4, 8):
            raise InloopError(f"fractions have type {array.dtype}: expected float32 or float64")
        array = array.astype(array.dtype.newbyteorder("="))
    if array.ndim not in (2, 3, 4):
        raise InloopError(
            f"fractions have shape {array.shape}: expected (ny, nx), (materials, ny, nx) or (materials, nz, ny, nx)"
        )
    if array.size == 0:
        raise InloopError(f"fractions have shape {array.shape}: there are no zones")
    if array.ndim > 2 and array.shape[0] < 2:
        raise InloopError(
            f"fractions have shape {array.shape}, one material only: give all materials along the first axis"
            + (", or (ny, nx) for material 0 alone" if array.ndim == 3 else "")
        )
    if any(stride % array.itemsize for stride in array.strides):
        array = np.ascontiguousarray(array)
    return array


def _checked_order(order: Sequence[int] | None, materials: int, strategy: Method) -> list[int]:
    if order is None:
        return []
    if not strategy.takes_order:
        raise InloopError(f"order: method '{strategy.name}' does not depend on one; leave order=None")
    whole = all(isinstance(m, (int, np.integer)) for m in order)
    if not whole or sorted(order) != list(range(materials)):
        raise InloopError(f"order is {list(order)}: expected each of the material numbers 0..{materials - 1} once")
    return [int(m) for m in order]


def _checked_centroids(
    centroids: npt.ArrayLike | None, materials: int, rank2: bool, mesh: Mesh, strategy: Method
) -> npt.NDArray[np.float64] | None:
    if not strategy.takes_centroids:
        return None
    if centroids is None:
        raise InloopError(f"method '{strategy.name}' needs centroids: pass centroids=(materials, *mesh, dimensions)")
    array = np.asarray(centroids, dtype=np.float64)
    full = tuple(n + sum(halo) for n, halo in zip(mesh.shape, mesh.halo[::-1], strict=True))
    d = mesh.dimensions
    if rank2 and array.shape in ((*mesh.shape, d), (*full, d)):
        array = array[None]
    accepted = [(materials, *mesh.shape, d), (materials, *full, d)]
    if rank2:
        accepted += [(1, *mesh.shape, d), (1, *full, d)]
    if array.shape not in accepted:
        raise InloopError(f"centroids have shape {array.shape}: expected {accepted[0]}")
    if array.shape[1:-1] != mesh.shape:  # they cover the halo as the fractions do
        inner = [slice(low, low + n) for n, (low, _) in zip(mesh.shape, mesh.halo[::-1], strict=True)]
        array = array[(slice(None), *inner)]
    return np.ascontiguousarray(array)
