"""Write an output file whole or not at all.

Everything inloop writes (tables, pictures, meshes, pages) goes through `whole_file`: the bytes go to a temporary file
beside the target, which is moved over it once complete. A run that is killed, or a disk that is full, leaves the
previous file as it was and no half-written one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from inloop.errors import InloopError


class OutputError(InloopError):
    """An output file could not be written; the message is one line that names it and the mend."""


def refuse_unwritable(path: str | os.PathLike[str]) -> Path:
    """Raise `OutputError` if `path` cannot possibly be written; cheap enough to ask before long work."""
    target = Path(path)
    try:
        if target.is_dir():
            raise OutputError(f"{target}: is a directory; name a file to write")
        if not target.parent.is_dir():
            raise OutputError(f"{target}: cannot be written, no directory {target.parent}; create it first")
        exists = target.exists()
    except OSError as error:
        raise _explained(target, error) from error
    if not os.access(target if exists else target.parent, os.W_OK):
        raise OutputError(f"{target}: cannot be written, permission denied; choose another place")
    return target


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open `path` for writing bytes; it appears, complete, when the block ends without an error."""
    target = refuse_unwritable(path)
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:  # a pipe or a device: there is nothing to move over it
                yield stream
            return
        target = target.resolve()  # a link stays a link, what it points to is replaced
        draft = target.with_name(f".{target.name[:64]}.{secrets.token_hex(4)}.part")
        try:
            with draft.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())  # some file systems report a full disk only here
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise _explained(target, error) from error


def _explained(target: Path, error: OSError) -> OutputError:
    mends = {
        errno.ENOSPC: "the disk is full; free some space or choose another place",
        errno.EDQUOT: "the disk quota is used up; free some space or choose another place",
        errno.EACCES: "permission denied; choose another place",
        errno.EROFS: "the file system is read-only; choose another place",
        errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    }
    reason = mends.get(error.errno or 0, f"{error.strerror or error}; choose another place")
    return OutputError(f"{target}: cannot be written, {reason}")
