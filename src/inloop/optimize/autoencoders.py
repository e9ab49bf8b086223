"""An autoencoder of fewer channels that comes as near to a trained one as it can without being taught. Needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor, nn

from inloop.errors import InloopError
from inloop.nets import Autoencoder
from inloop.optimize.channels import Stage, narrowed
from inloop.optimize.prune import Cut


def checked_channels(channels: Sequence[int], whole: int) -> tuple[int, ...]:
    """Numbers of channels that an autoencoder of so many can be cut to, the largest first."""
    if not channels or any(not 1 <= count < whole for count in channels):
        raise InloopError(f"channels {list(channels)}: expected one or more numbers from 1 to {whole - 1}, such as 4,2")
    return tuple(sorted(set(channels), reverse=True))


def thinned(net: Autoencoder, channels: int, images: Tensor) -> tuple[Autoencoder, list[Cut]]:
    """The network cut to so many channels in all layers, and the cuts. images: (n, size, size) as they really come."""
    checked_channels([channels], net.config.channels)
    thin = Autoencoder(replace(net.config, channels=channels))
    return thin, narrowed(stages(net), stages(thin), images[:, None])


def stages(net: Autoencoder) -> list[Stage]:
    """Its layers in order, from images (n, 1, size, size) to what the sigmoid takes."""
    config = net.config
    opened = nn.Unflatten(1, (config.channels, config.sides[-1], config.sides[-1]))
    return [
        *map(_stage, net.down),
        Stage(net.narrow, nn.LeakyReLU()),
        Stage(net.wide, nn.Sequential(nn.LeakyReLU(), opened)),
        *map(_stage, net.up),
    ]


def _stage(block: nn.Module) -> Stage:
    layer, *after = block.children()
    assert isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
    return Stage(layer, nn.Sequential(*after))
