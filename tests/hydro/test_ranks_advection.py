"""Advection gives the same bits on any number of ranks, whatever the flow, the method and what touches the walls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.hydro.moves import random_move, states
from tests.hydro.ranks.threads import together
from tests.hydro.test_unsplit import waves
from tests.mir.strategies import laws

from inloop import mir
from inloop.hydro.advection import Mender, Move, Rebuilder, Simulation, Split, Unsplit
from inloop.hydro.advection.crumbs import CRUMB, caught_up
from inloop.hydro.advection.simulation import own_faces
from inloop.hydro.problems import problem_of
from inloop.hydro.ranks import Alone, Part


def stepped(ranks, scheme, moves, start, method):
    """The whole mesh after the moves, and what was mended."""
    grid = moves[0].grid
    rebuild, mend = Rebuilder(grid, method, ranks=ranks), Mender(grid, ranks)
    now = np.ascontiguousarray(start[rebuild.part.here])
    for move in moves:
        mine = Move(grid, own_faces(move.courant, rebuild.part), move.number, move.flow, move.length)
        now = scheme.step(now, mine, rebuild, mend)
    return rebuild.part.whole(now), mend.largest, mend.moved, ranks.sum(rebuild.mixed)


def same_on_ranks(scheme, moves, start, method, sizes=(2, 3, 4)) -> float:
    """Assert it, and return what was mended."""
    alone = stepped(Alone(), scheme, moves, start, method)
    for size in sizes:
        if size <= max(start.shape[1:]):
            for found in together(size, lambda ranks: stepped(ranks, scheme, moves, start, method)):
                assert (found[0] == alone[0]).all()
                assert found[1:] == alone[1:]
    return alone[2]


@laws(25)
@given(st.data())
def test_sweeps_in_the_plane(data):
    materials = data.draw(st.sampled_from([2, 3]))
    method = data.draw(st.sampled_from(["youngs", "elvira", "equiz", "power", "learned"]))
    rng, grid, start = data.draw(states(2, materials))
    moves = [random_move(rng, grid, 1 / materials, number) for number in range(3)]
    same_on_ranks(Split(), moves, start, method)


@laws(8)
@given(states(3, 2))
def test_sweeps_in_space(state):
    rng, grid, start = state
    same_on_ranks(Split(), [random_move(rng, grid, 0.5, number) for number in range(3)], start, "youngs")


@laws(25)
@given(st.data())
def test_polygons(data):
    """Long steps too, which are mended."""
    rng, grid, start = data.draw(states(2, data.draw(st.sampled_from([2, 3]))))
    method = data.draw(st.sampled_from(["youngs", "elvira", "learned"]))
    cfl = data.draw(st.sampled_from([0.5, 1.0, 3.0]))
    same_on_ranks(Unsplit(), [waves(rng, grid, cfl) for _ in range(3)], start, method)


@laws(40)
@given(seed=st.integers(0, 2**32 - 1), periodic=st.booleans(), size=st.sampled_from([2, 3, 4]))
def test_crumbs_catch_up_across_the_blocks_borders(seed, periodic, size):
    """Fields full of crumbs, in flows of few directions, so that many move, into other blocks too."""
    rng = np.random.default_rng(seed)
    shape = (6, 7)
    first = np.where(rng.random(shape) < 0.6, rng.uniform(0, CRUMB, shape), rng.random(shape))
    before = np.stack([first, 1 - first])
    courant = [np.full((6, 8), rng.uniform(-0.5, 0.5)), np.full((7, 7), rng.uniform(-0.5, 0.5))]

    def run(ranks):
        part = Part(shape, periodic=periodic, ranks=ranks)
        rows, columns = (slice(a, b) for a, b in zip(part.own.low, part.own.high, strict=True))
        mine = [
            courant[0][rows, columns.start : columns.stop + 1],
            courant[1][rows.start : rows.stop + 1, columns],
        ]
        now = np.ascontiguousarray(before[part.here])
        return part.whole(caught_up(now, now, mine, part))

    alone = run(Alone())
    event("crumbs moved" if (alone != before).any() else "none moved")
    for found in together(size, run):
        assert (found == alone).all()


def test_overdrafts_are_settled_alike():
    rng = np.random.default_rng(4)
    for periodic in (False, True):
        grid = problem_of("deformation" if periodic else "vortex").grid(8)
        start = rng.dirichlet(np.ones(3), grid.shape).transpose(2, 0, 1)
        assert same_on_ranks(Unsplit(), [waves(rng, grid, 4.0) for _ in range(2)], start.copy(), "equiz") > 1e-3


def test_a_shared_border_is_carried_without_loss():
    """What leaves through the first face of a periodic mesh comes in through the last, to the last bit."""
    rng = np.random.default_rng(7)
    grid = problem_of("deformation").grid(8)
    start = rng.dirichlet(np.ones(2), grid.shape).transpose(2, 0, 1)
    move = waves(rng, grid, 0.5)
    for flux, faces in zip(move.courant, own_faces(move.courant, grid.part()), strict=True):
        assert np.abs(flux - faces).max() < 1e-14
    first, last = own_faces(move.courant, grid.part())[0][:, [0, -1]].T
    assert (first == last).all()
    same_on_ranks(Unsplit(), [move], start, "youngs")


@pytest.mark.parametrize(
    ("scheme", "method", "gate"), [("split", "elvira", None), ("unsplit", "learned", mir.Gate(worse=0.01))]
)
def test_results_are_the_same_on_every_rank(scheme, method, gate):
    def run(ranks):
        problem = problem_of("vortex", period=0.5)
        simulation = Simulation(problem, method=method, scheme=scheme, zones=16, gate=gate, ranks=ranks)
        results = simulation.run()
        face = simulation.face()
        return {key: value for key, value in results.items() if "recon" not in key and key != "seconds"}, face.shape

    alone = run(Alone())
    assert together(4, run) == [alone] * 4
    assert alone[1] == (16, 16)
    assert (alone[0]["gate_accepted"] < 1) == (gate is not None)
