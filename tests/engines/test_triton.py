"""The engine "triton" against a real server: the same answers, and what happens when it is wrong, hangs or dies."""

from __future__ import annotations

import dataclasses
import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.engines.serving import free_port, installation, rows, starter

import inloop
from inloop.bundle import GRAPH, Bundle
from inloop.engines import open_graph
from inloop.engines.failures import ServerError
from inloop.engines.remote import Remote, Served
from inloop.errors import InloopError

CODE = "import sys; from inloop.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def bundle():
    return Bundle.load("mir")


@pytest.fixture(scope="module")
def server(tmp_path_factory, bundle):
    with starter(tmp_path_factory.mktemp("repository"), bundle)() as running:
        yield running


@pytest.fixture(scope="module")
def local(bundle):
    return open_graph(bundle, "onnxruntime")


@pytest.mark.parametrize("shared_memory", [True, False], ids=["shared memory", "wire"])
@pytest.mark.parametrize("count", [1, 4096, 4097, 3 * 4096 + 5])
def test_answers_are_those_of_the_graph_here(server, bundle, local, shared_memory, count):
    """However many requests they are cut into."""
    given = rows(count, seed=count)
    found = open_graph(bundle, Remote(server.url, shared_memory=shared_memory, fallback=None)).run(given)
    np.testing.assert_allclose(found, local.run(given), rtol=1e-5, atol=1e-6)


def test_the_kernel_of_the_environments_server(server, monkeypatch):
    monkeypatch.setenv("INLOOP_TRITON", server.url)
    fractions = np.random.default_rng(1).uniform(0, 1, (50, 8, 8))
    remote, here = (inloop.load("mir", engine=engine)(fractions) for engine in ("triton", "onnxruntime"))
    np.testing.assert_allclose(remote, here, atol=1e-5)


def test_small_requests_of_many_make_few_batches(server, bundle, local):
    """Eight clients ask at once; what queues up while the model works is one batch. How much, the machine decides."""
    import tritonclient.grpc as protocol

    served = Served.of(bundle)
    with protocol.InferenceServerClient(server.url) as client:

        def counts():
            (model,) = client.get_inference_statistics(served.name, served.version).model_stats
            return np.array([model.inference_stats.success.count, model.execution_count])

        graphs = [open_graph(bundle, Remote(server.url, fallback=None, timeout=60)) for _ in range(8)]
        before = counts()
        with ThreadPoolExecutor(8) as pool:
            given = rows(400)
            answers = list(pool.map(lambda number: graphs[number % 8].run(given), range(64)))
        requests, batches = counts() - before
    for answer in answers:
        np.testing.assert_allclose(answer, local.run(given), rtol=1e-5, atol=1e-6)
    assert requests > 56  # counted a moment after they are answered
    assert batches < requests


@pytest.mark.parametrize("sha256", ["0" * 64, None], ids=["another graph", "another graph of the same number"])
def test_a_server_of_another_bundle_is_refused(server, bundle, sha256):
    changed = sha256 or bundle.files[GRAPH][:12] + "0" * 52
    other = dataclasses.replace(bundle, files={**bundle.files, GRAPH: changed})
    with pytest.raises(InloopError, match=rf"{server.url}: .*serve this very bundle") as refused:
        open_graph(other, Remote(server.url))
    assert "\n" not in str(refused.value)


def test_a_killed_server_costs_no_batch_and_is_used_again(tmp_path, bundle, local, caplog):
    caplog.set_level(logging.WARNING, "inloop")
    start, given = starter(tmp_path, bundle), rows(6000)
    with start() as server:
        graph = open_graph(bundle, Remote(server.url, again=0.0))
        strict = open_graph(bundle, Remote(server.url, fallback=None, retries=0))
        graph.run(given)
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(lambda: [graph.run(given) for _ in range(6)])
            time.sleep(0.05)
            os.killpg(server.process, signal.SIGKILL)
            answers = work.result()
        assert graph.away
        with pytest.raises(ServerError, match="lost"):
            strict.run(given)
    with start() as server:
        answers.append(graph.run(given))
        assert not graph.away
        strict.run(given)
    for answer in answers:
        np.testing.assert_allclose(answer, local.run(given), rtol=1e-5, atol=1e-6)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 3  # both graphs are told that it is back
    assert "lost" in said[0]
    assert "going on with onnxruntime here" in said[0]
    assert "back, and used again" in said[1]


def test_a_server_that_hangs_is_left_in_time(server, bundle, local, caplog):
    graph = open_graph(bundle, Remote(server.url, timeout=3.0, retries=0, again=0.0))
    given = rows(100)
    os.kill(server.process, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        answer = graph.run(given)
        assert time.monotonic() - begin < 30
        assert graph.away
    finally:
        os.kill(server.process, signal.SIGCONT)
    assert "no answer in time" in caplog.text
    np.testing.assert_allclose(answer, local.run(given), rtol=1e-5, atol=1e-6)


def test_a_repository_that_was_tampered_with_is_not_served(tmp_path, bundle):
    start = starter(tmp_path, bundle)
    (graph,) = tmp_path.glob("mir/*/model.onnx")
    graph.write_bytes(graph.read_bytes() + b"\0")
    with pytest.raises(ServerError, match=r"model\.onnx is not the graph that config\.pbtxt names"):
        start()


def test_the_command_serves_until_it_is_told_to_stop(tmp_path):
    installation()
    port = free_port()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    if not environment.get("INLOOP_TRITON_SERVER"):
        environment["INLOOP_TRITON_SERVER"] = str(installation().environment)
    command = [sys.executable, "-c", CODE, "serve", "mir", "--port", str(port)]
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        told = first.stdout.readline()
        assert f"at 127.0.0.1:{port}" in told
        group = int(told.rpartition("process ")[2].rstrip(")\n"))
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert second.returncode == 2
        assert f"127.0.0.1:{port}: cannot be listened on" in second.stderr
        assert first.poll() is None
    finally:
        first.terminate()
        _, said = first.communicate(timeout=60)
    assert first.returncode == 0, said
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
