"""What the drop-in line learns from is what the native core will make of its answers."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.random_kernel import random_weights

from inloop import InloopError, _core
from inloop.mir import learning_line
from inloop.mir.layers import Layers
from inloop.mir.learned import FEATURES
from inloop.mir.line import ANSWERS
from inloop.mir.mesh import mesh_of
from inloop.mir.samples import Recipe, draw, generate, sampled, shape_seed
from inloop.mir.samples.exact import HALO, ZONES
from inloop.mir.views import Views, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.fit import FitConfig, to_tensors

SMALL = learning_line.LineRun(
    net=PerceptronConfig((FEATURES, 8, ANSWERS)), fit=FitConfig(learning_rate=1e-2, epochs=12, batch=64)
)


@pytest.fixture(scope="module")
def samples() -> tuple[np.ndarray, np.ndarray]:
    """Fractions and coverage."""
    recipe = Recipe()
    batch = sampled(recipe, [draw(recipe, shape_seed(5, k)) for k in range(80)])
    return batch.fractions, batch.coverage.astype(np.float32)


@pytest.fixture(scope="module")
def views(samples) -> Views:
    return views_of(*samples)


def in_core(layers: Layers, samples: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Symmetric difference of every mixed zone, reconstructed by the core."""
    errors = []
    for fractions, coverage in zip(*(one[:, 0] for one in samples), strict=True):
        mesh = mesh_of(fractions.shape, boundary=HALO)
        face = _core.reconstruct_line(layers.core, fractions, mesh.nodes, mesh.widths, mesh.halo, mesh.side, [], 1)
        difference = np.abs(face.coverage(8, 1)[0] - coverage).reshape(8, 8, 8, 8).mean(axis=(1, 3))
        errors.append(difference[tuple(face.zones().T)])
    return np.concatenate(errors)


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_the_loss_sees_what_the_core_does(views: Views, samples, scale: float) -> None:
    layers = Layers.from_arrays(random_weights(scale=scale, sizes=(FEATURES, 8, ANSWERS)))
    net = learning_line.network(SMALL)
    net.load_state_dict(to_tensors({name: array.astype(np.float32) for name, array in layers.arrays().items()}))
    source = learning_line.ZoneSource(views, {})
    batch = to_tensors(next(source.in_order(len(source))))
    found = learning_line.misplaced(net(batch["feature"]), batch).detach().numpy()
    expected = in_core(layers, samples)
    assert len(found) == len(expected) > 300
    x, y = np.asarray(batch["inward"]).T
    tied = (y < 1e-6) | (x - y < 1e-6) | (np.asarray(batch["feature"])[:, learning_line.FRACTION] > 0.499999)
    assert tied.mean() < 0.2  # these have several views: the core takes the mean, the loss the first of them
    assert np.abs(found - expected)[~tied].max() < 1e-5


def test_of_three_materials_it_sees_what_the_core_sees_of_each_and_the_rest() -> None:
    """The material that is cut first has its own line in the core too."""
    recipe = Recipe(materials=4, families={"t-junction": 1.0, "y-junction": 1.0}, grazing=0.0)
    batch = sampled(recipe, [draw(recipe, shape_seed(6, k)) for k in range(30)])
    views = views_of(batch.fractions, batch.coverage.astype(np.float32))
    layers = Layers.from_arrays(random_weights(scale=0.3, sizes=(FEATURES, 8, ANSWERS)))
    net = learning_line.network(SMALL)
    net.load_state_dict(to_tensors({name: array.astype(np.float32) for name, array in layers.arrays().items()}))
    source = learning_line.ZoneSource(views, {})
    tensors = to_tensors(next(source.in_order(len(source))))
    found = learning_line.misplaced(net(tensors["feature"]), tensors).detach().numpy()
    x, y = np.asarray(tensors["inward"]).T
    tied = (y < 1e-6) | (x - y < 1e-6) | (np.asarray(tensors["feature"])[:, learning_line.FRACTION] > 0.499999)
    of = np.repeat(np.arange(len(views.asked)), views.asked)[source.rows]
    sample = np.repeat(np.arange(len(views)), np.diff(views.first_site))
    compared = 0
    for row, site in enumerate(of):
        if tied[row] or views.asked[site] < 3:
            continue
        material, number = views.material[source.rows[row], 0], sample[site]
        order = [material, *(k for k in range(4) if k != material)]
        mesh = mesh_of((ZONES, ZONES), boundary=HALO)
        f = batch.fractions[number]
        face = _core.reconstruct_line(layers.core, f, mesh.nodes, mesh.widths, mesh.halo, mesh.side, order, 1)
        box = tuple(slice(8 * at, 8 * at + 8) for at in views.place[site])
        apart = np.abs(face.coverage(8, 1)[material] - batch.coverage[number, material])[box].mean()
        assert found[row] == pytest.approx(apart, abs=1e-5)
        compared += 1
    assert compared > 30


def test_a_few_epochs_beat_elvira_and_are_repeatable(views: Views, samples) -> None:
    layers = learning_line.learn_line(views, views, SMALL)
    untrained = learning_line.metrics(learning_line.network(SMALL), learning_line.ZoneSource(views, {}))
    assert layers.sizes == (FEATURES, 8, ANSWERS)
    assert in_core(layers, samples).mean() < 0.97 * untrained["symmetric_difference"]
    again = learning_line.learn_line(views, views, SMALL)
    assert all((a == b).all() for a, b in zip(layers.weights, again.weights, strict=True))


def test_untrained_it_is_elvira(tmp_path) -> None:
    generate(Recipe(), tmp_path / "two.h5", 80, seed=5)
    source = learning_line.samples(SMALL, tmp_path / "two.h5", "train")
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
    with pytest.raises(InloopError, match=f"the core gives {FEATURES} features and takes 2"):
        learning_line.LineRun(net=PerceptronConfig((FEATURES, 3)))
    with pytest.raises(InloopError, match="relative: 0 is not positive"):
        learning_line.LineRun(relative=0)
