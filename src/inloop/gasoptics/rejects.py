"""Columns that the gate did not trust the learned kernel with: kept while a simulation runs, taught next time.

    with Rejects("rejected.h5") as rejects:
        optics = GatedLongwave(learned, table, envelope, rejects=rejects)
        ...

The store is like those of `inloop.gasoptics.samples` and goes where they go, as data of a training.
"""

from __future__ import annotations

import hashlib
import os

import numpy as np

from inloop.data import Rejects as Kept
from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.samples import GASES, KIND, fields

_EXPERIMENT = -1
_PLACES = 2**15


class Rejects:
    """A fair choice of at most `most` of all the columns that came; all have the layers of the first one."""

    def __init__(self, path: str | os.PathLike[str], *, most: int = 4096, seed: int = 0) -> None:
        """path: .h5; an existing store goes on. It is written when the context ends, or by `write`."""
        self._path, self._most, self._seed = path, most, seed
        self._kept: Kept | None = None
        self._layers = 0

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        self.write()

    def __len__(self) -> int:
        return 0 if self._kept is None else len(self._kept)

    @property
    def seen(self) -> int:
        """How many came, kept or not."""
        return 0 if self._kept is None else self._kept.seen

    def add(self, air: Atmosphere) -> None:
        """Keep columns. A gas that was not given counts as absent."""
        if self._kept is None:
            recipe = {"kind": KIND, "origin": "rejected", "layers": air.layers}
            self._kept = Kept(self._path, fields(air.layers), recipe, keys=("site",), most=self._most, seed=self._seed)
            self._layers = air.layers
        if air.layers != self._layers:
            raise InloopError(f"rejects: columns of {air.layers} layers, {self._path} has such of {self._layers}")
        absent = np.zeros(air.pressure.shape)
        arrays = {
            "pressure_half": air.pressure_half,
            "temperature_half": air.temperature_half,
            "gases": np.stack([air.gases.get(gas, absent) for gas in GASES], axis=1),
            "surface_temperature": air.surface_temperature,
        }
        # A column is its own name: equal ones, met at many time steps, stay in one of the sets.
        names = [
            int.from_bytes(hashlib.blake2b(one.round(3).tobytes(), digest_size=2).digest(), "little") % _PLACES
            for one in arrays["temperature_half"]
        ]
        site = np.array(names, dtype=np.int16)
        self._kept.add({**arrays, "site": site, "experiment": np.full(air.columns, _EXPERIMENT, dtype=np.int16)})

    def write(self) -> None:
        """Write the store, if there is anything in it."""
        if self._kept is not None:
            self._kept.write()
