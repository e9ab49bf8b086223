"""The published family's case: encoding, loss and measures against loops, and a training that gets somewhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inloop import mir
from inloop.data import symmetry
from inloop.errors import InloopError
from inloop.mir.learning import AUTOENCODER, AutoencoderRun, ImageErrors, LossConfig, Moved, encode, loss, weights
from inloop.mir.samples import Recipe, generate
from inloop.mir.samples.exact import FINE, HALO, ZONES
from inloop.mir.shapes import Circle, HalfPlane, uniform_edges
from inloop.nets import AutoencoderConfig
from inloop.training.config import from_dict, names, to_dict
from inloop.training.fit import FitConfig, to_tensors
from inloop.training.run import train
from inloop.training.sources import Arrays

torch.set_num_threads(1)

INNER, FINE_INNER = slice(HALO, -HALO), slice(HALO * FINE, -HALO * FINE)  # the core, in zones and in sub-zones


def images_of(shapes):
    """A source of two-material samples of these shapes, which are placed on zones whose core is [0, 8] x [0, 8]."""
    edges = tuple(ZONES * axis - HALO for axis in uniform_edges(ZONES))
    fine = np.stack([shape.coverage(edges, 8) for shape in shapes])
    coverage = np.stack([fine, 1 - fine], axis=1)[..., FINE_INNER, FINE_INNER].astype(np.float32)
    zones = np.stack([shape.fractions(edges) for shape in shapes])
    return Arrays(fractions=np.stack([zones, 1 - zones], axis=1), coverage=coverage)


@pytest.fixture(scope="module")
def scenes():
    rng = np.random.default_rng(0)
    lines = [HalfPlane((4 + rng.uniform(-2, 2), 4.0), (np.cos(a), np.sin(a))) for a in rng.uniform(0, 6, 8)]
    return images_of([*lines, *(Circle(tuple(rng.uniform(3, 5, 2)), r) for r in rng.uniform(1, 4, 8))])


def first_batch(source):
    return next(iter(source.in_order(16)))


def test_the_network_sees_each_zones_fraction_on_its_pixels(scenes):
    batch = first_batch(scenes)
    images = encode(to_tensors(batch))
    assert images.shape == (16, 64, 64)
    for zone in ((0, 0), (3, 5), (7, 7)):
        pixels = images[:, 8 * zone[0] : 8 * zone[0] + 8, 8 * zone[1] : 8 * zone[1] + 8]
        fraction = torch.tensor(batch["fractions"][:, 0, HALO + zone[0], HALO + zone[1]]).float()
        assert (pixels == fraction[:, None, None]).all()


def test_the_truth_has_no_loss_and_no_error_and_its_own_jumps(scenes):
    batch = first_batch(scenes)
    tensors = to_tensors(batch)
    terms = loss(AutoencoderRun(), tensors["coverage"][:, 0], tensors)
    assert terms.keys() == weights(AutoencoderRun()).keys() == {"mse", "conservation", "continuity"}
    assert all(term.value < 1e-6 for term in terms.values())
    errors = ImageErrors()
    fractions = batch["fractions"][:, 0, INNER, INNER]
    errors.add(batch["coverage"][:, 0], batch["coverage"][:, 0], fractions)
    figures = errors.figures()
    assert figures["mse"] == figures["symmetric_difference"] == 0
    assert figures["conservation_error_max"] < 1e-6
    assert figures["continuity_error_mean"] == figures["true_continuity_error_mean"] > 0
    assert figures["mixed_zones"] == ((fractions > 0) & (fractions < 1)).sum()


def test_terms_of_weight_zero_are_left_out(scenes):
    run = AutoencoderRun(loss=LossConfig(conservation=0.0))
    tensors = to_tensors(first_batch(scenes))
    assert loss(run, tensors["coverage"][:, 0], tensors).keys() == weights(run).keys() == {"mse", "continuity"}


def test_errors_are_what_loops_count(scenes):
    batch = first_batch(scenes)
    truth, fractions = batch["coverage"][:, 0].astype(float), batch["fractions"][:, 0, INNER, INNER]
    images = np.clip(truth + np.random.default_rng(1).normal(0, 0.3, truth.shape), 0, 1)
    lost, apart, torn = [], [], []

    def zone(image, row, column):
        return image[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]

    for n, row, column in np.ndindex(fractions.shape):
        if not 0 < fractions[n, row, column] < 1:
            continue
        here = zone(images[n], row, column)
        lost.append(abs(here.mean() - fractions[n, row, column]))
        apart.append(abs(here - zone(truth[n], row, column)).mean())
        if column < 7 and 0 < fractions[n, row, column + 1] < 1:
            torn.append(((here[:, -1] > 0.5) != (zone(images[n], row, column + 1)[:, 0] > 0.5)).mean())
        if row < 7 and 0 < fractions[n, row + 1, column] < 1:
            torn.append(((here[-1] > 0.5) != (zone(images[n], row + 1, column)[0] > 0.5)).mean())
    errors = ImageErrors()
    for part in (slice(0, 5), slice(5, 16)):  # in two batches
        errors.add(images[part], truth[part], fractions[part])
    figures = errors.figures()
    expected = {
        "mse": ((images - truth) ** 2).mean(),
        "symmetric_difference": np.mean(apart),
        "conservation_error_mean": np.mean(lost),
        "conservation_error_max": np.max(lost),
        "continuity_error_mean": np.mean(torn),
        "continuity_error_max": np.max(torn),
    }
    assert {name: figures[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_classical_figures_are_those_of_each_sample_alone(scenes):
    figures = AUTOENCODER.classical(scenes)
    assert figures.keys() == {"youngs", "elvira", "lvira"}
    batch, errors = first_batch(scenes), ImageErrors()
    for n in range(16):
        face = mir.reconstruct(batch["fractions"][n], method="elvira")
        image = face.coverage(8)[0][FINE_INNER, FINE_INNER]
        errors.add(image[None], batch["coverage"][n : n + 1, 0], batch["fractions"][n : n + 1, 0, INNER, INNER])
    assert figures["elvira"] == pytest.approx(errors.figures(), rel=1e-12)
    assert figures["elvira"]["conservation_error_max"] < 1e-12


def test_moved_samples_are_the_same_shapes_in_all_sixteen_images(scenes):
    plain = first_batch(scenes)
    known = {symmetry.move(plain["coverage"][:, order], m).tobytes() for m in range(8) for order in ([0, 1], [1, 0])}
    one = Moved(Arrays(**plain))
    seen = set()
    for epoch in range(60):
        (batch,) = one.batches(16, seed=0, epoch=epoch)
        order = np.random.default_rng([0, epoch]).permutation(16)
        there = np.argsort(order)
        assert batch["coverage"][there].tobytes() in known
        means = batch["coverage"].reshape(16, 2, 8, 8, 8, 8).mean((3, 5), dtype=float)
        assert np.abs(means - batch["fractions"][..., INNER, INNER]).max() < 1e-6
        seen.add(batch["coverage"][there].tobytes())
    assert len(seen) > 10


def test_two_shares_of_a_moved_batch_are_moved_alike(scenes):
    moved = Moved(scenes)
    (whole,) = moved.batches(16, seed=1, epoch=5)
    shares = [next(iter(moved.batches(16, seed=1, epoch=5, rank=rank, ranks=2))) for rank in (0, 1)]
    assert (whole["fractions"][0::2] == shares[0]["fractions"]).all()
    assert (whole["coverage"][1::2] == shares[1]["coverage"]).all()


def test_a_small_autoencoder_learns_its_samples(scenes):
    run = AutoencoderRun(
        net=AutoencoderConfig(channels=2, kernel=3, bottleneck=32),
        fit=FitConfig(epochs=60, batch=16, learning_rate=1e-2, evaluate_every=20),
    )
    history = [entry["metrics"] for entry in train(AUTOENCODER, run, scenes, scenes).fitted.history]
    assert history[-1]["mse"] < 0.75 * history[0]["mse"]
    assert history[-1]["symmetric_difference"] < 0.95 * history[0]["symmetric_difference"]


def test_a_store_is_trained_on_moved_and_judged_as_it_is(tmp_path):
    generate(Recipe(families={"line": 1.0, "arc": 1.0}), tmp_path / "store.h5", 64, seed=3)
    run = AutoencoderRun(net=AutoencoderConfig(channels=1, kernel=3, bottleneck=4), fit=FitConfig(steps=2, batch=8))
    given = [AUTOENCODER.samples(run, tmp_path / "store.h5", part) for part in ("train", "validation")]
    assert isinstance(given[0], Moved)
    assert not isinstance(given[1], Moved)
    assert 30 < len(given[0]) < 64
    fitted = train(AUTOENCODER, run, *given).fitted
    assert fitted.steps == 2
    assert fitted.metrics["mixed_zones"] == AUTOENCODER.classical(given[1])["elvira"]["mixed_zones"]


def test_presets_are_the_posters_models_and_every_field_can_be_set():
    assert len(AUTOENCODER.presets) == 5
    assert next(iter(AUTOENCODER.presets)) == "32-channels"
    for preset in AUTOENCODER.presets.values():
        assert from_dict(AutoencoderRun, to_dict(preset)) == preset
    assert {"net.channels", "net.pooling", "net.dilation", "loss.continuity", "fit.learning_rate"} <= set(
        names(AutoencoderRun)
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"net": {"pool": 1}}, "net.pool: there is no such field; did you mean pooling?"),
        ({"net": {"size": 32}}, "net.size: 32; the samples' images are 64 pixels wide"),
        ({"loss": {"mse": -1.0}}, "loss.mse: -1.0 is negative; 0 leaves the term out"),
        ({"loss": {"power": "cube"}}, 'loss.power: "cube"; choose absolute or square'),
        ({"fit": {"batch": "many"}}, 'fit.batch: "many" instead of an integer'),
    ],
)
def test_bad_configurations_are_refused(given, line):
    with pytest.raises(InloopError) as refusal:
        from_dict(AutoencoderRun, given)
    assert str(refusal.value) == line


def test_three_materials_are_refused(scenes):
    batch = to_tensors(first_batch(scenes))
    with pytest.raises(
        InloopError, match=rf"fractions: shape \(16, 3, {ZONES}, {ZONES}\); the autoencoder takes two materials"
    ):
        encode({"fractions": torch.cat([batch["fractions"], batch["fractions"][:, :1]], 1)})
