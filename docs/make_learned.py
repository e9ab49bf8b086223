"""Draws the pictures of docs/learned.md from real runs of the shipped kernel: python docs/make_learned.py."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray

from inloop import mir
from inloop.bundle import Bundle, find
from inloop.mir import measures
from inloop.mir.interface import Interface
from inloop.mir.layers import Layers
from inloop.mir.samples.exact import CORE, HALO, ZONES
from inloop.mir.shapes import Circle, Shape, t_junction, uniform_edges
from inloop.mir.views import in_core, views_of

matplotlib.use("Agg")
import matplotlib.pyplot as plt

Floats = NDArray[np.float64]

HERE = Path(__file__).parent
INK, BORDER, LINE, LEARNED, TORN = "#1d2731", "#9aa7b2", "#c8553d", "#1f7a8c", "#d1495b"
TINTS = ("#bcd8dd", "#f3d9c6", "#e7e2c8")
VERTICES = 9


def squareplus_network(layers: Layers, feature: Floats) -> Floats:
    """(q, 58) to (q, 81), as the native core does it."""
    out = feature
    for k, (weight, bias) in enumerate(zip(layers.weights, layers.biases, strict=True)):
        out = out @ weight.T + bias
        if k < len(layers.weights) - 1:
            out = (out + np.sqrt(out * out + 1)) / 2
    return out


def raw_levels(fractions: Floats, *, corrected: bool) -> dict[tuple[int, int], Floats]:
    """The level set (9, 9) of every mixed zone of a core before sharing: the line, and the answer if wanted."""
    both = np.stack([fractions, 1 - fractions])[None]
    views = views_of(both, np.zeros((1, 2, 8 * CORE, 8 * CORE), dtype=np.float32))
    layers = Layers.from_arrays(Bundle.load(find("mir")).weights)
    answers = squareplus_network(layers, views.feature.astype(np.float64)).reshape(-1, VERTICES, VERTICES)
    x = np.arange(VERTICES) / 8 - 0.5
    found = {}
    for q in np.flatnonzero(in_core(views.place)):
        value, u, w = views.line[q]
        canonical = value + u * x + w * x[:, None] + (views.scale[q] * answers[q] if corrected else 0)
        turn = int(views.turn[q])
        level = canonical.T if turn & 4 else canonical
        level = level[:, ::-1] if turn & 1 else level
        level = level[::-1] if turn & 2 else level
        row, column = (int(n) for n in views.place[q])
        found[row, column] = -level if turn & 8 else level
    return found


def shared_levels(raw: dict[tuple[int, int], Floats]) -> dict[tuple[int, int], Floats]:
    """Vertices on edges take the mean of the zones around."""
    side = 8 * CORE + 1
    total, number = np.zeros((side, side)), np.zeros((side, side))
    for (row, column), level in raw.items():
        total[8 * row : 8 * row + 9, 8 * column : 8 * column + 9] += level
        number[8 * row : 8 * row + 9, 8 * column : 8 * column + 9] += 1
    mean = total / np.maximum(number, 1)
    return {(r, c): mean[8 * r : 8 * r + 9, 8 * c : 8 * c + 9] for r, c in raw}


def steps(path: Path) -> None:
    """From fractions to the border in four pictures."""
    shape = Circle((6.15, 5.4), 2.6)
    edges = tuple(np.arange(ZONES + 1.0) for _ in range(2))
    fractions = shape.fractions(edges)
    core = fractions[HALO:-HALO, HALO:-HALO]
    lines = raw_levels(fractions, corrected=False)
    raw = raw_levels(fractions, corrected=True)
    final = mir.reconstruct(fractions, method="learned")
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.6), layout="constrained")
    titles = (
        "1. the fractions, and ELVIRA's line in each zone",
        "2. the network corrects each line's level set",
        "3. vertices shared by zones take the mean",
        "4. a bump inside each zone makes its area exact",
    )
    for axis, title, levels in zip(axes, titles, (lines, raw, shared_levels(raw), None), strict=True):
        _board(axis, core)
        _curve(axis, shape)
        if levels is not None:
            _zero_sets(axis, levels, LINE if levels is lines else LEARNED)
        else:
            _polylines(axis, final, LEARNED)
        axis.set_title(title, fontsize=9, color=INK)
        axis.set_xlim(1.0, 6.0)
        axis.set_ylim(0.0, 5.0)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def junction(path: Path) -> None:
    """Three materials: nested cuts, a power diagram, the learned level sets, the truth."""
    edges = (np.linspace(0, 3, 4), np.linspace(0, 5, 6))
    shape = t_junction()
    f = shape.fractions(tuple(axis / axis[-1] for axis in edges))
    figure, axes = plt.subplots(1, 3, figsize=(9, 4.6), layout="constrained")
    for axis, method in zip(axes, ("lvira", "power", "learned"), strict=True):
        face = mir.reconstruct(f, method=method, **({"order": [0, 1, 2]} if method == "lvira" else {}))
        for material in range(3):
            for _, corners in face.polygons(material):
                axis.fill(*np.asarray(corners).T, color=TINTS[material], lw=0)
        for row, column in zip(*np.nonzero((f == 1).any(axis=0)), strict=True):
            axis.fill([column, column + 1, column + 1, column], [row, row, row + 1, row + 1],
                      color=TINTS[int(f[:, row, column].argmax())], lw=0)  # fmt: skip
        _polylines(axis, face, INK)
        axis.plot([1.5, 1.5], [0, 5], ":", [0, 1.5], [2.5, 2.5], ":", color=TORN, lw=1.6, zorder=3)
        wrong = 2 * measures.area_error(mir.reconstruct(f, method=method, spacing=(1 / 3, 1 / 5),
                                        **({"order": [0, 1, 2]} if method == "lvira" else {})), shape)  # fmt: skip
        axis.set_title(f"{method}{', order A, B, C' if method == 'lvira' else ''}: {wrong:.4f}", fontsize=9, color=INK)
        _mesh(axis, 3, 5)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def convergence(path: Path) -> None:
    """Area error of a circle against the mesh."""
    sizes = (16, 32, 64, 128, 256)
    circle = Circle((0.5, 0.5), 0.3)
    figure, axis = plt.subplots(figsize=(6, 4.2), layout="constrained")
    for method, colour, mark in (
        ("youngs", BORDER, "v"), ("elvira", LINE, "o"), ("mof", "#e0a458", "s"), ("learned", LEARNED, "D"),
    ):  # fmt: skip
        errors = []
        for n in sizes:
            edges = uniform_edges(n)
            given: dict[str, Any] = {"centroids": circle.centroids(edges)} if method == "mof" else {}
            face = mir.reconstruct(circle.fractions(edges), method=method, spacing=(1 / n, 1 / n), **given)
            errors.append(measures.area_error(face, circle))
        order = np.log2(errors[-2] / errors[-1])
        axis.loglog(sizes, errors, marker=mark, color=colour, label=f"{method}, order {order:.2f}")
    axis.set_xticks(sizes, [str(n) for n in sizes])
    axis.minorticks_off()
    axis.set_xlabel("zones a side")
    axis.set_ylabel("area error")
    axis.grid(alpha=0.25)
    axis.legend(frameon=False, fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _board(axis: Any, core: Floats) -> None:
    axis.imshow(1 - core, cmap="Greys", vmin=-0.15, vmax=4.0, origin="lower", extent=(0, CORE, 0, CORE))
    _mesh(axis, CORE, CORE)
    for row, column in zip(*np.nonzero((core > 0) & (core < 1)), strict=True):
        axis.text(
            column + 0.06, row + 0.07, f"{core[row, column]:.2f}", fontsize=7, color=INK, alpha=0.75, clip_on=True
        )


def _mesh(axis: Any, columns: int, rows: int) -> None:
    axis.set_xticks(range(columns + 1), [])
    axis.set_yticks(range(rows + 1), [])
    axis.grid(color="white", lw=0.8)
    axis.tick_params(length=0)
    axis.set_aspect("equal")
    axis.set_xlim(0, columns)
    axis.set_ylim(0, rows)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _curve(axis: Any, shape: Shape) -> None:
    angle = np.linspace(0, 2 * np.pi, 400)
    (x, y), radius = shape.centre, shape.radius  # type: ignore[attr-defined]
    axis.plot(x - HALO + radius * np.cos(angle), y - HALO + radius * np.sin(angle), ":", color=INK, lw=1.4, zorder=3)


def _zero_sets(axis: Any, levels: dict[tuple[int, int], Floats], colour: str) -> None:
    for (row, column), level in levels.items():
        at = np.arange(VERTICES) / 8
        axis.contour(column + at, row + at, level, levels=[0.0], colors=[colour], linewidths=1.6)


def _polylines(axis: Any, face: Interface, colour: str) -> None:
    shift = HALO if face.shape == (ZONES, ZONES) else 0
    for segment in face.segments():
        axis.plot(*(np.asarray(segment.points).T - shift), color=colour, lw=1.6)


def main() -> None:
    """Write all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=HERE / "images")
    folder = parser.parse_args().folder
    for draw in (steps, junction, convergence):
        draw(folder / f"learned-{draw.__name__}.png")


if __name__ == "__main__":
    main()
