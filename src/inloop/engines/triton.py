"""The engine "triton": a graph on a server, and a local engine for as long as the server is lost.

A simulation does not stop, and loses no step, because a server does: a batch that the server does not answer is
computed here, whole. Both engines run the same graph in the same precision, so results differ by rounding alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from inloop.bundle import Bundle
from inloop.engines import Graph, open_graph
from inloop.engines.failures import ServerError
from inloop.engines.remote import ADDRESS, Remote, Served
from inloop.engines.remote_client import Client, Lost
from inloop.engines.rows import checked
from inloop.errors import InloopError

_LOG = logging.getLogger("inloop.engines.triton")  # without a host's own handlers: a line on stderr
_LOOK = 2.0  # seconds that a batch waits for a server that is lost, when it is looked for again


def opened(bundle: Bundle, remote: Remote | None = None, *, threads: int, precision: str) -> Graph:
    """The bundle's graph on a server, by default the one at INLOOP_TRITON.

    threads, precision: of the engine that stands in; the server has its own.
    """
    remote = Remote.from_environment() if remote is None else remote
    local = None if remote.fallback is None else open_graph(bundle, remote.fallback, threads=threads)
    return Remoted(remote, Served.of(bundle), local)


class Remoted:
    """A graph that runs on a server if it can; from several threads, one batch after the other."""

    def __init__(self, remote: Remote, served: Served, local: Graph | None) -> None:
        self._remote, self._served, self._local = remote, served, local
        self._lock = threading.Lock()
        self._look_at = 0.0  # while the server is lost: when to look for it again
        try:
            self._client: Client | None = Client(remote, served, within=remote.timeout)
        except Lost as lost:
            raise ServerError(
                f"server {remote.url}: {lost}; start one (inloop serve), or set {ADDRESS} to another's host:port"
            ) from None
        self.inputs = self._client.layout.inputs

    @property
    def away(self) -> bool:
        """Whether the server is lost."""
        return self._client is None

    def run(self, inputs: Mapping[str, npt.NDArray[np.float32]], /) -> npt.NDArray[np.float32]:
        """On the server, or else here."""
        checked(inputs, self.inputs)
        with self._lock:
            if self._client is None and (self._local is None or time.monotonic() >= self._look_at):
                self._look()
            if self._client is not None:
                try:
                    return self._patiently(inputs)
                except (Lost, InloopError) as reason:
                    self._lose(reason)
        assert self._local is not None
        return self._local.run(inputs)

    def _patiently(self, inputs: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        """Again, over a fresh connection, as often as that is allowed."""
        pause = self._remote.pause
        for left in reversed(range(self._remote.retries + 1)):
            try:
                if self._client is None:
                    self._client = Client(self._remote, self._served, within=self._remote.timeout)
                return self._client.run(inputs)
            except Lost:
                if self._client is not None:
                    self._client.close()
                    self._client = None
                if not left:
                    raise
            time.sleep(pause)
            pause *= 2
        raise AssertionError("not reached")

    def _look(self) -> None:
        try:
            self._client = Client(self._remote, self._served, within=min(self._remote.timeout, _LOOK))
            _LOG.warning("inloop: server %s: back, and used again", self._remote.url)
        except (Lost, InloopError) as reason:
            self._do_without(reason)

    def _lose(self, reason: Exception) -> None:
        self._do_without(reason)
        _LOG.warning(
            "inloop: server %s: lost, %s; going on with %s here", self._remote.url, reason, self._remote.fallback
        )

    def _do_without(self, reason: Exception) -> None:
        self._look_at = time.monotonic() + self._remote.again
        if self._local is None:
            raise ServerError(f"server {self._remote.url}: lost, {reason}; start it again (inloop serve)") from None
