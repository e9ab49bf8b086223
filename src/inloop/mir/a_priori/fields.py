"""The a-priori error on single fields: exact shapes on finer and finer meshes, junctions, and fields no shape makes.

Here the truth is geometry, not an image: the figures are those of `inloop.mir.measures`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop import mir
from inloop.mir import measures
from inloop.mir.a_priori.errors import LEARNED, Step
from inloop.mir.a_priori.published import SIZES
from inloop.mir.gate import Gate
from inloop.mir.interface import Interface
from inloop.mir.method import Method
from inloop.mir.reconstruct import method_of
from inloop.mir.shapes import BUILT_IN, Diagram, Ellipse, Shape, t_junction, uniform_edges
from inloop.mir.youngs import Youngs

Doubles = NDArray[np.float64]
Bundle = str | os.PathLike[str] | None

CIRCLE_SIZES = (32, 64, 128, 256)
VORONOI_SIZES = (16, 32, 64)
_BOX = 100.0


def strategies(bundle: Bundle, methods: Sequence[str]) -> dict[str, Method]:
    """The learned kernel first, then the classical methods."""
    return {LEARNED: mir.Learned(bundle)} | {name: method_of(name) for name in methods}


def face_of(shape: Shape | Diagram, edges: tuple[Doubles, ...], method: Method, **options: Any) -> Interface:
    """The shape's exact fractions on a mesh, reconstructed."""
    origin = tuple(float(axis[0]) for axis in edges)
    spacing = tuple(np.diff(axis) for axis in edges)
    return mir.reconstruct(shape.fractions(edges), method=method, spacing=spacing, origin=origin, **options)


def order_of(errors: Sequence[float], sizes: Sequence[int]) -> float | None:
    """Observed order between the coarsest and the finest mesh; None where there is nothing left to fall."""
    if len(errors) < 2 or min(errors[0], errors[-1]) <= 0:
        return None
    return math.log(errors[0] / errors[-1]) / math.log(sizes[-1] / sizes[0])


# ------------------------------------------------------------------------------------------------------- resolution
def circle(
    bundle: Bundle, methods: Sequence[str], *, sizes: Sequence[int] = CIRCLE_SIZES, step: Step = lambda name: None
) -> dict[str, dict[str, list[float]]]:
    """The circle of radius .3 in the unit box: method -> measure -> one figure a mesh of n x n zones."""
    shape = BUILT_IN["circle"].shape
    assert isinstance(shape, Shape)
    figures: dict[str, dict[str, list[float]]] = {}
    for name, method in strategies(bundle, methods).items():
        step(f"circle, {name}")
        faces = [face_of(shape, uniform_edges(n), method) for n in sizes]
        figures[name] = {
            "symmetric_difference": [measures.symmetric_difference(face, shape) for face in faces],
            "area_error": [measures.area_error(face, shape) for face in faces],
            "hausdorff": [measures.hausdorff(face, shape) for face in faces],
            "gap": [measures.gap(face) for face in faces],
            "continuity_error_max": [face.continuity_error().max for face in faces],
        }
    return figures


def random_ellipses(count: int) -> list[Ellipse]:
    """Long semi-axis 30, aspects from 1.5 to 3, random centres and turns, in a box of 100 x 100: the study's own."""
    draw = np.random.default_rng(42)  # its documented seed
    return [
        Ellipse(
            (float(draw.uniform(50, 51)), float(draw.uniform(50, 51))),
            (30.0, 30.0 / ratio),
            float(draw.uniform(0, math.pi / 2)),
        )
        for ratio in np.linspace(1.5, 3.0, 25)
    ][:count]


def ellipses(
    bundle: Bundle,
    *,
    count: int = 25,
    methods: Sequence[str] = ("youngs", "elvira"),
    sizes: Sequence[int] = SIZES,
    step: Step = lambda name: None,
) -> dict[str, dict[str, list[float]]]:
    """Hausdorff distance and gap, in units of the box: method -> measure -> one figure a mesh.

    "hausdorff" and "gap" are means over mixed zones, then over ellipses; "hausdorff_median" is the median over the
    zones of all ellipses, which one zone in which the interface runs astray does not move.
    """
    shapes = random_ellipses(count)
    figures: dict[str, dict[str, list[float]]] = {}
    for name, method in strategies(bundle, methods).items():
        figures[name] = {"hausdorff": [], "hausdorff_median": [], "gap": []}
        for zones in sizes:
            step(f"ellipses, {name}, {zones} x {zones}")
            faces = [face_of(shape, tuple(_BOX * axis for axis in uniform_edges(zones)), method) for shape in shapes]
            far = [measures.hausdorff_by_zone(face, shape) for face, shape in zip(faces, shapes, strict=True)]
            figures[name]["hausdorff"].append(float(np.mean([part.mean() for part in far])))
            figures[name]["hausdorff_median"].append(float(np.median(np.concatenate(far))))
            figures[name]["gap"].append(float(np.mean([measures.gap(face) for face in faces])))
    return figures


# -------------------------------------------------------------------------------------------------------- junctions
def junction(bundle: Bundle) -> dict[str, float]:
    """The T-junction on 3 x 5 zones of the unit square, order A, B, C: misplaced area summed over the materials, so
    that each piece counts twice, as published. Beyond the square, fractions go on.
    """
    edges, truth = (np.linspace(0, 1, 4), np.linspace(0, 1, 6)), t_junction()
    cut: dict[str, Method] = {
        "slic": mir.Slic(slabs="x"),
        "gradient": Youngs(gradient="least-squares"),
        "youngs": mir.Youngs(),
        "elvira": mir.Elvira(),
        "lvira": mir.Lvira(),
    }
    whole: dict[str, Method] = {LEARNED: mir.Learned(bundle), "power": mir.Power()}
    figures = {name: 2 * measures.area_error(face_of(truth, edges, method), truth) for name, method in whole.items()}
    for name, method in cut.items():
        # the published gradient is fitted to the neighbours that exist
        side = "open" if name in ("gradient", "slic", "lvira") else "extend"
        face = face_of(truth, edges, method, order=(0, 1, 2), boundary=side)
        figures[name] = 2 * measures.area_error(face, truth)
    return figures


def voronoi(
    bundle: Bundle, methods: Sequence[str], *, sizes: Sequence[int] = VORONOI_SIZES
) -> dict[str, dict[str, list[float]]]:
    """The built-in Voronoi diagram of six materials: method -> measure -> one figure a mesh; order left to methods."""
    shape = BUILT_IN["voronoi"].shape
    assert isinstance(shape, Diagram)
    figures: dict[str, dict[str, list[float]]] = {}
    for name, method in strategies(bundle, methods).items():
        faces = [face_of(shape, uniform_edges(n), method) for n in sizes]
        figures[name] = {
            "symmetric_difference": [measures.symmetric_difference(face, shape) for face in faces],
            "conservation_error_max": [face.conservation_error().max for face in faces],
            "continuity_error_max": [face.continuity_error().max for face in faces],
        }
    return figures


# -------------------------------------------------------------------------------------------- fields without a shape
class Laws(NamedTuple):
    """How well the two laws hold on one field."""

    field: str
    materials: int
    zones: int
    """Mixed ones."""
    accepted: float | None
    """Share of the mixed zones that the gate trusted; None without a gate."""
    conservation_error_max: float
    continuity_error_max: float


def adversarial_fields(seed: int = 0, size: int = 24) -> dict[str, Doubles]:
    """Fields (M, ny, nx) that no clean border makes, by name."""
    draw = np.random.default_rng(seed)
    rows, columns = np.indices((size, size))
    odd = (rows + columns) % 2 == 1
    noise = draw.random((size, size))
    one = np.zeros((size, size))
    one[2::4, 2::4] = draw.random(one[2::4, 2::4].shape)
    traces = np.where(draw.random((size, size)) < 0.5, 1e-8, 1 - 1e-8)
    two = {
        "noise": noise,
        "checkerboard of 0 and 1": odd.astype(float),
        "checkerboard of .3 and .7": np.where(odd, 0.3, 0.7),
        "isolated mixed zones": one,
        "fractions of 1e-8 and 1 - 1e-8": traces,
        "fractions of 1e-12 to 1": 10.0 ** draw.uniform(-12, 0, (size, size)),
        "one half everywhere": np.full((size, size), 0.5),
        "pure, material 0": np.ones((size, size)),
        "pure, material 1": np.zeros((size, size)),
        "1 x 1 mesh, .3": np.full((1, 1), 0.3),
        "1 x 1 mesh, 1e-8": np.full((1, 1), 1e-8),
        "1 x 1 mesh, pure": np.ones((1, 1)),
        "one row of noise": draw.random((1, size)),
    }
    fields = {name: np.stack([array, 1 - array]) for name, array in two.items()}
    for materials in (3, 6):
        fields[f"noise of {materials}"] = _shares(draw.random((materials, size, size)) ** 4)
        fields[f"1 x 1 mesh of {materials}"] = _shares(draw.random((materials, 1, 1)))
    few = _shares(np.where(draw.random((4, size, size)) < 1e-8, 1.0, 1e-8) + (np.arange(4) == 0)[:, None, None])
    return fields | {"1e-8 of three materials in a fourth": few}


def _shares(parts: Doubles) -> Doubles:
    """Divided by their sum; the largest takes what rounding leaves."""
    parts = parts / parts.sum(axis=0)
    largest = parts.argmax(axis=0)[None]
    np.put_along_axis(parts, largest, 0.0, axis=0)
    np.put_along_axis(parts, largest, 1 - parts.sum(axis=0)[None], axis=0)
    return parts


def adversarial(bundle: Bundle, *, gate: Gate | None = None, seed: int = 0) -> list[Laws]:
    """The laws on each of those fields, with every answer of the network trusted or as the gate decides."""
    found = []
    for name, fractions in adversarial_fields(seed).items():
        face = mir.reconstruct(fractions, method=mir.Learned(bundle), gate=gate)
        kept, whole = face.conservation_error(), face.continuity_error()
        share = None if gate is None else face.accepted
        found.append(Laws(name, len(fractions), len(face.zones), share, kept.max, whole.max))
    return found
