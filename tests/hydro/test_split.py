"""The split scheme keeps every material and every bound, whatever the flow and the method."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hydro.moves import random_move, states, tools, volumes
from tests.mir.strategies import laws, mixture

from inloop import _core, mir
from inloop.errors import InloopError
from inloop.hydro.advection import Grid, Move, PlaneFlow, Simulation, Split
from inloop.hydro.advection.flow import stream_fluxes
from inloop.hydro.advection.problem import Problem, with_rest
from inloop.hydro.advection.split import REMNANT
from inloop.hydro.hosts import begin
from inloop.hydro.problems import problem_of
from inloop.mir import shapes

SCHEME = Split()


def carried(rng, grid, fractions, method, *, steps: int, total: float):
    """Fractions after some random steps, and the record of what was mended."""
    rebuild, mend = tools(grid, method)
    for number in range(steps):
        move = random_move(rng, grid, total, number)
        SCHEME.refuse(move, len(fractions))
        fractions = SCHEME.step(fractions, move, rebuild, mend)
    return fractions, mend


@laws(60)
@given(st.data())
def test_material_and_bounds_are_kept_in_the_plane(data):
    materials = data.draw(st.sampled_from([2, 3, 4]))
    rng, grid, start = data.draw(states(2, materials))
    method = data.draw(st.sampled_from(["slic", "youngs", "elvira", "lvira", "power"]))
    end, mend = carried(rng, grid, start, method, steps=6, total=1 / materials)
    assert np.abs(volumes(end) - volumes(start)).max() <= 1e-12 * start[0].size
    assert end.min() >= 0
    assert end.max() <= 1 + 1e-14
    assert np.abs(end.sum(axis=0) - 1).max() <= 1e-14
    assert mend.largest <= 1e-11  # a method's own rounding, nothing of the scheme's


@laws(15)
@given(st.data())
def test_material_and_bounds_are_kept_in_space(data):
    materials = data.draw(st.sampled_from([2, 3]))
    rng, grid, start = data.draw(states(3, materials))
    end, mend = carried(rng, grid, start, "youngs", steps=6, total=1 / materials)
    assert np.abs(volumes(end) - volumes(start)).max() <= 1e-12 * start[0].size
    assert end.min() >= 0
    assert np.abs(end.sum(axis=0) - 1).max() <= 1e-14
    assert mend.largest <= 1e-11


@laws(15)
@given(states(2, 3))
def test_a_learned_kernel_keeps_them_too(state):
    rng, grid, start = state
    end, mend = carried(rng, grid, start, "learned", steps=3, total=1 / 3)
    assert np.abs(volumes(end) - volumes(start)).max() <= 1e-12 * start[0].size
    assert end.min() >= 0
    assert mend.largest <= 1e-11


def test_a_method_that_does_not_conserve_is_mended_without_loss():
    simulation = Simulation(problem_of("vortex", period=0.5), method="equiz", zones=16)
    results = simulation.run()
    assert results["overshoot_max"] > 1e-3
    assert results["mended"] > 0
    assert results["volume_drift"] <= 1e-12
    assert simulation.fractions.min() >= 0


def test_the_bound_on_the_courant_sum_is_needed():
    """Three nearly equal fractions, a zone that takes in .45 of itself of one of them: more would not fit."""
    rng = np.random.default_rng(3)
    grid = Grid((0.0, 0.0), (5.0, 5.0), (5, 5), periodic=True)
    lowest = 0.0
    for _ in range(300):
        fractions = np.full((3, 5, 5), 1 / 3) + 1e-3 * rng.normal(size=(3, 5, 5))
        fractions[:, rng.random((5, 5)) < 0.7] = np.eye(3)[rng.integers(3)][:, None]
        fractions /= fractions.sum(axis=0)
        rebuild, mend = tools(grid, "youngs")
        SCHEME.step(fractions, random_move(rng, grid, 0.6), rebuild, mend)
        lowest = max(lowest, mend.largest)
    assert lowest > 1e-3
    with pytest.raises(InloopError, match=r"0\.333"):
        SCHEME.refuse(random_move(rng, grid, 0.45), 3)


def uniform(grid: Grid, u: float, v: float) -> tuple:
    """Courant numbers of a uniform flow."""
    x, y = (np.arange(n + 1.0) for n in grid.zones)
    return stream_fluxes(u * y[:, None] - v * x[None, :])


@pytest.mark.parametrize("method", ["youngs", "elvira", "lvira", "power"])
def test_a_shift_by_whole_zones_is_a_shift(method):
    grid = Grid((0.0, 0.0), (8.0, 5.0), (8, 5), periodic=True)
    start = mixture(np.random.default_rng(1), 3, grid.shape, "rough")
    rebuild, mend = tools(grid, method)
    now = start
    for number in range(40):
        now = SCHEME.step(now, Move(grid, uniform(grid, 1.0, -1.0), number), rebuild, mend)
        assert np.abs(now - np.roll(start, (-number - 1, number + 1), axis=(1, 2))).max() <= 1e-12
    assert np.abs(now - start).max() <= 1e-12


def test_a_band_comes_back_to_the_last_bit():
    """Aligned with the mesh, quarters and eighths of a zone a step: nothing is ever rounded."""
    grid = Grid((0.0, 0.0), (16.0, 16.0), (16, 16), periodic=True)
    start = np.zeros((2, 16, 16))
    start[0, :, 3:9] = 1.0
    start[1] = 1.0 - start[0]
    rebuild, mend = tools(grid, "elvira")
    now = start
    for number in range(128):
        now = SCHEME.step(now, Move(grid, uniform(grid, 0.25, 0.125), number), rebuild, mend)
    assert (now == start).all()


def test_a_level_border_moves_exactly():
    """Two borders along an axis anywhere in their zones: after a whole turn they are where they were."""
    edges = shapes.uniform_edges(16)
    below = [shapes.HalfPlane((0.0, y), (0.0, 1.0)).fractions(edges) for y in (0.71, 0.33)]
    start = np.stack([below[0] - below[1], 1 - (below[0] - below[1])])
    flow = PlaneFlow(lambda x, y: y - 2 * x)
    problem = Problem("band", "", (0.0, 0.0), (1.0, 1.0), lambda edges: start.copy(), flow, 1.0, periodic=True)
    assert Simulation(problem, method="elvira", zones=16, cfl=0.3).run()["relative_error"] <= 1e-12


def test_a_circle_across_the_box_and_back_improves_with_the_mesh():
    errors = [Simulation(problem_of("translation"), method="elvira", zones=n).run()["relative_error"] for n in (16, 32)]
    assert errors[0] < 0.08
    assert errors[1] < errors[0] / 2.5


def test_half_a_turn_of_the_picture_is_half_a_turn_of_the_result():
    """Turned by 180 degrees, a solid rotation is itself: what is symmetric stays so."""
    problem = problem_of("rotation")
    middle = shapes.Ellipse((0.5, 0.5), (0.3, 0.15), 0.4)
    turned = Problem("turned", "", problem.low, problem.high, with_rest(middle.fractions), problem.flow, 0.25)
    simulation = Simulation(turned, method="elvira", zones=24)
    assert np.abs(simulation.fractions - simulation.fractions[:, ::-1, ::-1]).max() <= 1e-14
    simulation.run()
    assert np.abs(simulation.fractions - simulation.fractions[:, ::-1, ::-1]).max() <= 1e-9


def test_a_solid_rotation_brings_the_disk_back():
    results = Simulation(problem_of("rotation"), method="elvira", zones=32).run()
    assert results["relative_error"] < 0.04
    assert results["volume_drift"] <= 1e-12


@pytest.mark.parametrize("method", ["elvira", "learned"])
def test_threads_change_nothing(method):
    if not _core.openmp():
        pytest.skip("this build has no OpenMP")
    ends = []
    for threads in (1, 2, 5):
        simulation = Simulation(
            problem_of("deformation", period=0.2, materials=3), method=method, zones=16, threads=threads
        )
        simulation.run()
        ends.append(simulation.fractions)
    assert (ends[0] == ends[1]).all()
    assert (ends[0] == ends[2]).all()


def test_method_objects_and_gates_pass_through():
    problem = problem_of("vortex", period=0.5)
    by_name = Simulation(problem, method="youngs", zones=12).run()
    by_object = Simulation(problem, method=mir.Youngs(), zones=12).run()
    assert by_name["area_error"] == by_object["area_error"]
    judge = mir.Learned().opened().judge
    if judge is None:
        pytest.skip("the shipped bundle carries no gate")
    gate = mir.Gate(worse=judge.calibration.promises[0].worse)
    gated = Simulation(problem, zones=12, gate=gate, steps=40)
    assert gated.method == "learned"
    assert 0 <= gated.run()["gate_accepted"] < 1


def test_refusals():
    vortex = problem_of("vortex")
    cases = [
        (lambda: problem_of("whirl"), "take one of translation"),
        (lambda: problem_of("rotation", period=2.0), "period"),
        (lambda: problem_of("vortex", materials=3), "deformation"),
        (lambda: problem_of("deformation", materials=7), "2, 3 or 4"),
        (lambda: problem_of("vortex", period=-1.0), "positive"),
        (lambda: Simulation(vortex, method="elvira", zones=16, cfl=0.9), "smaller CFL"),
        (lambda: Simulation(vortex, method="elvira", zones=16, cfl=0.0), "positive"),
        (lambda: Simulation(vortex, method="elvira", zones=16, cfl=0.2, steps=800), "one of the two"),
        (lambda: Simulation(vortex, method="elvira", zones=16, steps=801), "even"),
        (lambda: Simulation(vortex, method="elvira", zones=2), "at least 4"),
        (lambda: Simulation(vortex, method="mof", zones=16), "centroids"),
        (lambda: Simulation(vortex, method="nobody", zones=16), "unknown"),
        (lambda: Simulation(vortex, method="elvira", scheme="sideways", zones=16), "take one of split"),
        (lambda: Simulation(problem_of("deformation3d"), method="learned", zones=8), "2D only"),
        (lambda: Grid((0.0,), (1.0,), (4,)), "2 or 3"),
        (lambda: Grid((0.0, 0.0), (1.0, -1.0), (4, 4)), "empty"),
    ]
    for refused, message in cases:
        with pytest.raises(InloopError, match=message):
            refused()


def test_the_last_of_a_material_leaves_with_the_flow():
    """A trace behind the body it belongs to, anywhere in its zone, is gone after one step of an eighth of a zone."""
    grid = Grid((0.0, 0.0), (8.0, 3.0), (8, 3), periodic=True)
    start = np.zeros((2, 3, 8))
    start[0, :, 3:6] = 1.0
    start[0, 1, 2] = 0.9 * REMNANT
    start[0, 1, 6] = 0.9 * REMNANT  # ahead of the body: stays a trace, and grows
    start[1] = 1.0 - start[0]
    rebuild, mend = tools(grid, "learned")
    after = SCHEME.step(start, Move(grid, uniform(grid, 0.125, 0.0)), rebuild, mend)
    assert after[0, 1, 2] == 0
    assert after[0, 1, 6] > 0.12
    assert np.abs(volumes(after) - volumes(start)).max() <= 1e-14


def test_a_learned_kernel_leaves_no_remnants_behind():
    """The disk's border, wherever it has been, crosses as many zones as with lines."""
    mixed = {
        method: Simulation(problem_of("rotation"), method=method, zones=32).run()["mixed_zones"]
        for method in ("elvira", "learned")
    }
    assert mixed["learned"] <= 1.3 * mixed["elvira"]


def test_small_steps_do_not_make_a_learned_kernel_worse_than_lines():
    """Three short turns by steps of a tenth of a zone: many rebuildings, many remnants."""
    errors = {}
    for method in ("elvira", "learned"):
        host = begin(problem_of("vortex", period=0.5), method=method, scheme="split", zones=16, cfl=0.1, turns=3)
        while host.advance():
            pass
        errors[method] = host.results()["area_error"]
    assert errors["learned"] < errors["elvira"] / 2
