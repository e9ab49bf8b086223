"""Compressible flow under mpirun: the same bits, and one line where a zone breaks down."""

from __future__ import annotations

import pytest
from tests.hydro.test_ranks_mpi import launched, told

CASES = [
    {"problem": "triple-point", "zones": 28, "steps": 6},
    {"problem": "triple-point", "method": "learned", "zones": 21, "steps": 4},
    {"problem": "helium", "zones": 65, "steps": 6},
    {"problem": "rayleigh-taylor", "zones": 16, "steps": 6},
]


@pytest.fixture(autouse=True)
def _needs_mpi4py():
    pytest.importorskip("mpi4py", reason="install mpi4py: pip install 'inloop[mpi]', after make system-packages")


@pytest.mark.needs("mpirun")
def test_one_two_and_four_ranks_give_the_same_bits():
    alone = told(1, CASES)
    assert len({each["digest"] for each in alone}) == len(CASES)
    for count in (2, 4):
        assert told(count, CASES) == alone


@pytest.mark.needs("mpirun")
def test_a_zone_that_breaks_down_on_one_rank_ends_all():
    failed = launched(4, [CASES[3] | {"fail": 2, "break": True}])
    assert failed.returncode != 0
    # beside the endless momentum of row 1, column 2 in the last of 2 x 2 blocks of 8 x 8 zones
    assert failed.stderr.count(": zone (9, 9): is squeezed to nothing") == 1
    assert "Traceback" not in failed.stderr
