"""Flows whose course is known, on finer and finer meshes."""

from __future__ import annotations

import numpy as np
import pytest
from tests.hydro.euler.flows import SimpleWave, vortex

from inloop.hydro.euler import Simulation, StiffenedGas, Uniform
from inloop.hydro.problems.compressible import compressible_of
from inloop.hydro.problems.tube import Tube


def order(errors):
    return np.log2(errors[0] / errors[1])


@pytest.mark.parametrize("along", [0, 1])
def test_a_smooth_wave_is_met_to_second_order(along):
    wave, errors = SimpleWave(along=along), []
    for zones in (32, 64):
        simulation = Simulation(wave.problem(), zones=zones)
        simulation.run()
        density = np.moveaxis(simulation.now.density, along, 0)
        assert np.ptp(density, axis=0).max() < 1e-13  # the same all across
        errors.append(np.abs(density[0] - wave.density(simulation.grid.edges[along], 0.5)).mean())
    assert order(errors) > 1.8


def test_a_vortex_is_carried_across_the_mesh_to_second_order():
    errors = []
    for zones in (64, 128):
        simulation = Simulation(vortex(), zones=zones)
        simulation.run()
        truth = vortex().start(tuple(nodes - 1.0 for nodes in simulation.grid.edges)).density
        errors.append(np.abs(simulation.now.density - truth).mean())
    assert order(errors) > 1.8


# mean absolute errors of density on 100 zones
@pytest.mark.parametrize(("name", "coarse"), [("sod", 0.006), ("sod-two-gas", 0.005)])
def test_shock_tubes_converge_to_the_exact_solution(name, coarse):
    errors = []
    for zones in (100, 200):
        results = Simulation(compressible_of(name), zones=zones, method="youngs").run()
        errors.append(results["density_error"])
    assert errors[0] < coarse
    assert order(errors) > 0.8


def test_water_that_drives_air_converges_to_the_exact_solution():
    water, air = Uniform(StiffenedGas(4.4, 6e8), 1000.0, 0.0, 1e9), Uniform(StiffenedGas(1.4), 50.0, 0.0, 1e5)
    problem = Tube(water, air, 0.7).problem("water", "a water-air shock tube", 2.4e-4)
    errors = [Simulation(problem, zones=zones, method="elvira").run()["density_error"] for zones in (50, 100)]
    assert errors[1] < 5.0
    assert order(errors) > 0.8


def test_the_blast_runs_as_the_similarity_solution_says():
    results = Simulation(compressible_of("sedov"), zones=50).run()
    assert results["shock_radius_error"] < 0.025
    assert results["energy_drift"] < 1e-12
