"""The file from which a run goes on: its state, which run it is of, and a digest of all that the file holds.

One HDF5 file, written whole or not at all: a run that is killed, or a disk that is full, leaves the file before.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.writing import whole_file

_FORMAT = "inloop restart 2"


class State(NamedTuple):
    """What a run knows: records that JSON can hold, and arrays; on many ranks (..., *own zones)."""

    records: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def write(path: Path, identity: Mapping[str, str], state: State) -> None:
    """Put the state in place of the file. identity: what must be the same in a run that goes on from it."""
    texts = {"identity": json.dumps(dict(identity)), "records": json.dumps(state.records)}
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file.attrs.update({"format": _FORMAT, **texts, "digest": _digest(texts, state.arrays)})
        for name, array in state.arrays.items():
            file[name] = array
    with whole_file(path) as stream:
        stream.write(memory.getbuffer())


def state_of(path: Path, identity: Mapping[str, str]) -> State:
    """Read the state of a run; refuses the file of another."""
    found, state = _read(path)
    for key, mine in identity.items():
        if found.get(key) != mine:
            raise InloopError(
                f"{path}: is the restart of another run, its {key} is {found.get(key)}, here {mine};"
                " give the same problem and options, or another file"
            )
    return state


def identity_of(path: Path) -> dict[str, str]:
    """Which run a file belongs to."""
    return _read(path)[0]


def fits(path: Path, identity: Mapping[str, str]) -> bool:
    """Whether a file is there from which this run can go on."""
    try:
        return identity_of(path) == identity
    except InloopError:
        return False


def set_aside(path: Path) -> Path:
    """Rename a file to the first name that is free."""
    names = (path.with_name(f"{path.name}.{number}") for number in itertools.count(1))
    return path.rename(next(name for name in names if not name.exists()))


def digest_of(arrays: Iterable[NDArray[Any]], *texts: str) -> str:
    """SHA-256 of arrays, their types and shapes, and of texts."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).data)
    for text in texts:
        digest.update(text.encode())
    return digest.hexdigest()


def _read(path: Path) -> tuple[dict[str, str], State]:
    try:
        with h5py.File(path) as file:
            about = {key: file.attrs.get(key) for key in ("format", "identity", "records", "digest")}
            if about["format"] != _FORMAT:
                raise InloopError(f"{path}: is no restart file of this version; give another file, or remove it")
            arrays = {name: data[()] for name, data in file.items()}
        texts = {key: str(about[key]) for key in ("identity", "records")}
        if about["digest"] != _digest(texts, arrays):
            raise InloopError(f"{path}: is damaged, its digest does not fit; remove it to begin anew")
        return json.loads(texts["identity"]), State(json.loads(texts["records"]), arrays)
    except FileNotFoundError:
        raise InloopError(f"{path}: there is no such restart file; check the name") from None
    except (OSError, KeyError, RuntimeError) as wrong:
        raise InloopError(
            f"{path}: is no restart file, or a truncated one ({wrong}); remove it to begin anew"
        ) from None


def _digest(texts: Mapping[str, str], arrays: Mapping[str, NDArray[Any]]) -> str:
    names = sorted(arrays)
    return digest_of((arrays[name] for name in names), *names, texts["identity"], texts["records"])
