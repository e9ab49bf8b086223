"""Pictures of a reconstruction: zones, materials, interface, and where neighbouring zones disagree.

`draw_face` draws into axes of the caller's; `face_figure` makes a figure of its own, and `save_figure` writes one.
Figures are made without pyplot, so that no window opens and no global state is touched, and matplotlib is imported on
the first picture only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.validation.figures import figure_bytes as figure_bytes
from inloop.validation.figures import picture_format as picture_format
from inloop.validation.figures import save_figure as save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from inloop.mir.interface import Interface

Array = NDArray[np.float64]
Window = tuple[float, float, float, float]

MATERIAL_COLOURS = ("#9cc0dd", "#f6f1e6", "#b7d3a4", "#e3bd93", "#c6b3da", "#e7a9a3", "#9fd0c9", "#d8d08f")
INTERFACE, GRID, TEAR, TRUTH = "#1f2d3a", "#7f8790", "#e0202b", "#2a7d46"
_READABLE_ZONE = 5.0  # pixels; narrower zones are drawn without grid lines


def colour(material: int) -> str:
    """The fill colour of a material, the same in every picture."""
    return MATERIAL_COLOURS[material % len(MATERIAL_COLOURS)]


# --------------------------------------------------------------------------------------------------- one face, drawn
def draw_face(
    face: Interface,
    ax: Axes,
    *,
    names: Sequence[str] | None = None,
    outline: Sequence[Array] | None = None,
    window: Window | None = None,
    tears: bool = True,
    legend: bool = True,
) -> None:
    """Draw `face` into `ax`, which must be three-dimensional axes (projection="3d") for a face in space.

    names: one a material, for the legend. outline: the true border as polylines (k, 2), drawn dashed. window: the part
    (x0, y0, x1, y1) to show, the whole mesh by default. tears: mark in red where two zones disagree on an edge.
    """
    if names is not None and len(names) != face.materials:
        raise InloopError(f"names: got {len(names)}, expected {face.materials}, one a material")
    if face.dimensions == 3:
        if not hasattr(ax, "get_zlim"):
            raise InloopError("ax is flat and the face is in space; make it with projection='3d'")
        from inloop.mir.picture_space import draw_in_space

        draw_in_space(face, ax, names, tears, legend)
    else:
        _draw_flat(face, ax, names, outline, window, tears, legend)


def _draw_flat(
    face: Interface,
    ax: Axes,
    names: Sequence[str] | None,
    outline: Sequence[Array] | None,
    window: Window | None,
    tears: bool,
    legend: bool,
) -> None:
    from matplotlib.collections import LineCollection

    x, y = (np.asarray(edge) for edge in face.edges)
    x0, y0, x1, y1 = window or (x[0], y[0], x[-1], y[-1])
    columns, rows = _between(x, x0, x1), _between(y, y0, y1)
    ax.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal")
    _fill(face, ax, rows, columns)
    pixels = ax.get_window_extent().width / max(columns.stop - columns.start, 1)
    if pixels >= _READABLE_ZONE:
        upright = [[(at, y0), (at, y1)] for at in x[(x >= x0) & (x <= x1)]]
        level = [[(x0, at), (x1, at)] for at in y[(y >= y0) & (y <= y1)]]
        ax.add_collection(LineCollection(upright + level, colors=GRID, linewidths=0.4, alpha=0.55, zorder=2))
    lines = [part.points for part in face.segments() if _inside(part.zone, rows, columns)]
    weight = float(np.clip(pixels / 14, 0.7, 1.8))
    ax.add_collection(LineCollection(lines, colors=INTERFACE, linewidths=weight, capstyle="round", zorder=4))
    if outline is not None:
        ax.add_collection(
            # under the interface, so that it shows where the two part
            LineCollection(
                list(outline), colors=TRUTH, linewidths=max(0.8, 0.7 * weight), linestyles=(0, (4, 3)), zorder=3
            )
        )
    marks = tear_marks(face) if tears else np.empty((0, 2, 2))
    if len(marks):
        ax.add_collection(LineCollection(list(marks), colors=TEAR, linewidths=1.9 * weight, capstyle="round", zorder=6))
    if legend:
        _legend(face, ax, names, outline is not None, tears)


def _between(nodes: Array, low: float, high: float) -> slice:
    """The zones that [low, high] touches."""
    first = int(np.searchsorted(nodes, low, side="right")) - 1
    last = int(np.searchsorted(nodes, high, side="left"))
    return slice(max(first, 0), min(last, len(nodes) - 1))


def _inside(zone: tuple[int, ...], rows: slice, columns: slice) -> bool:
    return bool(rows.start <= zone[0] < rows.stop and columns.start <= zone[1] < columns.stop)


def _fill(face: Interface, ax: Axes, rows: slice, columns: slice) -> None:
    """Pure zones as one image, mixed ones as polygons over it."""
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import ListedColormap

    x, y = (np.asarray(edge) for edge in face.edges)
    labels = np.ma.masked_less(np.asarray(face.labels())[rows, columns], 0)
    palette = ListedColormap([colour(m) for m in range(face.materials)])
    nodes = x[columns.start : columns.stop + 1], y[rows.start : rows.stop + 1]
    even = all(np.ptp(np.diff(n)) <= 1e-9 * np.ptp(n) for n in nodes)
    if even:  # an image draws any number of zones at once
        extent = (nodes[0][0], nodes[0][-1], nodes[1][0], nodes[1][-1])
        image = ax.imshow(labels, cmap=palette, origin="lower", extent=extent, interpolation="nearest", zorder=1)
        image.set_clim(-0.5, face.materials - 0.5)
    else:
        mesh = ax.pcolormesh(*nodes, labels, cmap=palette, zorder=1)
        mesh.set_clim(-0.5, face.materials - 0.5)
    ax.set_xlim(ax.get_xlim())  # what is added below must not widen the view
    for material in range(face.materials):
        pieces = [points for zone, points in face.polygons(material) if _inside(zone, rows, columns)]
        # an edge of the same colour closes the hairlines that antialiasing leaves between polygons
        ax.add_collection(
            PolyCollection(pieces, facecolors=colour(material), edgecolors=colour(material), linewidths=0.3, zorder=1.5)
        )


def _legend(face: Interface, ax: Axes, names: Sequence[str] | None, truth: bool, tears: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown = names or [f"material {m}" for m in range(face.materials)]
    entries: list[Any] = [Patch(facecolor=colour(m), edgecolor=GRID, lw=0.4, label=n) for m, n in enumerate(shown)]
    entries.append(Line2D([], [], color=INTERFACE, label=f"interface ({face.method})"))
    if truth:
        entries.append(Line2D([], [], color=TRUTH, linestyle=(0, (4, 3)), label="true border"))
    if tears:
        entries.append(Line2D([], [], color=TEAR, linewidth=2.5, label=tear_caption(face)))
    # points below the axes, not a share of them: the distance to the tick labels is then the same in any picture
    pad = -26 / max(ax.get_window_extent().height / ax.figure.dpi * 72, 1.0)
    ax.legend(handles=entries, loc="upper center", bbox_to_anchor=(0.5, pad), ncols=3, frameon=False, fontsize="small")


def tear_caption(face: Interface) -> str:
    """How many edges are torn and how far, in words."""
    lengths = face.tears().lengths
    if len(lengths) == 0:
        return "no torn edges"
    what, most, unit = ("edges", "longest", "zone width") if face.dimensions == 2 else ("faces", "largest", "zone face")
    return f"{len(lengths)} torn {what}, mean {_short(lengths.mean())}, {most} {_short(lengths.max())} of a {unit}"


def _short(value: float) -> str:
    return f"{value:.1e}" if value < 5e-4 else f"{value:.3f}"


def tear_marks(face: Interface) -> Array:
    """Where on its edge each tear lies, (t, 2, 2): the stretch over which the two zones disagree.

    A tear is known by its edge and its length. The stretch runs between two of the points where an interface meets the
    edge, or from one of them to a corner: the pair whose distance is the length. Where several interfaces meet one edge
    no pair may fit, and a stretch of that length is drawn in the middle.
    """
    lengths, edges = face.tears()
    x, y = (np.asarray(edge) for edge in face.edges)
    ends: dict[tuple[int, int, int], list[Array]] = defaultdict(list)
    for part in face.segments():
        for point in (part.points[0], part.points[-1]):
            for key in _edges_at(point, part.zone, x, y):
                ends[key].append(point)
    marks = np.empty((len(lengths), 2, 2))
    for i, (length, edge) in enumerate(zip(lengths, np.asarray(edges), strict=True)):
        axis = int(abs(edge[0, 0] - edge[1, 0]) > abs(edge[0, 1] - edge[1, 1]))  # 0: upright, 1: level
        middle = edge.mean(axis=0)
        column, row = (int(np.searchsorted(n, m)) for n, m in zip((x, y), middle, strict=True))
        key = (
            (0, row - 1, int(np.abs(x - middle[0]).argmin()))
            if axis == 0
            else (1, int(np.abs(y - middle[1]).argmin()), column - 1)
        )
        points = [edge[0], edge[1], *ends[key]]
        whole = float(np.abs(edge[1] - edge[0]).max())
        pairs = [
            (abs(np.abs(p - q).max() - length * whole), k, p, q) for k, p in enumerate(points) for q in points[k + 1 :]
        ]
        off, _, p, q = min(pairs, key=lambda pair: pair[:2])
        half = (edge[1] - edge[0]) * min(length, 1.0) / 2
        marks[i] = (p, q) if off <= 1e-6 * whole else (middle - half, middle + half)
    return marks


def _edges_at(point: Array, zone: tuple[int, ...], x: Array, y: Array) -> list[tuple[int, int, int]]:
    """The edges of `zone` that `point` lies on: (0, row, node) if upright, (1, node, column) if level."""
    row, column = int(zone[0]), int(zone[1])
    near = 1e-9
    found = []
    for node in (column, column + 1):
        if abs(point[0] - x[node]) <= near * (x[column + 1] - x[column]):
            found.append((0, row, node))
    for node in (row, row + 1):
        if abs(point[1] - y[node]) <= near * (y[row + 1] - y[row]):
            found.append((1, node, column))
    return found


# ---------------------------------------------------------------------------------------------------------- figures
def face_figure(
    face: Interface, *, names: Sequence[str] | None = None, outline: Sequence[Array] | None = None, title: str = ""
) -> Figure:
    """A figure of one face, with a legend below."""
    from matplotlib.figure import Figure

    width, height = (float(np.ptp(edge)) for edge in face.edges[:2])
    figure = Figure(figsize=(8.0, float(np.clip(8.0 * height / width, 3.0, 12.0)) + 1.0), dpi=130, layout="constrained")
    ax = figure.add_subplot(projection="3d" if face.dimensions == 3 else None)
    draw_face(face, ax, names=names, outline=outline)
    if face.dimensions == 2:
        quieten(ax, ticks=True)
    if title:
        ax.set_title(title, fontsize="medium")
    return figure


def quieten(ax: Axes, *, ticks: bool, frame: bool = False) -> None:
    """Leave the picture to speak: no frame unless asked, small ticks or none."""
    ax.spines[:].set_visible(frame)
    if ticks:
        ax.tick_params(length=0, labelsize="small", colors="#666666")
    else:
        ax.set(xticks=[], yticks=[])
