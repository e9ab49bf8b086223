"""The published family: its sizes come out of the configurations."""

from __future__ import annotations

import itertools

import pytest
import torch

from inloop.errors import InloopError
from inloop.nets import PUBLISHED, Autoencoder, AutoencoderConfig

torch.set_num_threads(1)


def test_fully_connected_sizes_are_the_posters():
    sizes = {name: config.flattened for name, config in PUBLISHED.items()}
    assert sizes == {
        "32-channels": 131072,
        "2-channels": 8192,
        "4-channels": 16384,
        "2-channels-pooling": 4608,
        "2-channels-pooling-dilation-2": 2048,
    }


@pytest.mark.parametrize(("dilation", "taken"), [(1, 16), (2, 32)])
def test_pooling_of_stride_one_takes_rows_off_in_four_layers(dilation, taken):
    sides = AutoencoderConfig(pooling=1, dilation=dilation).sides
    steps = [before - after for before, after in itertools.pairwise(sides)]
    assert steps == [taken // 4] * 4 + [0]


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "32-channels"])
def test_the_networks_layers_have_the_size_the_configuration_states(name):
    net = Autoencoder(PUBLISHED[name])
    assert net.narrow.in_features == net.wide.out_features == PUBLISHED[name].flattened
    features = net.down(torch.rand(2, 1, 64, 64))
    assert features.flatten(1).shape == (2, PUBLISHED[name].flattened)


@pytest.mark.parametrize(
    "config",
    [
        AutoencoderConfig(channels=1, bottleneck=4),
        AutoencoderConfig(channels=3, bottleneck=4, kernel=3, dilation=2, layer_norm=False),
        AutoencoderConfig(channels=2, bottleneck=4, pooling=2, window=2),
        AutoencoderConfig(channels=2, bottleneck=4, pooling=2, window=3, size=37),
        AutoencoderConfig(channels=2, bottleneck=4, pooling=1, dilation=2, window=4, size=50),
    ],
)
def test_images_come_back_in_their_size_as_shares_and_every_weight_learns(config):
    net = Autoencoder(config)
    images = torch.rand(3, config.size, config.size)
    out = net(images)
    assert out.shape == images.shape
    assert 0 <= out.min() <= out.max() <= 1
    out.square().sum().backward()
    assert all(weight.grad is not None for weight in net.parameters())


def test_a_result_depends_on_its_own_image_alone():
    torch.manual_seed(0)
    net = Autoencoder(PUBLISHED["2-channels-pooling"]).double()
    images = torch.rand(5, 64, 64, dtype=torch.float64)
    alone = torch.cat([net(image[None]) for image in images])
    assert torch.allclose(net(images), alone, atol=1e-14, rtol=0)


@pytest.mark.parametrize("norm", [True, False])
def test_first_weights_let_the_image_through(norm):
    torch.manual_seed(0)
    net = Autoencoder(AutoencoderConfig(channels=4, layer_norm=norm))
    empty, full = net(torch.zeros(1, 64, 64)), net(torch.rand(1, 64, 64))
    assert (empty - full).abs().max() > 0.02


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"channels": 0}, "channels: 0 is below 1; give a positive number"),
        ({"kernel": 4}, "kernel: 4 is even and would shift the image; give an odd width"),
        ({"pooling": -1}, "pooling: -1 is negative; give a stride, or 0 for no pooling"),
        (
            {"pooling": 2, "dilation": 2},
            "pooling: nothing of 64 pixels is left; take a smaller window, stride or dilation",
        ),
    ],
)
def test_impossible_networks_are_refused(fields, line):
    with pytest.raises(InloopError) as refusal:
        AutoencoderConfig(**fields)
    assert str(refusal.value) == line


def test_images_of_another_size_are_refused():
    net = Autoencoder(AutoencoderConfig(channels=1, bottleneck=1, size=16))
    with pytest.raises(InloopError, match=r"images: shape \(2, 16, 8\); this network takes \(n, 16, 16\)"):
        net(torch.rand(2, 16, 8))
