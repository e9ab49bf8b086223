"""A convolutional autoencoder from images to images of the same size, after Yamamoto, Karlin and Fenn.

Five convolutions, two fully connected layers with a narrow vector between them, five transposed convolutions that
mirror the convolutions. Optional maximum pooling after the first four convolutions takes rows and columns off; with a
stride of 1 the windows overlap and only the image's rim is lost, 4 x 4 rows in all for a window of 5, twice that where
the window is dilated. The transposed convolution opposite gives back as many.

What the poster leaves open and is chosen here: all channels are alike, every layer's kernel is 5 wide, the narrow
vector has 128 entries, layer norm runs over all channels and pixels of a sample with a gain and an offset per channel,
units are leaky rectifiers (with two channels, plain ones can die), a sigmoid keeps the image within [0, 1].
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from inloop.errors import InloopError

LAYERS = 5  # convolutions, and as many transposed ones


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig:
    """The shape of an autoencoder. Lengths are in pixels."""

    size: int = 64
    """Side of the square images."""
    channels: int = 32
    """Channels between the layers."""
    kernel: int = 5
    """Width of the convolutions' kernels; odd, so that a convolution keeps the image's size."""
    dilation: int = 1
    """Spacing of the taps of kernels and pooling windows."""
    pooling: int = 0
    """Stride of the pooling after all but the last convolution; 0 for no pooling."""
    window: int = 5
    """Width of the pooling window."""
    bottleneck: int = 128
    """Length of the vector between the two fully connected layers."""
    layer_norm: bool = True
    """Whether layers are normalised."""

    def __post_init__(self) -> None:
        for name in ("size", "channels", "kernel", "dilation", "window", "bottleneck"):
            if getattr(self, name) < 1:
                raise InloopError(f"{name}: {getattr(self, name)} is below 1; give a positive number")
        if self.kernel % 2 == 0:
            raise InloopError(f"kernel: {self.kernel} is even and would shift the image; give an odd width")
        if self.pooling < 0:
            raise InloopError(f"pooling: {self.pooling} is negative; give a stride, or 0 for no pooling")
        if self.sides[-1] < 1:
            raise InloopError(
                f"pooling: nothing of {self.size} pixels is left; take a smaller window, stride or dilation"
            )

    @property
    def sides(self) -> tuple[int, ...]:
        """Side of the image before the first and after each of the five encoding layers (6,)."""
        sides = [self.size]
        span = self.dilation * (self.window - 1) + 1
        for layer in range(LAYERS):
            pooled = self.pooling and layer < LAYERS - 1
            sides.append((sides[-1] - span) // self.pooling + 1 if pooled else sides[-1])
        return tuple(sides)

    @property
    def flattened(self) -> int:
        """Number of values that enter the fully connected layers: their size in the poster's table."""
        return self.channels * self.sides[-1] ** 2


PUBLISHED = {
    "32-channels": AutoencoderConfig(channels=32),
    "2-channels": AutoencoderConfig(channels=2),
    "4-channels": AutoencoderConfig(channels=4),
    "2-channels-pooling": AutoencoderConfig(channels=2, pooling=1),
    "2-channels-pooling-dilation-2": AutoencoderConfig(channels=2, pooling=1, dilation=2),
}
"""The poster's five models, in the order of its table."""


class Autoencoder(nn.Module):
    """Images (n, size, size) -> images (n, size, size) with values in [0, 1]."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        shrinking = list(itertools.pairwise(config.sides))
        down = [_encoding(config, layer == 0, *sides) for layer, sides in enumerate(shrinking)]
        up = [_decoding(config, layer == 0, *sides) for layer, sides in enumerate(shrinking)]
        self.down = nn.Sequential(*down)
        self.narrow = nn.Linear(config.flattened, config.bottleneck)
        self.wide = nn.Linear(config.bottleneck, config.flattened)
        self.up = nn.Sequential(*reversed(up))
        self.apply(_begun)
        # channels beside each other in memory: half again as fast on a CPU
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, images: Tensor) -> Tensor:
        """(n, size, size) -> (n, size, size)."""
        size = self.config.size
        if images.ndim != 3 or images.shape[1:] != (size, size):
            raise InloopError(f"images: shape {tuple(images.shape)}; this network takes (n, {size}, {size})")
        features = self.down(images[:, None])
        vector = nn.functional.leaky_relu(self.narrow(features.flatten(1)))
        opened = nn.functional.leaky_relu(self.wide(vector)).view(features.shape)
        logits: Tensor = self.up(opened.contiguous(memory_format=torch.channels_last))
        return logits[:, 0].sigmoid()


def _begun(layer: nn.Module) -> None:
    """Draw first weights that keep the size of what passes through: without layer norm, twelve layers need it."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        # a transposed convolution's weights (in, out, ...) take the two fans for each other
        fan: Literal["fan_in", "fan_out"] = "fan_out" if isinstance(layer, nn.ConvTranspose2d) else "fan_in"
        nn.init.kaiming_uniform_(layer.weight, mode=fan, nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _encoding(config: AutoencoderConfig, outermost: bool, before: int, after: int) -> nn.Sequential:
    """A convolution, from the image if outermost, its units, and the pooling if there is to be one."""
    layers: list[nn.Module] = [
        nn.Conv2d(
            1 if outermost else config.channels,
            config.channels,
            config.kernel,
            padding=config.dilation * (config.kernel - 1) // 2,
            dilation=config.dilation,
        ),
        *_units(config),
    ]
    if after != before:
        layers.append(nn.MaxPool2d(config.window, config.pooling, dilation=config.dilation))
    return nn.Sequential(*layers)


def _decoding(config: AutoencoderConfig, outermost: bool, before: int, after: int) -> nn.Sequential:
    """The transposed convolution opposite: from side `after` back to `before`, bare if it ends in the image."""
    channels = 1 if outermost else config.channels
    if after == before:
        padding = config.dilation * (config.kernel - 1) // 2
        layer = nn.ConvTranspose2d(config.channels, channels, config.kernel, padding=padding, dilation=config.dilation)
    else:
        reached = config.pooling * (after - 1) + config.dilation * (config.window - 1) + 1
        layer = nn.ConvTranspose2d(
            config.channels,
            channels,
            config.window,
            stride=config.pooling,
            dilation=config.dilation,
            output_padding=before - reached,  # rows that the pooling's last window did not touch
        )
    return nn.Sequential(layer, *([] if outermost else _units(config)))


def _units(config: AutoencoderConfig) -> list[nn.Module]:
    unit = nn.LeakyReLU()
    return [nn.GroupNorm(1, config.channels), unit] if config.layer_norm else [unit]
