"""Pictures of a run: how it ended, and single frames of it. Made without pyplot.

Advection shows the interface; compressible flow the density, shaded where it changes fast (as a schlieren photograph
is), and beside it the materials. A tube of one row is drawn as curves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from inloop import mir
from inloop.hydro import euler
from inloop.hydro.advection.grid import Floats, Grid
from inloop.hydro.hosts import AnyProblem, Host, interface, scheme_name, whole_fields

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHADE = 6.0  # how dark the steepest change of density is
_WIDE = 6.0  # a range of densities that asks for a logarithmic scale
_CURVES = ("density", "velocity", "pressure")


@dataclass(frozen=True, eq=False)
class View:
    """What a picture shows of a run at one time. face: None where there is one material only."""

    problem: AnyProblem
    how: str
    time: float
    grid: Grid
    face: mir.Interface | None
    fields: Mapping[str, Floats]

    @classmethod
    def of(cls, host: Host) -> View:
        """The run as it now is; called by all ranks."""
        how = ", ".join(filter(None, [host.method, scheme_name(host)]))
        return cls(host.problem, how, host.time, host.grid, interface(host), whole_fields(host))


def end_figure(end: View, half: View) -> Figure:
    """The run at its end; of advection also half way, and the border as it should be at the end."""
    if isinstance(end.problem, euler.Problem):
        figure = _flow_figure(end, width=13.0, dpi=110)
        figure.suptitle(f"{end.problem.about}; {end.how}, t = {end.time:.4g}")
        return figure
    border = end.problem.outline()
    figure = _sheet((13.0, 7.2), 110)
    before = "half way" if half.time <= 0.6 * end.time else f"t = {half.time:.4g}"
    for number, (title, view) in enumerate({before: half, "at the end": end}.items()):
        _draw(view.face, figure, (1, 2, number + 1), title, border if number else ())
    marks = "red: torn edges" + ("; dashed: where the border should be" if border else "")
    figure.suptitle(f"{end.problem.about}; {end.how}\n{marks}")
    return figure


def frame(view: View) -> Figure:
    """One picture of an animation."""
    title = f"{view.problem.name}, {view.how}, t = {view.time:.4g}"
    if isinstance(view.problem, euler.Problem):
        figure = _flow_figure(view, width=7.0, dpi=80)
        figure.suptitle(title, fontsize="medium")
        return figure
    figure = _sheet((5.0, 5.2), 90)
    _draw(view.face, figure, (1, 1, 1), title)
    return figure


def _sheet(size: tuple[float, float], dpi: int) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=size, dpi=dpi, layout="constrained")


def _draw(
    face: mir.Interface | None, figure: Figure, place: tuple[int, int, int], title: str, border: Sequence[Floats] = ()
) -> None:
    """An interface in one panel of a figure, with a border to compare with, or none."""
    from inloop.mir.picture import draw_face, quieten

    assert face is not None
    settings: dict[str, Any] = {} if face.dimensions == 2 else {"projection": "3d"}
    ax = figure.add_subplot(*place, **settings)
    draw_face(face, ax, outline=border or None, legend=False)
    if face.dimensions == 2:
        quieten(ax, ticks=False, frame=True)
    ax.set_title(title, fontsize="medium")


def _flow_figure(view: View, *, width: float, dpi: int) -> Figure:
    grid, face = view.grid, view.face
    if grid.zones[1] == 1:
        return _curves(view.fields, grid, width, dpi)
    x, y = (high - low for low, high in zip(grid.low, grid.high, strict=True))
    panels = 1 if face is None else 2
    stacked = x > 1.3 * y  # panels above each other fill a sheet better than side by side
    lines, columns = (panels, 1) if stacked else (1, panels)
    each = width / max(columns, 1 if stacked else 2)
    figure = _sheet((each * columns, float(np.clip(each * y / x, 1.0, 12.0)) * lines + 0.8), dpi)
    ax = figure.add_subplot(lines, columns, 1)
    _shaded(view.fields["density"], grid, ax)
    if face is not None:
        _draw(face, figure, (lines, columns, 2), "materials")
    return figure


def _shaded(density: Floats, grid: Grid, ax: Axes) -> None:
    """The density in colours, darkened where it changes fast."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm, Normalize

    from inloop.mir.picture import quieten

    least, most = float(density.min()), float(density.max())
    scale = (LogNorm if most > _WIDE * least else Normalize)(least, most)
    along_y, along_x = np.gradient(density, grid.spacing[1], grid.spacing[0])
    steep = np.hypot(along_x, along_y) / density
    shade = np.exp(-_SHADE * steep / max(float(steep.max()), 1e-300))[..., None]
    tints = colormaps["YlGnBu"]
    extent = (grid.low[0], grid.high[0], grid.low[1], grid.high[1])
    ax.imshow(tints(scale(density))[..., :3] * shade, origin="lower", extent=extent, interpolation="bilinear")
    quieten(ax, ticks=False, frame=True)
    ax.set_title("density, darker where it changes fast", fontsize="medium")
    ax.figure.colorbar(ScalarMappable(scale, tints), ax=ax, pad=0.01, fraction=0.03, aspect=30)


def _curves(now: Mapping[str, Floats], grid: Grid, width: float, dpi: int) -> Figure:
    """Density, velocity and pressure of one row against x, and where a border of materials lies."""
    figure = _sheet((width, 0.32 * width), dpi)
    middle = (grid.edges[0][:-1] + grid.edges[0][1:]) / 2
    first = now["fractions"][0, 0]
    borders = middle[1:][np.abs(np.diff(first > 0.5))]
    for number, name in enumerate(_CURVES):
        ax = figure.add_subplot(1, len(_CURVES), number + 1)
        values = now[name][0, 0] if name == "velocity" else now[name][0]
        ax.plot(middle, values, ".-", color="#0072b2", linewidth=1.0, markersize=3)
        for at in borders:
            ax.axvline(at, color="#8a8a8a", linewidth=0.8, linestyle=":")
        ax.set_title(name, fontsize="medium")
        ax.tick_params(labelsize="small")
        ax.spines[["top", "right"]].set_visible(False)
    return figure
