"""A trained network as an ONNX graph, for engines that run one. Needs torch and onnxscript (the [train] extra)."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from inloop.engines.evaluate import by_reference
from inloop.errors import InloopError

Arrays = Mapping[str, NDArray[np.float32]]
AGREES = 1e-5  # relative to the largest answer: rounding of floats in sums of hundreds


def graph_of(
    module: nn.Module,
    inputs: Arrays,
    output: str,
    *,
    batch: str = "samples",
    expected: Callable[[Arrays], NDArray[np.floating]] | None = None,
    agrees: float = AGREES,
    run: Callable[[Any, Arrays], Sequence[NDArray[np.float32]]] = by_reference,
) -> bytes:
    """The bytes of an ONNX file: `inputs` (an example by the names of `forward`'s arguments) to `output`.

    The number of samples is free and called `batch`. The graph is run on the example, and refused if it does not agree
    with `expected`, or else with the module, to within `agrees` of the largest answer.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401  the exporter's other half
    except ImportError as missing:
        raise InloopError(f"writing ONNX needs {missing.name}; pip install 'inloop[train]'") from None
    module = module.eval()
    example = tuple(torch.from_numpy(np.array(array)) for array in inputs.values())
    samples = torch.export.Dim(batch)
    with _quiet():
        program = torch.onnx.export(
            module,
            example,
            dynamo=True,
            input_names=list(inputs),
            output_names=[output],
            dynamic_shapes={name: {0: samples} for name in inputs},
            verbose=False,
        )
    assert program is not None
    graph = _bare(program.model_proto)
    if expected is None:
        with torch.no_grad():
            answer = module(*example).numpy()
    else:
        answer = expected(inputs)
    found = run(graph, inputs)[0]
    apart = float(np.abs(found - answer).max() / max(1.0, np.abs(answer).max()))
    if not apart <= agrees:
        raise InloopError(f"the exported graph is {apart:.1e} from the network, more than {agrees}; report this")
    return bytes(graph.SerializeToString(deterministic=True))


def _bare(model: Any) -> Any:
    """Without the exporter's notes, which name this machine's files and differ from one export to the next."""
    graph = model.graph
    lists = (graph.node, graph.input, graph.output, graph.initializer, graph.value_info)
    for part in (model, graph, *(part for parts in lists for part in parts)):
        part.doc_string = ""
        del part.metadata_props[:]
    return model


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints and warns of its own making."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
