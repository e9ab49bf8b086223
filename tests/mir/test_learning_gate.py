"""The gate learns which zones come out worse, and its promises are counted in reconstructions with it at work."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.mir.random_kernel import random_weights
from tests.mir.tied import tied

from inloop import InloopError, _core, mir
from inloop.mir import learning_gate, learning_levels
from inloop.mir.gate import Gate, Judge
from inloop.mir.interface import Interface
from inloop.mir.layers import Layers
from inloop.mir.learned import FEATURES, VERTICES
from inloop.mir.mesh import mesh_of
from inloop.mir.samples import Recipe, draw, sampled, shape_seed
from inloop.mir.samples.exact import HALO
from inloop.mir.views import views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.fit import FitConfig, to_tensors

SMALL = learning_gate.GateRun(
    net=PerceptronConfig((FEATURES, 8, 1)),
    rough=0.1,
    shares=(0.05, 0.2, 0.5),
    fit=FitConfig(learning_rate=2e-2, epochs=6, batch=128),
)


def drawn(count: int, seed: int, materials: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Fractions and coverage of samples."""
    recipe = Recipe(materials=materials)
    batch = sampled(recipe, [draw(recipe, shape_seed(seed, k)) for k in range(count)])
    return batch.fractions, batch.coverage.astype(np.float32)


@pytest.fixture(scope="module")
def half_trained() -> torch.nn.Module:
    """The shipped network with noise on its weights: better than ELVIRA in many zones, worse in many others."""
    opened = mir.Learned().opened()
    layers = Layers.from_arrays(opened.bundle.weights)
    rng = np.random.default_rng(0)
    noisy = {name: array * (1 + 0.08 * rng.normal(size=array.shape)) for name, array in layers.arrays().items()}
    net = learning_levels.network(learning_levels.LevelsRun(net=PerceptronConfig(layers.sizes)))
    net.load_state_dict(to_tensors({name: array.astype(np.float32) for name, array in noisy.items()}))
    return net


@pytest.fixture(scope="module")
def judged(half_trained: torch.nn.Module) -> tuple[Judge, list[str]]:
    said: list[str] = []
    return learning_gate.learn_judge(
        half_trained, views_of(*drawn(120, 1)), views_of(*drawn(240, 2)), SMALL, progress=said.append
    ), said


def test_promises_hold_on_other_samples_through_the_core(half_trained: torch.nn.Module, judged) -> None:
    judge, said = judged
    assert judge.calibration.promises, said
    samples = drawn(100, 3)
    zones = learning_gate.zones_of(half_trained, views_of(*samples))
    layers = Layers.from_arrays({name: value.numpy() for name, value in half_trained.state_dict().items()})
    for promise in judge.calibration.promises:
        accepted, worse = 0, 0
        for sample, (fractions, coverage) in enumerate(zip(*(one[:, 0] for one in samples), strict=True)):
            mesh = mesh_of(fractions.shape, boundary=HALO)
            core = _core.reconstruct_learned(
                layers.core,
                fractions,
                mesh.nodes,
                mesh.widths,
                mesh.halo,
                mesh.side,
                1,
                judge.core(Gate(promise.worse)),
            )
            face = Interface(core, mir.Learned(), mesh, 1)
            difference = np.abs(face.coverage(8)[0] - coverage).reshape(8, 8, 8, 8).mean(axis=(1, 3))
            error, elvira = difference[tuple(face.zones.T)], zones.elvira[zones.sample == sample]
            accepted += int((~face.rejected).sum())
            worse += int(learning_gate.is_worse(error, elvira)[~face.rejected].sum())
        assert accepted / len(zones.worse) == pytest.approx(promise.accepted, abs=0.1)
        assert worse / accepted < promise.worse + 0.02


def test_it_doubts_what_is_worse(half_trained: torch.nn.Module, judged) -> None:
    judge, _ = judged
    zones = learning_gate.zones_of(half_trained, views_of(*drawn(100, 3)))
    assert 0.02 < zones.worse.mean() < 0.7
    net = PerceptronConfig(judge.network.sizes).build()
    net.load_state_dict(to_tensors({name: a.astype(np.float32) for name, a in judge.network.arrays().items()}))
    score = learning_gate.scores(net, zones.feature)
    ranks = np.empty(len(score))
    ranks[np.argsort(score)] = np.arange(len(score))
    above = ranks[zones.worse].mean() / len(score)  # 1/2 if the score told nothing
    assert above > 0.6


@pytest.mark.parametrize("materials", [2, 4])
def test_what_it_rejects_in_training_the_core_rejects(materials: int) -> None:
    fractions, coverage = drawn(12, 6, materials)
    views = views_of(fractions, coverage)
    arrays = random_weights(sizes=(FEATURES, 8, VERTICES)), random_weights(1, sizes=(FEATURES, 8, 1))
    net, score = (PerceptronConfig((FEATURES, 8, count)).build() for count in (VERTICES, 1))
    net.load_state_dict(to_tensors(arrays[0]))
    score.load_state_dict(to_tensors(arrays[1]))
    doubt = learning_gate.zone_scores(score, learning_gate.zones_of(net, views))
    known = np.sort(doubt)
    middle = len(known) // 2 + np.diff(known[len(known) // 2 :]).argmax()  # a limit that rounding does not reach
    limit = float(known[middle : middle + 2].mean())
    layers, judge = (Layers.from_arrays(one) for one in arrays)
    mesh = mesh_of(fractions.shape[-2:], boundary=HALO)
    rejected, expected = [], []
    for f, image in zip(fractions, coverage, strict=True):
        given = f[0] if materials == 2 else f
        core = _core.reconstruct_learned(
            layers.core, given, mesh.nodes, mesh.widths, mesh.halo, mesh.side, 1, _core.Gate(judge.core, limit)
        )
        face = Interface(core, mir.Learned(), mesh, 1)
        apart = np.abs(face.coverage(8) - image).sum(axis=0).reshape(8, 8, 8, 8).mean(axis=(1, 3)) / 2
        rejected.append(face.rejected)
        expected.append(apart[tuple(face.zones.T)])
    plain = ~tied(views)[views.inner]
    assert plain.mean() > 0.5
    assert ((doubt > limit) == np.concatenate(rejected))[plain].all()
    assert 0 < np.concatenate(rejected).sum() < len(doubt)
    found = learning_gate.symmetric_difference(learning_gate.gated(net, score, limit), views)
    assert np.abs(found - np.concatenate(expected))[plain].max() < 1e-6


def test_an_untrained_network_is_elvira_and_never_worse() -> None:
    net = learning_levels.network(learning_levels.LevelsRun(net=PerceptronConfig((FEATURES, 4, VERTICES))))
    zones = learning_gate.zones_of(net, views_of(*drawn(20, 4)))
    assert not zones.worse.any()
    assert zones.feature.shape == (len(zones.elvira), FEATURES)
    assert FEATURES == 58  # 7 x 7 differences, six about the line, three about other materials


def test_a_judge_survives_its_bundle(judged) -> None:
    judge, _ = judged
    again = Judge.from_bundle(judge.arrays(), judge.about())
    assert again.calibration == judge.calibration
    assert all((a == b).all() for a, b in zip(again.network.weights, judge.network.weights, strict=True))
    assert set(judge.arrays()) == {f"gate.layers.{k}.{part}" for k in range(2) for part in ("weight", "bias")}


def test_configurations_that_cannot_be_are_refused() -> None:
    with pytest.raises(InloopError, match=f"the core gives {FEATURES} features and takes one score"):
        learning_gate.GateRun(net=PerceptronConfig((FEATURES, 2)))
    with pytest.raises(InloopError, match="no sensible number of rough images"):
        learning_gate.GateRun(rough=-1)
    with pytest.raises(InloopError, match="samples: 0 is not positive"):
        learning_gate.GateRun(samples=0)


def test_random_answers_are_worse_nearly_everywhere() -> None:
    net = learning_levels.network(learning_levels.LevelsRun(net=PerceptronConfig((FEATURES, 8, VERTICES))))
    arrays = random_weights(scale=3.0, sizes=(FEATURES, 8, VERTICES))
    net.load_state_dict(to_tensors(arrays))
    assert learning_gate.zones_of(net, views_of(*drawn(30, 5))).worse.mean() > 0.5
