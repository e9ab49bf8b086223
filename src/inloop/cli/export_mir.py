"""`inloop export mir --to FORMAT`: the graph that ends at raw vertex values, or an autoencoder's images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inloop.cli import options
from inloop.cli.export import Exported, Out, Precision, To, carry_out

if TYPE_CHECKING:
    from inloop.bundle import Bundle


def export(
    to: To,
    bundle: options.Bundle = None,
    out: Out = None,
    precision: Precision = "float32",
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Write a bundle's network for another program: a graph from features to raw vertex values, any number of rows."""
    carry_out(bundle or "mir", _exported, to=to, out=out, precision=precision, json=json)


def _exported(bundle: Bundle) -> Exported:
    from inloop.mir import autoencoder

    if bundle.network.get("kind") == autoencoder.KIND:
        from inloop.mir import learning_graph_family as family

        net = family.network_of(bundle)
        return Exported(family.graph_bytes(net), *family.example_of(net, 4), family.AGREES)
    from inloop.mir.learning_graph import example_of, graph_bytes

    return Exported(graph_bytes(bundle.weights), *example_of(bundle.weights, 300))
