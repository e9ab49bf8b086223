"""Ranks of a simulation that share one server, under mpirun; and the server's death in the middle of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.engines.serving import starter

from inloop.bundle import Bundle

HOST = Path(__file__).parent / "ranks" / "remote_host.py"
STEPS = 8
ROUNDING = 1e-5  # of fractions, after all steps, between two engines in float32
pytestmark = pytest.mark.needs("mpirun")


@pytest.fixture(autouse=True)
def _needs_mpi4py():
    pytest.importorskip("mpi4py", reason="install mpi4py: pip install 'inloop[mpi]', after make system-packages")


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return starter(tmp_path_factory.mktemp("repository"), Bundle.load("mir"))


@pytest.fixture(scope="module")
def alone(start):
    """The same run on one rank, without a server."""
    return told(launched(1, {}))


def launched(count: int, case: dict) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OMPI_", "PMI"))}
    environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_NUM_THREADS": "1"}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path)}
    options = ["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "-n", str(count)]
    launcher = ["mpirun", *options] if count > 1 else []
    command = [*launcher, sys.executable, str(HOST), json.dumps({"steps": STEPS} | case)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> tuple[np.ndarray, str]:
    """The fractions at the end, and what was said on the way."""
    out, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    result = json.loads(out)
    assert result["steps"] == STEPS
    return np.array(result["fractions"]), said


@pytest.mark.parametrize("count", [2, 4])
def test_ranks_share_a_server(start, alone, count):
    import tritonclient.grpc as protocol

    with start() as server:
        fractions, said = told(launched(count, {"url": server.url}))
        with protocol.InferenceServerClient(server.url) as client:
            (model,) = client.get_inference_statistics("mir").model_stats
    assert "lost" not in said
    assert model.inference_stats.success.count >= count * STEPS
    np.testing.assert_allclose(fractions, alone[0], atol=ROUNDING)


def test_a_server_that_dies_costs_no_step_and_is_used_again(start, alone, tmp_path):
    """Killed after the third step of two ranks, back after the sixth."""
    wanted, ready = tmp_path / "wanted", tmp_path / "ready"
    files = {"wanted": str(wanted), "ready": str(ready)}
    with start() as first:
        process = launched(2, {"url": first.url, "server": first.process, "kill_at": 3, "return_at": 6} | files)
        while process.poll() is None and not wanted.exists():
            time.sleep(0.05)
    assert wanted.exists(), process.communicate()
    with start() as second:
        import tritonclient.grpc as protocol

        ready.touch()
        fractions, said = told(process)
        with protocol.InferenceServerClient(second.url) as client:
            (model,) = client.get_inference_statistics("mir").model_stats
    assert said.count("going on with onnxruntime here") == 2  # once a rank
    assert said.count("back, and used again") == 2
    assert model.inference_stats.success.count >= 2
    np.testing.assert_allclose(fractions, alone[0], atol=ROUNDING)
