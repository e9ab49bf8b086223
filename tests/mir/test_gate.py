"""The gate decides whose level set a zone contributes, and both laws hold whatever it decides."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.random_kernel import random_weights
from tests.mir.strategies import Floats, mixture, moved, moves

from inloop import InloopError, _core, mir
from inloop.bundle import Bundle
from inloop.gate import Calibration, Promise
from inloop.mir.gate import MEANING, Judge, is_worse
from inloop.mir.interface import Interface
from inloop.mir.layers import Layers
from inloop.mir.learned import FEATURES, VERTICES
from inloop.mir.mesh import mesh_of
from inloop.mir.publish import publish
from inloop.mir.samples.exact import HALO
from inloop.mir.samples.rough import rough

FRACTION = 52  # the place among the features of the smaller of fraction and rest
HALF = 0.25  # a score that about half of a noisy field exceeds


def by_fraction() -> Layers:
    """Scores a view by its fraction: easily foretold."""
    weight = np.zeros((1, FEATURES))
    weight[0, FRACTION] = 1
    return Layers((weight,), (np.zeros(1),))


def reconstructed(weights: Layers, f: Floats, limit: float | None, threads: int = 1) -> Interface:
    mesh = mesh_of(f.shape[-2:])
    gate = None if limit is None else _core.Gate(by_fraction().core, limit)
    core = _core.reconstruct_learned(weights.core, f, mesh.nodes, mesh.widths, mesh.halo, mesh.side, threads, gate)
    return Interface(core, mir.Learned(), mesh, 1)


@pytest.fixture(scope="module")
def nonsense() -> Layers:
    """A network whose answers are arbitrary."""
    return Layers.from_arrays(random_weights())


@pytest.fixture(scope="module")
def silent() -> Layers:
    """A network that answers zero: ELVIRA's lines."""
    return Layers.from_arrays({name: 0 * value for name, value in random_weights().items()})


@pytest.fixture(scope="module")
def promising(tmp_path_factory) -> Bundle:
    """A bundle with such a gate."""
    calibration = Calibration((Promise(0.01, HALF, 0.5, 0.005), Promise(0.1, 9.0, 1.0, 0.05)), 0.95, 10, 100, MEANING)
    judge = Judge(by_fraction(), calibration)
    return publish(
        random_weights(),
        tmp_path_factory.mktemp("bundle") / "gated",
        provenance={"command": "pytest", "seed": 0, "data": "none"},
        errors={},
        gate=judge.about(),
        gate_weights=judge.arrays(),
        graph=False,
    )


def field(materials: int = 2, kind: str = "rough", shape: tuple[int, int] = (14, 13), seed: int = 0) -> Floats:
    return mixture(np.random.default_rng(seed), materials, shape, kind)


# -- the decision ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("materials", [2, 4])
def test_everything_accepted_is_no_gate_and_everything_rejected_is_the_lines(nonsense, silent, materials: int) -> None:
    f = field(materials)
    trusted = reconstructed(nonsense, f, np.inf)
    assert not trusted.rejected.any()
    assert trusted.accepted == 1
    assert (trusted.coverage(8) == reconstructed(nonsense, f, None).coverage(8)).all()
    doubted = reconstructed(nonsense, f, -np.inf)
    assert doubted.rejected.all()
    assert doubted.accepted == 0
    assert (doubted.coverage(8) == reconstructed(silent, f, None).coverage(8)).all()


@pytest.mark.parametrize("kind", ["rough", "tiny", "sparse", "smooth"])
@pytest.mark.parametrize("materials", [2, 3, 5])
def test_both_laws_hold_whatever_it_decides(nonsense, kind: str, materials: int) -> None:
    f = field(materials, kind, seed=materials)
    scores = [reconstructed(nonsense, f, limit).accepted for limit in (-9.0, HALF, 9.0)]
    assert scores == sorted(scores)
    face = reconstructed(nonsense, f, HALF)
    assert face.conservation_error().max <= 1e-12
    assert np.abs(face.coverage(8).sum(axis=0) - 1).max() <= 1e-12
    if materials == 2:  # with more, zones need not have a material in common
        assert face.continuity_error().max <= 1e-12


def test_a_zone_is_rejected_if_it_scores_more_than_the_limit(nonsense) -> None:
    f = field()
    face = reconstructed(nonsense, f, HALF)
    assert (face.rejected == (face.fractions.min(axis=1) > HALF)).all()
    three = reconstructed(nonsense, field(3), HALF)  # a zone's materials stand or fall together
    least = np.minimum(three.fractions, 1 - three.fractions).max(axis=1)
    assert (three.rejected == (least > HALF)).all()


def test_a_rejected_zone_among_accepted_ones_changes_its_own_and_its_neighbours_only(nonsense) -> None:
    f = field()
    trusted = reconstructed(nonsense, f, None).coverage(8)[0]
    face = reconstructed(nonsense, f, HALF)
    assert 0.2 < face.accepted < 0.8
    near = np.zeros(np.add(face.shape, 2), dtype=bool)
    for row, column in face.zones[face.rejected]:
        near[row : row + 3, column : column + 3] = True
    changed = (face.coverage(8)[0] != trusted).reshape(face.shape[0], 8, face.shape[1], 8).any(axis=(1, 3))
    assert changed.any()
    assert not (changed & ~near[1:-1, 1:-1]).any()


def test_motions_of_the_square_materials_and_threads_change_no_decision(nonsense) -> None:
    f = field(3, "smooth")
    here = reconstructed(nonsense, f, HALF)
    image = np.zeros(here.shape, dtype=bool)
    image[tuple(here.zones.T)] = here.rejected
    assert image.any()
    for move in moves(2):
        there = reconstructed(nonsense, moved(f, move), HALF)
        again = np.zeros(there.shape, dtype=bool)
        again[tuple(there.zones.T)] = there.rejected
        assert (again == moved(image[None], move)[0]).all()
    permuted = reconstructed(nonsense, f[[2, 0, 1]], HALF)
    assert (permuted.rejected == here.rejected).all()
    if _core.openmp():
        assert (reconstructed(nonsense, f, HALF, threads=3).coverage(8) == here.coverage(8)).all()


# -- what a user sees --------------------------------------------------------------------------------------------------


def test_a_bundle_brings_its_gate(promising) -> None:
    f, method = field(), mir.Learned(promising.path)
    face = mir.reconstruct(f, method=method, gate=mir.Gate(worse=0.01))
    assert face.gate == mir.Gate(0.01)
    assert 0.2 < face.accepted < 0.8
    assert face.rejected.shape == (len(face.zones),)
    expected = reconstructed(Layers.from_arrays(promising.weights), f, HALF)
    assert (face.coverage(8) == expected.coverage(8)).all()
    assert mir.reconstruct(f, method=method, gate=mir.Gate(worse=0.1)).accepted == 1
    without = mir.reconstruct(f, method=method)
    assert without.gate is None
    assert without.accepted == 1


def test_what_cannot_be_promised_is_refused_in_one_line(promising, tmp_path) -> None:
    f = field()
    for worse, message in ((0.001, "worse=0.001 cannot be promised, the least is 0.01"), (2, "worse is 2, expected")):
        with pytest.raises(InloopError, match=message):
            mir.reconstruct(f, method=mir.Learned(promising.path), gate=mir.Gate(worse))
    with pytest.raises(InloopError, match="method 'elvira' is classical and has none"):
        mir.reconstruct(f, method="elvira", gate=mir.Gate())
    bare = publish(
        random_weights(),
        tmp_path / "bare",
        provenance={"command": "pytest", "seed": 0, "data": "none"},
        errors={},
        graph=False,
    )
    with pytest.raises(InloopError, match="carries none; leave gate=None"):
        mir.reconstruct(f, method=mir.Learned(bare.path), gate=mir.Gate())


def test_a_gate_for_something_else_is_refused(nonsense) -> None:
    with pytest.raises(ValueError, match=f"maps {FEATURES} values to {VERTICES}: expected {FEATURES} to 1"):
        _core.Gate(nonsense.core, 0.0)
    arrays = by_fraction().arrays("gate.")
    with pytest.raises(InloopError, match=r"lack 'gate\.layers\.0\.bias'"):
        Layers.from_arrays({"gate.layers.0.weight": arrays["gate.layers.0.weight"]}, "gate.")
    with pytest.raises(InloopError, match="do not follow on each other"):
        Layers.from_arrays(arrays)


def test_without_mixed_zones_all_is_accepted(promising) -> None:
    face = mir.reconstruct(np.ones((4, 4)), method=mir.Learned(promising.path), gate=mir.Gate())
    assert face.accepted == 1
    assert face.rejected.shape == (0,)


def test_worse_means_by_a_tenth_and_a_ten_thousandth() -> None:
    error, elvira = np.array([0.0, 1e-4, 1.2e-4, 0.11, 0.1102]), np.array([0.0, 0.0, 0.0, 0.1, 0.1])
    assert is_worse(error, elvira).tolist() == [False, False, True, False, True]


# -- rough images ------------------------------------------------------------------------------------------------------


def test_rough_images_agree_with_their_fractions_and_with_their_seed() -> None:
    made = rough(8, seed=3)
    inner = made.fractions[:, HALO:-HALO, HALO:-HALO]
    assert np.abs(made.coverage.reshape(8, 8, 8, 8, 8).mean(axis=(2, 4)) - inner).max() < 1e-12
    assert ((inner > 0) & (inner < 1)).any(axis=(1, 2)).all()
    assert (rough(8, seed=3).coverage == made.coverage).all()
    assert (rough(8, seed=4).coverage != made.coverage).any()
    with pytest.raises(InloopError, match="count is 0"):
        rough(0)
