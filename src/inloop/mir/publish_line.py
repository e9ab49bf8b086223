"""Make a bundle of a trained drop-in line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.bundle import Argument, Bundle, Signature, made_here, write_bundle
from inloop.errors import InloopError
from inloop.mir.layers import Layers
from inloop.mir.learned import CASE, FEATURES, VIEWS
from inloop.mir.line import ANSWERS, KIND, SHIPPED, LearnedLine

SIGNATURE = Signature(
    inputs=(Argument("fractions", ("materials?", "rows", "columns"), ("float32", "float64")),),
    outputs=(Argument("normals and depths", ("mixed zones", 3), ("float64",)),),
    halo=LearnedLine.halo,
)


def publish_line(
    weights: Mapping[str, NDArray[Any]],
    path: str | os.PathLike[str],
    *,
    name: str = SHIPPED,
    provenance: Mapping[str, Any],
    errors: Mapping[str, Any],
) -> Bundle:
    """Write the bundle; the arguments are those of `inloop.mir.publish.publish`."""
    missing = {"command", "seed", "data"} - set(provenance)
    if missing:
        raise InloopError(f"provenance lacks {', '.join(sorted(missing))}: say how these weights came about")
    tensors = {key: np.asarray(value, dtype=np.float32) for key, value in weights.items()}
    sizes = list(Layers.from_arrays(tensors).sizes)
    if (sizes[0], sizes[-1]) != (FEATURES, ANSWERS):
        raise InloopError(f"the network maps {sizes[0]} to {sizes[-1]} values: expected {FEATURES} to {ANSWERS}")
    return write_bundle(
        Path(path),
        name=name,
        case=CASE,
        signature=SIGNATURE,
        network={"kind": KIND, "views": VIEWS, "sizes": sizes, "activation": "squareplus"},
        weights=tensors,
        provenance={**made_here(), **provenance},
        errors=errors,
        card=_card(name, sizes, errors),
    )


def _card(name: str, sizes: list[int], errors: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            f"# {name}: one line a zone",
            "",
            "From the volume fractions around a mixed zone of a rectilinear mesh in two dimensions to the normal of its"
            " interface, for codes that keep one straight line a zone. `inloop.mir.LearnedLine` uses it.",
            "",
            f"A fully connected network ({' - '.join(map(str, sizes))}) turns ELVIRA's line; its depth follows from the"
            " fraction, so areas are exact whatever the network says. Lines of neighbouring zones do not join up.",
            "",
            "## Measured",
            "",
            *(f"- {key}: {value}" for key, value in errors.items()),
            "",
        ]
    )
