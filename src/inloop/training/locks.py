"""Locks on files that tell which processes of a sweep are alive: the kernel drops them when a process ends."""

from __future__ import annotations

import contextlib
import fcntl
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a file; wait for it if another process does."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def life(directory: Path) -> Iterator[str]:
    """Hold the lock on a file of our own; its name is what others know us by."""
    directory.mkdir(exist_ok=True)
    path = directory / secrets.token_hex(8)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield path.name
        finally:
            path.unlink(missing_ok=True)


def alive(directory: Path, owner: str | None) -> bool:
    """Whether the process that holds the life of this name still lives."""
    if owner is None:
        return False
    try:
        with (directory / owner).open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
