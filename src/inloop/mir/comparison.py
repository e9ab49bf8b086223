"""All methods on one field: their figures side by side, their speeds measured in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inloop import mir
from inloop.errors import InloopError
from inloop.mir import measures
from inloop.mir.shapes import Shape

if TYPE_CHECKING:
    from inloop.mir.interface import Interface

REFERENCE = "youngs"  # speeds are quoted as ratios to this method's
_SUB_ZONES = 8
_LARGEST_IMAGE = 2048  # pixels a side; beyond that the mean square error is left out
_SLIVER = 1e-8
_ROUNDS = (5, 200)  # at least, at most


@dataclass(frozen=True)
class Comparison:
    """What each method gave (in the order asked for), and why others gave nothing."""

    faces: dict[str, Interface]
    figures: dict[str, dict[str, float]]
    skipped: dict[str, str]


def measured(face: Interface, truth: measures.Truth | None) -> dict[str, float]:
    """The figures of one face under the names that JSON files use; those that need the truth only if it is given."""
    conservation, continuity = face.conservation_error(), face.continuity_error()
    fractions = np.asarray(face.fractions)
    present = np.where(fractions > 0, fractions, 1.0)
    figures = {
        "conservation_error_mean": conservation.mean,
        "conservation_error_max": conservation.max,
        "continuity_error_mean": continuity.mean,
        "continuity_error_max": continuity.max,
        "torn_edges": len(face.tears().lengths),
        "mixed_zones": len(face.zones),
        "sliver_zones": int((present.min(axis=1, initial=1.0) < _SLIVER).sum()),
    }
    if face.dimensions == 2:
        figures["gap"] = measures.gap(face)
    if truth is not None:
        figures["symmetric_difference"] = measures.symmetric_difference(face, truth)
        figures["area_error"] = measures.area_error(face, truth)
        if isinstance(truth, Shape):
            figures["hausdorff"] = measures.hausdorff(face, truth)
        if face.dimensions == 2 and max(face.shape) * _SUB_ZONES <= _LARGEST_IMAGE:
            figures["mse"] = _mean_square_error(face, truth)
    return {name: value if isinstance(value, int) else float(value) for name, value in figures.items()}


def _mean_square_error(face: Interface, truth: measures.Truth) -> float:
    true = truth.coverage(face.edges, _SUB_ZONES)
    mine = face.coverage(_SUB_ZONES)
    return float(np.mean(((mine if true.ndim == mine.ndim else mine[0]) - true) ** 2))


def compare(
    fractions: NDArray[np.floating[Any]],
    *,
    methods: Sequence[str] | None = None,
    truth: measures.Truth | None = None,
    spacing: Any = None,
    origin: Any = None,
    boundary: Any = "extend",
    centroids: NDArray[np.floating[Any]] | None = None,
    order: Sequence[int] | None = None,
    threads: int = 1,
    seconds: float = 1.0,
    step: Callable[[str], None] = lambda name: None,
) -> Comparison:
    """Reconstruct one field by several methods and measure each.

    methods: names of `mir.METHODS`; None tries all and notes why one does not apply (MOF without centroids, say), while
    one asked for by name must work. The other arguments are those of `mir.reconstruct`. seconds: time to spend on the
    speeds, which are medians over rounds in which every method runs once, so that a slow moment hits all alike. step is
    called with a method's name before it is worked on.
    """

    def run(method: str) -> Interface:
        return mir.reconstruct(
            fractions,
            method=method,
            spacing=spacing,
            origin=origin,
            boundary=boundary,
            centroids=centroids,
            order=order,
            threads=threads,
        )

    faces: dict[str, Interface] = {}
    figures: dict[str, dict[str, float]] = {}
    errors: dict[str, InloopError] = {}
    for method in methods or mir.METHODS:
        step(method)
        try:
            faces[method] = run(method)
        except InloopError as error:
            if methods is not None:
                raise
            errors[method] = error
            continue
        figures[method] = measured(faces[method], truth)
    if not faces:  # then it is the field that is wrong, not the methods
        raise next(iter(errors.values()))
    for method, (median, ratio) in _speeds(list(faces), run, seconds).items():
        figures[method] |= {"seconds": median, "speed_ratio": ratio}
        if figures[method]["mixed_zones"]:
            figures[method]["mixed_zones_per_second"] = figures[method]["mixed_zones"] / median
    return Comparison(faces, figures, {method: str(error) for method, error in errors.items()})


def _speeds(methods: list[str], run: Callable[[str], Interface], budget: float) -> dict[str, tuple[float, float]]:
    """Median seconds of each method, and how many times faster than the reference it is."""
    timed = methods if REFERENCE in methods else [*methods, REFERENCE]
    times: dict[str, list[float]] = {method: [] for method in timed}
    end = time.perf_counter() + budget
    for rounds in range(1, _ROUNDS[1] + 1):
        for method in timed:
            start = time.perf_counter()
            run(method)
            times[method].append(time.perf_counter() - start)
        if rounds >= _ROUNDS[0] and time.perf_counter() > end:
            break
    medians = {method: statistics.median(values) for method, values in times.items()}
    return {method: (medians[method], medians[REFERENCE] / medians[method]) for method in methods}
