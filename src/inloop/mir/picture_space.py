"""Pictures of a reconstruction in space."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from inloop.mir.picture import INTERFACE, TEAR, colour, tear_caption

if TYPE_CHECKING:
    from inloop.mir.interface import Interface

_FULL_RED = 0.25  # share of a zone's face, torn, from which its facets are wholly red


def draw_in_space(face: Interface, ax: Any, names: Sequence[str] | None, tears: bool, legend: bool) -> None:
    """The facets in three-dimensional axes, shaded, and the redder the more their zone's faces are torn."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]

    facets = face.facets()
    light = np.array([0.4, -0.7, 0.6]) / np.linalg.norm([0.4, -0.7, 0.6])
    torn = _worst_tears(face) if tears else {}
    red = np.array(to_rgb(TEAR))
    shades = []
    for facet in facets:
        normal = np.cross(facet.points[1] - facet.points[0], facet.points[2] - facet.points[0])
        bright = 0.62 + 0.38 * abs(normal @ light) / max(float(np.linalg.norm(normal)), 1e-300)
        part = min(torn.get(facet.zone, 0.0) / _FULL_RED, 1.0)
        shades.append(bright * ((1 - part) * np.array(to_rgb(colour(min(facet.materials)))) + part * red))
    fine = 0.25 if len(facets) < 5000 else 0.0
    polygons = [facet.points for facet in facets]
    ax.add_collection3d(Poly3DCollection(polygons, facecolors=shades or None, edgecolors=INTERFACE, linewidths=fine))
    entries: list[Any] = []
    for m in sorted({min(facet.materials) for facet in facets}):
        name = names[m] if names else f"material {m}"
        entries.append(Patch(facecolor=colour(m), label=f"surface of {name} ({face.method})"))
    if tears:
        entries.append(Patch(facecolor=TEAR, label=f"{tear_caption(face)} (red from {_FULL_RED:g} on)"))
    low, high = (np.array([edge[i] for edge in face.edges]) for i in (0, -1))
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]), xlabel="x", ylabel="y", zlabel="z")
    ax.locator_params(nbins=4)
    ax.tick_params(labelsize="small", colors="#666666")
    ax.set_box_aspect(tuple(high - low), zoom=0.95)
    if legend:
        ax.legend(handles=entries, loc="upper center", bbox_to_anchor=(0.5, 0.0), frameon=False, fontsize="small")


def _worst_tears(face: Interface) -> dict[tuple[int, ...], float]:
    """Per zone the largest share of one of its faces on which it and its neighbour disagree."""
    areas, corners = face.tears()
    worst: dict[tuple[int, ...], float] = defaultdict(float)
    middles = np.asarray(corners).mean(axis=1)
    across = np.ptp(np.asarray(corners), axis=1).argmin(axis=1)
    index = np.stack([np.searchsorted(edge, middles[:, a]) - 1 for a, edge in enumerate(face.edges)], axis=1)
    for area, middle, axis, zone in zip(areas, middles, across, index, strict=True):
        edge = np.asarray(face.edges[axis])
        node = int(np.abs(edge - middle[axis]).argmin())
        for side in (node - 1, node):
            zone[axis] = side % (len(edge) - 1)
            key = tuple(int(i) for i in zone[::-1])
            worst[key] = max(worst[key], float(area))
    return worst
