"""`inloop new CASE`: a case of your own that runs, to put your problem into."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inloop.cli import options, show


def new(
    case: Annotated[str, typer.Argument(help="Its name: letters, digits and underscores.", metavar="CASE")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder that the package CASE goes into.")] = Path(),
    json: options.Json = None,
    debug: options.Debug = False,
) -> None:
    """Write a small package that every verb takes: case, data, network and a test, with a real problem in it."""
    if json is not None:
        options.refuse_output(json)
    from inloop.skeleton import write_skeleton

    files = write_skeleton(case, out)
    for file in files:
        print(file)
    show.say(f"next: inloop train {out / case}")
    if json is not None:
        show.write_json(json, show.about({"case": case}), {case: {"files": [str(file) for file in files]}})
