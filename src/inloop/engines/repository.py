"""The model repository from which a Triton server serves a bundle's graph.

NAME/config.pbtxt                 python backend: the server of nvidia-pytriton's wheel, which carries no other
NAME/configs/onnxruntime.pbtxt    a site's own server: tritonserver --model-config-name onnxruntime
NAME/configs/tensorrt.pbtxt       the same on a GPU, through ONNX Runtime's TensorRT provider
NAME/VERSION/model.onnx           the graph, for all three
NAME/VERSION/model.py             what the python backend runs
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from inloop.bundle import Bundle
from inloop.engines.remote import Served
from inloop.engines.rows import graph_file
from inloop.errors import InloopError
from inloop.writing import OutputError, whole_file

_MODEL = Path(__file__).with_name("served_model.py")
_TYPES = {"tensor(float)": "TYPE_FP32"}


@dataclass(frozen=True)
class Serving:
    """How a server runs a graph."""

    chunk: int = 4096
    """Most rows it computes at once. Smaller requests, of whichever ranks, are gathered up to it; clients cut larger
    ones."""
    instances: int = 1
    """Copies of the graph that work side by side."""
    threads: int = 1
    """Of each."""

    def __post_init__(self) -> None:
        for name, value in (("chunk", self.chunk), ("instances", self.instances), ("threads", self.threads)):
            if value < 1:
                raise InloopError(f"{name} {value}: must be 1 or more")


def write_repository(folder: str | os.PathLike[str], bundle: Bundle, serving: Serving) -> Path:
    """Add a bundle's graph to a model repository, or write it again; the model's folder.

    Another version of the same model that lies there is served no more: its configuration is replaced.
    """
    served = Served.of(bundle)
    model = Path(folder) / served.name
    common = _common(bundle, serving)
    files = {
        f"{served.version}/model.onnx": graph_file(bundle).read_bytes(),
        f"{served.version}/model.py": _MODEL.read_bytes(),
        "configs/onnxruntime.pbtxt": _config('backend: "onnxruntime"', common, _ONNXRUNTIME.format(serving=serving)),
        "configs/tensorrt.pbtxt": _config('backend: "onnxruntime"', common, _TENSORRT.format(serving=serving)),
        "config.pbtxt": _config('backend: "python"', common, _PYTHON.format(serving=serving)),
    }
    for name, content in files.items():
        file = model / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{file.parent}: cannot be made, {error.strerror}; choose another folder") from None
        with whole_file(file) as stream:
            stream.write(content)
    return model


_PYTHON = """\
instance_group [ {{ count: {serving.instances} kind: KIND_CPU }} ]
"""
_ONNXRUNTIME = """\
instance_group [ {{ count: {serving.instances} kind: KIND_CPU }} ]
parameters [ {{ key: "intra_op_thread_count" value: {{ string_value: "{serving.threads}" }} }} ]
"""
_TENSORRT = """\
instance_group [ {{ count: {serving.instances} kind: KIND_GPU }} ]
optimization {{ execution_accelerators {{ gpu_execution_accelerator [ {{ name: "tensorrt" }} ] }} }}
"""


def _config(backend: str, common: str, own: str) -> bytes:
    return f"{backend}\n{common}{own}".encode()


def _common(bundle: Bundle, serving: Serving) -> str:
    """What does not depend on the backend. Requests that wait while the model works make the next batch."""
    served = Served.of(bundle)
    inputs, outputs = _tensors(bundle)
    parameters = {"graph_sha256": served.sha256, "bundle": bundle.name, "threads": str(serving.threads)}
    lines = [
        f'name: "{served.name}"',
        f"max_batch_size: {serving.chunk}",
        *(f"input [ {tensor} ]" for tensor in inputs),
        *(f"output [ {tensor} ]" for tensor in outputs),
        f"version_policy {{ specific {{ versions: [ {served.version} ] }} }}",
        "dynamic_batching { }",
        *(
            f'parameters [ {{ key: "{key}" value: {{ string_value: "{value}" }} }} ]'
            for key, value in parameters.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _tensors(bundle: Bundle) -> tuple[list[str], list[str]]:
    """Inputs and outputs of the graph, in the words of the configuration."""
    try:
        import onnxruntime
    except ImportError:
        raise InloopError("serving a graph needs onnxruntime: pip install 'inloop[remote]'") from None
    session = onnxruntime.InferenceSession(str(bundle.graph), providers=["CPUExecutionProvider"])

    def told(tensor: onnxruntime.NodeArg) -> str:
        batch, *row = tensor.shape
        if isinstance(batch, int) or not all(isinstance(d, int) for d in row) or tensor.type not in _TYPES:
            raise InloopError(
                f"{bundle.graph}: {tensor.name} is {tensor.type} {tensor.shape}, expected float in rows of fixed shape,"
                " any number of them; export the bundle again"
            )
        return f'{{ name: "{tensor.name}" data_type: {_TYPES[tensor.type]} dims: {list(row)} }}'

    return [told(t) for t in session.get_inputs()], [told(t) for t in session.get_outputs()]
