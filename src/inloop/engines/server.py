"""A Triton server on this machine, as the wheel of nvidia-pytriton carries it.

The wheel lives in an environment of its own (it pins older packages than inloop uses), together with ONNX Runtime. The
server gets its own process group, so that all it starts stops with it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from inloop.engines.failures import ServerError
from inloop.engines.remote import Served
from inloop.errors import InloopError

ENVIRONMENT = "INLOOP_TRITON_SERVER"
_SHARED = Path("/dev/shm")
_START = 120  # seconds that a start may take on a machine that is busy
_ASK = """\
import importlib.util as find, json, sys, sysconfig
have = {name: find.find_spec(name) is not None for name in ("pytriton", "onnxruntime")}
home = find.find_spec("pytriton").submodule_search_locations[0] if have["pytriton"] else ""
print(json.dumps({"home": home, "onnxruntime": have["onnxruntime"],
    "version": "%d.%d" % sys.version_info[:2], "libdir": sysconfig.get_config_var("LIBDIR") or ""}))
"""


@dataclass(frozen=True)
class Installation:
    """Where the parts of a server lie."""

    environment: Path
    triton: Path
    stub: Path
    libraries: tuple[Path, ...]

    @classmethod
    def find(cls, environment: str | os.PathLike[str] | None = None) -> Installation:
        """In this environment; by default in that of INLOOP_TRITON_SERVER, or that of `make remote-server`."""
        chosen = environment or os.environ.get(ENVIRONMENT) or f"{sys.prefix}-triton"
        folder = Path(chosen).absolute()
        python = folder / "bin" / "python"
        mend = (
            f"make remote-server, or: python3 -m venv {folder} && {python} -m pip install nvidia-pytriton onnxruntime;"
            " then inloop serve --server DIR if it lies elsewhere"
        )
        if not python.exists():
            raise InloopError(f"{folder}: no Triton server there; {mend}")
        told = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=False)
        about = json.loads(told.stdout) if told.returncode == 0 else {}
        for package, there in (("nvidia-pytriton", about.get("home")), ("onnxruntime", about.get("onnxruntime"))):
            if not there:
                raise InloopError(f"{folder}: has no {package}; {mend}")
        home = Path(about["home"])
        triton = home / "tritonserver"
        stub = triton / "python_backend_stubs" / about["version"] / "triton_python_backend_stub"
        if not stub.exists():
            raise InloopError(
                f"{folder}: nvidia-pytriton has nothing for Python {about['version']}; make it with another"
            )
        return cls(folder, triton, stub, (home.parent / "nvidia_pytriton.libs", Path(about["libdir"])))


def _refuse_taken(host: str, port: int) -> None:
    """Now: the server itself would say so late, and another's answers would pass for its own."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InloopError(f"{host}:{port}: cannot be listened on, {reason}; take another --port or --host") from None


class Server:
    """A running server; `with` stops it."""

    def __init__(self, installation: Installation, repository: Path, *, host: str = "127.0.0.1", port: int = 8001):
        if importlib.util.find_spec("tritonclient") is None:
            raise InloopError("serving needs tritonclient: pip install 'inloop[remote]'")
        _refuse_taken(host, port)
        self.url = f"{host}:{port}"
        self._prefix = f"inloop-{secrets.token_hex(6)}-"
        self._place = Path(tempfile.mkdtemp(prefix="inloop-serve-"))
        self.log = self._place / "log"
        backend = self._place / "backends" / "python"
        backend.mkdir(parents=True)
        for file in (*(installation.triton / "backends" / "python").glob("*.*"), installation.stub):
            (backend / file.name).symlink_to(file)
        paths = [*map(str, installation.libraries), os.environ.get("LD_LIBRARY_PATH", "")]
        environment = os.environ | {
            "LD_LIBRARY_PATH": os.pathsep.join(filter(None, paths)),
            "PATH": os.pathsep.join([str(installation.environment / "bin"), os.environ.get("PATH", "")]),
        }
        environment.pop("PYTHONPATH", None)  # the server's environment is its own
        command = [
            str(installation.triton / "bin" / "tritonserver"),
            f"--model-repository={repository}",
            f"--backend-directory={backend.parent}",
            f"--backend-config=python,shm-region-prefix-name={self._prefix}",
            f"--backend-config=python,stub-timeout-seconds={_START}",
            f"--grpc-address={host}",
            f"--grpc-port={port}",
            "--allow-http=false",
            "--allow-metrics=false",
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def process(self) -> int:
        """The number of the server's process, and of its group."""
        return self._process.pid

    def wait_until_ready(self, served: Served, timeout: float = _START) -> None:
        """Until it serves this graph."""
        import tritonclient.grpc as protocol
        from tritonclient.utils import InferenceServerException

        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self.check()
            with contextlib.suppress(InferenceServerException), protocol.InferenceServerClient(self.url) as client:
                if client.is_model_ready(served.name, served.version, client_timeout=1.0):
                    return
            time.sleep(0.05)
        raise ServerError(f"the server was not ready within {timeout:g} s: {self._last_words()}")

    def check(self) -> None:
        """Raise `ServerError` if it has ended."""
        status = self._process.poll()
        if status is not None:
            raise ServerError(f"the server ended (status {status}): {self._last_words()}")

    def stop(self, patience: float = 15.0) -> None:
        """Let it finish what it is at, then end it and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for left in _SHARED.glob(f"{self._prefix}*"):  # a server that was killed leaves its own
            left.unlink(missing_ok=True)
        shutil.rmtree(self._place, ignore_errors=True)

    def _last_words(self) -> str:
        """What its log has to say about the end."""
        errors = [line for line in self.log.read_text(errors="replace").splitlines() if line.startswith(("E", "error"))]
        about_models = [line for line in errors if "failed to load '" in line]
        line = (about_models or errors or ["it said nothing"])[-1]
        return line.partition("] ")[2] or line
