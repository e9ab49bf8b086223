"""Options that verbs share, and the small languages some of them speak."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from inloop.errors import InloopError
from inloop.writing import OutputError, refuse_unwritable

File = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE", help=".npy .npz .h5 .csv .vti .vtr .vtk, or FILE.h5:/path/inside; none: a built-in example."
    ),
]
Inside = Annotated[str | None, typer.Option(help="Array in the file, or several, one a material, with commas between.")]
Grid = Annotated[int, typer.Option(help="Zones along each axis of a built-in example.", min=1)]
Boundary = Annotated[
    str,
    typer.Option(
        help="extend, mirror, periodic, open or a number of halo layers;"
        " per axis with commas, per side with a colon (low:high)."
    ),
]
Spacing = Annotated[str | None, typer.Option(help="Zone widths: one number, or one an axis with commas between.")]
Origin = Annotated[str | None, typer.Option(help="Lowest corner of the mesh: one number an axis.")]
Order = Annotated[str | None, typer.Option(help="Order of nested dissection: all material numbers, as in 0,2,1.")]
Threads = Annotated[int, typer.Option(help="Threads of the reconstruction.", min=1)]
Normalise = Annotated[
    bool,
    typer.Option("--normalise", help="Divide by the sum in every zone first, and say by how much that changed it."),
]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the numbers to FILE.")]
Seed = Annotated[int, typer.Option(help="Recorded with the results; the classical methods draw no random numbers.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

Item = TypeVar("Item", int, float)


def numbers(text: str, option: str, kind: Callable[[str], Item]) -> tuple[Item, ...]:
    """A list with commas between."""
    try:
        return tuple(kind(part.strip()) for part in text.split(","))
    except ValueError:
        what = "whole numbers" if kind is int else "numbers"
        raise InloopError(f"{option} '{text}': expected {what} with commas between; as in {option} 1,2") from None


def per_axis(text: str | None, option: str, dimensions: int) -> tuple[float, ...] | None:
    """One number an axis; a single one stands for all."""
    if text is None:
        return None
    values = numbers(text, option, float)
    if len(values) not in (1, dimensions):
        raise InloopError(f"{option} '{text}': got {len(values)} numbers, expected 1 or {dimensions}, one an axis")
    return values * dimensions if len(values) == 1 else values


Side = str | int


def boundary_of(text: str) -> Side | tuple[Side | tuple[Side, Side], ...]:
    """`extend`, `periodic,mirror`, `2:extend,periodic` as `mir.reconstruct` takes them; it judges the names."""
    axes: list[Side | tuple[Side, Side]] = []
    for part in text.split(","):
        sides = [int(side) if side.strip().isdigit() else side.strip() for side in part.split(":")]
        if len(sides) > 2:
            raise InloopError(f"--boundary '{text}': '{part}' has {len(sides)} sides; give one, or low:high")
        axes.append(sides[0] if len(sides) == 1 else (sides[0], sides[1]))
    first = axes[0]
    return first if len(axes) == 1 and not isinstance(first, tuple) else tuple(axes)


def refuse_output(path: Path) -> None:
    """Raise now, as a bad argument, if `path` cannot be written."""
    try:
        refuse_unwritable(path)
    except OutputError as error:
        raise InloopError(str(error)) from None
