"""What of the remote engine needs no server: addresses, the repository, and nobody at the other end."""

from __future__ import annotations

import hashlib
import runpy

import pytest
from tests.conftest import ROOT
from tests.engines.serving import free_port

from inloop.bundle import GRAPH, Bundle
from inloop.cli import main
from inloop.engines import open_graph
from inloop.engines.failures import ServerError
from inloop.engines.remote import Remote, Served
from inloop.engines.server import Installation
from inloop.errors import InloopError


@pytest.fixture(scope="module")
def bundle():
    return Bundle.load("mir")


@pytest.mark.parametrize("url", ["", "localhost", "localhost:", ":8001", "http://localhost:8001", "a:b", "a:70000"])
def test_addresses_are_host_and_port(url):
    with pytest.raises(InloopError, match="expected host:port"):
        Remote(url)


@pytest.mark.parametrize("settings", [{"timeout": 0}, {"retries": -1}, {"in_flight": 0}, {"again": float("nan")}])
def test_patience_without_sense_is_refused(settings):
    with pytest.raises(InloopError, match="must be at least"):
        Remote(**settings)


def test_nobody_there_is_one_line(bundle):
    pytest.importorskip("tritonclient.grpc", reason="install tritonclient: pip install 'inloop[remote]'")
    url = f"127.0.0.1:{free_port()}"
    with pytest.raises(ServerError, match=f"server {url}: nobody answers there; start one"):
        open_graph(bundle, Remote(url))


def test_the_version_is_the_graphs_own(bundle):
    served = Served.of(bundle)
    assert hashlib.sha256(bundle.graph.read_bytes()).hexdigest() == served.sha256
    assert f"{int(served.version):012x}" == served.sha256[:12]
    assert int(served.version) < 2**63  # the server's own limit


def test_the_written_repository_holds_all_that_servers_need(tmp_path, bundle, capsys):
    pytest.importorskip("onnxruntime", reason="install onnxruntime: pip install 'inloop[remote]'")
    assert main(["serve", "mir", "--write-only", "--repository", str(tmp_path), "--chunk", "512"]) == 0
    version = Served.of(bundle).version
    assert version in capsys.readouterr().out
    model = tmp_path / "mir"
    assert (model / version / "model.onnx").read_bytes() == bundle.graph.read_bytes()
    compile((model / version / "model.py").read_text(), "model.py", "exec")
    for name, backend in (
        ("config.pbtxt", "python"),
        ("configs/onnxruntime.pbtxt", "onnxruntime"),
        ("configs/tensorrt.pbtxt", "onnxruntime"),
    ):
        text = (model / name).read_text()
        assert f'backend: "{backend}"' in text
        assert "max_batch_size: 512" in text
        assert bundle.files[GRAPH] in text
        for tensor in ('"features" data_type: TYPE_FP32 dims: [58]', '"vertices" data_type: TYPE_FP32 dims: [81]'):
            assert tensor in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--write-only"], "needs --repository"),
        (["--server", "/nowhere/at/all"], "no Triton server there"),
        (["--bundle", "/nowhere/at/all"], "no such bundle"),
    ],
)
def test_what_cannot_be_served_is_refused(arguments, words, capsys):
    assert main(["serve", "mir", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


def test_an_environment_without_a_server_says_what_is_missing(tmp_path):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho \'{"home": "", "onnxruntime": true, "version": "3.11", "libdir": ""}\'\n')
    python.chmod(0o755)
    with pytest.raises(InloopError, match="has no nvidia-pytriton; make remote-server"):
        Installation.find(tmp_path)


def test_the_figures_in_the_docs_are_those_of_the_newest_result():
    make = runpy.run_path(str(ROOT / "docs/make_remote.py"))
    assert make["PAGE"].read_text() == make["page"](make["newest"]("remote", make["RESULTS"]))
