"""The case of the shipped reconstruction: level sets that hold their fractions and join up, and how they are taught.

The native core prepares what does not depend on the network (views of the mixed zones in canonical orientation, their
classical lines, their sizes). It makes of a network's answers what the reconstruction makes of them, shared between
zones and holding the fractions, and gives the area that is then misplaced, with its derivative. Needs torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop import _core, mir
from inloop.case import Case, Part, Source
from inloop.constraints import Mean
from inloop.data import Samples
from inloop.errors import InloopError
from inloop.mir.learned import FEATURES, VERTICES
from inloop.mir.samples.exact import CORE, HALO
from inloop.mir.views import SUB, Views, in_core, joined, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.fit import FitConfig, to_tensors
from inloop.training.sources import Rows

CLASSICAL = ("youngs", "elvira", "lvira")
TYPICAL = 0.02  # misplaced area of a zone, in zones: the unit of the absolute term
_AT_ONCE = 256  # samples measured together


@dataclass(frozen=True, kw_only=True)
class LevelsRun:
    """One training of the level-set network."""

    net: PerceptronConfig = field(default_factory=lambda: PerceptronConfig((FEATURES, 96, 96, VERTICES)))
    absolute: float = 1.0
    """Weight of the mean misplaced area, over a typical one: the zones that are hard decide it."""
    relative: float = 0.3
    """Weight of the mean logarithm of the misplaced area over what the line would misplace at a smooth border: every
    zone counts alike, so smooth ones go on improving as meshes are refined."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(learning_rate=6e-3, weight_decay=1e-4, warmup=0.1, epochs=40, batch=64)
    )

    def __post_init__(self) -> None:
        if self.net.sizes[0] != FEATURES or self.net.sizes[-1] != VERTICES:
            raise InloopError(f"net.sizes: {self.net.sizes}; the core gives {FEATURES} features and takes {VERTICES}")
        if self.absolute < 0 or self.relative < 0:
            raise InloopError("absolute, relative: weights of the loss are not negative")


class ViewSource(Rows):
    """Samples of a store as views: batches of all the mixed zones of some samples."""

    def __init__(
        self, views: Views, about: Mapping[str, Any], stores: Sequence[Path] = (), part: Part = "test"
    ) -> None:
        super().__init__(np.arange(len(views)), views.batch)
        self.views = views
        self.stores, self.part = tuple(stores), part
        self._about = about

    @property
    def about(self) -> Mapping[str, Any]:
        """What the samples are."""
        return self._about


def source(stores: Sequence[Path], part: Part, *, bounded: int = 0, most: int | None = None) -> ViewSource:
    """Open a part of some stores of samples, of two materials or more.

    bounded: every so manieth sample is seen as if the mesh ended with its core; 0 for none.
    most: so many samples of each store at most; None for all.
    """
    parts, about = [], []
    for path in stores:
        with Samples(path) as store:
            rows = store.rows(part)[:most]
            about.append({"recipe": store.recipe, "samples": len(rows)})
            for first in range(0, len(rows), _AT_ONCE):
                held = store.read(rows[first : first + _AT_ONCE], names=("fractions", "coverage"))
                number = np.arange(first, first + len(held["fractions"]))
                ended = number % bounded == bounded - 1 if bounded else np.zeros(len(number), dtype=bool)
                for mesh_ends in (False, True):
                    those = ended == mesh_ends
                    if those.any():
                        parts.append(views_of(held["fractions"][those], held["coverage"][those], bounded=mesh_ends))
    return ViewSource(joined(parts), {"part": part, "stores": about, "bounded": bounded}, stores, part)


def samples(config: LevelsRun, path: Path, part: Part) -> Source:
    """Open a part of a store of samples."""
    return source([path], part)


def network(config: LevelsRun) -> nn.Module:
    """Build the network; untrained, it answers zero: the bare lines, shared and projected."""
    return config.net.build()


def encode(batch: Mapping[str, Tensor]) -> Tensor:
    """Return what the network sees of each question, (q, 58)."""
    return batch["feature"]


_Array = NDArray[Any]
_Given = tuple[_Array, _Array, _Array, _Array, _Array, _Array, _Array, _Array, _Array, _Array]  # FIELDS and the answers


class _Misplaced(torch.autograd.Function):
    """What each site has in the wrong place; the native core gives value and gradient."""

    @staticmethod
    def forward(ctx: Any, answer: Tensor, threads: int, *given: Tensor) -> Tensor:
        """Answers (q, 81) and the fields of a batch to (s,)."""
        arrays = cast(
            _Given, tuple(np.ascontiguousarray(one.detach().cpu().numpy()) for one in (*given, answer.float()))
        )
        error, by_level = _core.lesson_errors(*arrays, threads=threads)
        ctx.held = arrays, by_level, threads
        return torch.from_numpy(error).to(answer)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        """Return the derivative by the answers."""
        arrays, by_level, threads = cast(tuple[_Given, _Array, int], ctx.held)
        rate = np.ascontiguousarray(upstream.detach().cpu().double().numpy())
        gradient = _core.lesson_gradient(*arrays, rate=rate, by_level=by_level, threads=threads)
        return torch.from_numpy(gradient).to(upstream), None, *(None for _ in FIELDS)


FIELDS = ("sample", "place", "asked", "material", "fraction", "line", "scale", "turn", "truth")


def misplaced(output: Tensor, batch: Mapping[str, Tensor], *, threads: int = 1) -> tuple[Tensor, Tensor]:
    """Return the symmetric difference of every mixed zone of the cores, in zone areas, and the zones' sizes.

    What the reconstruction does with a network's output is done to it here: line plus output, turned back, shared at
    vertices, made to hold the fractions.
    """
    error: Tensor = _Misplaced.apply(  # type: ignore[no-untyped-call]
        output, threads, *(batch[name] for name in FIELDS)
    )
    place = batch["place"]
    inner = ((place >= 0) & (place < CORE)).all(dim=1)
    return error[inner], batch["site_size"][inner]


def loss(config: LevelsRun, output: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Mean]:
    """Return the terms of the loss by name."""
    error, size = misplaced(output, batch)
    count = torch.tensor(float(len(error)), device=error.device)
    expected = size * (0.1 + size) / 10 + 1e-6  # about what the line misplaces at a smooth border, and at a corner
    relative = torch.log(error / expected + 0.03)
    return {"absolute": Mean(error.sum() / TYPICAL, count), "relative": Mean(relative.sum(), count)}


def weights(config: LevelsRun) -> dict[str, float]:
    """Return the weights of those terms."""
    given = {"absolute": config.absolute, "relative": config.relative}
    return {name: weight for name, weight in given.items() if weight}


def metrics(net: nn.Module, held_out: Source) -> dict[str, float]:
    """Return the mean misplaced area of all mixed zones, of those of smooth borders, of three and more materials."""
    errors, sizes, materials = [], [], []
    device = next((one.device for one in net.parameters()), torch.device("cpu"))
    with torch.no_grad():
        for batch in held_out.in_order(_AT_ONCE):
            tensors = to_tensors(batch, device)
            error, size = misplaced(net(encode(tensors)), tensors)
            errors.append(error.cpu().numpy())
            sizes.append(size.cpu().numpy())
            materials.append(np.asarray(batch["asked"], dtype=np.int32)[in_core(np.asarray(batch["place"]))])
    all_errors, smooth, many = np.concatenate(errors), np.concatenate(sizes) < 0.03, np.concatenate(materials) > 1
    figures = {"symmetric_difference": float(all_errors.mean())}
    for name, chosen in (("smooth", smooth), ("many", many)):
        if chosen.any():
            figures[f"symmetric_difference_{name}"] = float(all_errors[chosen].mean())
    return figures


def classical(held_out: Source) -> dict[str, dict[str, float]]:
    """Return the first of these figures for the classical methods, which see the halo too."""
    if not isinstance(held_out, ViewSource):
        raise InloopError("classical: expected samples opened by this case")
    totals = dict.fromkeys(CLASSICAL, 0.0)
    zones = 0
    for path in held_out.stores:
        with Samples(path) as store:
            held = store.read(store.rows(held_out.part), names=("fractions", "coverage"))
        for fractions, coverage in zip(held["fractions"], held["coverage"], strict=True):
            for method in CLASSICAL:
                face = mir.reconstruct(fractions, method=method, boundary=HALO)
                apart = np.abs(face.coverage(SUB) - coverage).reshape(-1, CORE, SUB, CORE, SUB).mean(axis=(2, 4))
                totals[method] += float(apart.sum(axis=0)[tuple(face.zones.T)].sum()) / 2
            zones += len(face.zones)
    return {method: {"symmetric_difference": total / max(zones, 1)} for method, total in totals.items()}


CASE: Case[LevelsRun] = Case(
    name="mir",
    presets={"levels": LevelsRun()},
    samples=samples,
    network=network,
    encode=encode,
    loss=loss,
    weights=weights,
    metrics=metrics,
    watch="symmetric_difference",
    classical=classical,
    simulation=None,
)


def layers_of(net: nn.Module) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Return weights and biases layer by layer, as the native core takes them."""
    state = {name: value.detach().cpu().double().numpy() for name, value in net.state_dict().items()}
    count = len(state) // 2
    return (
        [np.ascontiguousarray(state[f"layers.{k}.weight"]) for k in range(count)],
        [np.ascontiguousarray(state[f"layers.{k}.bias"]) for k in range(count)],
    )
