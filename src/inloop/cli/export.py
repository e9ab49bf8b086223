"""`inloop export CASE --to FORMAT`: a bundle's network as a file for other programs, checked before it is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

_FOLDER = Path("out") / "export"


def export(
    case: options.Case,
    to: Annotated[str, typer.Option(help="onnx, openvino or tensorrt.")],
    bundle: Annotated[
        str | None, typer.Option(metavar="BUNDLE", help="A bundle's folder or shipped name; that of the case if none.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the files go (out/export).")] = None,
    precision: Annotated[
        str, typer.Option(help="What the graph computes in: float32, float16 or bfloat16. It takes and gives float32.")
    ] = "float32",
    json: options.Json = None,
    seed: options.Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Write a bundle's network for another program: a graph from features to raw vertex values, any number of rows."""
    from inloop.bundle import Bundle
    from inloop.engines.exchange import AGREES, TARGETS, Check, write

    options.known_case(case)
    if to not in TARGETS:
        raise InloopError(f"--to {to}: take one of {', '.join(TARGETS)}")
    if precision not in AGREES:
        raise InloopError(f"--precision {precision}: take one of {', '.join(AGREES)}")
    if json is not None:
        options.refuse_output(json)
    found = Bundle.load(bundle or case)
    folder = options.folder(out or _FOLDER, "--out")
    with options.training_extra():
        from inloop.mir.learning_graph import example_of, graph_bytes

        graph = graph_bytes(found.weights)
        if precision != "float32":
            from inloop.engines.half import in_half

            graph = in_half(graph, precision)
    name = found.name if precision == "float32" else f"{found.name}-{precision}"
    with _needs(to):
        written = write(graph, folder / name, to=to, check=Check(*example_of(found.weights, 300), precision))
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
