"""Inputs that a learned kernel was not trusted with, kept for its next training."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.data.draft import Draft
from inloop.data.layout import Field, Layout
from inloop.data.store import Samples
from inloop.errors import InloopError


class Rejects:
    """Inputs that were rejected, on their way to a store: a fair choice of at most `most` of all that came.

    Opened on an existing store it goes on from there. A context manager: the store is written at the end.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        fields: Sequence[Field],
        recipe: Mapping[str, Any],
        *,
        keys: Sequence[str] = (),
        most: int = 4096,
        seed: int = 0,
    ) -> None:
        """fields: the arrays of an input; recipe (JSON): what inputs these are; keys: see `inloop.data.Layout`."""
        if most < 1:
            raise InloopError(f"rejects: most is {most}, expected a whole number of at least 1")
        self.path = Path(path)
        self.most = most
        self.seen = 0
        """How many inputs came, kept or not."""
        self._fields, self._keys, self._seed = tuple(fields), tuple(keys), seed
        self._recipe = json.dumps(dict(recipe), sort_keys=True)
        self._kept: list[dict[str, NDArray[Any]]] = []
        if self.path.exists():
            with Samples(self.path, recipe=self._recipe) as there:
                self.seen = int(there.about["seen"])
                held = there.read()
            rows = zip(*(held[field.name] for field in self._fields), strict=True)
            self._kept = [self._input(row) for row in rows][:most]
        self._random = np.random.default_rng((seed, self.seen))

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        self.write()

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Inputs (n, ...) by the names of the fields."""
        lengths = {len(arrays[field.name]) for field in self._fields}
        if len(lengths) != 1:
            raise InloopError(f"rejects: the arrays hold {sorted(lengths)} inputs, expected one number")
        for row in zip(*(arrays[field.name] for field in self._fields), strict=True):
            self.seen += 1
            if len(self._kept) < self.most:
                self._kept.append(self._input(row))
            elif (place := int(self._random.integers(self.seen))) < self.most:
                self._kept[place] = self._input(row)

    def write(self) -> None:
        """Writes the store, if there is anything to keep."""
        if not self._kept:
            return
        about = json.dumps({"seen": self.seen})
        layout = Layout(self._fields, len(self._kept), self._recipe, self._seed, self._keys, about)
        draft = Draft(self.path, layout)
        draft.discard()
        draft.begin()
        for block in range(layout.blocks):
            rows = [self._kept[row] for row in layout.rows(block)]
            draft.put(block, {field.name: np.stack([row[field.name] for row in rows]) for field in self._fields})
        draft.finish()

    def _input(self, row: Iterable[Any]) -> dict[str, NDArray[Any]]:
        return {field.name: np.array(value) for field, value in zip(self._fields, row, strict=True)}
