"""Make a bundle of a trained network: weights, graph, provenance and measured errors, checked before it is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.bundle import Bundle, fewer_bits, made_here, write_bundle
from inloop.errors import InloopError
from inloop.mir.layers import Layers
from inloop.mir.learned import CASE, FEATURES, KIND, SHIPPED, VERTICES, VIEWS, rebuilt

LAWS = {"conservation_error_max": 1e-12, "continuity_error_max": 1e-12}


def publish(
    weights: Mapping[str, NDArray[Any]],
    path: str | os.PathLike[str],
    *,
    name: str = SHIPPED,
    provenance: Mapping[str, Any],
    errors: Mapping[str, Any],
    gate: Mapping[str, Any] | None = None,
    gate_weights: Mapping[str, NDArray[Any]] | None = None,
    graph: bool | bytes = True,
    precision: str = "float32",
) -> Bundle:
    """Write the bundle of a level-set network; refuse weights with which a law does not hold.

    weights: `layers.0.weight` (out, in), `layers.0.bias` (out,) and so on, float32: a torch state dictionary with
        `.numpy()` called on its tensors. path: the folder; an older bundle there is replaced.
    provenance: at least `command`, `seed` and `data` (recipe and hash); versions, date and machine are added.
    errors: figures measured on held-out samples, by name. gate, gate_weights: see `inloop.bundle`.
    graph: also write the ONNX graph, which needs the [train] extra; or its bytes, made of these weights elsewhere.
    precision: what such a graph computes its linear layers in; the native core runs the weights in float32.
    """
    from inloop.mir.sampled import SIGNATURE

    missing = {"command", "seed", "data"} - set(provenance)
    if missing:
        raise InloopError(f"provenance lacks {', '.join(sorted(missing))}: say how these weights came about")
    tensors = {key: np.asarray(value, dtype=np.float32) for key, value in weights.items()}
    sizes = list(Layers.from_arrays(tensors).sizes)
    if (sizes[0], sizes[-1]) != (FEATURES, VERTICES):
        raise InloopError(f"the network maps {sizes[0]} to {sizes[-1]} values: expected {FEATURES} to {VERTICES}")
    exported = graph if isinstance(graph, bytes) else None
    if graph is True:
        from inloop.mir.learning_graph import graph_bytes

        exported = graph_bytes(tensors)
    measured = {**errors, "laws": check_laws(tensors)}
    network = {"kind": KIND, "views": VIEWS, "sizes": sizes, "activation": "squareplus", "precision": precision}
    facts = {**made_here(), **provenance}
    return write_bundle(
        Path(path),
        name=name,
        case=CASE,
        signature=SIGNATURE,
        network=network,
        weights={**tensors, **(gate_weights or {})},
        provenance=facts,
        errors=measured,
        gate=gate,
        graph=exported,
        card=card(name, network, facts, measured),
    )


def check_laws(tensors: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    """The largest breach of each law on hostile fields; raise if rounding does not explain it."""
    network = Layers.from_arrays(tensors).core
    worst = dict.fromkeys(LAWS, 0.0)
    for fractions in hostile_fields():
        face = rebuilt(network, fractions)
        found = (face.conservation_error().max, face.continuity_error().max)
        worst = {law: max(old, new) for (law, old), new in zip(worst.items(), found, strict=True)}
    for law, limit in LAWS.items():
        if not worst[law] <= limit:
            raise InloopError(f"with these weights the {law} is {worst[law]:.1e}, over {limit}: do not ship them")
    return worst


def hostile_fields(size: int = 16, seed: int = 0) -> list[NDArray[np.float64]]:
    """Fields that no smooth shape makes: noise, a checkerboard, traces, isolated zones; two to six materials."""
    draw = np.random.default_rng(seed)
    rows, columns = np.indices((size, size))
    isolated = np.where(draw.random((size, size)) < 0.1, draw.random((size, size)), 0.0)
    fields = [
        draw.random((size, size)),
        np.where((rows + columns) % 2, 0.3, 0.7),
        10.0 ** draw.uniform(-12, 0, (size, size)),
        isolated,
    ]
    for materials in (3, 6):
        parts = draw.random((materials, size, size)) ** 4
        parts /= parts.sum(axis=0)
        largest = parts.argmax(axis=0)[None]
        np.put_along_axis(parts, largest, 0.0, axis=0)
        np.put_along_axis(parts, largest, 1 - parts.sum(axis=0)[None], axis=0)
        fields.append(parts)
    return fields


def card(name: str, network: Mapping[str, Any], provenance: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    """The model card: what this is, for what, how it came about and how good it is."""
    lines = [
        f"# {name}: interface reconstruction",
        "",
        "From the volume fractions of immiscible materials on a rectilinear mesh in two dimensions to the boundaries"
        " between them. `inloop.mir.reconstruct` uses it by default.",
        "",
        f"A fully connected network ({' - '.join(map(str, network['sizes']))}) corrects the level set of each mixed"
        " zone's ELVIRA line. The areas of all materials and the agreement of neighbouring zones along their common"
        " edge are exact whatever the network says; how accurate the interface is in between is what it learned.",
        "",
        "**Not for** fractions that are not those of sharp interfaces (smeared fronts keep their areas, but the"
        " interface means little), three dimensions, or meshes whose neighbouring zones differ much in width: it was"
        " taught on uniform ones.",
        "",
        *fewer_bits(network),
        *_section("How it came about", provenance),
        *_section("Measured", errors),
    ]
    return "\n".join(lines)


def _section(title: str, facts: Mapping[str, Any]) -> list[str]:
    def shown(value: Any) -> str:
        if isinstance(value, Mapping):
            return ", ".join(f"{key} {shown(part)}" for key, part in value.items())
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    return [f"## {title}", "", *(f"- {key}: {shown(value)}" for key, value in facts.items()), ""]
