"""A file from which a run goes on, whatever ended it, on as many ranks as there are now.

    simulation = Simulation(problem, ranks=ranks_here())
    restart = Restart(Path("run.h5"), steps=100)
    restart.resume(simulation)                  # where the file says; from the start if there is none
    while simulation.advance():
        restart.keep(simulation)

The first rank gathers the arrays of all and writes them as one HDF5 file, whole or not at all: a run that is killed, or
a disk that is full, leaves the file before. A run that goes on ends with the same bits as one that was never stopped.
The file says which run it belongs to and carries a digest of all that it holds.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import h5py
import numpy as np

from inloop.errors import InloopError
from inloop.hydro.ranks import Array, Part
from inloop.writing import refuse_unwritable, whole_file

_FORMAT = "inloop restart 2"


class State(NamedTuple):
    """What a run knows: records that JSON can hold, the same on all ranks, and arrays (..., *own zones)."""

    records: Mapping[str, Any]
    arrays: Mapping[str, Array]


@runtime_checkable
class Restartable(Protocol):
    """A simulation that can stop and go on. All ranks call every method."""

    part: Part
    step: int

    def identity(self) -> dict[str, str]:
        """What must be the same in a run that goes on where this one stopped."""

    def state(self) -> State:
        """All that it has to know."""

    def restore(self, state: State) -> None:
        """Go on from there."""


class Restart:
    """Keeps a run's last good state in a file: every so many steps, every so many seconds, or both."""

    def __init__(self, path: Path, *, steps: int | None = None, seconds: float | None = None) -> None:
        if (steps is not None and steps < 1) or (seconds is not None and not seconds > 0):
            raise InloopError(f"restart every {steps} steps, {seconds} seconds: expected positive numbers")
        self.path, self.steps, self.seconds = refuse_unwritable(path), steps, seconds
        self._last = time.monotonic()

    def resume(self, simulation: Restartable) -> bool:
        """Go on from the file; False, and nothing done, if there is none."""
        if not simulation.part.ranks.everyone(self.path.exists())[0]:
            return False
        load(self.path, simulation)
        return True

    def keep(self, simulation: Restartable) -> bool:
        """To be called after each step: whether it was time to write the file."""
        due = self.steps is not None and simulation.step % self.steps == 0
        if self.seconds is not None:  # by the first rank's clock
            due |= simulation.part.ranks.everyone(time.monotonic() - self._last >= self.seconds)[0]
        if due:
            save(simulation, self.path)
            self._last = time.monotonic()
        return due


def save(simulation: Restartable, path: Path) -> None:
    """Write the simulation's state, as it is now, in place of the file."""
    part, state = simulation.part, simulation.state()
    identity = simulation.identity()
    whole = {name: part.gathered(array) for name, array in state.arrays.items()}

    def write() -> None:
        arrays = {name: array for name, array in whole.items() if array is not None}
        if arrays:
            data = _packed(identity, state.records, arrays)
            with whole_file(path) as stream:
                stream.write(data)

    part.ranks.agreed(write)


def load(path: Path, simulation: Restartable) -> None:
    """Put the simulation into the state of a file that it, or one like it, wrote."""
    part, identity = simulation.part, simulation.identity()

    def read() -> State:
        if part.ranks.rank:
            return State({}, {})
        found, state = _unpacked(path)
        differing = [key for key in identity if found.get(key) != identity[key]]
        if differing:
            key = differing[0]
            raise InloopError(
                f"{path}: is the restart of another run, its {key} is {found.get(key)}, here {identity[key]};"
                " give the same problem and options, or another file"
            )
        return state

    state = part.ranks.agreed(read)
    records, names = part.ranks.everyone((state.records, list(state.arrays)))[0]
    simulation.restore(State(records, {name: part.scattered(state.arrays.get(name)) for name in names}))


def identity_of(path: Path) -> dict[str, str]:
    """Which run a file belongs to."""
    return _unpacked(path)[0]


def digest_of(arrays: Iterable[Array], *texts: str) -> str:
    """SHA-256 of arrays, their types and shapes, and of texts."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).data)
    for text in texts:
        digest.update(text.encode())
    return digest.hexdigest()


def _packed(identity: Mapping[str, str], records: Mapping[str, Any], arrays: Mapping[str, Array]) -> memoryview:
    texts = {"identity": json.dumps(identity), "records": json.dumps(records)}
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file.attrs.update({"format": _FORMAT, **texts, "digest": _digest(texts, arrays)})
        for name, array in arrays.items():
            file[name] = array
    return memory.getbuffer()


def _unpacked(path: Path) -> tuple[dict[str, str], State]:
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


def _digest(texts: Mapping[str, str], arrays: Mapping[str, Array]) -> str:
    names = sorted(arrays)
    return digest_of((arrays[name] for name in names), *names, texts["identity"], texts["records"])
