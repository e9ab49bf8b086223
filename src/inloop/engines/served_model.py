"""What a Triton server's python backend runs: a bundle's graph in ONNX Runtime.

`inloop serve` copies this file into the model repository. It lives in the server's own environment, where there is no
inloop: the standard library, NumPy and ONNX Runtime, nothing else.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np


class TritonPythonModel:
    """The server makes one an instance, and calls it by these names."""

    def initialize(self, args: dict[str, str]) -> None:
        """Open the graph that lies beside this file, if it is the one that the configuration names."""
        import onnxruntime

        config = json.loads(args["model_config"])
        parameters = {name: value["string_value"] for name, value in config["parameters"].items()}
        graph = Path(__file__).with_name("model.onnx").read_bytes()
        if hashlib.sha256(graph).hexdigest() != parameters["graph_sha256"]:
            raise ValueError("model.onnx is not the graph that config.pbtxt names; write the repository again")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(parameters["threads"])
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.inputs = [tensor["name"] for tensor in config["input"]]
        self.output = config["output"][0]["name"]

    def execute(self, requests: list[Any]) -> list[Any]:
        """All requests that the server has gathered, of whichever ranks, in one run."""
        import triton_python_backend_utils as backend  # the server brings it

        asked = [
            [backend.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs] for request in requests
        ]
        joined = asked[0] if len(asked) == 1 else [np.concatenate(arrays) for arrays in zip(*asked, strict=True)]
        (answer,) = self.session.run([self.output], dict(zip(self.inputs, joined, strict=True)))
        ends = np.cumsum([len(arrays[0]) for arrays in asked])[:-1]
        return [
            backend.InferenceResponse([backend.Tensor(self.output, np.ascontiguousarray(part))])
            for part in np.split(answer, ends)
        ]
