"""Every problem: its flow, its exact start, its end."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from inloop.hydro.advection import Simulation
from inloop.hydro.advection.simulation import change
from inloop.hydro.problems import PROBLEMS, problem_of
from inloop.hydro.problems.pie import Pie
from inloop.mir import shapes

DISK = math.pi * 0.15**2
INSIDE = {  # area or volume of all but the background
    "translation": math.pi * 0.25**2,
    "rotation": DISK,
    "zalesak": shapes.SlottedDisk((2.0, 2.75), 0.5, 0.12, 0.1).area(),
    "vortex": DISK,
    "shear": math.pi * (0.2 * math.pi) ** 2,
    "deformation": DISK,
    "deformation3d": 4 / 3 * math.pi * 0.15**3,
}
# L1 area errors of one period on 32 zones an axis, measured; 0.06786 lies near the 6.7e-2 of an independent rough loop
VORTEX = {"elvira": 0.06786, "youngs": 0.06787}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_start_is_exact_and_the_flow_has_no_sources(name):
    problem = problem_of(name)
    grid = problem.grid(20)
    fractions = problem.fractions(grid.edges)
    assert fractions.shape[1:] == grid.shape
    assert fractions[:-1].sum() * grid.volume == pytest.approx(INSIDE[name], rel=1e-12)
    assert np.abs(fractions.sum(axis=0) - 1).max() <= 1e-15
    d = grid.dimensions
    fluxes = problem.flow.fluxes(grid)
    divergence = sum(np.diff(flux, axis=d - 1 - axis) for axis, flux in enumerate(fluxes))
    assert np.abs(divergence).max() <= 1e-14 * max(np.abs(flux).max() for flux in fluxes)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_flow_brings_everything_back(name):
    """Points followed by the flow's own velocity: the start is the truth at the end."""
    problem = problem_of(name)
    if name == "deformation3d":
        middle = [problem.flow.pace(problem.end * t) for t in (0.2, 0.8)]
        assert middle[0] == pytest.approx(-middle[1])
        return
    near = (1e-4,) * 2
    start = points = np.array(problem.low) + (np.array(problem.high) - problem.low) * [[0.4, 0.7], [0.55, 0.35]]
    steps = 2000
    dt = problem.end / steps
    for k in range(steps):
        pace = problem.flow.pace((k + 0.5) * dt)
        half = points + dt / 2 * pace * problem.flow.velocity(points, near)
        points = points + dt * pace * problem.flow.velocity(half, near)
    size = np.array(problem.high) - problem.low
    away = (points - start) / size
    assert np.abs(away - (np.round(away) if problem.periodic else 0)).max() < 2e-3


def test_the_flow_in_space_is_the_published_one():
    problem = problem_of("deformation3d")
    grid = problem.grid(40)
    x, y, z = (edges[:-1] + np.diff(edges) / 2 for edges in grid.edges)
    nodes = grid.edges
    sin2, wave = (lambda t: np.sin(np.pi * t) ** 2), (lambda t: np.sin(2 * np.pi * t))
    u = 2 * sin2(nodes[0])[None, None, :] * wave(y)[None, :, None] * wave(z)[:, None, None]
    v = -wave(x)[None, None, :] * sin2(nodes[1])[None, :, None] * wave(z)[:, None, None]
    w = -wave(x)[None, None, :] * wave(y)[None, :, None] * sin2(nodes[2])[:, None, None]
    face = grid.spacing[0] ** 2
    for flux, velocity in zip(problem.flow.fluxes(grid), (u, v, w), strict=True):
        assert np.abs(flux / face - velocity).max() < 5e-3  # a face's mean beside its middle


@pytest.mark.parametrize("sectors", [2, 3])
def test_the_pie_is_the_disk_in_equal_parts(sectors):
    edges = shapes.uniform_edges(17)
    parts = Pie((0.52, 0.47), 0.31, sectors, 0.3).fractions(edges)
    assert parts.min() >= 0
    assert parts.sum(axis=0) == pytest.approx(np.ones((17, 17)), abs=1e-15)
    area = parts.reshape(sectors + 1, -1).sum(axis=1) / 17**2
    assert area[:-1] == pytest.approx(math.pi * 0.31**2 / sectors, rel=1e-12)


@pytest.mark.parametrize("method", list(VORTEX))
def test_the_single_vortex_is_as_it_was(method):
    results = Simulation(problem_of("vortex"), method=method, zones=32, cfl=0.25).run()
    assert results["area_error"] == pytest.approx(VORTEX[method], rel=0.1)
    assert results["area_error"] == pytest.approx(6.7e-2, rel=0.1)
    assert results["volume_drift"] <= 1e-12
    assert results["overshoot_max"] == 0


def test_short_vortices_come_back_well():
    errors = [
        Simulation(problem_of("vortex", period=t), method="elvira", zones=32).run()["area_error"] for t in (0.5, 2)
    ]
    assert errors[0] < 2.5e-3
    assert errors[0] < errors[1] < 8e-3


@pytest.mark.parametrize("materials", [2, 3, 4])
def test_several_materials_come_back(materials):
    simulation = Simulation(problem_of("deformation", materials=materials), method="elvira", zones=32)
    results = simulation.run()
    assert results["volume_drift"] <= 1e-12
    assert results["relative_error"] < 0.5
    assert simulation.fractions.shape == (materials, 32, 32)


@pytest.mark.parametrize("scheme", ["split", "unsplit"])
def test_what_leaves_through_open_sides_is_counted_and_no_drift(scheme):
    carried = replace(problem_of("translation"), periodic=False)
    simulation = Simulation(carried, method="elvira", scheme=scheme, zones=12)
    results = simulation.run()
    inside = simulation.fractions[0].sum() / simulation.start[0].sum()
    assert inside < 0.5
    assert results["left"] == pytest.approx(1 - inside, abs=1e-12)
    assert results["volume_drift"] <= 1e-12


def test_a_material_that_is_absent_at_the_start_has_no_drift():
    absent = problem_of("deformation", materials=3, period=0.1)

    def two(edges):
        first, second, rest = absent.fractions(edges)
        return np.stack([first + second, 0 * second, rest])

    assert Simulation(replace(absent, fractions=two), method="elvira", zones=12).run()["volume_drift"] <= 1e-12
    assert change(np.array([1.1, 0.5]), np.array([1.0, 0.0])) == pytest.approx(0.1)
    assert math.isnan(change(np.array([np.nan, 1.0]), np.ones(2)))


def test_the_ball_in_space_comes_back():
    simulation = Simulation(problem_of("deformation3d", period=0.5), method="youngs", zones=16)
    results = simulation.run()
    assert results["volume_drift"] <= 1e-12
    assert results["overshoot_max"] == 0
    assert results["area_error"] < 2e-3
