"""Zones that the gate rejected, with their neighbourhood: kept while a simulation runs, taught in the next training.

    with Rejects("rejected.h5") as rejects:
        for fractions in steps:
            face = mir.reconstruct(fractions, gate=mir.Gate(worse=0.01))
            rejects.add(face, fractions)

A rejected zone becomes a sample like those of `inloop.mir.samples`. Where the true border is not known, training takes
the samples that look most alike among those that it can draw (`teachable`).
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inloop.data import Field, Samples
from inloop.data import Rejects as Kept
from inloop.errors import InloopError
from inloop.mir.interface import Interface
from inloop.mir.mesh import SIDES, Mesh
from inloop.mir.samples import Recipe, draw, sampled, shape_seed
from inloop.mir.views import views_of

_CORE, _HALO, _SUB = 8, 4, 8
_ZONES, _PIXELS = _CORE + 2 * _HALO, _CORE * _SUB
RECIPE = {"kind": "inloop mir rejects 2"}
FIELDS = (
    Field("fractions", (2, _ZONES, _ZONES), "float64"),
    Field("coverage", (2, _PIXELS, _PIXELS), "float32"),  # NaN where the truth is not known
    Field("place", (2,), "int16"),  # row and column of the rejected zone in the core
    Field("family", (), "int16"),
    Field("seed", (), "uint64"),  # of a neighbourhood, so that data sets are split without leakage
)
_FAMILY = -1


class Taught(NamedTuple):
    """Samples to learn from: fractions (n, 2, 16, 16) of a material and the rest, their coverage of the core."""

    fractions: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float32]


class Rejects:
    """The store of rejected zones: a fair choice of at most `most` of all that came. A context manager."""

    def __init__(self, path: str | os.PathLike[str], *, most: int = 4096, seed: int = 0) -> None:
        """path: .h5; an existing store goes on. It is written when the context ends, or by `write`."""
        self._kept = Kept(path, FIELDS, RECIPE, keys=("seed", "family"), most=most, seed=seed)

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        self.write()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def seen(self) -> int:
        """How many came, kept or not."""
        return self._kept.seen

    def add(self, face: Interface, fractions: npt.ArrayLike, truth: npt.ArrayLike | None = None) -> int:
        """Keep the rejected zones of a reconstruction; return how many samples they are.

        fractions: the array that was reconstructed. truth: (M, ny * 8, nx * 8) coverage of the sub-zones (or
        (ny * 8, nx * 8) of material 0) where it is known, such as from a finer simulation.
        """
        samples = rejected_samples(face, fractions, truth)
        self._kept.add(samples)
        return len(samples["seed"])

    def write(self) -> None:
        """Write the store, if there is anything in it."""
        self._kept.write()


def rejected_samples(
    face: Interface, fractions: npt.ArrayLike, truth: npt.ArrayLike | None = None
) -> dict[str, npt.NDArray[Any]]:
    """The arrays of `FIELDS` for each rejected zone: material 0 and the rest; of more materials each one and the rest.

    Beyond the mesh, neighbourhoods go on as the reconstruction saw it. Widths of zones are not kept.
    """
    field = _planes(fractions)
    if face.dimensions != 2 or field.shape[1:] != face.mesh.array_shape:
        raise InloopError(f"fractions have shape {field.shape}: expected those of the face, {face.mesh.array_shape}")
    known = None if truth is None else _planes(truth)
    pixels = tuple(_SUB * n for n in face.shape)
    if known is not None and known.shape[1:] != pixels:
        raise InloopError(f"truth has shape {known.shape}: expected (materials, {pixels[0]}, {pixels[1]})")
    rows, columns = (_reach(face.mesh, axis) for axis in (1, 0))
    found: dict[str, list[npt.NDArray[Any]]] = {"fractions": [], "coverage": [], "place": []}
    for zone, fraction in zip(face.zones[face.rejected], face.fractions[face.rejected], strict=True):
        # The core lies inside the mesh, the zone in its middle if it can.
        corner = [max(0, min(at - _CORE // 2, n - _CORE)) for at, n in zip(zone, face.shape, strict=True)]
        window = np.ix_(rows[corner[0] : corner[0] + _ZONES], columns[corner[1] : corner[1] + _ZONES])
        for material in np.flatnonzero((fraction > 0) & (fraction < 1))[: 1 if face.materials == 2 else None]:
            found["fractions"].append(_and_rest(field[material][window]))
            found["place"].append(zone - corner)
            if known is None or min(face.shape) < _CORE:
                found["coverage"].append(np.full((2, _PIXELS, _PIXELS), np.nan))
            else:
                low = [_SUB * c for c in corner]
                image = known[material, low[0] : low[0] + _PIXELS, low[1] : low[1] + _PIXELS]
                found["coverage"].append(_and_rest(image))
    arrays = {
        field.name: np.array(found[field.name], dtype=field.dtype).reshape(-1, *field.shape) for field in FIELDS[:3]
    }
    # A neighbourhood is its own name: equal ones, met at many time steps, stay in one of the sets.
    names = [hashlib.blake2b(one.round(9).tobytes(), digest_size=8).digest() for one in arrays["fractions"]]
    seeds = np.array([int.from_bytes(name, "little") for name in names], dtype=np.uint64)
    return arrays | {"family": np.full(len(names), _FAMILY, dtype=np.int16), "seed": seeds}


def teachable(
    path: str | os.PathLike[str], *, recipe: Recipe | None = None, alike: int = 2, pool: int = 2000, seed: int = 0
) -> Taught:
    """What a store of rejected zones teaches: fractions (n, 2, 16, 16) of two materials, coverage (n, 2, 64, 64).

    Samples whose truth is known as they are. For each of the others, of `pool` samples drawn by the recipe, the
    `alike` that hold a zone most like the rejected one in what the network is shown of it; none twice.
    """
    with Samples(path, recipe=json.dumps(RECIPE, sort_keys=True)) as store:
        held = store.read()
    known = np.isfinite(held["coverage"]).all(axis=(1, 2, 3))
    parts = [Taught(held["fractions"][known], held["coverage"][known])]
    if not known.all():
        drawn = sampled(recipe or Recipe(), [draw(recipe or Recipe(), shape_seed(seed, k)) for k in range(pool)])
        # Of more materials the first one and the rest, as rejected zones are kept.
        fractions, coverage = (
            np.stack([all_of[:, 0], 1 - all_of[:, 0]], axis=1) for all_of in (drawn.fractions, drawn.coverage)
        )
        chosen = _most_alike(held["fractions"][~known], held["place"][~known], fractions, alike)
        parts.append(Taught(fractions[chosen], coverage[chosen].astype(np.float32)))
    return Taught(np.concatenate([part.fractions for part in parts]), np.concatenate([part.coverage for part in parts]))


def _most_alike(
    rejected: npt.NDArray[np.float64], place: npt.NDArray[np.int16], fractions: npt.NDArray[np.float64], count: int
) -> npt.NDArray[np.int64]:
    """Numbers of the samples with the zones nearest to each rejected one, in the values that the network sees."""
    mine, other = (
        views_of(one, np.zeros((len(one), 2, _PIXELS, _PIXELS), dtype=np.float32)) for one in (rejected, fractions)
    )
    owner = np.repeat(np.arange(len(other)), np.diff(other.first_question))
    sample = np.repeat(np.arange(len(mine)), np.diff(mine.first_question))
    wanted = (mine.place == place[sample]).all(axis=1)
    chosen: set[int] = set()
    for one in mine.feature[wanted]:
        distance = ((other.feature - one) ** 2).sum(axis=1)
        nearest = owner[np.argsort(distance, kind="stable")]
        chosen.update(list(dict.fromkeys(nearest.tolist()))[:count])
    return np.array(sorted(chosen), dtype=np.int64)


def _planes(array: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """(ny, nx) of material 0, or (M, ny, nx), as (M, ny, nx)."""
    planes = np.asarray(array, dtype=np.float64)
    return np.stack([planes, 1 - planes]) if planes.ndim == 2 else planes


def _and_rest(image: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.stack([image, 1 - image])


def _reach(mesh: Mesh, axis: int) -> npt.NDArray[np.int64]:
    """Where the fraction array holds the zones from `_HALO` before the mesh to beyond it, as the core looks them up."""
    low, high = mesh.halo[axis]
    n = mesh.shape[::-1][axis]
    count = low + n + high
    at = np.arange(-_HALO, max(n, _CORE) + _HALO) + low
    for side, beyond in ((0, at < 0), (1, at >= count)):
        rule = SIDES[mesh.side[axis][side]]
        if rule == "periodic":
            at[beyond] %= count
        elif rule == "mirror":
            again = at[beyond] % (2 * count)
            at[beyond] = np.where(again < count, again, 2 * count - 1 - again)
        else:
            at[beyond] = np.clip(at[beyond], 0, count - 1)
    return at
