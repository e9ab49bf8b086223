"""Rejected zones become samples, and samples that look like them teach the next network."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.random_kernel import random_weights

from inloop import InloopError, _core, mir
from inloop.data import Samples
from inloop.mir.interface import Interface
from inloop.mir.layers import Layers
from inloop.mir.learned import FEATURES
from inloop.mir.mesh import mesh_of
from inloop.mir.rejects import FIELDS, Rejects, rejected_samples, teachable
from inloop.mir.samples import Recipe
from inloop.mir.samples.exact import HALO, ZONES
from inloop.mir.shapes import Circle

MESH = 20  # zones along a side


def face_of(f: np.ndarray, boundary: object = "extend") -> Interface:
    """Everything rejected."""
    mesh = mesh_of(f.shape[-2:], boundary=boundary)
    gate = _core.Gate(Layers((np.zeros((1, FEATURES)),), (np.zeros(1),)).core, -1.0)
    network = Layers.from_arrays(random_weights()).core
    core = _core.reconstruct_learned(network, f, mesh.nodes, mesh.widths, mesh.halo, mesh.side, 1, gate)
    return Interface(core, mir.Learned(), mesh, 1)


def disc(zones: int = MESH) -> tuple[np.ndarray, np.ndarray]:
    circle = Circle((9.7, 10.2), 6.3)
    fine = np.arange(8 * zones + 1) / 8
    return circle.fractions((np.arange(zones + 1.0),) * 2), circle.fractions((fine, fine))


def test_a_sample_is_the_neighbourhood_with_the_zone_in_it() -> None:
    f, truth = disc()
    face = face_of(f)
    found = rejected_samples(face, f, truth)
    assert len(found["seed"]) == len(face.zones)
    different = len({patch.tobytes() for patch in found["fractions"]})
    assert len(set(found["seed"].tolist())) == different > 0.8 * len(face.zones)
    for zone, patch, place, image in zip(
        face.zones, found["fractions"], found["place"], found["coverage"], strict=True
    ):
        assert patch[0][tuple(place + HALO)] == f[tuple(zone)]
        assert np.abs(patch.sum(axis=0) - 1).max() < 1e-15
        blocks = image[0].astype(float).reshape(8, 8, 8, 8).mean(axis=(1, 3))
        assert np.abs(blocks - patch[0, HALO:-HALO, HALO:-HALO]).max() < 1e-6


@pytest.mark.parametrize("boundary", ["extend", "mirror", "periodic", "open", HALO, (("extend", HALO), "mirror")])
def test_beyond_the_mesh_it_goes_on_as_the_reconstruction_saw_it(boundary: object) -> None:
    """A sample, reconstructed by itself, has in the rejected zone what the mesh has there."""
    f = np.random.default_rng(0).uniform(0.01, 0.99, (16, 17))
    face = face_of(f, boundary)
    found = rejected_samples(face, f)
    assert np.isnan(found["coverage"]).all()
    boxes = np.array([[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0.2, 0.6, 0.8, 0.9]])
    for zone, patch, place in zip(face.zones, found["fractions"], found["place"], strict=True):
        if (zone == 0).any() or (zone == np.subtract(face.shape, 1)).any():
            continue  # shares vertices with zones beyond the mesh, which only a sample has
        expected = face.share(np.tile(zone, (3, 1)), boxes)
        again = face_of(patch[0], HALO).share(np.tile(place, (3, 1)), boxes)
        assert np.abs(again - expected).max() < 1e-9


def test_of_many_materials_each_is_a_sample() -> None:
    rng = np.random.default_rng(1)
    f = rng.dirichlet(np.ones(3), (12, 12)).transpose(2, 0, 1)
    f[2] = 1 - f[0] - f[1]
    face = face_of(np.ascontiguousarray(f))
    found = rejected_samples(face, f)
    assert len(found["seed"]) == 3 * len(face.zones)
    assert (found["fractions"][:3, 0, HALO + found["place"][0, 0], HALO + found["place"][0, 1]] == f[:, 0, 0]).all()


def test_a_store_teaches_the_truth_where_it_is_known_and_the_most_alike_elsewhere(tmp_path) -> None:
    f, truth = disc()
    path = tmp_path / "rejected.h5"
    with Rejects(path, most=40) as rejects:
        assert rejects.add(face_of(f), f, truth) == len(face_of(f).zones)
    with Samples(path) as store:
        known = len(store)
        assert store.rows("train").size + store.rows("validation").size + store.rows("test").size == known
    sure = teachable(path)
    assert len(sure.fractions) == known
    assert np.isfinite(sure.coverage).all()
    with Rejects(path, most=80) as rejects:
        assert rejects.seen >= known
        rejects.add(face_of(f), f)
    taught = teachable(path, recipe=Recipe(families={"arc": 1, "thread": 1}), alike=1, pool=60)
    assert known < len(taught.fractions) <= known + 60
    assert np.isfinite(taught.coverage).all()
    blocks = taught.coverage.astype(float).reshape(-1, 2, 8, 8, 8, 8).mean(axis=(3, 5))
    assert np.abs(blocks - taught.fractions[..., HALO:-HALO, HALO:-HALO]).max() < 1e-5
    three = teachable(path, recipe=Recipe(materials=3), alike=1, pool=20)  # its first material and the rest
    assert three.fractions.shape[1:] == FIELDS[0].shape
    assert np.abs(three.coverage.sum(axis=1) - 1).max() < 1e-6


def test_a_small_mesh_is_kept_too_and_wrong_shapes_are_refused() -> None:
    f = np.full((3, 4), 0.3)
    found = rejected_samples(face_of(f), f)
    assert found["fractions"].shape == (12, 2, ZONES, ZONES)
    assert (found["fractions"][:, 0] == 0.3).all()
    with pytest.raises(InloopError, match=r"expected those of the face, \(3, 4\)"):
        rejected_samples(face_of(f), f[:2])
    with pytest.raises(InloopError, match=r"truth has shape \(2, 3, 4\): expected \(materials, 24, 32\)"):
        rejected_samples(face_of(f), f, f)
