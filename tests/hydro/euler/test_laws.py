"""What every step keeps, whatever flows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.hydro.euler.flows import PERIODIC, centres

from inloop.errors import InloopError
from inloop.hydro.euler import Mixture, Problem, Sides, Simulation, State, StiffenedGas, Sweep, state_of
from inloop.hydro.euler.broken import BrokenZoneError
from inloop.hydro.euler.rebuild import BlockRebuilder
from inloop.hydro.problems.compressible import compressible_of
from inloop.mir import Gate
from inloop.mir.shapes import Circle, voronoi

GAS, OTHER, WATER = StiffenedGas(1.4), StiffenedGas(1.667), StiffenedGas(4.4, 6.0)
METHODS = ["youngs", "elvira", "learned"]


def carried(gases, densities, velocity, sides=PERIODIC, end=1.0):
    """A disk of one material in another, all at one pressure and velocity."""

    def start(edges):
        disk = Circle((0.5, 0.5), 0.2).fractions(edges)
        return state_of(gases, np.stack([disk, 1 - disk]), densities, 1.0, velocity)

    return Problem("carried", "a disk", (0.0, 0.0), (1.0, 1.0), gases, start, end, 16, sides=sides)


def stirred(sides, seed=0):
    """Three materials at random places, with jumps of pressure and velocity."""
    gases = (GAS, OTHER, StiffenedGas(3.0, 2.0))

    def start(edges):
        rng = np.random.default_rng(seed)
        fractions = voronoi(((0.2, 0.3), (0.7, 0.35), (0.45, 0.8))).fractions(edges)
        shape = fractions.shape[1:]
        pressure = np.where(rng.uniform(size=shape) < 0.5, 0.5, 5.0)
        return state_of(gases, fractions, (1.0, 0.1, 8.0), pressure, tuple(rng.uniform(-1, 1, (2, *shape))))

    return Problem("stirred", "three", (0.0, 0.0), (1.2, 1.0), gases, start, 0.1, 24, sides=sides)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sides", [Sides(), PERIODIC], ids=["walls", "periodic"])
def test_mass_of_every_material_and_energy_are_kept(method, sides):
    simulation = Simulation(stirred(sides), method=method)
    results = simulation.run()
    assert results["steps"] > 20
    assert results["mass_drift"] < 1e-12
    assert results["energy_drift"] < 1e-12
    state = simulation.now
    assert (state.fractions >= 0).all()
    assert np.abs(state.fractions.sum(axis=0) - 1).max() < 1e-14
    here = state.fractions > 0
    assert (state.masses[here] > 0).all()
    assert (state.energies[here] > 0).all()
    density = state.masses[here] / state.fractions[here]
    assert density.max() < 60  # specks carry their density with them
    assert (state.masses[~here] == 0).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("gases", "densities"), [((GAS, OTHER), (0.1, 1.0)), ((WATER, GAS), (10.0, 0.01))])
def test_a_border_that_is_carried_disturbs_neither_pressure_nor_velocity(method, gases, densities):
    simulation = Simulation(carried(gases, densities, (1.0, 0.7), end=0.3), method=method)
    simulation.run()
    assert np.abs(simulation.pressure - 1).max() < 1e-11
    assert np.abs(simulation.velocity - np.array([1.0, 0.7]).reshape(2, 1, 1)).max() < 1e-12


def column(gases, gravity, along):
    """Two layers at rest, pressure as the scheme balances weight."""

    def start(edges):
        x, y = centres(edges)
        place = (y if along else x) + 0 * (x + y)
        below = np.clip(4.6 - 10 * (place - 0.05), 0.0, 1.0)  # the border cuts the fifth zone
        fractions = np.stack([below, 1 - below])
        weight = gravity * 0.1 * (3.0 * below + 0.2 * (1 - below))
        axis = 0 if along else 1
        steps = (weight + np.roll(weight, 1, axis)) / 2
        np.moveaxis(steps, axis, 0)[0] = 0.0
        return state_of(gases, fractions, (3.0, 0.2), 5.0 + steps.cumsum(axis=axis))

    pull = (0.0, gravity) if along else (gravity, 0.0)
    return Problem("column", "at rest", (0.0, 0.0), (1.0, 1.0), gases, start, 1.0, 10, gravity=pull)


@pytest.mark.parametrize("along", [0, 1])
@pytest.mark.parametrize("gravity", [-1.0, 1.0])
def test_layers_at_rest_stay_so(along, gravity):
    simulation = Simulation(column((GAS, OTHER), gravity, along), method="youngs")
    start = simulation.now.density
    simulation.run()
    assert np.abs(simulation.velocity).max() < 1e-12
    assert np.abs(simulation.now.density - start).max() < 1e-12


def implosion():
    """A disk of high pressure and another gas in the middle of closed walls."""

    def start(edges):
        disk = Circle((0.5, 0.5), 0.22).fractions(edges)
        return state_of((GAS, OTHER), np.stack([disk, 1 - disk]), (3.0, 1.0), 1 + 9 * disk)

    return Problem("implosion", "a disk", (0.0, 0.0), (1.0, 1.0), (GAS, OTHER), start, 0.3, 24)


def mirrored(state, axis):
    values = np.flip(state.values, axis=2 - axis).copy()
    values[axis - 2] *= -1
    return values


@pytest.mark.parametrize("method", METHODS)
def test_mirror_images_stay_so_to_the_end(method):
    simulation = Simulation(implosion(), method=method)
    steps = 0
    while simulation.advance():
        steps += 1
        for axis in (0, 1):
            assert np.abs(mirrored(simulation.now, axis) - simulation.now.values).max() < 1e-12
        if steps == 20:
            assert np.abs(simulation.velocity).max() > 0.1
            # sweeps in turn break the diagonal, by as much as the scheme errs
            apart = np.abs(simulation.now.turned().density - simulation.now.density)
            assert apart.mean() < 0.005 * simulation.now.density.mean()
    assert steps > 20


def test_sweeps_along_x_and_y_are_the_same_thing_turned():
    problem = stirred(Sides())
    grid = problem.grid()
    sweep = Sweep(Mixture(problem.gases), BlockRebuilder(grid, "youngs"))
    block = problem.sides.fill(problem.start(grid.edges), sweep.layers)
    fall = np.zeros(block.values.shape[2])
    along_x = sweep(block, 0.1, fall, 0)
    along_y = sweep(block.turned(), 0.1, fall, 1)
    assert np.abs(along_y.turned().values - along_x.values).max() < 1e-12


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("axis", [0, 1])
def test_a_block_s_result_is_the_same_to_the_last_bit_whatever_mesh_it_is_cut_from(method, axis):
    problem = stirred(Sides())
    grid = problem.grid()
    sweep = Sweep(Mixture(problem.gases), BlockRebuilder(grid, method))
    layers = sweep.layers
    block = problem.sides.fill(problem.start(grid.edges), layers)
    fall = np.full(block.values.shape[2 - axis], -0.02)
    whole = sweep(block, 0.1, fall, axis).values
    ny, nx = grid.shape
    for rows, columns in (((0, 9), (0, nx)), ((9, ny), (5, 16)), ((3, 4), (16, nx))):
        part = block.values[:, rows[0] : rows[1] + 2 * layers, columns[0] : columns[1] + 2 * layers].copy()
        ends = columns if axis == 0 else rows
        alone = sweep(State(part), 0.1, fall[ends[0] : ends[1] + 2 * layers], axis).values
        assert (alone == whole[:, rows[0] : rows[1], columns[0] : columns[1]]).all()


def test_ghosts_are_what_the_sides_say():
    state = State(np.arange(5 * 3 * 4, dtype=float).reshape(5, 3, 4))
    block = Sides("reflect", "outflow", "periodic", "periodic").fill(state, 2)
    inner = block.values[:, 2:-2]
    assert (inner[:3, :, [1, 0]] == state.values[:3, :, [0, 1]]).all()
    assert (inner[3, :, [1, 0]] == -state.values[3, :, [0, 1]]).all()
    assert (inner[4, :, [1, 0]] == state.values[4, :, [0, 1]]).all()
    assert (inner[:, :, -2:] == state.values[:, :, -1:]).all()
    assert (block.values[:, :2] == block.values[:, 3:5]).all()
    assert (Sides().pull(3, 2, 0) == [-1, -1, 1, 1, 1, -1, -1]).all()


def test_sides_that_make_no_sense_are_refused():
    with pytest.raises(InloopError, match="side along y is 'open'"):
        Sides(low_y="open")
    with pytest.raises(InloopError, match="must be on both"):
        Sides(high_x="periodic")


def test_a_zone_that_breaks_down_is_named_and_the_state_kept(tmp_path):
    problem = carried((GAS, OTHER), (1.0, 1.0), (0.0, 0.0))
    simulation = Simulation(problem, method="youngs", folder=tmp_path)
    simulation.advance()
    simulation.now.momentum[0, 2, 3] = np.inf
    simulation._fastest = lambda: 50.0
    with pytest.raises(InloopError, match=r"step from time 0.\d+: .*; the state is in .*post_mortem.npz"):
        simulation.advance()
    with np.load(tmp_path / "post_mortem.npz") as kept:
        assert kept["values"].shape == simulation.now.values.shape
    start = problem.start(simulation.grid.edges)
    start.energies[1, 2, 3] = -1.0
    with pytest.raises(InloopError, match=r"zone \(2, 3\), material 1: mass 1 and energy -1 in a fraction of 1"):
        Simulation(replace(problem, start=lambda edges: start))


@pytest.mark.parametrize("place", ["new/folder", "file/folder"])
def test_what_is_kept_is_the_start_of_the_step_if_it_can_be_kept(place, tmp_path):
    (tmp_path / "file").touch()
    folder = tmp_path / place
    simulation = Simulation(carried((GAS, OTHER), (1.0, 1.0), (1.0, 0.0)), method="youngs", folder=folder)
    simulation.advance()
    sweep, start = simulation._swept, simulation.now.values.copy()

    def breaks(now, axis, length):
        if now.values is not simulation.now.values:
            raise BrokenZoneError("breaks in the second sweep", (2, 3))
        return sweep(now, axis, length)

    simulation._swept = breaks
    with pytest.raises(InloopError, match="breaks in the second sweep") as told:
        simulation.advance()
    if place.startswith("new"):
        with np.load(folder / "post_mortem.npz") as kept:
            assert (kept["values"] == start).all()
    else:
        assert "the state is not kept" in str(told.value)
    assert (simulation.now.values == start).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"method": "best"}, "method 'best' is unknown"), ({"gate": Gate(worse=0.01)}, "gate: .*one")],
)
def test_one_material_needs_no_method_but_a_wrong_one_is_refused(options, message):
    with pytest.raises(InloopError, match=message):
        Simulation(compressible_of("sod"), zones=20, **options)


@pytest.mark.parametrize("cfl", [0.0, 1.0, float("nan")])
def test_steps_too_long_are_refused(cfl):
    with pytest.raises(InloopError, match="cfl is"):
        Simulation(carried((GAS, OTHER), (1.0, 1.0), (0.0, 0.0)), cfl=cfl)
