"""A store of samples that fit in memory: named arrays in, one file out."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.data.draft import Draft
from inloop.data.layout import Field, Layout
from inloop.data.store import Arrays, Samples
from inloop.errors import InloopError

KEYS = ("drawn_with", "number")
"""Fields that are added: the seed and the number of a sample, by which `Split` tells training from held-out ones."""
_BLOCK = 4096


def write_arrays(
    path: str | os.PathLike[str], arrays: Mapping[str, NDArray[Any]], *, recipe: Mapping[str, Any], seed: int
) -> None:
    """Write arrays (n, ...) by name, whole or not at all.

    recipe: everything that decides what the samples are, but for the seed.
    """
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) != 1 or set(arrays) & set(KEYS):
        raise InloopError(f"arrays: {counts or 'none'}; give arrays of as many samples each, none named {KEYS}")
    (count,) = set(counts.values())
    whole = {**arrays, KEYS[0]: np.full(count, seed, np.int64), KEYS[1]: np.arange(count, dtype=np.int64)}
    layout = Layout(
        tuple(Field(name, array.shape[1:], array.dtype.name) for name, array in whole.items()),
        count,
        _text(recipe),
        seed,
        KEYS,
        block=_BLOCK,
    )
    draft = Draft(Path(path), layout)
    for block in draft.begin():
        rows = layout.rows(block)
        draft.put(block, {name: array[rows.start : rows.stop] for name, array in whole.items()})
    draft.finish()


def read_arrays(path: str | os.PathLike[str], part: str, *, recipe: Mapping[str, Any]) -> Arrays:
    """The arrays of a part: "train", "validation" or "test"; refuses a store that was made from another recipe."""
    with Samples(path, recipe=_text(recipe)) as store:
        names = [field.name for field in store.layout.fields if field.name not in KEYS]
        return store.read(store.rows(part), names=names)


def _text(recipe: Mapping[str, Any]) -> str:
    return json.dumps(dict(recipe), sort_keys=True)
