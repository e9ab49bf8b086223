"""Training sees exactly what the reconstruction does with a network's answers, and its gradient is the right one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
import torch
from tests.mir.random_kernel import random_weights
from tests.mir.strategies import Floats
from tests.mir.tied import tied

from inloop import _core, mir
from inloop.mir import learning_levels
from inloop.mir.interface import Interface
from inloop.mir.layers import Layers
from inloop.mir.learned import VERTICES
from inloop.mir.mesh import mesh_of
from inloop.mir.samples import Recipe, draw, generate, sampled, shape_seed
from inloop.mir.samples.exact import CORE, FINE, HALO, ZONES
from inloop.mir.views import Views, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.fit import to_tensors

torch.set_num_threads(1)

STEP = 2.0**-18  # of answers that are multiples of it: single precision holds them exactly


class Drawn(NamedTuple):
    fractions: Floats
    coverage: Floats
    views: Views


def drawn(recipe: Recipe, count: int, seed: int) -> Drawn:
    batch = sampled(recipe, [draw(recipe, shape_seed(seed, k)) for k in range(count)])
    # In steps that single precision holds exactly: the shares of two materials add up to one, whichever is asked about.
    coverage = (np.round(batch.coverage * 2**10) / 2**10).astype(np.float32)
    return Drawn(batch.fractions, coverage, views_of(batch.fractions, coverage))


CROWDED = Recipe(materials=4, families={"voronoi": 1.0, "power": 1.0}, spacing=(0.5, 0.7))


@pytest.fixture(scope="module", params=[2, 3, 4, 6])
def samples(request) -> Drawn:
    """Samples of so many materials, those of three and more with many junctions."""
    crowded = {3: {"t-junction": 1.0, "y-junction": 1.0, "drop": 1.0}, 6: CROWDED.families}
    recipes = {2: Recipe(), 4: CROWDED} | {m: Recipe(materials=m, families=crowded[m]) for m in crowded}
    return drawn(recipes[request.param], 16, seed=request.param)


def batch_of(views: Views) -> dict[str, torch.Tensor]:
    return to_tensors(views.batch(np.arange(len(views))))


def network(weights: dict[str, Floats]) -> torch.nn.Module:
    net = PerceptronConfig(Layers.from_arrays(weights).sizes).build()
    net.load_state_dict(to_tensors(weights))
    return net


def arrays_of(views: Views) -> list[np.ndarray]:
    """What the core is given of them, but for the answers."""
    batch = views.batch(np.arange(len(views)))
    return [np.ascontiguousarray(batch[name]) for name in learning_levels.FIELDS]


def errors_of(answer: np.ndarray, views: Views) -> Floats:
    """Of the sites of the cores, in the digits that the core gives."""
    return _core.lesson_errors(*arrays_of(views), np.asarray(answer, dtype=np.float32), 1)[0][views.inner]


def answered(net: torch.nn.Module, views: Views) -> np.ndarray:
    with torch.no_grad():
        return net(torch.from_numpy(views.feature)).numpy()


# -- the gradient ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("materials", [2, 3, 4])
def test_the_gradient_is_that_of_finite_differences(materials: int) -> None:
    """Of the error of each zone that holds so many materials, by all answers that have a part in it."""
    views = drawn(CROWDED, 16, seed=4).views
    rng = np.random.default_rng(materials)
    answers = np.round(rng.normal(size=(len(views.feature), VERTICES)) * 2**8) / 2**9
    along = rng.choice([-1.0, 1.0], answers.shape)
    ahead, behind = (errors_of(answers + sign * STEP * along, views) for sign in (1, -1))
    expected = (ahead - behind) / (2 * STEP)
    given = torch.tensor(answers, dtype=torch.float32, requires_grad=True)
    error, _ = learning_levels.misplaced(given, batch_of(views))
    np.testing.assert_array_equal(error.detach().numpy(), errors_of(answers, views).astype(np.float32))
    present = np.where(views.asked == 1, 2, views.asked)[views.inner]
    chosen = np.flatnonzero(present == materials)[:30]
    assert len(chosen) >= 10
    found = []
    for site in chosen:
        (gradient,) = torch.autograd.grad(error[site], given, retain_graph=True)
        found.append((gradient.double().numpy() * along).sum())
    np.testing.assert_allclose(found, expected[chosen], rtol=0, atol=1e-7)
    assert np.abs(expected[chosen]).max() > 0.05


def test_rates_of_zones_add_up_and_the_layer_around_counts_for_nothing(samples: Drawn) -> None:
    views = samples.views.take(np.arange(4))
    rng = np.random.default_rng(1)
    answers = torch.tensor(rng.normal(size=(len(views.feature), VERTICES)), dtype=torch.float32, requires_grad=True)
    error, size = learning_levels.misplaced(answers, batch_of(views))
    assert len(error) == views.inner.sum()
    np.testing.assert_array_equal(size.numpy(), views.site_size[views.inner])
    rate = torch.tensor(rng.normal(size=len(error)), dtype=torch.float32)
    (together,) = torch.autograd.grad((rate * error).sum(), answers, retain_graph=True)
    alone = torch.zeros_like(answers, dtype=torch.float64)
    for k, weight in enumerate(rate):
        alone += weight.double() * torch.autograd.grad(error[k], answers, retain_graph=True)[0].double()
    assert torch.abs(together - alone).max() < 1e-6
    told, _ = _core.lesson_errors(*arrays_of(views), answers.detach().numpy(), 1)
    assert (told[~views.inner] == 0).all()
    assert (told[views.inner] > 0).all()


def test_threads_and_company_change_no_bit(samples: Drawn) -> None:
    views = samples.views
    rng = np.random.default_rng(2)
    arrays = [*arrays_of(views), rng.normal(size=(len(views.feature), VERTICES)).astype(np.float32)]
    rate = rng.normal(size=len(views.asked))
    told = []
    for threads in (1, 3):
        error, by_level = _core.lesson_errors(*arrays, threads)
        told.append((error, by_level, _core.lesson_gradient(*arrays, rate, by_level, threads)))
    assert all(np.array_equal(one, other) for one, other in zip(*told, strict=True))
    one = views.take(np.array([5]))
    sites, questions = (slice(*first[[5, 6]]) for first in (views.first_site, views.first_question))
    alone, by_level = _core.lesson_errors(*arrays_of(one), arrays[-1][questions], 1)
    assert np.array_equal(alone, told[0][0][sites])
    gradient = _core.lesson_gradient(*arrays_of(one), arrays[-1][questions], rate[sites], by_level, 1)
    assert np.array_equal(gradient, told[0][2][questions])


# -- what the reconstruction does --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "bounded"), [(0.0, False), (0.5, False), (3.0, False), (0.0, True), (0.5, True)])
def test_errors_are_those_of_the_reconstruction_zone_by_zone(samples: Drawn, scale: float, bounded: bool) -> None:
    """Bounded: the mesh ends with the core."""
    weights = random_weights(scale=scale)
    views, layers = views_of(samples.fractions, samples.coverage, bounded=bounded), Layers.from_arrays(weights)
    found = errors_of(answered(network(weights), views), views)
    mesh = mesh_of((CORE, CORE)) if bounded else mesh_of((ZONES, ZONES), boundary=HALO)
    seen = np.s_[:, HALO:-HALO, HALO:-HALO] if bounded else np.s_[:]
    expected = []
    for f, coverage in zip(samples.fractions, samples.coverage, strict=True):
        given = np.ascontiguousarray(f[seen][0] if len(f) == 2 else f[seen])
        core = _core.reconstruct_learned(layers.core, given, mesh.nodes, mesh.widths, mesh.halo, mesh.side, 1)
        face = Interface(core, mir.Learned(), mesh, 1)
        apart = np.abs(face.coverage(FINE) - coverage).sum(axis=0) / 2  # misplaced area counts once
        by_zone = apart.reshape(CORE, FINE, CORE, FINE).mean(axis=(1, 3))
        expected.append(by_zone[tuple(face.zones.T)])
    plain = ~tied(views)[views.inner]
    assert plain.mean() > 0.5
    within = 1e-12 if scale == 0 else 1e-7  # the network itself is asked in single precision here
    np.testing.assert_allclose(found[plain], np.concatenate(expected)[plain], rtol=0, atol=within)
    many = (views.asked[views.inner] > 1) & plain
    assert (many.sum() > 10) == (samples.fractions.shape[1] > 2)


def test_material_numbers_do_not_matter(samples: Drawn) -> None:
    views, net = samples.views, network(random_weights(scale=0.5))
    plain = ~tied(views)[views.inner]
    assert plain.mean() > 0.5
    numbers = range(samples.fractions.shape[1])
    for order in [list(numbers)[::-1], [*numbers[1:], 0], [*numbers[2:], 1, 0]]:
        there = views_of(samples.fractions[:, order], samples.coverage[:, order])
        assert np.array_equal(there.place, views.place)
        assert np.array_equal(there.asked, views.asked)
        bare = [errors_of(np.zeros((len(one.feature), VERTICES)), one)[plain] for one in (views, there)]
        np.testing.assert_allclose(*bare, rtol=0, atol=1e-12)
        learned = [errors_of(answered(net, one), one)[plain] for one in (views, there)]
        np.testing.assert_allclose(*learned, rtol=0, atol=1e-7)


def test_the_figures_are_means_of_these_errors_over_all_stores(tmp_path) -> None:
    recipes = {"two": Recipe(), "many": CROWDED}
    for name, recipe in recipes.items():
        generate(recipe, tmp_path / f"{name}.h5", 40, seed=7)
    paths = [tmp_path / f"{name}.h5" for name in recipes]
    opened = learning_levels.source(paths, "train")
    parts = [learning_levels.source([path], "train").views for path in paths]
    assert len(opened) == sum(map(len, parts))
    net = network(random_weights(scale=0.5))
    errors, many, smooth = [], [], []
    for views in parts:
        inner = views.inner
        errors.append(errors_of(answered(net, views), views))
        many.append(views.asked[inner] > 1)
        smooth.append(views.site_size[inner] < 0.03)
    error = np.concatenate(errors)
    assert learning_levels.metrics(net, opened) == pytest.approx(
        {
            "symmetric_difference": error.mean(),
            "symmetric_difference_smooth": error[np.concatenate(smooth)].mean(),
            "symmetric_difference_many": error[np.concatenate(many)].mean(),
        },
        rel=1e-5,
    )
    whole, each = (
        learning_levels.classical(opened),
        [learning_levels.classical(learning_levels.source([p], "train")) for p in paths],
    )
    zones = [len(part) for part in errors]
    for method in learning_levels.CLASSICAL:
        means = [figures[method]["symmetric_difference"] for figures in each]
        assert whole[method]["symmetric_difference"] == pytest.approx(np.average(means, weights=zones), rel=1e-12)


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*learning_levels.FIELDS[1:], "answer", "rate", "by_level"])
def test_arrays_that_do_not_fit_are_refused_in_one_line(name: str) -> None:
    views = drawn(CROWDED, 1, seed=3).views
    batch = views.batch(np.arange(1))
    arrays = {field: batch[field] for field in learning_levels.FIELDS}
    arrays["answer"] = np.zeros((len(views.feature), VERTICES), dtype=np.float32)
    if name in ("rate", "by_level"):
        arrays |= {"rate": np.ones(len(views.asked)), "by_level": np.zeros((len(views.feature), VERTICES))}
    call = _core.lesson_gradient if "rate" in arrays else _core.lesson_errors
    call(*arrays.values(), 1)
    arrays[name] = np.concatenate([arrays[name], arrays[name][-1:]])
    with pytest.raises(ValueError, match=r"must have shape \(\d+,") as told:
        call(*arrays.values(), 1)
    assert "\n" not in str(told.value)
