"""`inloop serve CASE`: a bundle's graph behind a server, for any number of ranks on any number of machines."""

from __future__ import annotations

import contextlib
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inloop.cli import options, show
from inloop.cli.by_case import verb

if TYPE_CHECKING:
    from inloop.bundle import Bundle
    from inloop.engines.server import Server

_EVERYWHERE = "0.0.0.0"
_LOOK = 0.2  # seconds between two looks at the server
_ROWS = 10_000  # of the check


def serve(
    case: options.Case,
    bundle: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder of a bundle; that of the case if not given.")
    ] = None,
    repository: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the model repository here; a temporary one if not given.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0: on all, so any machine may ask.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the protocol over gRPC.")] = 8001,
    chunk: Annotated[
        int, typer.Option(min=1, help="Most rows computed at once; small requests are gathered up to it.")
    ] = 4096,
    instances: Annotated[int, typer.Option(min=1, help="Copies of the graph that work side by side.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Threads of each.")] = 1,
    server: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The server's environment; that of make remote-server if not given."),
    ] = None,
    write_only: Annotated[
        bool, typer.Option("--write-only", help="Write the repository, for a server of your own; start none.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Start, compare the server's answers with those computed here, stop.")
    ] = False,
    json: options.Json = None,
    seed: Annotated[int, typer.Option(help="Of the numbers that --check asks about.")] = 0,
    debug: options.Debug = False,
) -> None:
    """Serve a bundle's graph with NVIDIA Triton until Ctrl-C."""
    from inloop.bundle import Bundle
    from inloop.engines.remote import Served
    from inloop.engines.repository import Serving, write_repository
    from inloop.errors import InloopError

    if write_only and (check or repository is None):
        raise InloopError("--write-only: needs --repository DIR, and starts nothing that --check could ask")
    if json is not None:
        options.refuse_output(json)
    found = Bundle.load(options.bundle_of(case, bundle))
    served = Served.of(found)
    serving = Serving(chunk, instances, threads)
    about = {"model": served.name, "version": served.version, "graph_sha256": served.sha256, "seed": seed}
    results: dict[str, dict[str, float]] = {}
    with contextlib.ExitStack() as stack:
        folder = repository or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="inloop-repository-")))
        model = write_repository(folder.absolute(), found, serving)
        if write_only:
            print(f"{model}: version {served.version}; serve it with tritonserver --model-repository {folder}")
            print("and --model-config-name onnxruntime or tensorrt, where the server has no python backend")
        else:
            running = stack.enter_context(_running(server, folder.absolute(), host, port))
            running.wait_until_ready(served)
            print(f"serving {served.name} version {served.version} at {running.url} (process {running.process})")
            if check:
                results["triton"] = _checked(found, running.url, seed)
        if json is not None:
            show.write_json(json, show.about(about), results)
        if not write_only and not check:
            name = socket.gethostname() if host == _EVERYWHERE else host
            print(f"clients: export INLOOP_TRITON={name}:{port}; Ctrl-C stops", flush=True)
            _wait(running)


@contextlib.contextmanager
def _running(environment: Path | None, repository: Path, host: str, port: int) -> Iterator[Server]:
    """A server that stops with this command, also if that is asked to end while the server starts."""
    from inloop.engines.server import Installation, Server

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        with Server(Installation.find(environment), repository, host=host, port=port) as server:
            yield server
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait(server: Server) -> None:
    """Until a signal asks for the end, or the server ends by itself, which is an error."""
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            server.check()
            time.sleep(_LOOK)
    show.say("stopping")


def _checked(bundle: Bundle, url: str, seed: int) -> dict[str, float]:
    """The same rows on the server and here: the largest difference, and the speed of both."""
    import numpy as np

    from inloop.engines import open_graph
    from inloop.engines.failures import ServerError
    from inloop.engines.remote import Remote

    here = open_graph(bundle, "onnxruntime")
    there = open_graph(bundle, Remote(url, fallback=None))
    draw = np.random.default_rng(seed)
    rows = {name: draw.uniform(-1, 1, (_ROWS, *row)).astype(np.float32) for name, row in here.inputs.items()}
    answers, speeds = {}, {}
    for name, graph in (("here", here), ("there", there)):
        graph.run(rows)  # warm
        start = time.perf_counter()
        answers[name] = graph.run(rows)
        speeds[name] = _ROWS / (time.perf_counter() - start)
    difference = float(np.abs(answers["there"] - answers["here"]).max())
    limit = 1e-5 * float(np.abs(answers["here"]).max())
    print(f"{_ROWS} rows: largest difference {show.figure(difference)} of what onnxruntime gives here")
    print(f"rows a second: {show.count(speeds['there'])} on the server, {show.count(speeds['here'])} here")
    if not difference <= limit:
        raise ServerError(f"server {url}: answers differ by {difference:.1e}, more than rounding; serve another bundle")
    return {"difference_max": difference, "rows_per_second": speeds["there"], "rows_per_second_here": speeds["here"]}


app = verb("serve", "Serve a bundle's graph with NVIDIA Triton until Ctrl-C.", serve)
