"""Networks on rows with random weights, rows for them, and their bundles without a graph."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from inloop.bundle import Argument, Signature, write_bundle
from inloop.row_network import RowInput, RowNetwork, RowOutput

INPUTS = (
    RowInput(name="pressure", transform="log", shift=7.0, scale=3.0),
    RowInput(name="temperature", shift=250.0, scale=30.0),
    RowInput(name="h2o", transform="log", shift=-9.0, scale=3.0, least=1e-7),
    RowInput(name="o3", transform="root4", shift=0.03, scale=0.01),
    RowInput(name="co2", transform="log", shift=-7.8, scale=0.5),
)
AMOUNTS = ("1", "h2o", "co2")
PARTS_OF = (
    replace(INPUTS[0], hats=9),
    replace(INPUTS[1], hats=4),
    *INPUTS[2:4],
    RowInput(name="co2", seen=False),
)


def random_network(activation="squareplus", output="exp", sizes=(32, 32, 37), seed=0, parts=False):
    """A network, and its weights by name, float32; with parts, its answers are sums of three, and inputs wear hats."""
    draw = np.random.default_rng(seed)
    inputs = PARTS_OF if parts else INPUTS
    widths = (sum(one.features for one in inputs), *sizes)
    shift, scale = draw.normal(-3, 3, widths[-1]), draw.uniform(0.5, 2, widths[-1])
    network = RowNetwork(
        inputs=inputs,
        sizes=widths,
        activation=activation,
        output=RowOutput(
            transform=output,
            shift=tuple(shift.tolist()),
            scale=tuple(scale.tolist()),
            amounts=AMOUNTS if parts else (),
        ),
    )
    weights = {}
    for k, (a, b) in enumerate(itertools.pairwise(widths)):
        weights[f"layers.{k}.weight"] = draw.normal(0, a**-0.5, (b, a)).astype(np.float32)
        weights[f"layers.{k}.bias"] = draw.normal(0, 0.3, b).astype(np.float32)
    return network, weights


def random_rows(n, seed=1, dtype=np.float64):
    """Numbers such as air has them; some of water's lie below the least that counts."""
    draw = np.random.default_rng(seed)
    columns = [
        np.exp(draw.uniform(1, 11.5, n)),
        draw.uniform(190, 310, n),
        10 ** draw.uniform(-9, -1.5, n),
        draw.uniform(0, 1e-5, n) * (draw.random(n) > 0.1),
        draw.uniform(2e-4, 2e-3, n),
    ]
    return np.stack(columns, axis=1).astype(dtype)


def written(path, network, weights, case="slab"):
    """The bundle; engines other than the native one need a graph, which this has not."""
    return write_bundle(
        path,
        name=path.name,
        case=case,
        signature=Signature(
            (Argument("rows", ("rows", len(network.inputs)), ("float32", "float64")),),
            (Argument("answers", ("rows", network.output.count), ("float32",)),),
            0,
        ),
        network=network.entry(),
        weights=weights,
        provenance={"command": "a test", "seed": 0},
        errors={},
    )
