"""Networks as contenders: they answer what the network answers, and their time is divided among their layers."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'inloop[train]'")

from torch import nn  # noqa: E402

from inloop.errors import InloopError  # noqa: E402
from inloop.optimize.layers import CONVOLUTIONS, FULLY_CONNECTED, REST, seconds_by_kind  # noqa: E402
from inloop.optimize.networks import Network, in_onnxruntime, in_torch  # noqa: E402


def samples(size):
    return np.random.default_rng(size).random((size, 12)).astype(np.float32)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Network("small", nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3)).eval(), samples, 100)


def expected(network, size):
    with torch.no_grad():
        return network.net(torch.from_numpy(samples(size))).numpy()


@pytest.mark.parametrize(("precision", "apart"), [("float32", 1e-6), ("bfloat16", 2e-2)])
def test_torch_answers_with_the_network_s_own_values(network, precision, apart):
    contender = in_torch(network, precision=precision, threads=1)
    assert contender.label == f"small, torch, {precision}"
    answer = contender.prepare(5)()
    assert answer.dtype == np.float32
    difference = np.abs(answer - expected(network, 5)).max()
    assert difference < apart
    assert (difference > 0) == (precision != "float32")
    assert network.net[0].weight.dtype == torch.float32  # the contender has a copy of its own


def test_onnxruntime_answers_likewise(network):
    pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")
    pytest.importorskip("onnxscript", reason="pip install 'inloop[train]'")
    (answer,) = in_onnxruntime(network, threads=1).prepare(7)()
    np.testing.assert_allclose(answer, expected(network, 7), atol=1e-6)


def test_a_precision_that_a_layer_does_not_have_is_told_in_one_line():
    class Refusing(nn.Module):
        def forward(self, given):
            raise RuntimeError("not implemented for 'Half'\nand where")

    with pytest.raises(InloopError, match=r"torch: not implemented for 'Half'; take another precision$"):
        in_torch(Network("refusing", Refusing(), samples, 1), precision="float16", threads=1)


LINEAR = nn.Sequential(nn.Linear(2000, 2000), nn.Linear(2000, 2))
CONVOLVING = nn.Sequential(nn.Conv2d(16, 16, 5), nn.GroupNorm(1, 16), nn.ConvTranspose2d(16, 16, 5))


@pytest.mark.parametrize(
    ("net", "shape", "heavy"),
    [(LINEAR, (64, 2000), FULLY_CONNECTED), (CONVOLVING, (4, 16, 40, 40), CONVOLUTIONS)],
)
def test_time_goes_where_the_work_is(net, shape, heavy):
    spent = seconds_by_kind(net, torch.rand(shape))
    assert set(spent) == {heavy, REST, *(["normalisation"] if heavy == CONVOLUTIONS else [])}
    assert spent[heavy] > 0.5 * sum(spent.values())
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in net.modules())
