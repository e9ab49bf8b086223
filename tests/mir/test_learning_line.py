"""What the drop-in line learns from is what the native core will make of its answers."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.random_kernel import random_weights

from inloop import InloopError, _core
from inloop.mir import learning_line
from inloop.mir.layers import Layers
from inloop.mir.mesh import mesh_of
from inloop.mir.samples import Recipe, draw, sampled, shape_seed
from inloop.mir.views import Views, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.fit import FitConfig, to_tensors

SMALL = learning_line.LineRun(net=PerceptronConfig((30, 8, 2)), fit=FitConfig(learning_rate=1e-2, epochs=12, batch=64))


@pytest.fixture(scope="module")
def views() -> Views:
    recipe = Recipe()
    batch = sampled(recipe, [draw(recipe, shape_seed(5, k)) for k in range(80)])
    return views_of(batch.fractions[:, 0], batch.coverage[:, 0].astype(np.float32))


def in_core(layers: Layers, views: Views) -> np.ndarray:
    """Symmetric difference of every mixed zone, reconstructed by the core."""
    errors = []
    for fractions, coverage in zip(views.fractions, views.coverage, strict=True):
        mesh = mesh_of(fractions.shape, boundary=3)
        face = _core.reconstruct_line(layers.core, fractions, mesh.nodes, mesh.widths, mesh.halo, mesh.side, [], 1)
        difference = np.abs(face.coverage(8, 1)[0] - coverage).reshape(8, 8, 8, 8).mean(axis=(1, 3))
        errors.append(difference[tuple(face.zones().T)])
    return np.concatenate(errors)


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_the_loss_sees_what_the_core_does(views: Views, scale: float) -> None:
    layers = Layers.from_arrays(random_weights(scale=scale, sizes=(30, 8, 2)))
    net = learning_line.network(SMALL)
    net.load_state_dict(to_tensors({name: array.astype(np.float32) for name, array in layers.arrays().items()}))
    source = learning_line.ZoneSource(views, {})
    batch = to_tensors(next(source.in_order(len(source))))
    found = learning_line.misplaced(net(batch["feature"]), batch).detach().numpy()
    expected = in_core(layers, views)
    assert len(found) == len(expected) > 300
    x, y = np.asarray(batch["inward"]).T
    tied = (y < 1e-6) | (x - y < 1e-6) | (np.asarray(batch["feature"])[:, learning_line.FRACTION] > 0.499999)
    assert tied.mean() < 0.2  # these have several views: the core takes the mean, the loss the first of them
    assert np.abs(found - expected)[~tied].max() < 1e-5


def test_a_few_epochs_beat_elvira_and_are_repeatable(views: Views) -> None:
    layers = learning_line.learn_line(views, views, SMALL)
    untrained = learning_line.metrics(learning_line.network(SMALL), learning_line.ZoneSource(views, {}))
    assert layers.sizes == (30, 8, 2)
    assert in_core(layers, views).mean() < 0.97 * untrained["symmetric_difference"]
    again = learning_line.learn_line(views, views, SMALL)
    assert all((a == b).all() for a, b in zip(layers.weights, again.weights, strict=True))


def test_untrained_it_is_elvira(views: Views) -> None:
    source = learning_line.ZoneSource(views, {})
    found = learning_line.metrics(learning_line.network(SMALL), source)["symmetric_difference"]
    elvira = learning_line.classical(source)["elvira"]["symmetric_difference"]
    assert found == pytest.approx(elvira, rel=1e-5)


def test_batches_share_out_all_zones_once(views: Views) -> None:
    source = learning_line.ZoneSource(views, {})
    whole = next(source.batches(60, seed=1, epoch=2, start=3))
    parts = [next(source.batches(60, seed=1, epoch=2, start=3, rank=rank, ranks=2)) for rank in (0, 1)]
    assert (whole["feature"][0::2] == parts[0]["feature"]).all()
    assert (whole["feature"][1::2] == parts[1]["feature"]).all()
    other = next(source.batches(60, seed=1, epoch=3, start=3))
    assert (other["feature"] != whole["feature"]).any()


def test_configurations_that_cannot_be_are_refused() -> None:
    with pytest.raises(InloopError, match="the core gives 30 features and takes 2"):
        learning_line.LineRun(net=PerceptronConfig((30, 3)))
    with pytest.raises(InloopError, match="relative: 0 is not positive"):
        learning_line.LineRun(relative=0)
