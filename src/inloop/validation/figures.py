"""What the pictures of all cases share: how axes look, and figures as files.

Figures are made without pyplot, so that no window opens and no global state is touched.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from inloop.errors import InloopError
from inloop.writing import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#333333"


def plain_axes(ax: Axes, *, grid: str = "both") -> None:
    """Two spines, a faint grid, small labels."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis=grid, color="#e2e5e8", linewidth=0.7)  # type: ignore[arg-type]
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=9, colors=INK)


def figure_bytes(figure: Figure, form: str = "png") -> bytes:
    """The figure as the bytes of a file in that format."""
    import io

    stream = io.BytesIO()
    figure.savefig(stream, format=form)
    return stream.getvalue()


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as .png, .svg or .pdf, whole or not at all."""
    form = picture_format(path)
    picture = figure_bytes(figure, form)
    with whole_file(path) as stream:
        stream.write(picture)


def picture_format(path: str | os.PathLike[str]) -> str:
    """The picture format that the name's ending stands for."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".png", ".svg", ".pdf"):
        raise InloopError(f"{os.fspath(path)}: cannot draw a picture as '{suffix}'; give .png, .svg or .pdf")
    return suffix[1:]
