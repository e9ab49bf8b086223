"""One connection to a server of one bundle's graph: checked when opened, thrown away when anything goes wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tritonclient.grpc as protocol
from tritonclient.utils import InferenceServerException

from inloop.engines.remote import Remote, Served
from inloop.engines.remote_lanes import Lane, Layout, lanes
from inloop.errors import InloopError

SHA256 = "graph_sha256"  # the parameter of a served model that holds the graph's hash
_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),  # a new connection does not wait for the back-off of the one that broke
]


class Lost(Exception):  # noqa: N818 (a state of the server, not a mistake of anyone)
    """The server does not answer, or not as it should; the text says why."""


class _Landed(NamedTuple):
    lane: Lane
    rows: slice
    result: Any
    error: Exception | None


class Client:
    """Opened and checked, or `Lost`, or refused (InloopError) because the server serves something else."""

    def __init__(self, remote: Remote, served: Served, *, within: float) -> None:
        """within: seconds for each of the few questions that this takes."""
        self._remote, self._served = remote, served
        self._server = protocol.InferenceServerClient(remote.url, channel_args=_OPTIONS)
        self._lanes: list[Lane] = []
        try:
            self.layout = self._checked(self._config(within))
            self._lanes = lanes(
                self.layout, remote.in_flight, self._server, shared=remote.shared_memory, timeout=within
            )
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self._lanes.clear()  # shared memory is given back first
        self._server.close()

    def run(self, inputs: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        """The served graph's answer, in requests of at most what the server takes at once. After `Lost`: close."""
        count = len(next(iter(inputs.values())))
        answer = np.empty((count, *self.layout.answer), dtype=np.float32)
        free, landed = list(self._lanes), SimpleQueue[_Landed]()
        try:
            for start in range(0, count, self.layout.chunk):
                lane = free.pop() if free else self._land(landed, answer)
                self._send(lane, slice(start, min(start + self.layout.chunk, count)), inputs, landed)
            for _ in range(len(self._lanes) - len(free)):
                self._land(landed, answer)
        except InferenceServerException as error:
            raise Lost(_reason(error)) from None
        return answer

    def _send(
        self,
        lane: Lane,
        rows: slice,
        inputs: Mapping[str, npt.NDArray[np.float32]],
        landed: SimpleQueue[_Landed],
    ) -> None:
        asked, wanted = lane.give({name: inputs[name][rows] for name in self.layout.inputs})
        self._server.async_infer(
            self._served.name,
            asked,
            lambda result, error: landed.put(_Landed(lane, rows, result, error)),
            model_version=self._served.version,
            outputs=wanted,
            client_timeout=self._remote.timeout,
        )

    @staticmethod
    def _land(landed: SimpleQueue[_Landed], answer: npt.NDArray[np.float32]) -> Lane:
        """Wait for whichever request is done first."""
        done = landed.get()
        if done.error is not None:
            raise done.error
        done.lane.take(done.result, answer[done.rows])
        return done.lane

    def _config(self, timeout: float) -> Any:
        served = self._served
        try:
            return self._server.get_model_config(served.name, served.version, client_timeout=timeout).config
        except InferenceServerException as error:
            if error.status() not in ("StatusCode.NOT_FOUND", "StatusCode.INVALID_ARGUMENT"):
                raise Lost(_reason(error)) from None
        found = "nothing else by that name"
        with contextlib.suppress(InferenceServerException):
            index = self._server.get_model_repository_index(client_timeout=timeout).models
            found = ", ".join(f"'{m.name}' version {m.version}" for m in index if m.state == "READY") or "no model"
        raise InloopError(
            f"server {self._remote.url}: serves {found}, not '{served.name}' version {served.version} (graph"
            f" {served.sha256[:12]}); serve this very bundle: inloop serve"
        )

    def _checked(self, config: Any) -> Layout:
        served = self._served
        sha256 = config.parameters[SHA256].string_value if SHA256 in config.parameters else "none"
        if sha256 != served.sha256:
            raise InloopError(
                f"server {self._remote.url}: its '{served.name}' has graph {sha256[:12]}, the bundle"
                f" {served.sha256[:12]}; serve this very bundle: inloop serve"
            )
        if config.max_batch_size < 1 or len(config.output) != 1 or any(min(i.dims) < 1 for i in config.input):
            raise InloopError(
                f"server {self._remote.url}: '{served.name}' is not set up in batches; take the repository that"
                " inloop serve --write-only makes"
            )
        return Layout(
            {tensor.name: tuple(tensor.dims) for tensor in config.input},
            config.output[0].name,
            tuple(config.output[0].dims),
            config.max_batch_size,
        )


def _reason(error: InferenceServerException) -> str:
    """In a few words."""
    status = (error.status() or "").removeprefix("StatusCode.").replace("_", " ").lower()
    words = {"deadline exceeded": "no answer in time", "unavailable": "nobody answers there"}
    return words.get(status) or " ".join(str(error.message() or status or "no reason given").split())
