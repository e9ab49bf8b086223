"""`inloop export CASE --to FORMAT`: a bundle's network as a file for other programs, checked before it is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from inloop.cli import options, show
from inloop.cli.by_case import verb
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.bundle import Bundle

_FOLDER = Path("out") / "export"

To = Annotated[str, typer.Option(help="onnx, openvino or tensorrt.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the files go (out/export).")]
Precision = Annotated[
    str, typer.Option(help="What the graph computes in: float32, float16 or bfloat16. It takes and gives float32.")
]


def export(
    case: options.Case,
    to: To,
    bundle: options.Bundle = None,
    out: Out = None,
    precision: Precision = "float32",
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Write a bundle's network for another program: a graph from features to raw answers, any number of rows."""
    carry_out(options.bundle_of(case, bundle), _rows, to=to, out=out, precision=precision, json=json)


class Exported(NamedTuple):
    """A graph in float32, and inputs with the answers that it must give."""

    graph: bytes
    inputs: Any
    expected: Any
    agrees: float = 0.0
    """How far answers may be, if the usual is too strict."""


def _rows(bundle: Bundle) -> Exported:
    from inloop.bundle import ABOUT
    from inloop.row_network import KIND, RowNetwork
    from inloop.training.publish_rows import example_of, graph_bytes

    if bundle.network.get("kind") != KIND:
        raise InloopError(f"{bundle.path / ABOUT}: its network is no {KIND}; export its graph.onnx as it is")
    network = RowNetwork.from_entry(bundle.network, bundle.path / ABOUT)
    return Exported(graph_bytes(network, bundle.weights), *example_of(network, bundle.weights, 300))


def carry_out(
    bundle: object,
    exported: Callable[[Bundle], Exported],
    *,
    to: str,
    out: Path | None,
    precision: str,
    json: Path | None,
) -> None:
    """Open the bundle, make its graph, write the files and check them."""
    from inloop.bundle import Bundle
    from inloop.engines.exchange import AGREES, TARGETS, Check, write

    if to not in TARGETS:
        raise InloopError(f"--to {to}: take one of {', '.join(TARGETS)}")
    if precision not in AGREES:
        raise InloopError(f"--precision {precision}: take one of {', '.join(AGREES)}")
    if json is not None:
        options.refuse_output(json)
    found = Bundle.load(str(bundle))
    folder = options.folder(out or _FOLDER, "--out")
    with options.training_extra():
        graph, inputs, expected, agrees = exported(found)
        if precision != "float32":
            from inloop.engines.half import in_half

            graph = in_half(graph, precision)
    name = found.name if precision == "float32" else f"{found.name}-{precision}"
    with _needs(to):
        written = write(graph, folder / name, to=to, check=Check(inputs, expected, precision, agrees))
    for file in written.files:
        print(file)
    if written.apart is None:
        show.say(f"{to} is not here: an ONNX file and the commands were written, they have not been run")
    else:
        show.say(f"answers {written.apart:.1e} from the network, relative to the largest")
    if json is not None:
        details = {"bundle": found.name, "to": to, "precision": precision, "files": [str(f) for f in written.files]}
        show.write_json(json, show.about(details), {found.name: {"apart": written.apart}})


@contextlib.contextmanager
def _needs(target: str) -> Iterator[None]:
    """Around the work that the package of a target does."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise InloopError(f"--to {target} needs {missing.name}: pip install 'inloop[{target}]'") from None


app = verb(
    "export",
    "A bundle's network as a file for other programs, checked before it is kept.",
    export,
    {"mir": "inloop.cli.export_mir:export"},
)
