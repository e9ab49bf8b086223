"""Cutting channels against what it claims: nothing is lost that others can stand for, and the cheapest one goes."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="pip install 'inloop[train]'")

import torch
from torch import nn

from inloop.errors import InloopError
from inloop.nets import Autoencoder, AutoencoderConfig
from inloop.optimize.autoencoders import checked_channels, stages, thinned
from inloop.optimize.channels import Stage, narrowed

torch.set_num_threads(1)

SIDE, CHANNELS = 4, 5  # few enough places for all of them to be looked at
READERS = {
    "convolution": lambda c: nn.Conv2d(c, 3, (3, 2), padding=(1, 0), stride=(2, 1), dilation=(1, 2)),
    "transposed": lambda c: nn.ConvTranspose2d(c, 3, 3, stride=2, padding=1, output_padding=(1, 0)),
    "transposed with taps apart": lambda c: nn.ConvTranspose2d(c, 3, (2, 3), dilation=2),
    "fully connected": lambda c: nn.Linear(c * SIDE**2, 3),
}


def drawn(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape)).float()


def chain(reader: str, channels: int, unit: nn.Module) -> list[Stage]:
    torch.manual_seed(2)
    return [
        Stage(nn.Conv2d(2, channels, 3, padding=1), unit),
        Stage(READERS[reader](channels), nn.Identity()),
    ]


def run(stages_: list[Stage], values: torch.Tensor) -> torch.Tensor:
    for stage in stages_:
        values = stage.run(values)
    return values


@pytest.mark.parametrize("reader", READERS)
def test_channels_that_others_add_up_to_are_cut_for_nothing(reader):
    whole, thin = (chain(reader, channels, nn.Identity()) for channels in (CHANNELS, 3))
    with torch.no_grad():
        first = whole[0].layer
        for numbers in (first.weight, first.bias):
            numbers[4], numbers[1] = 2 * numbers[0] - numbers[2], numbers[3] - 3 * numbers[2] + numbers[0]
    (cut,) = narrowed(whole, thin, drawn(40, 2, SIDE, SIDE))
    assert cut.lost < 1e-9
    unseen = drawn(9, 2, SIDE, SIDE, seed=7)
    assert (run(thin, unseen) - run(whole, unseen)).abs().max() < 2e-5


@pytest.mark.parametrize("reader", [name for name in READERS if name != "fully connected"])
def test_which_channel_goes_and_what_is_lost_is_what_least_squares_over_all_taps_say(reader):
    whole, thin = (chain(reader, channels, nn.Tanh()) for channels in (CHANNELS, CHANNELS - 1))
    images = drawn(60, 2, SIDE, SIDE)
    values, layer = whole[0].run(images), whole[1].layer
    wanted = columns_of(whole[1].run(values))
    shape = layer.weight.shape
    missed = []
    for gone in range(CHANNELS):
        answers = []
        for channel in (c for c in range(CHANNELS) if c != gone):
            for tap in np.ndindex(*layer.kernel_size):
                probe = READERS[reader](CHANNELS)
                with torch.no_grad():
                    probe.weight.zero_()
                    probe.bias.zero_()
                    place = (0, channel) if isinstance(layer, nn.Conv2d) else (channel, 0)
                    probe.weight[(*place, *tap)] = 1.0
                answers.append(columns_of(Stage(probe, nn.Identity()).run(values))[:, 0])
        read = np.column_stack([*answers, np.ones(len(wanted))])
        best, *_ = np.linalg.lstsq(read, wanted, rcond=None)
        missed.append(((wanted - read @ best) ** 2).sum())
    (cut,) = narrowed(whole, thin, images)
    least = int(np.argmin(missed))
    assert cut.kept.tolist() == [c for c in range(CHANNELS) if c != least]
    variance = ((wanted - wanted.mean(axis=0)) ** 2).sum()
    assert cut.lost == pytest.approx(missed[least] / variance, rel=1e-4)
    found = ((columns_of(run(thin, images)) - wanted) ** 2).sum()
    assert found == pytest.approx(missed[least], rel=1e-4)
    assert thin[1].layer.weight.shape != shape


def columns_of(maps: torch.Tensor) -> np.ndarray:
    """(n, outputs, rows, columns) to (n * rows * columns, outputs)."""
    return np.moveaxis(maps.double().numpy(), 1, -1).reshape(-1, maps.shape[1])


def test_a_fully_connected_reader_misses_what_one_share_for_all_positions_leaves():
    whole, thin = (chain("fully connected", channels, nn.Tanh()) for channels in (CHANNELS, CHANNELS - 1))
    images = drawn(60, 2, SIDE, SIDE)
    values = whole[0].run(images).double().numpy()
    apart = np.moveaxis(values - values.mean(axis=0), 1, 0).reshape(CHANNELS, -1)  # channels, samples * positions
    heavy = (whole[1].layer.weight.detach().double().numpy() ** 2).reshape(3, CHANNELS, -1).sum((0, 2))
    worth = []
    for channel in range(CHANNELS):
        others = np.delete(apart, channel, axis=0).T
        share, *_ = np.linalg.lstsq(others, apart[channel], rcond=None)
        worth.append(heavy[channel] * ((apart[channel] - others @ share) ** 2).mean())
    (cut,) = narrowed(whole, thin, images)
    least = int(np.argmin(worth))
    assert cut.kept.tolist() == [c for c in range(CHANNELS) if c != least]
    answers, wanted = (run(both, images).double().numpy().mean(axis=0) for both in (thin, whole))
    assert answers == pytest.approx(wanted, abs=1e-5)  # what the mean alone says is kept


SHAPES = {
    "plain": {},
    "norm": {"layer_norm": True},
    "pooling": {"pooling": 1},
    "stride": {"pooling": 2, "window": 3, "size": 37},
    "dilation": {"dilation": 2, "kernel": 3},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_autoencoder_that_has_every_channel_twice_needs_half_of_them(shape):
    config = AutoencoderConfig(**{"size": 20, "channels": 6, "bottleneck": 8, "layer_norm": False} | SHAPES[shape])
    torch.manual_seed(0)
    net = Autoencoder(config).eval()
    doubled(net)
    images = torch.rand(30, config.size, config.size)
    values = images[:, None]
    for stage in stages(net):
        values = stage.run(values)
    with torch.no_grad():
        assert torch.equal(values[:, 0].sigmoid(), net(images))  # the stages are the network
        thin, cuts = thinned(net, 3, images)
        assert [sorted(cut.kept % 3) for cut in cuts] == [[0, 1, 2]] * 10
        unseen = torch.rand(5, config.size, config.size)
        assert (thin(unseen) - net(unseen)).abs().max() < 0.02 * net(unseen).std()


def doubled(net: Autoencoder) -> None:
    """Make the second half of every layer's channels what the first half is."""
    half = net.config.channels // 2
    with torch.no_grad():
        for block in [*net.down, *list(net.up)[:-1]]:
            layer = block[0]
            weight = layer.weight if isinstance(layer, nn.Conv2d) else layer.weight.transpose(0, 1)
            for numbers in (weight, layer.bias):
                numbers[half:] = numbers[:half]
        for numbers in (net.wide.weight, net.wide.bias):
            rows = numbers.view(2, -1, *numbers.shape[1:])
            rows[1] = rows[0]


def test_the_fewer_channels_stay_the_more_the_first_reader_misses():
    torch.manual_seed(0)
    net = Autoencoder(AutoencoderConfig(size=16, channels=6, bottleneck=8)).eval()
    images = torch.rand(40, 16, 16)
    lost = [thinned(net, channels, images)[1] for channels in (5, 3, 1)]
    assert 0 < lost[0][0].lost < lost[1][0].lost < lost[2][0].lost
    assert all(0 <= cut.lost < 1 for cuts in lost for cut in cuts)  # the mean alone would lose all of the variance
    assert thinned(net, 3, images)[0].config.channels == 3


def test_a_network_that_is_dead_can_be_cut_and_stays_so():
    net = Autoencoder(AutoencoderConfig(size=16, channels=4, bottleneck=8, layer_norm=False)).eval()
    with torch.no_grad():
        for stage in stages(net):
            stage.layer.weight.zero_()
        net.up[-1][0].bias.fill_(0.7)
    images = torch.rand(6, 16, 16)
    thin, cuts = thinned(net, 2, images)
    assert [len(cut.kept) for cut in cuts] == [2] * 10
    with torch.no_grad():
        assert (thin(images) - net(images)).abs().max() < 1e-6


@pytest.mark.parametrize("channels", [[], [0], [6], [4, 7]])
def test_numbers_that_nothing_can_be_cut_to_are_refused(channels):
    with pytest.raises(InloopError, match="channels"):
        checked_channels(channels, 6)


def test_chains_that_cannot_be_cut_are_refused():
    images = drawn(4, 2, SIDE, SIDE)
    whole, thin = (chain("convolution", channels, nn.Tanh()) for channels in (5, 3))
    with pytest.raises(InloopError, match="build both alike"):
        narrowed(whole, thin[:1], images)
    with pytest.raises(InloopError, match="more channels in the thin chain"):
        narrowed(thin, whole, images)
    with pytest.raises(InloopError, match="two or more"):
        narrowed(whole, thin, images[:1])
    normed = [Stage(whole[0].layer, nn.BatchNorm2d(5)), whole[1]]
    with pytest.raises(InloopError, match="layer 0: BatchNorm2d"):
        narrowed(normed, normed, images)
    bare = [Stage(nn.Conv2d(2, 5, 3, bias=False), nn.Tanh()), whole[1]]
    with pytest.raises(InloopError, match="layer 0: is Conv2d"):
        narrowed(bare, bare, images)
