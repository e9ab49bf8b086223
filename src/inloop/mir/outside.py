"""The learned reconstruction's network on an engine outside the core.

The core finds the views and makes faces of the answers. An engine only ever sees features: it is given lines of zero
and scales of one, so that what it answers is the network's part alone, and line and scale are applied in the core, in
double. A straight border stays straight however roughly the engine computes.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inloop import _core
from inloop.bundle import GRAPH, Bundle
from inloop.engines import Graph, Settings, open_graph
from inloop.errors import InloopError
from inloop.mir.learned import FEATURES, VERTICES
from inloop.mir.mesh import Mesh

if TYPE_CHECKING:
    from inloop._core import Face2, Gate, Singles

AT_ONCE = 4096  # samples that are asked about together: some 40,000 views of 58 numbers
_TAKES = {"features": (FEATURES,), "line": (3,), "scale": (1,)}


@functools.lru_cache(maxsize=8)
def opened(bundle: Bundle, engine: str | Settings, threads: int, precision: str) -> Graph:
    """The bundle's graph on an engine, opened once."""
    graph = open_graph(bundle, engine, threads=threads, precision=precision)
    if dict(graph.inputs) != _TAKES:
        raise InloopError(f"{bundle.path / GRAPH}: takes {dict(graph.inputs)}, expected {_TAKES}; export it again")
    return graph


def face_of(
    graph: Graph, fractions: npt.NDArray[Any], mesh: Mesh, *, gate: Gate | None = None, threads: int = 1
) -> Face2:
    """The reconstruction of one mesh; the gate is judged in the core, before the engine is asked."""
    asked = _core.ask_mesh(fractions, mesh.nodes, mesh.widths, mesh.halo, mesh.side, gate, threads)
    return asked.face(answers(graph, asked.features), threads)


def cover_samples(
    graph: Graph, fractions: npt.NDArray[Any], mesh: Mesh, k: int, out: npt.NDArray[Any], *, threads: int = 1
) -> None:
    """Coverage of k x k sub-zones of contiguous samples (n, [M,] rows, columns) into `out`, as contiguous."""
    for first in range(0, len(fractions), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        asked = _core.ask_samples(fractions[part], mesh.nodes, mesh.widths, mesh.side, first, threads)
        asked.coverage(answers(graph, asked.features), k, out[part], threads)


def answers(graph: Graph, features: Singles) -> Singles:
    """(n, 58) to (n, 81); the engine is left alone if n is 0."""
    n = len(features)
    if n == 0:
        return np.empty((0, VERTICES), np.float32)
    found = graph.run(
        {"features": features, "line": np.zeros((n, 3), np.float32), "scale": np.ones((n, 1), np.float32)}
    )
    if found.shape != (n, VERTICES):
        raise InloopError(f"the engine answers {found.shape}: expected {(n, VERTICES)}; export the bundle again")
    return np.ascontiguousarray(found, dtype=np.float32)
