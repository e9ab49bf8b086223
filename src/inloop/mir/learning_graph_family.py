"""An autoencoder as a graph from the fractions of 8 x 8 zones to an image of 64 x 64 pixels. Needs torch."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop.bundle import ABOUT, Bundle
from inloop.engines.evaluate import by_runtime
from inloop.errors import InloopError
from inloop.mir.autoencoder import COVERAGE, FRACTIONS
from inloop.mir.learning import SUB_ZONES, ZONES
from inloop.mir.sampled import PIXELS
from inloop.nets import Autoencoder, AutoencoderConfig
from inloop.training.config import from_dict
from inloop.training.export import graph_of

AGREES = 1e-4  # floats, in sums of the 100,000 values that a fully connected layer takes


class OfZones(nn.Module):
    """An autoencoder that takes the zones' fractions, and repeats them over their pixels itself."""

    def __init__(self, net: Autoencoder) -> None:
        super().__init__()
        self.net = net

    def forward(self, fractions: Tensor) -> Tensor:
        """(n, 8, 8) to (n, 64, 64)."""
        repeated = fractions[:, :, None, :, None].expand(-1, ZONES, SUB_ZONES, ZONES, SUB_ZONES)
        images: Tensor = self.net(repeated.reshape(-1, PIXELS, PIXELS))
        return images


def graph_bytes(net: OfZones) -> bytes:
    """ONNX: `fractions` (n, 8, 8) to `coverage` (n, 64, 64), checked against torch."""
    example, _ = example_of(net, 2)
    return graph_of(net, example, COVERAGE, agrees=AGREES, run=by_runtime)


def example_of(net: OfZones, samples: int) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]:
    """Fractions drawn at random, and what the graph must answer."""
    zones = np.random.default_rng(0).uniform(0, 1, (samples, ZONES, ZONES)).astype(np.float32)
    with torch.inference_mode():
        return {FRACTIONS: zones}, net(torch.from_numpy(zones)).numpy()


def network_of(bundle: Bundle) -> OfZones:
    """A bundle's weights in torch."""
    shape = {key: value for key, value in bundle.network.items() if key not in ("kind", "precision")}
    net = Autoencoder(from_dict(AutoencoderConfig, shape))
    try:
        net.load_state_dict({key: torch.from_numpy(value) for key, value in bundle.weights.items()})
    except RuntimeError:
        about = bundle.path / ABOUT
        raise InloopError(f"{about}: its weights are not those of the network that it states; copy it again") from None
    return OfZones(net).eval()
