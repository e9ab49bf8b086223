"""Structured pruning of convolutional networks: channels are cut, and the others made to stand in for them.

A channel's worth is what the next layer would miss without it, once the channels that stay make up for as much of it
as that layer can: a convolution at every tap of its kernels, a fully connected layer by one share of each channel for
all positions (its weights are too many to fit). What a reader sees is measured where it reads, after norms, units and
pooling, and it is fitted to the sums that it had in the whole network. So it also mends, as far as it can, what earlier
cuts did, and what a norm does that has fewer channels and so another mean and spread. The rest only teaching mends.
Needs torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop.errors import InloopError
from inloop.optimize.prune import Array, Cut, cheapest, steadied

_AT_ONCE = 64  # samples
_PLACES = 64  # of a map at which a convolution's sums are looked at, drawn for each of those batches
_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)

Layer = nn.Conv2d | nn.ConvTranspose2d | nn.Linear


class Stage(NamedTuple):
    """A layer of a chain, and what follows it before the next one reads."""

    layer: Layer
    """With a bias; a fully connected layer takes maps flattened."""
    after: nn.Module
    """Norms over all channels of a sample, units, pooling, reshaping."""

    def run(self, values: Tensor) -> Tensor:
        """Maps (n, channels, rows, columns) or vectors (n, values) to what the next layer reads."""
        with torch.no_grad():
            parts = torch.split(values, _AT_ONCE)
            flat = isinstance(self.layer, nn.Linear)
            return torch.cat([self.after(self.layer(part.flatten(1) if flat else part)) for part in parts])


@dataclass(frozen=True, eq=False)
class Reading:
    """The numbers of a layer: its sums are over the channels and, of each, the taps that it reads."""

    weight: Array  # (outputs, channels, taps)
    bias: Array  # (outputs,)

    def of(self, kept: NDArray[np.intp], channels: int) -> Reading:
        """The outputs that make up these of its output's channels."""
        rows = np.arange(len(self.bias)).reshape(channels, -1)[kept].ravel()
        return Reading(self.weight[rows], self.bias[rows])


def narrowed(whole: Sequence[Stage], thin: Sequence[Stage], inputs: Tensor) -> list[Cut]:
    """Give a chain of fewer channels the numbers of a whole one that suit it best; tells the cuts, in order.

    thin: stages like those of the whole chain but for their channels, filled in place. inputs: (n, ...) as they really
    come; what each layer sees of them is kept in memory.
    """
    _refuse(whole, thin, inputs)
    reading, values, seen, cuts = _reading(whole[0].layer, inputs.shape[1]), inputs, inputs, list[Cut]()
    for stage, thinner, following in zip(whole, thin, whole[1:], strict=False):
        values = stage.run(values)
        channels, width = values.shape[1], _channels(thinner, values)
        kept = np.arange(channels)
        reads = _reading(following.layer, channels)
        if width < channels:
            kept = cheapest(*_worth(following.layer, reads, values), width, members=_members(following.layer))
        _put(thinner.layer, reading.of(kept, channels))
        _put_norms(thinner.after, stage.after, kept)
        seen = thinner.run(seen)
        reading = reads
        if width < channels:
            reading, lost = _refitted(following.layer, reads, values, seen, kept)
            cuts.append(Cut(kept, lost))
    _put(thin[-1].layer, reading)
    _put_norms(thin[-1].after, whole[-1].after, np.arange(len(reading.bias)))
    return cuts


# ------------------------------------------------------------------------------------------------- what a layer reads
def _members(layer: Layer) -> int:
    """How many values of each channel a layer can weigh anew: those under its kernel, or their common size."""
    return layer.kernel_size[0] * layer.kernel_size[1] if isinstance(layer, _CONVOLUTIONS) else 1


def _rows(layer: Layer, values: Tensor) -> tuple[Array, Array]:
    """What a layer reads of maps (n, channels, ...), less its mean: rows (m, channels * members); and the mean.

    The mean of a fully connected layer is of every position apart: (channels, taps).
    """
    if isinstance(layer, _CONVOLUTIONS):
        draw = np.random.default_rng(0)
        rows = np.concatenate([_patches(layer, part, draw) for part in torch.split(values, _AT_ONCE)])
        mean = rows.mean(axis=0)
        return rows - mean, mean.reshape(values.shape[1], -1)
    flat = values.flatten(2).double().numpy()
    mean = flat.mean(axis=0)
    return (flat - mean).swapaxes(1, 2).reshape(-1, len(mean)), mean


def _patches(layer: nn.Conv2d | nn.ConvTranspose2d, maps: Tensor, draw: np.random.Generator) -> Array:
    """What a convolution's kernel lies on, at places drawn or at all if they are few: (n * places, channels * taps)."""
    padded, step = _padded(layer, maps)
    down, along = (d * np.arange(k) for d, k in zip(layer.dilation, layer.kernel_size, strict=True))
    rows = np.arange(0, padded.shape[2] - down[-1], step[0])
    columns = np.arange(0, padded.shape[3] - along[-1], step[1])
    places = np.arange(len(rows) * len(columns))
    if len(places) > _PLACES:
        places = draw.choice(places, _PLACES, replace=False)
    row, column = rows[places // len(columns)], columns[places % len(columns)]
    found = padded.numpy()[:, :, row[:, None, None] + down[:, None], column[:, None, None] + along]
    return np.asarray(found.swapaxes(1, 2).reshape(len(maps) * len(places), -1), dtype=np.float64)


def _padded(layer: nn.Conv2d | nn.ConvTranspose2d, maps: Tensor) -> tuple[Tensor, tuple[int, ...]]:
    """Maps with all zeros that a kernel may lie on, and its step; a transposed one has zeros between and steps by 1."""
    if isinstance(layer, nn.Conv2d):
        above, left = (int(width) for width in layer.padding)
        return nn.functional.pad(maps, (left, left, above, above)), layer.stride
    down, along = layer.stride
    spread = maps.new_zeros(*maps.shape[:2], (maps.shape[2] - 1) * down + 1, (maps.shape[3] - 1) * along + 1)
    spread[:, :, ::down, ::along] = maps
    cut = (int(width) for width in layer.padding)
    above, left = (d * (k - 1) - p for d, k, p in zip(layer.dilation, layer.kernel_size, cut, strict=True))
    more = layer.output_padding
    return nn.functional.pad(spread, (left, left + more[1], above, above + more[0])), (1, 1)


def _worth(layer: Layer, reads: Reading, values: Tensor) -> tuple[Array, Array]:
    """The covariance of what a layer reads, and how much of each pair of values its sums take up."""
    rows, _ = _rows(layer, values)
    return rows.T @ rows / len(rows), _gram(layer, reads)


def _gram(layer: Layer, reads: Reading) -> Array:
    weight = reads.weight if isinstance(layer, _CONVOLUTIONS) else reads.weight.swapaxes(1, 2)
    flat = weight.reshape(-1, reads.weight.shape[1] * _members(layer))
    return np.asarray(flat.T @ flat)


def _refitted(
    layer: Layer, reads: Reading, values: Tensor, seen: Tensor, kept: NDArray[np.intp]
) -> tuple[Reading, float]:
    """A layer as it comes nearest to the sums that it had, of what is left to see; and the share that is lost."""
    rows, mean = _rows(layer, values)
    left, left_mean = _rows(layer, seen)
    whole, cross, own = (a.T @ b / len(rows) for a, b in ((rows, rows), (rows, left), (left, left)))
    steady, members = steadied(own), _members(layer)
    same = (kept[:, None] * members + np.arange(members)).ravel()
    near = cross.copy()
    near[same] += steady - own  # where nothing tells, a channel stands for itself
    share = np.linalg.solve(steady, near.T).T
    outputs, _, taps = reads.weight.shape
    if isinstance(layer, _CONVOLUTIONS):
        weight = (reads.weight.reshape(outputs, -1) @ share).reshape(outputs, len(kept), taps)
    else:
        weight = np.einsum("ocp,cs->osp", reads.weight, share, optimize=True)
    moved = np.tensordot(reads.weight, mean, 2) - np.tensordot(weight, left_mean, 2)
    missed = whole - share @ cross.T - cross @ share.T + share @ own @ share.T
    gram = _gram(layer, reads)
    lost = float((gram * missed).sum() / max((gram * whole).sum(), np.finfo(float).tiny))
    return Reading(weight, reads.bias + moved), lost


# ------------------------------------------------------------------------------------- numbers in and out of layers
def _reading(layer: Layer, channels: int) -> Reading:
    """What a layer does, reading so many channels."""
    weight = layer.weight.detach().double()
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.transpose(0, 1).flip(2, 3)
    assert layer.bias is not None
    return Reading(weight.reshape(len(weight), channels, -1).numpy(), layer.bias.detach().double().numpy())


def _put(layer: Layer, reading: Reading) -> None:
    """Give a layer these numbers."""
    weight = torch.from_numpy(reading.weight)
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.reshape(len(weight), -1, *layer.kernel_size).flip(2, 3).transpose(0, 1)
    assert layer.bias is not None
    with torch.no_grad():
        layer.weight.copy_(weight.reshape(layer.weight.shape))
        layer.bias.copy_(torch.from_numpy(reading.bias))


def _put_norms(thin: nn.Module, whole: nn.Module, kept: NDArray[np.intp]) -> None:
    """Give norms the gains and offsets of the channels that stay."""
    for mine, theirs in zip(_norms(thin), _norms(whole), strict=True):
        if theirs.affine:
            with torch.no_grad():
                mine.weight.copy_(theirs.weight[kept])
                mine.bias.copy_(theirs.bias[kept])


def _norms(after: nn.Module) -> list[nn.GroupNorm]:
    return [layer for layer in after.modules() if isinstance(layer, nn.GroupNorm)]


def _channels(stage: Stage, values: Tensor) -> int:
    """How many channels a stage gives, if each is as large as one of these values."""
    layer = stage.layer
    return layer.out_channels if isinstance(layer, _CONVOLUTIONS) else layer.out_features // values[0, 0].numel()


def _refuse(whole: Sequence[Stage], thin: Sequence[Stage], inputs: Tensor) -> None:
    """Refuse chains that do not match, and layers that are not known here."""
    kinds = [[type(stage.layer) for stage in chain] for chain in (whole, thin)]
    if kinds[0] != kinds[1] or len(whole) < 2:
        raise InloopError(f"thin: {len(thin)} layers, not like the {len(whole)} of the whole chain; build both alike")
    for number, (stage, thinner) in enumerate(zip(whole, thin, strict=True)):
        layer = stage.layer
        known = isinstance(layer, (*_CONVOLUTIONS, nn.Linear)) and layer.bias is not None
        if isinstance(layer, _CONVOLUTIONS):
            known = known and layer.groups == 1 and layer.padding_mode == "zeros" and isinstance(layer.padding, tuple)
        if not known:
            raise InloopError(
                f"layer {number}: is {layer}; expected a convolution in one group or a linear layer, biased"
            )
        for one in stage.after.modules():
            norm = isinstance(one, nn.GroupNorm) and one.num_groups == 1
            if not norm and list(one.parameters(recurse=False)):
                raise InloopError(f"layer {number}: {one} follows it; expected norms over all channels alone")
        if thinner.layer.weight.numel() > layer.weight.numel():
            raise InloopError(f"layer {number}: has more channels in the thin chain than in the whole; give fewer")
    if len(inputs) < 2:
        raise InloopError(f"inputs: {len(inputs)} samples tell nothing of what varies; give two or more")
