"""What the readers of both kinds of VTK file have in common: the mesh they fill, and how they say what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.mir.files import Widths, from_nodes


class FormatError(Exception):
    """What is wrong with the file, in words; `vtk_read` adds its name."""


@dataclass
class Grid:
    """A structured mesh as read: zones (nx, ny, nz), per axis start and widths, cell arrays (zones, components)."""

    zones: tuple[int, int, int] = (0, 0, 0)
    axes: list[tuple[float, Widths]] = field(default_factory=list)
    cells: dict[str, NDArray[Any]] = field(default_factory=dict)
    point_arrays: int = 0


def uniform(origin: Iterable[float], spacing: Iterable[float], first: Iterable[int]) -> list[tuple[float, Widths]]:
    """Start and width of each axis of image data whose first node has the numbers `first`."""
    return [(o + i * h, h) for o, h, i in zip(origin, spacing, first, strict=True)]


def sized(values: NDArray[Any], components: int, zones: tuple[int, int, int], name: str) -> NDArray[Any]:
    """The values as (zones, components), if they are that many."""
    expected = zones[0] * zones[1] * zones[2]
    if values.size != expected * components:
        raise FormatError(
            f"array '{name}' has {values.size} values for {expected} zones; the file is truncated or damaged"
        )
    return values.reshape(expected, components)


def axis_of(nodes: NDArray[Any], zones: int, letter: str) -> tuple[float, Widths]:
    """Start and widths of an axis from its node coordinates; z may have a single one."""
    if letter == "z" and nodes.size <= 1:
        return (float(nodes[0]) if nodes.size else 0.0, 1.0)
    try:
        return from_nodes(nodes, zones, f"coordinates of {letter}")
    except InloopError as error:
        raise FormatError(str(error)) from error


def numbers(text: str | None, count: int, kind: Callable[[str], Any], name: str) -> list[Any]:
    """Exactly `count` numbers in a line of text."""
    try:
        values = [kind(word) for word in (text or "").split()]
    except ValueError as error:
        raise FormatError(f"{name}='{text}' is not made of numbers; write the file again") from error
    if len(values) != count:
        raise FormatError(f"{name}='{text}' has {len(values)} numbers, expected {count}; write the file again")
    return values
