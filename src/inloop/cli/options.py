"""Options that verbs share, and the small languages some of them speak."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from inloop.cases import find
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

# of the verbs that train
Case = Annotated[str, typer.Argument(help="The case, as it was given.", metavar="CASE")]
Data = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE|DIR",
        help="A store of samples (HDF5) instead of drawing --samples; or the folder of the files that the case reads.",
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Configuration (JSON) over the model's own; see train --print-config."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Set a field of the configuration, as in fit.batch=32; repeat."),
]
Epochs = Annotated[int | None, typer.Option(min=1, help="Passes over the samples, as --set fit.epochs=.")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 ...; a GPU if there is one, else the processor.")]
TrainingThreads = Annotated[
    int | None,
    typer.Option("--threads", help="Threads of a training (1); the same number gives the same weights.", min=1),
]
Drawn = Annotated[
    int | None,
    typer.Option(
        "--samples",
        min=100,
        help="Two-material samples to draw (as many as for the shipped kernel); levels: and others in proportion.",
    ),
]
Count = Annotated[int | None, typer.Option("--samples", min=100, help="Samples to draw (as many as the case says).")]
Bundle = Annotated[
    str | None, typer.Option(metavar="NAME_OR_DIR", help="A bundle's folder or shipped name; that of the case if none.")
]

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


def seeds_of(text: str) -> tuple[int, ...]:
    """`0-9`, `1,5,7` or `0-3,8`."""
    found: list[int] = []
    for part in text.split(","):
        low, dash, high = (word.strip() for word in part.partition("-"))
        if not low.isdigit() or (dash and not high.isdigit()) or (dash and int(high) < int(low)):
            raise InloopError(
                f"--seeds '{text}': expected whole numbers and ranges, as in --seeds 0-9 or --seeds 1,5,7"
            )
        found += range(int(low), int(high if dash else low) + 1)
    if len(set(found)) < len(found):
        raise InloopError(f"--seeds '{text}': a seed is named twice; the same seed gives the same network")
    return tuple(found)


def words(text: str) -> list[str]:
    """Names with commas between."""
    return [name.strip() for name in text.split(",")]


def words_or_none(text: str | None) -> list[str] | None:
    """The same of an option that need not be given."""
    return None if text is None else words(text)


def refuse_page(path: Path | None, option: str) -> None:
    """Raise if a page is asked for in a form that there is none of."""
    if path is not None and path.suffix.lower() not in (".html", ".htm", ".md"):
        raise InloopError(f"{option} {path}: cannot write '{path.suffix}'; give .html or .md")


def one_of_two(first: str, here: object, second: str, there: object) -> None:
    """Raise if two options are given that exclude each other."""
    if here is not None and there is not None:
        raise InloopError(f"{first} and {second}: both are given; give one of the two")


def shortcuts(fields: Mapping[str, object]) -> list[str]:
    """Settings `name=value` of the fields that have options of their own and were given."""
    return [f"{name}={value}" for name, value in fields.items() if value is not None]


def bundle_of(case: str, bundle: str | os.PathLike[str] | None) -> str | os.PathLike[str]:
    """The bundle that is meant: the one given, else that of the case: shipped, or where `inloop train` puts it."""
    from inloop.bundle import shipped

    if bundle is not None or case in shipped():
        return case if bundle is None else bundle
    usual = usual_bundle(find(case).name)
    if not usual.exists():
        raise InloopError(f"{usual}: no such bundle; make it with inloop train {case}, or give --bundle")
    return usual


def usual_bundle(name: str) -> Path:
    """Where the bundle of a case goes, if nothing else is said."""
    return Path("out") / f"{name}-bundle"


def folder(path: Path, option: str) -> Path:
    """Make a folder to write into; raise now if that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise InloopError(f"{option} {path}: {wrong.strerror}; name a folder that can be made") from None
    refuse_output(path / "anything")
    return path


@contextlib.contextmanager
def training_extra() -> Iterator[None]:
    """Around the imports that need the [train] extra."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "inloop":
            raise
        raise InloopError(f"training needs {missing.name}: pip install 'inloop[train]'") from None


def refuse_output(path: Path) -> None:
    """Raise now, as a bad argument, if `path` cannot be written."""
    try:
        refuse_unwritable(path)
    except OutputError as error:
        raise InloopError(str(error)) from None
