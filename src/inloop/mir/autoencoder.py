"""The published autoencoder as a bundle and as a kernel: fractions of 8 x 8 zones in, an image of coverage out.

Its graph takes the zones' fractions and repeats them over their pixels itself. What it answers is an image, not an
interface: no law holds by construction, and a zone's pixels depend on the whole sample.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.bundle import GRAPH, Bundle, Signature, fewer_bits, made_here, write_bundle
from inloop.engines import Graph, Settings, open_graph
from inloop.errors import InloopError
from inloop.kernel import GPU, NATIVE
from inloop.mir.learned import CASE
from inloop.mir.sampled import SIGNATURE as SAMPLED
from inloop.mir.sampled import ZONES, Fill, SampledKernel

KIND = "autoencoder"
FRACTIONS, COVERAGE = "fractions", "coverage"  # what the graph calls its input (n, 8, 8) and its output (n, 64, 64)
SIGNATURE = Signature(SAMPLED.inputs, SAMPLED.outputs, halo=ZONES - 1)
_AT_ONCE = 32  # samples: 32 channels of them are some 16 MB, between two layers


def kernel_of(bundle: Bundle, *, engine: str | Settings, threads: int, precision: str) -> SampledKernel:
    """What `inloop.load` calls for bundles of an autoencoder."""
    if engine in (NATIVE, GPU):
        raise InloopError(f"engine '{engine}' does not run autoencoders, as {bundle.name} is one; take onnxruntime")
    graph = open_graph(bundle, engine, threads=threads, precision=precision)
    takes = {FRACTIONS: (ZONES, ZONES)}
    if dict(graph.inputs) != takes:
        raise InloopError(f"{bundle.path / GRAPH}: takes {dict(graph.inputs)}, expected {takes}; export it again")
    return SampledKernel(bundle, _filled(graph))


def _filled(graph: Graph) -> Fill:
    def fill(fractions: NDArray[Any], out: NDArray[Any]) -> None:
        both = fractions.ndim == 4
        if both and fractions.shape[1] != 2:
            raise InloopError(
                f"fractions are of {fractions.shape[1]} materials: an autoencoder takes two, or the first"
            )
        first, images = (fractions[:, 0], out[:, 0]) if both else (fractions, out)
        zones = np.ascontiguousarray(first, dtype=np.float32)
        for start in range(0, len(zones), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            images[part] = graph.run({FRACTIONS: zones[part]})
        if both:
            out[:, 1] = 1 - images

    return fill


def publish(
    weights: Mapping[str, NDArray[np.float32]],
    path: str | os.PathLike[str],
    *,
    name: str,
    shape: Mapping[str, Any],
    graph: bytes,
    precision: str = "float32",
    provenance: Mapping[str, Any],
    errors: Mapping[str, Any],
) -> Bundle:
    """Write the bundle.

    weights: of `inloop.nets.Autoencoder`, by its names. shape: its configuration. graph: made of these weights, its
    linear layers in `precision`. provenance: at least the command that makes the bundle again, seed and data.
    """
    missing = {"command", "seed", "data"} - set(provenance)
    if missing:
        raise InloopError(f"provenance lacks {', '.join(sorted(missing))}: say how these weights came about")
    stated = {"kind": KIND, **shape, "precision": precision}
    return write_bundle(
        Path(path),
        name=name,
        case=CASE,
        signature=SIGNATURE,
        network=stated,
        weights=weights,
        provenance={**made_here(), **provenance},
        errors=errors,
        graph=graph,
        card=_card(name, stated, errors),
    )


def _card(name: str, stated: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    """The model card."""
    lines = [
        f"# {name}: an image of each sample",
        "",
        f"A convolutional autoencoder of {stated['channels']} channels after Yamamoto, Karlin and Fenn: from the volume"
        " fractions of 8 x 8 zones to the coverage of 64 x 64 pixels. It conserves as well as it has learned to, no"
        ' better. `inloop.load(..., engine="onnxruntime")` makes a kernel of it.',
        "",
        *fewer_bits(stated),
        "## Measured",
        "",
        *(f"- {key}: {value}" for key, value in errors.items()),
        "",
    ]
    return "\n".join(lines)
