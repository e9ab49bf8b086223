"""What `inloop bench mir` measures: the samples are what they are said to be, and the contenders do the work."""

from __future__ import annotations

import numpy as np
import pytest

from inloop import mir
from inloop.errors import InloopError
from inloop.mir.contenders import Batches, contest

COUNT = 6


@pytest.fixture(scope="module")
def batches():
    return Batches(COUNT, seed=0)


def test_a_larger_batch_repeats_the_samples(batches):
    zones = batches.zones(2 * COUNT + 1)
    np.testing.assert_array_equal(zones[COUNT : 2 * COUNT], zones[:COUNT])
    np.testing.assert_array_equal(zones[2 * COUNT], zones[0])
    assert not np.array_equal(zones[0], zones[1])
    assert batches.zones(2 * COUNT + 1) is zones  # shared, not made again


def test_mixed_zones_are_those_that_are_reconstructed(batches):
    found = [len(mir.reconstruct(sample, method="youngs").zones) for sample in batches.zones(COUNT)]
    np.testing.assert_array_equal(batches.mixed, found)
    assert batches.mixed.min() > 0


def test_images_are_the_fractions_over_each_zone(batches):
    images = batches.images(3)
    assert (images.shape, images.dtype) == ((3, 64, 64), np.float32)
    zones = images.reshape(3, 8, 8, 8, 8)
    assert np.ptp(zones, axis=(2, 4)).max() == 0
    np.testing.assert_array_equal(zones[:, :, 0, :, 0], batches.zones(3).astype(np.float32))


def test_every_contender_covers_what_the_zones_hold():
    held = contest(engines=["native"], samples=COUNT)
    assert [contender.model for contender in held.contenders] == ["mir", "elvira", "lvira"]
    zones = Batches(COUNT, seed=0).zones(4)
    for contender in held.contenders:
        answers = np.asarray(contender.prepare(4)())
        cover = answers if contender.model == "mir" else answers[0].reshape(4, 64, 64)
        mean = cover.reshape(4, 8, 8, 8, 8).mean(axis=(2, 4))
        np.testing.assert_allclose(mean, zones, atol=1e-6 if contender.model == "mir" else 1e-12)
    native = held.contenders[0]
    assert native.prepare(4)() is native.prepare(4)()  # answers go into the same array each time
    assert set(native.stages(2)) == {"read", "views", "network", "level sets", "sharing, projection, coverage", "copy"}


def test_engines_that_are_asked_for_have_to_be_there():
    with pytest.raises(InloopError, match="engine 'abacus' is unknown"):
        contest(engines=["native", "abacus"], samples=1)
    with pytest.raises(InloopError, match="does not compute in 'float8'"):
        contest(engines=["native"], precisions=["float8"], samples=1)


def test_the_published_family_in_torch(batches, monkeypatch):
    pytest.importorskip("torch", reason="pip install 'inloop[train]'")
    from inloop.mir import contenders_family as family

    def refused(network, *, threads):
        raise InloopError("onnxruntime: is missing")

    monkeypatch.setattr(family, "in_onnxruntime", refused)
    name = "2-channels-pooling-dilation-2"
    found, absent = family.published(batches.images, 1, [name])
    processor = [contender for contender in found if contender.engine == "torch"]
    assert [contender.label for contender in processor] == [f"{name}, torch, float32"]
    assert absent[f"{name}, onnxruntime, float32"] == "onnxruntime: is missing"
    answer = processor[0].prepare(2)()
    assert answer.shape == (2, 64, 64)
    assert (answer >= 0).all()
    assert (answer <= 1).all()
    spent = processor[0].stages(2)
    assert {"convolutions", "fully connected", "normalisation", "pooling", "rest"} == set(spent)
    with pytest.raises(InloopError, match="model '3-channels' is unknown"):
        contest(engines=["native"], family=True, models=["3-channels"])
    assert set(family.MODELS) - set(family.PUBLISHED) == {
        "32-channels without layer norm",
        "2-channels without layer norm",
    }


def test_the_yardstick_is_the_original_in_single_precision_on_the_processor():
    pytest.importorskip("torch", reason="pip install 'inloop[train]'")
    from inloop.mir.contenders_family import against_original
    from inloop.optimize.throughput import Contender

    def made(model, engine, precision):
        return Contender(model=model, engine=engine, precision=precision, prepare=lambda size: lambda: None)

    everyone = [
        made("mir", "native", "float32"),
        made("mir", "torch", "float32"),
        made("32-channels", "torch", "float32"),
        made("32-channels", "onnxruntime", "float32"),
        made("32-channels", "torch", "bfloat16"),
        made("32-channels", "torch cuda", "float32"),
        made("32-channels without layer norm", "torch", "float32"),
        made("2-channels", "torch", "float32"),
        made("2-channels", "torch", "float16"),
    ]
    shipped, reduced = against_original("mir")
    labels = {
        side: [contender.label for contender in everyone if chosen(contender)]
        for side, chosen in (("ours", shipped.ours), ("yardstick", shipped.yardstick), ("reduced", reduced.ours))
    }
    assert labels == {
        "ours": ["mir, native, float32"],
        "yardstick": ["32-channels, torch, float32", "32-channels, onnxruntime, float32"],
        "reduced": ["2-channels, torch, float32"],
    }
    assert (shipped.wanted, reduced.wanted) == (1000, 15)
