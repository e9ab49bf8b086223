"""Compressible flow gives the same bits on any number of ranks, goes on from its file, and says where it broke."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.hydro.euler.test_laws import stirred
from tests.hydro.ranks.threads import together

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro.euler import Inflow, Sides, Simulation, State
from inloop.hydro.problems.compressible import compressible_of
from inloop.hydro.ranks import Alone
from inloop.hydro.restart import load, save

MIXED = Sides("outflow", "reflect", "periodic", "periodic")
WAYS = {
    "junction": ("triple-point", {"zones": 24, "method": "elvira"}),
    "learned": ("triple-point", {"zones": 20}),
    "gated": ("bubble-layer", {"zones": 40, "gate": mir.Gate(worse=0.01)}),
    "open": ("helium", {"zones": 60, "method": "elvira"}),
    "falling": ("rayleigh-taylor", {"zones": 14, "method": "youngs"}),
    "shock": ("richtmyer-meshkov", {"zones": 40, "method": "elvira"}),
    "blast": ("sedov", {"zones": 16}),
    "one row": ("sod-two-gas", {"zones": 24, "method": "youngs"}),
}


def advanced(problem, ranks=None, steps=8, **options):
    simulation = Simulation(problem, ranks=ranks or Alone(), **options)
    for _ in range(steps):
        simulation.advance()
    return simulation


def outcome(simulation):
    """All that must be the same: the state, the figures but for times, what was watched, the interface."""
    figures = {name: figure for name, figure in simulation.results().items() if not name.startswith(("sec", "reconst"))}
    border = [] if simulation.now.materials == 1 else [line.points.tobytes() for line in simulation.face().segments()]
    return simulation.part.whole(simulation.now.values).tobytes(), figures, repr(simulation.history), border


@pytest.mark.parametrize("name", WAYS)
def test_ranks_change_no_bit(name):
    problem, options = WAYS[name]
    alone = outcome(advanced(compressible_of(problem), **options))
    for size in (2, 4):
        for found in together(size, lambda ranks: outcome(advanced(compressible_of(problem), ranks, **options))):
            assert found == alone


@pytest.mark.parametrize("sides", [Sides(), MIXED], ids=["walls", "mixed"])
def test_nor_where_blocks_are_thinner_than_what_is_exchanged(sides):
    problem = replace(stirred(sides), zones=6)
    alone = outcome(advanced(problem, method="elvira"))
    for size in (3, 5):
        assert together(size, lambda ranks: outcome(advanced(problem, ranks, method="elvira"))) == [alone] * size


def test_ghosts_of_a_block_are_those_of_the_mesh():
    """Blocks thinner than the layers, meshes too: images of images."""
    rng = np.random.default_rng(3)
    for shape in ((4, 6), (1, 5), (9, 8)):
        state = State(rng.normal(size=(5, *shape)))
        for sides in (Sides(), MIXED, Sides(Inflow(np.arange(5.0)), "outflow", "reflect", "outflow")):
            wide = sides.fill(state, 7).values

            def own(ranks, sides=sides, state=state, shape=shape):
                part = sides.part(shape, ranks)
                block = sides.fill(State(np.ascontiguousarray(state.values[part.here])), 7, part)
                return part.own, block.values

            for box, values in together(4, own):
                rows, columns = (slice(a, b + 14) for a, b in zip(*box, strict=True))
                assert (values == wide[:, rows, columns]).all()


@pytest.mark.parametrize(("before", "after"), [(1, 1), (1, 4), (4, 1), (2, 3)])
def test_a_resumed_run_ends_as_one_that_never_stopped(before, after, tmp_path):
    def begun(ranks):
        return Simulation(stirred(Sides()), method="learned", gate=mir.Gate(worse=0.01), ranks=ranks)

    def stop(ranks):
        simulation = begun(ranks)
        while simulation.step < 9:
            simulation.advance()
        save(simulation, tmp_path / "run.h5")

    def go_on(ranks):
        simulation = begun(ranks)
        load(tmp_path / "run.h5", simulation)
        assert simulation.step == 9
        return ended(simulation)

    def ended(simulation):
        simulation.run()
        return outcome(simulation)

    together(before, stop)
    assert together(after, go_on) == [ended(begun(Alone()))] * after


@pytest.mark.parametrize(
    ("change", "key"),
    [({"zones": 16}, "zones"), ({"method": "elvira"}, "method"), ({"cfl": 0.4}, "cfl"), ({"gate": None}, "gate")],
)
def test_another_run_s_file_is_refused(change, key, tmp_path):
    settings = {"method": "learned", "zones": 12, "gate": mir.Gate(worse=0.01)}
    change |= {} if "method" not in change else {"gate": None}
    save(Simulation(stirred(Sides()), **settings | change), tmp_path / "run.h5")
    with pytest.raises(InloopError, match=f"restart of another run, its {key} is"):
        load(tmp_path / "run.h5", Simulation(stirred(Sides()), **settings))
    other = Simulation(stirred(Sides(), seed=1), **settings)
    save(Simulation(stirred(Sides()), **settings), tmp_path / "run.h5")
    with pytest.raises(InloopError, match="its start and sides is"):
        load(tmp_path / "run.h5", other)


def squeezed(ranks, folder, row, column):
    """A step in which the zone is caught between two that run into it."""
    simulation = Simulation(stirred(Sides()), method="youngs", folder=folder, ranks=ranks)
    fastest = simulation._fastest()
    whole = simulation.part.whole(simulation.now.values).copy()
    for side, speed in ((-1, 40.0), (1, -40.0)):
        beside = whole[:, row, column + side]
        beside[-2:] = [speed * beside[3:6].sum(), 0.0]
    simulation.now = State(np.ascontiguousarray(whole[simulation.part.here]))
    simulation._fastest = lambda: fastest
    with pytest.raises(InloopError) as told:
        simulation.advance()
    return str(told.value), simulation.now.values


@pytest.mark.parametrize(("row", "column"), [(3, 11), (19, 12), (10, 5)])
def test_a_zone_that_breaks_down_is_named_by_all_and_each_keeps_its_block(row, column, tmp_path):
    alone, whole = squeezed(Alone(), tmp_path, row, column)
    assert alone == (
        f"step from time 0: zone ({row}, {column}): is squeezed to nothing; take a smaller cfl, or check the start;"
        f" the state is in {tmp_path / 'post_mortem.npz'}"
    )
    for message, _ in together(4, lambda ranks: squeezed(ranks, tmp_path, row, column)):
        assert message == alone.replace("post_mortem.npz", "post_mortem.*.npz, one of each rank")
    found = np.full_like(whole, np.nan)
    for rank in range(4):
        with np.load(tmp_path / f"post_mortem.{rank}.npz") as kept:
            (y, x), (_, ny, nx) = kept["low"], kept["values"].shape
            found[:, y : y + ny, x : x + nx] = kept["values"]
    assert (found == whole).all()
