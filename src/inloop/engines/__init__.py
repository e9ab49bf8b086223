"""Engines: where a bundle's graph runs, if not in inloop's own core. One file an engine.

An engine knows named arrays and nothing of any case: rows in, rows out. What a case makes of the answers stays on the
client. This module is cheap to import: an engine's package is imported when it is opened.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from inloop.errors import InloopError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from inloop.bundle import Bundle

    Arrays = Mapping[str, npt.NDArray[np.float32]]


class Graph(Protocol):
    """A graph, opened: call `run` as often as needed, with any number of rows."""

    @property
    def inputs(self) -> Mapping[str, tuple[int, ...]]:
        """The arrays that it takes, in the graph's order: name to the shape of one row."""

    def run(self, inputs: Arrays, /) -> npt.NDArray[np.float32]:
        """All of `inputs`, each (n, *shape of a row), to the graph's one output, (n, ...); contiguous, float32.

        n may be any number from one on. The answer is the caller's: no later call writes into it.
        """


class Settings(Protocol):
    """An engine that is given with settings instead of by its name, as `inloop.engines.remote.Remote`."""

    @property
    def engine(self) -> str:
        """Its name."""

    def __hash__(self) -> int:
        """Graphs that are open are known by it."""


@dataclass(frozen=True)
class Engine:
    """What is known of an engine without opening it."""

    opener: str
    """ "module:function", called as function(bundle, threads=, precision=) -> Graph."""
    package: str
    """What the module imports."""
    extra: str
    """Which of inloop's extras brings the package."""
    precisions: tuple[str, ...]
    """What it can compute in; the first where nothing else is asked for. Inputs and answers are float32 always."""
    about: str


PRECISIONS = ("float32", "float16", "bfloat16")

ENGINES: dict[str, Engine] = {
    "onnxruntime": Engine(
        "inloop.engines.onnxruntime:opened",
        "onnxruntime",
        "onnx",
        ("float32", "float16"),
        "ONNX Runtime on the processor",
    ),
    "openvino": Engine(
        "inloop.engines.openvino:opened", "openvino", "openvino", PRECISIONS, "OpenVINO on the processor"
    ),
    "torch": Engine("inloop.engines.torch:eager", "torch", "train", PRECISIONS, "PyTorch, operator by operator"),
    "torch-compiled": Engine("inloop.engines.torch:compiled", "torch", "train", PRECISIONS, "PyTorch, torch.compile"),
    "tensorrt": Engine(
        "inloop.engines.tensorrt:opened", "tensorrt", "tensorrt", PRECISIONS, "TensorRT on an NVIDIA GPU"
    ),
    "triton": Engine(
        "inloop.engines.triton:opened",
        "tritonclient",
        "remote",
        ("float32",),
        "a server that speaks the Open Inference Protocol",
    ),
}


def open_graph(bundle: Bundle, engine: str | Settings, *, threads: int = 1, precision: str = "float32") -> Graph:
    """Open a verified bundle's graph on an engine.

    threads: of the engine; more of them may change the last digits. precision: what the network is computed in.
    """
    about = known(engine, precision)
    if isinstance(engine, str):
        opened: Graph = _opener(engine, about)(bundle, threads=threads, precision=precision)
    else:
        opened = _opener(engine.engine, about)(bundle, engine, threads=threads, precision=precision)
    return opened


def known(engine: str | Settings, precision: str = "float32") -> Engine:
    """What is known of an engine; refuses one that there is not, and a precision that it does not compute in."""
    engine = engine if isinstance(engine, str) else engine.engine
    if engine not in ENGINES:
        names = ", ".join(["native", *ENGINES])
        raise InloopError(f"engine {engine!r} is unknown: take one of {names}; see inloop doctor")
    about = ENGINES[engine]
    if precision not in about.precisions:
        precisions = " or ".join(about.precisions)
        raise InloopError(f"engine '{engine}' does not compute in {precision!r}: take {precisions}, or another engine")
    return about


def _opener(engine: str, about: Engine) -> Callable[..., Any]:
    module, _, function = about.opener.partition(":")
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "inloop":
            raise
        raise InloopError(
            f"engine '{engine}' needs {missing.name or about.package}: pip install 'inloop[{about.extra}]'"
        ) from None
    return found
