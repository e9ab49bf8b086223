"""How the arrays of a request travel: over the wire, or in memory that client and server share.

A lane carries one request at a time. In shared memory (the protocol's system shared memory) the arrays of a request are
written once and read where they are; over the wire they are copied into a message, sent, and copied out of one.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import tritonclient.grpc as protocol
from tritonclient.utils import InferenceServerException

Rows = Mapping[str, npt.NDArray[np.float32]]
_MEMORY = Path("/dev/shm")
_TYPE, _BYTES = "FP32", 4


@dataclass(frozen=True)
class Layout:
    """What the model takes and gives: names, and the shape of a row of each."""

    inputs: Mapping[str, tuple[int, ...]]
    output: str
    answer: tuple[int, ...]
    chunk: int
    """Most rows of a request."""

    def size(self, row: tuple[int, ...]) -> int:
        """Bytes of a full chunk of such rows."""
        return self.chunk * int(np.prod(row)) * _BYTES

    @property
    def lane(self) -> int:
        """Bytes of a request and its answer."""
        return sum(map(self.size, self.inputs.values())) + self.size(self.answer)


class Lane(Protocol):
    """Carries one request at a time."""

    def give(self, rows: Rows) -> tuple[list[protocol.InferInput], list[protocol.InferRequestedOutput]]:
        """What to ask the server, with the rows of every input."""

    def take(self, result: protocol.InferResult, out: npt.NDArray[np.float32]) -> None:
        """Copy the server's answer."""


@dataclass(frozen=True)
class Wire:
    """In the messages themselves."""

    layout: Layout

    def give(self, rows: Rows) -> tuple[list[protocol.InferInput], list[protocol.InferRequestedOutput]]:
        """Inputs with their bytes."""
        asked = [_input(name, array) for name, array in rows.items()]
        for tensor, array in zip(asked, rows.values(), strict=True):
            tensor.set_data_from_numpy(array)
        return asked, [protocol.InferRequestedOutput(self.layout.output)]

    def take(self, result: protocol.InferResult, out: npt.NDArray[np.float32]) -> None:
        """Out of the message."""
        array = result.as_numpy(self.layout.output)
        if array is None or array.shape != out.shape:
            raise InferenceServerException(f"{self.layout.output} is missing or of another shape than asked for")
        out[...] = array


class Region:
    """Shared memory that a server has opened too; given back when the client is done with it.

    Its name is gone as soon as the server has it, so nothing stays behind whichever of the two is killed.
    """

    def __init__(self, client: protocol.InferenceServerClient, size: int, timeout: float) -> None:
        """Raises OSError if there is no such memory here, InferenceServerException if the server cannot see it."""
        self.name = f"inloop-{secrets.token_hex(8)}"
        file = _MEMORY / self.name
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            os.posix_fallocate(handle, 0, size)  # else a full /dev/shm would be told by a signal, in mid-run
            self.memory = mmap.mmap(handle, size)
            client.register_system_shared_memory(self.name, f"/{self.name}", size, client_timeout=timeout)
        finally:
            os.close(handle)
            file.unlink()
        self.give_back = weakref.finalize(self, _unregister, client, self.name, timeout)


def _unregister(client: protocol.InferenceServerClient, name: str, timeout: float) -> None:
    with contextlib.suppress(InferenceServerException, ValueError):
        client.unregister_system_shared_memory(name, client_timeout=timeout)


class Shared:
    """One request's part of a region."""

    def __init__(self, layout: Layout, region: Region, start: int) -> None:
        self._layout, self._region = layout, region
        self._starts: dict[str, int] = {}
        for name, row in layout.inputs.items():
            self._starts[name] = start
            start += layout.size(row)
        self._answer = start

    def give(self, rows: Rows) -> tuple[list[protocol.InferInput], list[protocol.InferRequestedOutput]]:
        """Inputs that name their place, and the place where the answer shall be."""
        asked = []
        for name, array in rows.items():
            self._at(self._starts[name], array.shape)[...] = array
            tensor = _input(name, array)
            tensor.set_shared_memory(self._region.name, array.nbytes, self._starts[name])
            asked.append(tensor)
        output = protocol.InferRequestedOutput(self._layout.output)
        size = len(array) * int(np.prod(self._layout.answer)) * _BYTES
        output.set_shared_memory(self._region.name, size, self._answer)
        return asked, [output]

    def take(self, result: protocol.InferResult, out: npt.NDArray[np.float32]) -> None:
        """From its place."""
        out[...] = self._at(self._answer, out.shape)

    def _at(self, start: int, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        return np.ndarray(shape, np.float32, self._region.memory, start)


def _input(name: str, array: npt.NDArray[np.float32]) -> protocol.InferInput:
    return protocol.InferInput(name, list(array.shape), _TYPE)


def lanes(
    layout: Layout, count: int, client: protocol.InferenceServerClient, *, shared: bool, timeout: float
) -> list[Lane]:
    """So many lanes; in shared memory if wanted and if the server sees this machine's."""
    if shared:
        with contextlib.suppress(OSError, InferenceServerException):
            region = Region(client, count * layout.lane, timeout)
            return [Shared(layout, region, number * layout.lane) for number in range(count)]
    return [Wire(layout) for _ in range(count)]
