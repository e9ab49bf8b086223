"""Pictures that compare methods: a panel each, and the same few zones of all of them enlarged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from inloop.errors import InloopError
from inloop.mir.picture import GRID, INTERFACE, TEAR, TRUTH, Array, Window, colour, draw_face, quieten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from inloop.mir.interface import Interface

_ZOOM_ZONES = 5
_CELL = 3.0  # inches: width of one method's panel


class Panel(NamedTuple):
    """The methods' faces of one field, and what to say about them."""

    faces: Mapping[str, Interface]
    outline: Sequence[Array] | None = None
    captions: Mapping[str, str] = MappingProxyType({})
    names: Sequence[str] | None = None
    title: str = ""


def compare_figure(
    faces: Mapping[str, Interface],
    *,
    outline: Sequence[Array] | None = None,
    captions: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    columns: int = 4,
) -> Figure:
    """One panel a method: the whole mesh above, and below, in two dimensions, the same few zones of each, enlarged.

    captions: figures to print under each title. The enlarged zones are those where tearing tells the methods apart.
    """
    return compare_sheet([Panel(faces, outline, captions or {}, names)], columns=columns)


def compare_sheet(panels: Sequence[Panel], *, columns: int = 9) -> Figure:
    """Several fields on one sheet, each compared as by `compare_figure`."""
    from matplotlib.figure import Figure

    if not panels or not all(panel.faces for panel in panels):
        raise InloopError("no reconstruction to compare; give at least one")
    columns = min(columns, max(len(panel.faces) for panel in panels))
    heights = [_panel_height(panel, columns) for panel in panels]
    figure = Figure(figsize=(max(_CELL * columns, 6.0), sum(heights) + 0.4), dpi=110, layout="constrained")
    parts = figure.subfigures(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
    for part, panel in zip(parts, panels, strict=True):
        _draw_panel(part, panel, columns)
    widest = max(panels, key=lambda panel: next(iter(panel.faces.values())).materials)
    _shared_legend(figure, widest, any(panel.outline is not None for panel in panels))
    return figure


def _ratios(panel: Panel, columns: int) -> list[float]:
    """Heights of the rows of axes, in cell widths."""
    first = next(iter(panel.faces.values()))
    lines = math.ceil(len(panel.faces) / columns)
    if first.dimensions == 3:
        return [1.0] * lines
    return [float(np.clip(np.ptp(first.edges[1]) / np.ptp(first.edges[0]), 0.3, 2.0)), 1.0] * lines


def _panel_height(panel: Panel, columns: int) -> float:
    ratios = _ratios(panel, columns)
    return _CELL * sum(ratios) + 0.7 * math.ceil(len(panel.faces) / columns) + (0.4 if panel.title else 0.0)


def _draw_panel(figure: SubFigure, panel: Panel, columns: int) -> None:
    ratios = _ratios(panel, columns)
    grid = figure.add_gridspec(len(ratios), columns, height_ratios=ratios)
    if panel.title:
        figure.suptitle(panel.title, fontsize="x-large", x=0.01, ha="left")
    window = _telling_window(panel.faces)
    for place, (method, face) in enumerate(panel.faces.items()):
        line, column = divmod(place, columns)
        if face.dimensions == 3:
            ax = figure.add_subplot(grid[line, column], projection="3d")
            draw_face(face, ax, legend=False)
            ax.set(xlabel="", ylabel="", zlabel="", xticklabels=[], yticklabels=[], zticklabels=[])
            _titled(ax, method, panel.captions.get(method, ""))
            continue
        ax = figure.add_subplot(grid[2 * line, column])
        draw_face(face, ax, legend=False)
        quieten(ax, ticks=False)
        _titled(ax, method, panel.captions.get(method, ""))
        zoomed = figure.add_subplot(grid[2 * line + 1, column])
        draw_face(face, zoomed, legend=False, window=window, outline=panel.outline)
        quieten(zoomed, ticks=False, frame=True)
        if window is not None:
            x0, y0, x1, y1 = window
            ax.indicate_inset((x0, y0, x1 - x0, y1 - y0), edgecolor="#333333", linewidth=1.2, alpha=1)


def _titled(ax: Axes, method: str, caption: str) -> None:
    ax.set_title(f"{method}\n", fontsize="large", fontweight="bold", pad=14 if "\n" in caption else 4)
    ax.annotate(
        caption,
        (0.5, 1.0),
        xytext=(0, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        fontsize=8,
        color="#444",
    )


def _shared_legend(figure: Figure, panel: Panel, truth: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    face = next(iter(panel.faces.values()))
    shown = panel.names or [f"material {m}" for m in range(face.materials)]
    entries: list[Any] = [Patch(facecolor=colour(m), edgecolor=GRID, lw=0.4, label=n) for m, n in enumerate(shown)]
    if face.dimensions == 2:
        entries.append(Line2D([], [], color=INTERFACE, label="interface"))
        if truth:
            entries.append(Line2D([], [], color=TRUTH, linestyle=(0, (4, 3)), label="true border (enlarged)"))
    torn = "torn edge" if face.dimensions == 2 else "a quarter or more of a zone's face torn"
    entries.append(Line2D([], [], color=TEAR, linewidth=2.5, label=torn))
    figure.legend(handles=entries, loc="outside lower center", ncols=min(len(entries), 6), frameon=False)


def _telling_window(faces: Mapping[str, Interface]) -> Window | None:
    """A few zones around the tear that most methods have: tears weighed against each method's own total."""
    first = next(iter(faces.values()))
    if first.dimensions == 3:
        return None
    x, y = (np.asarray(edge) for edge in first.edges)
    weight = np.zeros(first.shape)
    for face in faces.values():
        lengths, edges = face.tears()
        if len(lengths):
            middles = np.asarray(edges).mean(axis=1)
            rows = np.clip(np.searchsorted(y, middles[:, 1], side="right") - 1, 0, len(y) - 2)
            columns = np.clip(np.searchsorted(x, middles[:, 0], side="right") - 1, 0, len(x) - 2)
            np.add.at(weight, (rows, columns), lengths / lengths.sum())
    if not weight.any():
        weight[tuple(np.asarray(first.zones).T)] = 1.0
    if not weight.any():
        return None
    zones = min(_ZOOM_ZONES, *first.shape)
    total = np.pad(weight, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)  # sums over all boxes at once
    boxes = total[zones:, zones:] - total[:-zones, zones:] - total[zones:, :-zones] + total[:-zones, :-zones]
    row, column = np.unravel_index(int(boxes.argmax()), boxes.shape)
    return float(x[column]), float(y[row]), float(x[column + zones]), float(y[row + zones])
