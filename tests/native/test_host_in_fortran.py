"""A simulation in Fortran that calls the library in its time loop gets the figures of the same simulation in Python."""

from __future__ import annotations

import subprocess

import pytest
from tests.native import vortex as twin
from tests.native.building import numbers, tool

from inloop.bundle import SHIPPED
from inloop.hydro.advection import Simulation
from inloop.hydro.problems import vortex

pytestmark = pytest.mark.needs("gfortran")


@pytest.fixture
def host(by_compiler):
    """The program's path."""
    return by_compiler("f90", "05_advection")


def assert_same_run(said: str, problem, method: str, zones: int, relative: float) -> None:
    (found_zones, steps), (area_error, drift, overshoot) = numbers(said)
    expected = Simulation(problem, method=method, zones=zones, cfl=0.25).run()
    assert (found_zones, steps) == (zones, expected["steps"])
    assert area_error == pytest.approx(expected["area_error"], rel=relative)
    assert max(drift, expected["volume_drift"]) < 1e-13
    assert overshoot == expected["overshoot_max"] == 0


@pytest.mark.parametrize("method", ["elvira", "youngs", "lvira"])
def test_classical_methods(host, method):
    """The start differs in the last digits, which these methods do not amplify."""
    assert_same_run(tool(host, method, "32", "0.25"), vortex.problem(), method, 32, 1e-10)


@pytest.mark.parametrize(("method", "bundle", "zones"), [("learned", "mir", 12), ("learned-line", "mir-line", 24)])
def test_learned_methods(host, method, bundle, zones):
    """A last digit of the start is seen in the second digit of the end, so both start from the same bits."""
    said = tool(host, method, str(zones), "0.25", SHIPPED / bundle)
    assert_same_run(said, twin.as_in_fortran(), method, zones, 1e-14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plic"], "method 'plic' is unknown"),
        (["elvira", "two"], "ZONES and CFL are numbers"),
        (["elvira", "2"], "at least 4 zones"),
        (["elvira", "16", "-1"], "a positive CFL"),
        (["learned", "16", "0.25", "nowhere"], "nowhere: no such bundle"),
    ],
)
def test_bad_arguments_are_refused(host, arguments, message):
    done = subprocess.run([host, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert message in done.stderr
