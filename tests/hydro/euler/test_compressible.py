"""The compressible problems: set up as published, and run to what is known of them."""

from __future__ import annotations

import numpy as np
import pytest

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro.euler import Simulation
from inloop.hydro.problems import helium, rayleigh_taylor, sedov
from inloop.hydro.problems.compressible import COMPRESSIBLE, compressible_of


@pytest.mark.parametrize("name", COMPRESSIBLE)
def test_each_problem_starts_exactly_and_runs(name):
    problem = compressible_of(name)
    simulation = Simulation(problem, zones=max(problem.zones // 4, 16), method="elvira")
    fractions = simulation.fractions
    assert problem.name == name
    assert np.abs(fractions.sum(axis=0) - 1).max() < 1e-14
    assert fractions.min() >= 0
    for _ in range(6):
        assert simulation.advance()
    results = simulation.results()
    assert results["steps"] == 6
    if problem.sides.closed and problem.gravity == (0.0, 0.0):
        assert results["mass_drift"] < 1e-12
        assert results["energy_drift"] < 1e-12
    assert simulation.method == ("none" if len(problem.gases) == 1 else "elvira")


def test_volumes_of_the_materials_are_those_of_the_shapes():
    def volumes(name, zones):
        simulation = Simulation(compressible_of(name), zones=zones, method="youngs")
        return simulation.fractions.sum(axis=(1, 2)) * simulation.grid.volume

    assert volumes("triple-point", 35) == pytest.approx([3.0, 9.0, 9.0], abs=1e-12)
    assert volumes("helium", 65)[0] == pytest.approx(np.pi * 0.025**2 / 2, rel=1e-12)
    bubble, layer, _ = volumes("bubble-layer", 60)
    assert bubble == pytest.approx(np.pi * 0.04, rel=1e-12)
    assert layer == pytest.approx(2.4 * 0.4 - np.pi * 0.02, rel=1e-12)


def test_the_blast_s_constant_is_the_published_one():
    # .98404 for gamma 1.4: Kamm, Evaluation of the Sedov-von Neumann-Taylor blast wave solution (2000): .311357 at .75
    assert sedov.similarity() == pytest.approx(0.311357 / 0.75**4, rel=1e-4)


def test_a_wavy_border_has_the_height_that_it_was_given():
    simulation = Simulation(compressible_of("rayleigh-taylor"), zones=64, method="youngs")
    assert simulation.history[0][1]["height"] == pytest.approx(0.002, rel=1e-3)


def test_a_gate_is_asked_in_the_loop():
    simulation = Simulation(compressible_of("bubble-layer"), zones=60, gate=mir.Gate(worse=0.01))
    for _ in range(4):
        simulation.advance()
    assert simulation.method == "learned"
    assert 0 < simulation.results()["gate_accepted"] < 1
    assert simulation.face().continuity_error().max < 1e-12


@pytest.mark.parametrize("method", ["slic", "equiz", "power"])
def test_methods_that_tear_or_keep_nothing_still_keep_mass_and_energy(method):
    simulation = Simulation(compressible_of("triple-point"), zones=35, method=method)
    results = simulation.run()
    assert results["mass_drift"] < 1e-12
    assert results["energy_drift"] < 1e-12


def test_unknown_problems_and_meshes_too_coarse_are_refused():
    with pytest.raises(InloopError, match="problem 'sodd' is unknown"):
        compressible_of("sodd")
    with pytest.raises(InloopError, match="expected at least 4"):
        compressible_of("sod").grid(3)


@pytest.mark.prove
@pytest.mark.parametrize("method", ["youngs", "elvira", "learned"])
def test_triple_point_to_its_end(method):
    simulation = Simulation(compressible_of("triple-point"), method=method)
    results = simulation.run()
    assert results["mass_drift"] < 1e-12
    assert results["energy_drift"] < 1e-12
    x = (simulation.grid.edges[0][1:] + simulation.grid.edges[0][:-1]) / 2
    driver = simulation.fractions[0, -1]  # along the upper wall the driver has pushed the light gas before it
    assert 5.3 < x[driver > 0.5].max() < 5.5


@pytest.mark.prove
@pytest.mark.parametrize("method", ["youngs", "elvira", "learned"])
def test_a_small_wave_grows_as_linear_theory_says(method):
    results = Simulation(compressible_of("rayleigh-taylor"), method=method).run()
    assert results["growth_rate_error"] < 0.05
    assert rayleigh_taylor.growth() == pytest.approx(1.769, abs=1e-3)


@pytest.mark.prove
def test_a_shocked_wave_grows_as_impulsive_theory_says():
    results = Simulation(compressible_of("richtmyer-meshkov"), method="elvira").run()
    assert results["growth_ratio"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.prove
@pytest.mark.parametrize("method", ["elvira", "learned"])
def test_the_helium_bubble_moves_as_in_the_experiment(method):
    results = Simulation(helium.problem(), zones=325, method=method).run()
    assert results["shock_velocity"] == pytest.approx(1.22 * (1.4 * 101325 / 1.2) ** 0.5, rel=0.01)
    for name, velocity in helium.problem().published.items():
        assert results[name] == pytest.approx(velocity, rel=0.1), name


@pytest.mark.prove
def test_the_blast_comes_closer_on_a_finer_mesh():
    errors = [Simulation(compressible_of("sedov"), zones=zones).run()["shock_radius_error"] for zones in (50, 100)]
    assert errors[1] < 0.6 * errors[0] < 0.015
