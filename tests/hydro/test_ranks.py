"""Blocks of a mesh: they tile it, ghosts are what the whole mesh holds there, sums know nothing of the cut."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hydro.ranks.threads import together
from tests.mir.strategies import laws, seeds

from inloop.errors import InloopError
from inloop.hydro.ranks import Alone, Part, ranks_here
from inloop.hydro.ranks.blocks import block, cut


@st.composite
def meshes(draw):
    """A shape, which axes are periodic, and how many ranks share it."""
    dimensions = draw(st.sampled_from([2, 3]))
    shape = tuple(draw(st.integers(2, 7)) for _ in range(dimensions))
    periodic = tuple(draw(st.booleans()) for _ in range(dimensions))
    return shape, periodic, draw(st.sampled_from([1, 2, 3, 4]))


@pytest.mark.parametrize(
    ("shape", "count", "blocks"),
    [
        ((64, 64), 4, (2, 2)),
        ((64, 64), 2, (2, 1)),
        ((16, 64), 4, (1, 4)),
        ((32, 32, 32), 8, (2, 2, 2)),
        ((32, 32, 32), 12, (3, 2, 2)),
        ((3, 100), 7, (1, 7)),
    ],
)
def test_blocks_have_few_faces(shape, count, blocks):
    assert cut(shape, count) == blocks


@laws(40)
@given(st.tuples(st.integers(3, 9), st.integers(3, 9)), st.sampled_from([1, 2, 3, 4, 6]))
def test_blocks_tile_the_mesh(shape, count):
    seen = np.zeros(shape, dtype=int)
    counts = cut(shape, count)
    sizes = []
    for number in range(count):
        own = block(shape, counts, number)
        seen[tuple(slice(a, b) for a, b in zip(*own, strict=True))] += 1
        sizes.append(own.shape)
    assert (seen == 1).all()
    assert (np.ptp(sizes, axis=0) <= 1).all()


def test_more_ranks_than_zones_are_refused():
    with pytest.raises(InloopError, match=r"4 x 4 zones cannot be cut into 17 blocks; take fewer ranks"):
        cut((4, 4), 17)
    with pytest.raises(InloopError, match="into 7 blocks"):
        cut((4, 4), 7)


@laws(60)
@given(seeds, meshes(), st.integers(1, 5), st.sampled_from(["f8", "f4", "i4"]))
def test_ghosts_are_what_the_mesh_holds_there(seed, mesh, layers, kind):
    """Any thickness, thicker than the neighbour's block too; edges and corners; walls copied or mirrored."""
    shape, periodic, size = mesh
    whole = np.random.default_rng(seed).integers(0, 1000, (2, *shape)).astype(kind)

    def mirrored(array, axis, side, count):
        layers = np.moveaxis(array, axis, 0)
        inside = layers.shape[0] - count
        near = layers[count:] if side == 0 else layers[inside - 1 :: -1]
        for k in range(count):
            layers[count - 1 - k if side == 0 else inside + k] = near[min(k, inside - 1)]

    def work(ranks):
        part = Part(shape, periodic=periodic, ranks=ranks)
        own = np.ascontiguousarray(whole[part.here])
        return part, part.padded(own, layers), part.padded(own, layers, mirrored), part.around(own, layers)

    modes = [("wrap" if around else "edge") for around in periodic]
    expected = whole
    for axis, mode in enumerate(modes):
        widths = [(0, 0)] * whole.ndim
        widths[axis + 1] = (layers, layers)
        expected = np.pad(expected, widths, mode=mode)
    for part, padded, reflected, near in together(size, work):
        own = part.own
        there = tuple(slice(a, b + 2 * layers) for a, b in zip(*own, strict=True))
        assert (padded == expected[:, *there]).all()
        window = part.window(layers)
        inner = tuple(slice(a + layers, b + layers) for a, b in zip(*window, strict=True))
        assert (near == expected[:, *inner]).all()
        if layers <= min(own.shape):
            mirror = whole
            for axis, around in enumerate(periodic):
                widths = [(0, 0)] * whole.ndim
                widths[axis + 1] = (layers, layers)
                mirror = np.pad(mirror, widths, mode="wrap" if around else "symmetric")
            assert (reflected == mirror[:, *there]).all()


@laws(30)
@given(seeds, meshes())
def test_whole_arrays_come_and_go(seed, mesh):
    shape, periodic, size = mesh
    whole = np.random.default_rng(seed).random((3, *shape))

    def work(ranks):
        part = Part(shape, periodic=periodic, ranks=ranks)
        own = part.scattered(whole if ranks.rank == 0 else None)
        return ranks.rank, own, whole[part.here], part.whole(own), part.gathered(own)

    for rank, own, expected, everywhere, gathered in together(size, work):
        assert (own == expected).all()
        assert (everywhere == whole).all()
        assert (gathered == whole).all() if rank == 0 else gathered is None


@laws(40)
@given(seeds, st.sampled_from([1, 2, 3, 4]))
def test_sums_are_rounded_once(seed, size):
    """Against exact rational arithmetic, over values whose naive sum has no right digit."""
    rng = np.random.default_rng(seed)
    values = rng.choice([-1, 1], (2, 12)) * rng.random((2, 12)) * 10.0 ** rng.integers(-18, 18, (2, 12))
    values[:, :3] = [[0.0, 1.0, 1.0]]
    sums = together(size, lambda ranks: ranks.sums(values[:, ranks.rank :: ranks.size]))
    exact = [float(sum(map(Fraction, row))) for row in values]
    assert all(found.tolist() == exact for found in sums)


def test_small_agreements():
    def work(ranks):
        return ranks.max(ranks.rank), ranks.min(ranks.rank), ranks.any(ranks.rank == 2), ranks.any(False)

    assert together(3, work) == [(2, 0, True, False)] * 3
    assert math.isnan(Alone().sum([1.0, math.nan]))
    assert Alone().sum([]) == 0


def test_an_error_of_one_is_told_on_all():
    def work(ranks):
        def act():
            if ranks.rank == 1:
                raise InloopError("rank one has no bread")
            return "bread"

        with pytest.raises(InloopError, match="rank one has no bread"):
            ranks.agreed(act)
        return ranks.agreed(lambda: "bread")

    assert together(3, work) == ["bread"] * 3


def test_wrong_shapes_are_refused():
    part = Part((4, 5))
    with pytest.raises(InloopError, match=r"shape \(5, 4\): expected \(\.\.\., 4, 5\)"):
        part.around(np.zeros((5, 4)), 1)
    with pytest.raises(InloopError, match="2 axes"):
        Part((4, 5), periodic=(True,) * 3)


def test_no_launcher_means_alone(monkeypatch):
    for name in ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)
    assert isinstance(ranks_here(), Alone)


def test_a_launcher_without_mpi4py_is_told(monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    monkeypatch.delitem(sys.modules, "inloop.hydro.ranks.mpi", raising=False)
    with pytest.raises(InloopError, match=r"many ranks need mpi4py: pip install 'inloop\[mpi\]'"):
        ranks_here()
