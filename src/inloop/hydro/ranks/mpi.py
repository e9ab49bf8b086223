"""Ranks that talk by MPI. Nothing else imports mpi4py."""

from __future__ import annotations

import contextlib
import sys
import time
import traceback
from collections.abc import Iterator, Mapping

from inloop.errors import InloopError
from inloop.hydro.ranks.talk import Array, Ranks, Value

try:
    from mpi4py import MPI
except (ImportError, RuntimeError) as missing:
    raise InloopError(f"many ranks need mpi4py: pip install 'inloop[mpi]' ({missing})") from None

_LATER = 0.5  # seconds: an error that all ranks have is told by the first alone


class Mpi(Ranks):
    """All ranks of a communicator, by default those that were launched together."""

    def __init__(self, communicator: MPI.Intracomm | None = None) -> None:
        self._talk = MPI.COMM_WORLD if communicator is None else communicator
        self.rank, self.size = self._talk.rank, self._talk.size

    def swap(self, sent: Mapping[int, Array], wanted: Mapping[int, Array]) -> None:
        """Point to point, all at once."""
        requests = [self._talk.Irecv(array, source=rank) for rank, array in wanted.items()]
        requests += [self._talk.Isend(array, dest=rank) for rank, array in sent.items()]
        MPI.Request.Waitall(requests)

    def everyone(self, value: Value) -> list[Value]:
        """The values by rank."""
        return self._talk.allgather(value)

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Tell what is wrong, then end all ranks."""
        try:
            yield
        except (Exception, KeyboardInterrupt) as wrong:
            if self.rank:
                time.sleep(_LATER)
            if isinstance(wrong, InloopError):
                print(f"inloop: rank {self.rank}: {wrong}", file=sys.stderr, flush=True)
            else:
                traceback.print_exc()
            self._talk.Abort(1)
