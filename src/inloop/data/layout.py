"""What a store holds: named arrays of fixed shape, and what they were made from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from inloop.errors import InloopError

FORMAT, VERSION = "inloop samples", 1


def digest(text: str) -> str:
    """Short hash of a text: 16 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Field:
    """One array a sample: its name, shape (may be ()) and NumPy type as text, such as "float32"."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Layout:
    """What a store of samples is to hold, before there are any."""

    fields: tuple[Field, ...]
    count: int
    """How many samples."""
    recipe: str
    """JSON object: everything that decides what the samples are, but for the seed."""
    seed: int = 0
    keys: tuple[str, ...] = ()
    """Names of the fields, whole numbers, that together identify the shape of a sample: see `Split`."""
    about: str = "{}"
    """JSON object: what a reader may want to know besides, such as the names behind numbers."""
    block: int = 32
    """Samples that are written, compressed and read together."""

    def __post_init__(self) -> None:
        for what, number in (("count", self.count), ("block", self.block)):
            if number < 1:
                raise InloopError(f"store: {what} is {number}, expected a whole number of at least 1")
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names) or not names:
            raise InloopError(f"store: fields are named {names}, expected at least one and no name twice")
        for text in (self.recipe, self.about):
            if not isinstance(json.loads(text), dict):
                raise InloopError(f"store: {text[:40]!r} is not a JSON object")
        for key in self.keys:
            if key not in names:
                raise InloopError(f"store: key {key!r} is not a field: take one of {', '.join(names)}")

    @property
    def blocks(self) -> int:
        """How many blocks."""
        return -(-self.count // self.block)

    def rows(self, block: int) -> range:
        """The samples of a block; the last one may be smaller."""
        return range(block * self.block, min((block + 1) * self.block, self.count))

    def attributes(self) -> dict[str, str | int]:
        """What the file states about itself."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "recipe": self.recipe,
            "recipe_hash": digest(self.recipe),
            "seed": self.seed,
            "count": self.count,
            "block": self.block,
            "keys": json.dumps(self.keys),
            "about": self.about,
        }

    @property
    def identity(self) -> str:
        """Text that two layouts share only if they hold the same samples in the same way."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    def checked(self, block: int, arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
        """The arrays of a block in the types of their fields; InloopError if one is missing or has another shape."""
        names = [field.name for field in self.fields]
        if set(arrays) != set(names):
            raise InloopError(f"store: got arrays {', '.join(sorted(arrays))}, expected {', '.join(sorted(names))}")
        ready = {}
        for field in self.fields:
            expected = (len(self.rows(block)), *field.shape)
            given = arrays[field.name]
            if given.shape != expected:
                raise InloopError(f"store: {field.name} of block {block} has shape {given.shape}, expected {expected}")
            ready[field.name] = np.ascontiguousarray(given, dtype=field.dtype)
        return ready


def difference(recipe: str, expected: str) -> str:
    """What makes two recipes (JSON objects) differ: the first field that does."""
    ours, theirs = json.loads(recipe), json.loads(expected)
    for name in sorted(set(ours) | set(theirs)):
        if ours.get(name) != theirs.get(name):
            return f"{name} is {_brief(ours, name)}, expected {_brief(theirs, name)}"
    return "written differently"


def _brief(fields: dict[str, Any], name: str) -> str:
    text = json.dumps(fields[name]) if name in fields else "absent"
    return text if len(text) <= 60 else text[:57] + "..."
