"""The learned reconstruction of mirror images is the mirror image, of specks that prefer no direction too."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.strategies import Floats, moved, moves

import inloop
from inloop import mir

SAME = 1e-12
SHAPE = (11, 10)
KINDS = ("specks", "rough", "steps", "bands", "alike")


def field(rng: np.random.Generator, kind: str) -> Floats:
    """Fractions of a first material: many stencils that are symmetric themselves, so that no line is."""
    ground = float(rng.integers(2))
    if kind == "specks":  # alone among equals, down to traces
        amount = np.where(rng.uniform(size=SHAPE) < 0.1, 10 ** rng.uniform(-13, 0, SHAPE), 0.0)
        return np.abs(ground - amount)
    if kind == "rough":
        return rng.uniform(size=SHAPE)
    if kind == "steps":  # equal fractions, halves among them, side by side
        return rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], SHAPE)
    if kind == "bands":  # straight filaments
        return np.repeat(rng.choice([0.0, 1.0, rng.uniform()], (SHAPE[0], 1)), SHAPE[1], axis=1)
    return np.full(SHAPE, rng.choice([0.2, 0.5, 0.7]))


def with_a_third(rng: np.random.Generator, f: Floats) -> Floats:
    """Three materials, the second and third taking turns in what the first leaves."""
    share = rng.choice([0.0, 1.0, 0.3], SHAPE, p=[0.45, 0.45, 0.1])
    return np.stack([f, (1 - f) * share, (1 - f) * (1 - share)])


@pytest.mark.parametrize("gate", [None, mir.Gate(worse=0.001)], ids=["trusted", "gated"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_symmetry_of_the_square(kind: str, gate: mir.Gate | None) -> None:
    rng = np.random.default_rng(KINDS.index(kind))
    for _ in range(6):
        f = field(rng, kind)
        here = mir.reconstruct(f, method="learned", gate=gate)
        assert here.conservation_error().max < SAME
        assert here.continuity_error().max < SAME
        cover = here.coverage(8)
        for move in moves(2):
            there = mir.reconstruct(moved(f[None], move)[0], method="learned", gate=gate).coverage(8)
            assert np.abs(there - moved(cover, move)).max() < SAME


@pytest.mark.parametrize("kind", ["rough", "steps", "bands"])
def test_three_materials_have_them_too(kind: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(4):
        f = with_a_third(rng, field(rng, kind))
        cover = mir.reconstruct(f, method="learned").coverage(8)
        for move in moves(2):
            there = mir.reconstruct(moved(f, move), method="learned").coverage(8)
            assert np.abs(there - moved(cover, move)).max() < 5 * SAME


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_is_what_unequal_materials_and_meshes_go_through(kind: str) -> None:
    """The fast way for samples, and the general one: a mesh whose zones are not all equal, if by a rounding."""
    rng = np.random.default_rng(8)
    kernel = inloop.load("mir")
    for _ in range(4):
        f = rng.permuted(field(rng, kind))[:8, :8].copy()
        widths = np.ones(8)
        widths[0] += 2e-16
        general = mir.reconstruct(f, method="learned", spacing=(widths, np.ones(8))).coverage(8)[0]
        assert np.abs(kernel(f[None], out=np.empty((1, 64, 64)))[0] - general).max() < 2e-3


@pytest.mark.parametrize("fraction", [1e-9, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("gate", [None, mir.Gate(worse=0.001)], ids=["trusted", "gated"])
def test_a_speck_lies_in_the_middle_of_its_zone(fraction: float, gate: mir.Gate | None) -> None:
    f = np.zeros((7, 7))
    f[3, 3] = fraction
    cover = mir.reconstruct(f, method="learned", gate=gate).coverage(8)[0, 24:32, 24:32]
    for move in moves(2):
        assert np.abs(moved(cover[None], move)[0] - cover).max() < SAME
    assert cover[2:6, 2:6].mean() > cover.mean()
    assert cover.mean() == pytest.approx(fraction, rel=1e-9)
