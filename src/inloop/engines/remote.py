"""How to reach a server, and which of the bundles that it serves is meant."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar

from inloop.bundle import GRAPH, Bundle
from inloop.engines.rows import graph_file
from inloop.errors import InloopError

ADDRESS, DEFAULT_URL = "INLOOP_TRITON", "localhost:8001"
_LEAST = {"timeout": 1e-3, "retries": 0, "pause": 0.0, "again": 0.0, "in_flight": 1}


@dataclass(frozen=True)
class Remote:
    """A server that speaks the Open Inference Protocol over gRPC, and how much patience to have with it.

    Given to `inloop.load` and the like as the engine, instead of its name.
    """

    engine: ClassVar[str] = "triton"
    url: str = DEFAULT_URL
    """host:port"""
    timeout: float = 10.0
    """Seconds that one request may take, the wait behind other ranks' requests included."""
    retries: int = 2
    """How often a batch is asked again, over a fresh connection, before the server counts as lost."""
    pause: float = 0.05
    """Seconds before the first of these; twice as many before each that follows."""
    again: float = 10.0
    """Seconds after which a lost server is tried again."""
    in_flight: int = 2
    """Requests under way at once: one is computed while the next is on its way."""
    shared_memory: bool = True
    """Hand arrays over in shared memory if the server runs on this machine; else, and without it, over the wire."""
    fallback: str | None = "onnxruntime"
    """The engine that takes over while the server is lost; None: that is an error."""

    def __post_init__(self) -> None:
        host, colon, port = self.url.rpartition(":")
        if not (host and colon and port.isdecimal() and 0 < int(port) < 65536) or "/" in host:
            raise InloopError(f"server address '{self.url}': expected host:port, as in {DEFAULT_URL}")
        for name, least in _LEAST.items():
            if not getattr(self, name) >= least:
                raise InloopError(f"{name} {getattr(self, name)} of a remote engine: must be at least {least:g}")

    @classmethod
    def from_environment(cls) -> Remote:
        """At the address that the environment variable INLOOP_TRITON holds."""
        return cls(os.environ.get(ADDRESS) or DEFAULT_URL)


@dataclass(frozen=True)
class Served:
    """A bundle's graph as a server knows it: the name of a model, and a version that only this very graph has.

    Every request names both, so a server that was restarted with another bundle cannot answer by mistake.
    """

    name: str
    sha256: str

    @classmethod
    def of(cls, bundle: Bundle) -> Served:
        """The graph of a verified bundle."""
        graph_file(bundle)
        return cls(bundle.name, bundle.files[GRAPH])

    @property
    def version(self) -> str:
        """A whole number, as servers want it: the first 48 bits of the graph's SHA-256."""
        return str(int(self.sha256[:12], 16))
