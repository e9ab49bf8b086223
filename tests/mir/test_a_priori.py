"""The a-priori report's figures against independent computations, and what it refuses."""

from __future__ import annotations

import itertools
import json
import math
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from inloop import mir
from inloop.data import Draft, Field, Layout
from inloop.errors import InloopError
from inloop.mir import measures
from inloop.mir.a_priori import errors, published
from inloop.mir.a_priori import fields as fields_of
from inloop.mir.a_priori import gate as gates_of
from inloop.mir.a_priori import report as reports
from inloop.mir.a_priori.errors import BEST_ORDER, LEARNED, cores
from inloop.mir.a_priori.family import Family, Run, finished_runs
from inloop.mir.a_priori.samples import draw_stores, held_out
from inloop.mir.reconstruct import method_of
from inloop.mir.samples import NAMES
from inloop.mir.samples.exact import CORE, FINE, HALO
from inloop.mir.shapes import BUILT_IN, HalfPlane, uniform_edges
from inloop.training.statistics import welch

METHODS = ("youngs", "elvira")


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    return draw_stores(tmp_path_factory.mktemp("samples"), 32, seed=5)


@pytest.fixture(scope="module")
def studies(stores):
    return [errors.study(held_out(path), None, methods=METHODS) for path in stores]


# ---- samples


def test_held_out_samples_are_the_test_part_and_stores_are_used_again(stores):
    from inloop.data import Samples

    with Samples(stores[0]) as store:
        expected = store.read(store.rows("test"))
    held = held_out(stores[0])
    assert np.array_equal(held.fractions, expected["fractions"])
    assert np.array_equal(held.shape_seed, expected["seed"])
    assert len(held_out(stores[0], most=3)) == 3
    before = [path.stat().st_mtime_ns for path in stores]
    assert draw_stores(stores[0].parent, 32, seed=5) == stores
    assert [path.stat().st_mtime_ns for path in stores] == before


def test_foreign_stores_are_refused(tmp_path):
    draft = Draft(tmp_path / "other.h5", Layout((Field("x", (), "float64"),), 4, json.dumps({"kind": "hills 1"})))
    draft.begin()
    draft.put(0, {"x": np.zeros(4)})
    draft.finish()
    with pytest.raises(InloopError, match=r"hills 1.*expected 'inloop mir samples"):
        held_out(tmp_path / "other.h5")
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file["x"] = np.zeros(3)
    with pytest.raises(InloopError, match="not a store of samples"):
        held_out(tmp_path / "plain.h5")
    with pytest.raises(InloopError, match="no such file"):
        held_out(tmp_path / "none.h5")


# ---- one method on samples


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", [LEARNED, "youngs"])
def test_every_sample_comes_out_as_it_does_alone(studies, number, name):
    study = studies[number]
    own, held = study.methods[name], study.samples
    for k in range(min(len(held), 8)):
        face = mir.reconstruct(held.fractions[k], method=name, boundary=HALO)
        images = face.coverage(FINE)
        shape = (-1, CORE, FINE, CORE, FINE)
        error = np.abs(images - held.coverage[k]).reshape(shape).mean(axis=(2, 4)).sum(axis=0) / 2
        area = images.reshape(shape).mean(axis=(2, 4))
        lost = np.abs(area - cores(held.fractions[k])).max(axis=0)
        mixed = study.mixed[k]
        assert sorted(map(tuple, np.argwhere(mixed))) == sorted(map(tuple, face.zones))
        assert own.error[k] == pytest.approx(np.where(mixed, error, 0), abs=1e-12)
        assert own.conservation[k] == pytest.approx(np.where(mixed, lost, 0), abs=1e-14)
        beside, above = (edges[k] for edges in study.edges())
        torn = np.concatenate([own.beside[k][beside], own.above[k][above]])
        alone = face.continuity_error()
        assert (torn.mean() if len(torn) else 0.0) == pytest.approx(alone.mean, abs=1e-12)
        assert torn.max(initial=0.0) == pytest.approx(alone.max, abs=1e-12)
        first = (images - held.coverage[k])[: 1 if held.materials == 2 else None]
        assert own.square[k] == pytest.approx((first**2).mean(), abs=1e-15)


def test_best_order_is_the_best_of_all_and_never_worse_than_the_default(studies):
    study = studies[1]
    default, best = study.methods["youngs"], study.methods["youngs" + BEST_ORDER]
    assert (best.error.sum(axis=(1, 2)) <= default.error.sum(axis=(1, 2)) + 1e-15).all()
    held, tried = study.samples, 0
    for k in range(len(held)):
        present = np.flatnonzero(held.fractions[k].sum(axis=(1, 2)) > 0)
        if len(present) == 3:
            tried += 1
            absent = [m for m in range(held.materials) if m not in present]
            totals = [default.error[k].sum()]
            for order in itertools.permutations(present):
                face = mir.reconstruct(held.fractions[k], method="youngs", boundary=HALO, order=[*order, *absent])
                apart = np.abs(face.coverage(FINE) - held.coverage[k]).sum() / FINE**2 / 2
                totals.append(apart)
            assert best.error[k].sum() == pytest.approx(min(totals), abs=1e-5)  # pure zones round, in float32
    assert tried > 0


def test_orders_are_permutations_and_all_of_them_up_to_four():
    assert [len(errors.orders(count)) for count in (2, 3, 4, 5, 6)] == [2, 6, 24, 20, 30]
    for count in (3, 5, 6):
        tried = errors.orders(count)
        assert len(set(tried)) == len(tried)
        assert all(sorted(order) == list(range(count)) for order in tried)


def test_methods_that_cannot_be_compared_are_refused():
    assert errors.chosen_methods(["lvira"]) == ["elvira", "lvira"]
    with pytest.raises(InloopError, match="mof needs centroids"):
        errors.chosen_methods(["mof"])
    with pytest.raises(InloopError, match="no method 'plic'"):
        errors.chosen_methods(["plic"])


# ---- groups


@pytest.mark.parametrize("number", [0, 1])
def test_groups_weighted_by_their_zones_make_up_the_whole(studies, number):
    study = studies[number]
    whole = reports.row(study, "all")
    assert whole.zones == study.mixed.sum() == study.figures(LEARNED)["mixed_zones"]
    groups = {
        "families": reports.by_family(study),
        "fractions": [own for _, own in reports.by_fraction(study)],
        "materials": reports.by_materials(study)[:3],
    }
    for rows in groups.values():
        assert sum(own.zones for own in rows) == whole.zones
        for name in study.methods:
            total = math.fsum(own.zones * own.means[name] for own in rows if own.zones)
            assert total / whole.zones == pytest.approx(study.figures(name)["symmetric_difference"], rel=1e-12)
    assert [own.name for own in groups["families"]] == [
        name for name in NAMES if name in dict(study.samples.recipe.families)
    ]


def test_the_ratio_is_to_the_smallest_classical_error(studies):
    own = reports.row(studies[1], "all")
    names = ["youngs", "youngs" + BEST_ORDER, "elvira", "elvira" + BEST_ORDER]
    assert own.ratio == own.means[LEARNED] / min(own.means[name] for name in names)
    assert own.met(own.ratio * 1.001)
    assert not own.met(own.ratio * 0.5)


def test_radii_are_those_of_round_families(studies):
    held = studies[0].samples
    chosen = np.isin(held.family, [NAMES.index(name) for name in reports.ROUND]) & np.isfinite(held.radius)
    assert sum(own.samples for _, own in reports.by_radius(studies[0])) == (chosen & (held.radius < 1024)).sum()


def test_worst_samples_are_the_worst(studies):
    study = studies[0]
    zones = study.mixed.sum(axis=(1, 2))
    errors = study.methods[LEARNED].error.sum(axis=(1, 2)) / np.maximum(zones, 1)
    found = reports.worst(study, relative=False)
    assert [case.learned for case in found] == pytest.approx(sorted(errors, reverse=True)[:8])
    for case in reports.worst(study, relative=True):
        assert case.learned > case.elvira


# ---- single fields


def test_circle_figures_are_those_of_a_direct_reconstruction():
    found = fields_of.circle(None, ["elvira"], sizes=(16, 32))
    shape = BUILT_IN["circle"].shape
    assert list(found) == [LEARNED, "elvira"]
    for name, own in found.items():
        for k, n in enumerate((16, 32)):
            face = mir.reconstruct(shape.fractions(uniform_edges(n)), method=name, spacing=1 / n)
            assert own["symmetric_difference"][k] == pytest.approx(measures.symmetric_difference(face, shape), rel=1e-9)
            assert own["hausdorff"][k] == pytest.approx(measures.hausdorff(face, shape), rel=1e-9)
            assert own["gap"][k] == pytest.approx(measures.gap(face), abs=1e-14)
    assert fields_of.order_of([8e-4, 1e-4], (32, 64)) == pytest.approx(3)
    assert fields_of.order_of([8e-4, 0.0], (32, 64)) is None


def test_hausdorff_distance_of_an_interface_of_several_pieces():
    tent = np.array([[0.0, 0.5], [0.1, 0.5], [0.4, 0.8], [0.9, 0.5], [1.0, 0.5]])
    apart = [tent[:2], tent[1:4], tent[3:]]
    for lines in ([tent], apart):
        pieces = [SimpleNamespace(zone=(0, 0), points=line) for line in lines]
        face = SimpleNamespace(edges=(np.array([0.0, 1.0]),) * 2, segments=lambda pieces=pieces: pieces, dimensions=2)
        assert measures.hausdorff(face, HalfPlane((0.5, 0.5), (0.0, 1.0))) == pytest.approx(0.3)


def test_no_point_of_a_level_set_is_further_from_the_circle_than_its_hausdorff_distances():
    shape, n = BUILT_IN["circle"].shape, 16
    face = fields_of.face_of(shape, uniform_edges(n), mir.Learned())
    far = measures.hausdorff_by_zone(face, shape)
    assert len(far) == len(face.zones)
    points = np.concatenate(
        [
            p + t * (q - p)
            for part in face.segments()
            for p, q in itertools.pairwise(part.points)
            for t in np.linspace(0, 1, 40)[:, None, None]
        ]
    )
    radial = np.abs(np.hypot(*(points - shape.centre).T) - shape.radius).max()
    # the greatest distance of the interface from the whole circle; a zone's own part of it may be further
    assert radial <= far.max() * (1 + 1e-3)


def test_ellipse_figures_are_those_of_a_direct_reconstruction():
    assert len(fields_of.random_ellipses(25)) == 25
    found = fields_of.ellipses(None, count=1, methods=["youngs"], sizes=(32,))
    shape = fields_of.random_ellipses(1)[0]
    face = fields_of.face_of(shape, tuple(100 * axis for axis in uniform_edges(32)), mir.Youngs())
    assert found["youngs"]["hausdorff"] == [pytest.approx(measures.hausdorff(face, shape))]
    assert found["youngs"]["gap"] == [pytest.approx(measures.gap(face))]


def test_junction_figures_meet_the_published_ones():
    found = fields_of.junction(None)
    assert found["slic"] == pytest.approx(published.T_JUNCTION["slic"], abs=1e-4)
    assert found["gradient"] == pytest.approx(published.T_JUNCTION["gradient"], abs=1e-6)


def test_both_laws_hold_on_adversarial_fields():
    fields = fields_of.adversarial_fields()
    found = fields_of.adversarial(None)
    assert [own.field for own in found] == list(fields)
    for own in found:
        assert own.conservation_error_max < 1e-12, own
        assert own.continuity_error_max < 1e-12, own
    for parts in fields.values():
        assert parts.min() >= 0
        assert parts.sum(axis=0) == pytest.approx(1, abs=1e-12)


# ---- the gate


def test_gate_rows_agree_with_a_reconstruction_of_their_own(studies):
    study = studies[0]
    promises = gates_of.promises(None)
    if not promises:
        pytest.skip("the shipped bundle carries no gate")
    kept, bare = gates_of.gates(study.samples, None)
    assert [own.promised for own in kept] == [*promises, None]
    assert kept[-1].accepted == 1
    assert kept[-1].symmetric_difference == pytest.approx(study.figures(LEARNED)["symmetric_difference"])
    assert all(a.accepted <= b.accepted for a, b in itertools.pairwise(kept))
    lines = gates_of.lines(None, study.samples)
    assert not lines.accepted[study.mixed].any()
    assert lines.error[study.mixed].mean() == pytest.approx(bare)
    face = mir.reconstruct(study.samples.fractions[0], gate=mir.Gate(promises[0]), boundary=HALO)
    own = errors.measured(
        study.samples.fractions[:1], study.samples.coverage[:1], mir.Learned(), gate=mir.Gate(promises[0])
    )
    assert np.array_equal(own.accepted[0][tuple(face.zones.T)], ~face.rejected)


def test_rough_images_are_held_against_elvira():
    found = gates_of.rough_images(None, 8)
    whole = found[0]
    assert whole.kind == "all"
    assert whole.images == sum(own.images for own in found[1:])
    parts = sum(own.images * own.ratios["gate off"].mean() for own in found[1:])
    assert whole.figures()["gate off"]["mean"] == pytest.approx(parts / whole.images)
    assert whole.figures()["gate off"]["worst"] == max(own.ratios["gate off"].max() for own in found[1:])


# ---- published figures and the family


def test_published_family_is_the_poster_s_table():
    assert [tuple(model) for model in published.FAMILY.values()] == [
        ("32 channels (original)", 131072, 0.0570, 0.1160, 0.0918),
        ("2 channels", 8192, 0.0513, 0.1098, 0.0789),
        ("4 channels", 16384, 0.0559, 0.1099, 0.0804),
        ("2 channels, pooling, dilation 1", 4608, 0.0466, 0.1082, 0.0783),
        ("2 channels, pooling, dilation 2", 2048, 0.0535, 0.1120, 0.0877),
    ]
    test = published.REPEATED
    assert (test.means, test.deviations, test.t, test.p) == ((4.9548, 4.77), (0.4145, 0.1129), -2.0399, 0.02166)
    assert all(len(values) == len(published.SIZES) for values in published.ELLIPSES.values())


def test_published_models_are_the_presets():
    pytest.importorskip("torch")
    from inloop.nets import PUBLISHED

    assert {name: net.flattened for name, net in PUBLISHED.items()} == {
        name: model.fully_connected for name, model in published.FAMILY.items()
    }


def _runs(*errors):
    return [
        Run(f"seed-{k}", {"mse": mse, "conservation_error_max": 10 * mse}, 8, 9, 3, 48, 1.0)
        for k, mse in enumerate(errors)
    ]


def test_family_ranks_by_mean_error_and_tests_the_two_best():
    worse, better = (0.05, 0.06, 0.055), (0.04, 0.045, 0.05)
    models = {"2-channels": _runs(*worse), "4-channels": _runs(0.2), "2-channels-pooling": _runs(*better)}
    family = Family(4, models, {LEARNED: {"mse": 0.001}})
    assert family.ranked == ["2-channels-pooling", "2-channels", "4-channels"]
    assert family.rivals == ("2-channels", "2-channels-pooling")
    assert family.test == welch(worse, better)
    assert family.mean("2-channels", "mse") == pytest.approx(0.055)
    assert family.mean("2-channels", "conservation_error_max") == pytest.approx(0.6)
    assert family.results()["2-channels"]["published"]["mse"] == 0.0513
    assert Family(4, {"2-channels": _runs(0.1)}, {}).test is None
    assert Family(4, {"a": _runs(0.1, 0.1), "b": _runs(0.1, 0.1)}, {}).test is None


def test_a_directory_without_results_is_refused(tmp_path):
    with pytest.raises(InloopError, match="no such directory"):
        finished_runs(tmp_path / "none")
    (tmp_path / "2-channels" / "seed-0").mkdir(parents=True)
    with pytest.raises(InloopError, match="no finished run"):
        finished_runs(tmp_path)


def test_ablation_trains_what_is_missing_and_measures_by_images(tmp_path, studies):
    pytest.importorskip("torch")
    from inloop.mir import learning_family as learning
    from inloop.mir.learning import AUTOENCODER, AutoencoderRun
    from inloop.training import checkpoint, config, run
    from inloop.training.sources import Arrays

    held = studies[0].samples
    with pytest.raises(InloopError, match="--train-ablation"):
        learning.ablation(tmp_path, held)
    learning.ablate(tmp_path, samples=96, epochs=1, batch=32)
    results = sorted(tmp_path.rglob("result.json"))
    assert [path.parent.name for path in results] == sorted(learning.ABLATION)
    steps = {path.parent.name: json.loads(path.read_text())["about"]["steps"] for path in results}
    learning.ablate(tmp_path, samples=96, epochs=1, batch=32)
    found = learning.ablation(tmp_path, held)
    assert [arm.weights for arm in found.arms] == [(1, 0, 0), (1, 0.1, 0), (1, 0, 0.1), (1, 0.1, 0.1), None]
    assert all(arm.run is not None and arm.run.samples == 32 * steps["mse"] for arm in found.arms)
    projected = found.arms[-1].run
    assert projected is not None
    assert projected.figures["conservation_error_max"] < 1e-12
    trained = config.read(AutoencoderRun, tmp_path / "both" / "config.json")
    assert (trained.loss.mse, trained.loss.conservation, trained.loss.continuity) == (1, 0.1, 0.1)

    (tmp_path / "runs" / "2-channels").mkdir(parents=True)
    (tmp_path / "both").rename(tmp_path / "runs" / "2-channels" / "seed-0")
    family = learning.family(tmp_path / "runs", held, None, ["elvira"])
    net = run.new_network(AUTOENCODER, trained)
    checkpoint.load_weights(net, tmp_path / "runs" / "2-channels" / "seed-0" / "weights.safetensors")
    net.eval()
    expected = AUTOENCODER.metrics(net, Arrays(fractions=held.fractions, coverage=held.coverage))
    assert family.models["2-channels"][0].figures == expected
    assert family.others["elvira"]["symmetric_difference"] == pytest.approx(
        studies[0].figures("elvira")["symmetric_difference"]
    )
    assert family.others[LEARNED]["mse"] == pytest.approx(studies[0].figures(LEARNED)["mse"])


def test_method_names_are_those_of_the_package():
    for name in errors.CLASSICAL:
        assert method_of(name).name == name
