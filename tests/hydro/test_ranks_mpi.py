"""The same bits under mpirun; and what happens when a rank dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from inloop.hydro.output import read_series
from inloop.hydro.restart import digest_of

HOST = Path(__file__).parent / "ranks" / "host.py"
pytestmark = pytest.mark.needs("mpirun")

CASES = [
    {"problem": "vortex", "scheme": "split", "steps": 4},
    {"problem": "vortex", "scheme": "unsplit", "steps": 5},
    {"problem": "vortex", "scheme": "split", "method": "learned", "steps": 4},
    {"problem": "vortex", "scheme": "unsplit", "method": "learned", "steps": 4},
    {"problem": "translation", "scheme": "split", "steps": 4},
    {"problem": "translation", "scheme": "unsplit", "steps": 4},
    {"problem": "rotation", "scheme": "split", "steps": 4},
    {"problem": "rotation", "scheme": "unsplit", "steps": 4},
    {"problem": "deformation", "materials": 4, "scheme": "split", "method": "learned", "steps": 4},
    {"problem": "deformation", "materials": 4, "scheme": "unsplit", "steps": 5},
    {"problem": "vortex", "scheme": "unsplit", "method": "equiz", "steps": 5},
    {"problem": "deformation3d", "method": "youngs", "zones": 12, "steps": 4},
]


@pytest.fixture(autouse=True)
def _needs_mpi4py():
    pytest.importorskip("mpi4py", reason="install mpi4py: pip install 'inloop[mpi]', after make system-packages")


def launched(count: int, cases: list[dict]) -> subprocess.CompletedProcess:
    """The host on so many ranks; one is the host without a launcher."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OMPI_", "PMI"))}
    environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_NUM_THREADS": "1"}
    launcher = (
        ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "-n", str(count)]
        if count > 1
        else []
    )
    command = [*launcher, sys.executable, str(HOST), json.dumps(cases)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def told(count: int, cases: list[dict]) -> list[dict]:
    done = launched(count, cases)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_two_and_four_ranks_give_the_same_bits(tmp_path):
    """And so do the pieces that they write."""
    alone = told(1, CASES)
    assert len(alone) == len(CASES)
    assert len({each["digest"] for each in alone}) == len(CASES)
    for count in (2, 4):
        folder = tmp_path / str(count)
        folder.mkdir()
        assert told(count, [CASES[0] | {"output": str(folder)}, *CASES[1:]]) == alone
        (moment,) = read_series(folder / "fields.pvd")
        assert len(list(folder.glob("*.vti"))) == count
        assert digest_of([moment.arrays["fractions"]]) == alone[0]["digest"]


def test_a_run_that_is_killed_goes_on_with_the_same_bits(tmp_path):
    """kill -9 of one rank between two restarts ends all; then another number of ranks goes on."""
    case = {"problem": "vortex", "scheme": "unsplit", "method": "equiz", "period": 1.0, "steps": 16}
    (whole,) = told(1, [case])
    file = tmp_path / "run.h5"
    kept = case | {"restart": str(file), "every": 3}
    killed = launched(2, [kept | {"kill": 8}])
    assert killed.returncode != 0
    assert "Killed" in killed.stderr or "signal 9" in killed.stderr
    assert file.exists()
    stopped = launched(4, [kept | {"kill": 11}])
    assert stopped.returncode != 0
    (resumed,) = told(1, [kept])
    assert resumed == whole


def test_a_rank_that_fails_ends_all_and_says_why(tmp_path):
    """The other rank waits for its neighbour's zones, and would for ever."""
    file = tmp_path / "run.h5"
    failed = launched(2, [{"problem": "vortex", "steps": 12, "fail": 5, "restart": str(file), "every": 2}])
    assert failed.returncode != 0
    assert "inloop: rank 1: the last rank ran into a wall" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert file.exists()


def test_what_is_wrong_with_all_is_told_once():
    failed = launched(2, [{"problem": "vortex", "method": "mof", "steps": 2}])
    assert failed.returncode != 0
    assert failed.stderr.count("needs centroids") == 1
