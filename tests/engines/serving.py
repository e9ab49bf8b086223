"""A real server for the tests: the wheel's, in its own environment, on a free port."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import ROOT

from inloop.bundle import Bundle
from inloop.engines.remote import Served
from inloop.engines.repository import Serving, write_repository
from inloop.engines.server import ENVIRONMENT, Installation, Server
from inloop.errors import InloopError


def installation() -> Installation:
    """Where the server is, or a skip that says how to get it."""
    pytest.importorskip("tritonclient.grpc", reason="install tritonclient: pip install 'inloop[remote]'")
    pytest.importorskip("onnxruntime", reason="install onnxruntime: pip install 'inloop[remote]'")
    try:
        return Installation.find(os.environ.get(ENVIRONMENT) or ROOT / ".venv-triton")
    except InloopError:
        pytest.skip("install nvidia-pytriton in an environment of its own: make remote-server")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def starter(folder: Path, bundle: Bundle, *, port: int | None = None) -> Callable[[], Server]:
    """Starts a server of this bundle, each time at the same address, and waits until it is ready."""
    found, port = installation(), port or free_port()
    write_repository(folder, bundle, Serving())

    def start() -> Server:
        server = Server(found, folder, port=port)
        try:
            server.wait_until_ready(Served.of(bundle))
        except BaseException:
            server.stop()
            raise
        return server

    return start


def rows(count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """What the shipped kernel's graph takes."""
    draw = np.random.default_rng(seed)
    widths = {"features": 58, "line": 3, "scale": 1}
    return {name: draw.uniform(-1, 1, (count, width)).astype(np.float32) for name, width in widths.items()}
