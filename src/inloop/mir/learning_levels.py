"""The case of the shipped reconstruction: level sets that hold their fractions and join up, and how they are taught.

The native core prepares what does not depend on the network (views of the mixed zones in canonical orientation, their
classical lines, their sizes), and gives the area misplaced after the projection with its derivative. Here the network's
answers become level sets, are shared between zones and compared with the truth. Needs torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop import _core, mir
from inloop.case import Batch, Case, Part, Source
from inloop.constraints import Mean
from inloop.data import Samples
from inloop.errors import InloopError
from inloop.mir.views import CORE, GRID, HALO, SUB, VERTICES, Views, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.fit import FitConfig

CLASSICAL = ("youngs", "elvira", "lvira")
TYPICAL = 0.02  # misplaced area of a zone, in zones: the unit of the absolute term
_AT_ONCE = 256  # samples measured together


@dataclass(frozen=True, kw_only=True)
class LevelsRun:
    """One training of the level-set network."""

    net: PerceptronConfig = field(default_factory=lambda: PerceptronConfig((30, 64, 64, VERTICES**2)))
    absolute: float = 1.0
    """Weight of the mean misplaced area, over a typical one: the zones that are hard decide it."""
    relative: float = 0.3
    """Weight of the mean logarithm of the misplaced area over what the line would misplace at a smooth border: every
    zone counts alike, so smooth ones go on improving as meshes are refined."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(learning_rate=6e-3, weight_decay=1e-4, warmup=0.1, epochs=40, batch=64)
    )

    def __post_init__(self) -> None:
        if self.net.sizes[0] != 30 or self.net.sizes[-1] != VERTICES**2:
            raise InloopError(f"net.sizes: {self.net.sizes}; the core gives 30 features and takes {VERTICES**2} values")
        if self.absolute < 0 or self.relative < 0:
            raise InloopError("absolute, relative: weights of the loss are not negative")


class ViewSource:
    """Samples of a store as views: batches of all the mixed zones of some samples."""

    def __init__(self, views: Views, about: Mapping[str, Any]) -> None:
        self.views = views
        self._about = about

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.views)

    @property
    def about(self) -> Mapping[str, Any]:
        """What the samples are."""
        return self._about

    def batches(
        self, size: int, *, seed: int, epoch: int, start: int = 0, rank: int = 0, ranks: int = 1
    ) -> Iterator[Batch]:
        """Yield one epoch's batches: `size` samples in random order, of each batch this process's share."""
        order = np.random.default_rng((seed, epoch)).permutation(len(self))
        for number in range(start, len(self) // size):
            yield self.views.batch(order[number * size : (number + 1) * size][rank::ranks])

    def in_order(self, size: int) -> Iterator[Batch]:
        """Yield all samples once, as they are stored."""
        for first in range(0, len(self), size):
            yield self.views.batch(np.arange(first, min(first + size, len(self))))


def samples(config: LevelsRun, path: Path, part: Part) -> Source:
    """Open a part of a store of samples; of many materials each one is a sample of its own, it against the rest."""
    with Samples(path) as store:
        held = store.read(store.rows(part), names=("fractions", "coverage"))
        about = {"recipe": store.recipe, "part": part, "samples": len(held["fractions"])}
    fractions, coverage = held["fractions"], held["coverage"]
    materials = 1 if fractions.shape[1] == 2 else fractions.shape[1]
    fractions = fractions[:, :materials].reshape(-1, *fractions.shape[2:])
    coverage = coverage[:, :materials].reshape(-1, *coverage.shape[2:])
    core = fractions[:, HALO:-HALO, HALO:-HALO]
    mixed = ((core > 0) & (core < 1)).any(axis=(1, 2))
    return ViewSource(views_of(fractions[mixed], coverage[mixed]), about)


def network(config: LevelsRun) -> nn.Module:
    """Build the network; untrained, it answers zero: the bare lines, shared and projected."""
    return config.net.build()


def encode(batch: Mapping[str, Tensor]) -> Tensor:
    """Return what the network sees of each zone, (n, 30)."""
    return batch["feature"]


def levels(output: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
    """Return the level sets (m, 81) of the cores' mixed zones: line plus answer, turned back, shared at vertices."""
    own = batch["line"] + batch["scale"][:, None] * output.float()
    own = torch.gather(own, 1, batch["back"]) * batch["sign"][:, None]
    vertex = batch["vertex"]
    flat = vertex.reshape(-1)
    count = int(batch["samples"]) * GRID**2
    total = torch.zeros(count, device=own.device).index_add(0, flat, own.reshape(-1))
    number = torch.zeros(count, device=own.device).index_add(0, flat, torch.ones_like(own).reshape(-1))
    at = vertex[batch["inner"]]
    return total[at] / number[at]


class _Misplaced(torch.autograd.Function):
    """Misplaced area of each zone after projection; the native core gives value and gradient."""

    @staticmethod
    def forward(ctx: Any, level: Tensor, fraction: Tensor, truth: Tensor) -> Tensor:
        """(n, 81), (n,), (n, 64) to (n,)."""
        a, b, c = (np.ascontiguousarray(t.detach().cpu().double().numpy()) for t in (level, fraction, truth))
        error, gradient = _core.misplaced(a, b, c, 1)
        ctx.save_for_backward(torch.from_numpy(gradient).to(level))
        return torch.from_numpy(error).to(level)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:
        """Return the derivative by the level sets."""
        (gradient,) = ctx.saved_tensors
        return upstream[:, None] * gradient, None, None


def misplaced(output: Tensor, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return the symmetric difference of every mixed zone of the cores, in zone areas, and the zones' sizes."""
    inner = batch["inner"]
    error: Tensor = _Misplaced.apply(  # type: ignore[no-untyped-call]
        levels(output, batch), batch["fraction"][inner], batch["truth"][inner]
    )
    return error, batch["size"][inner]


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
    """Return the mean misplaced area over all mixed zones and over those of smooth borders."""
    errors, sizes = [], []
    device = next(net.parameters()).device
    with torch.no_grad():
        for batch in held_out.in_order(_AT_ONCE):
            tensors = {name: torch.from_numpy(np.asarray(array)).to(device) for name, array in batch.items()}
            error, size = misplaced(net(encode(tensors)), tensors)
            errors.append(error.cpu().numpy())
            sizes.append(size.cpu().numpy())
    all_errors, smooth = np.concatenate(errors), np.concatenate(sizes) < 0.03
    figures = {"symmetric_difference": float(all_errors.mean())}
    if smooth.any():
        figures["symmetric_difference_smooth"] = float(all_errors[smooth].mean())
    return figures


def classical(held_out: Source) -> dict[str, dict[str, float]]:
    """Return the same figure of the classical methods, which see the halo too."""
    if not isinstance(held_out, ViewSource):
        raise InloopError("classical: expected samples opened by this case")
    views = held_out.views
    figures = {}
    for method in CLASSICAL:
        total, zones = 0.0, 0
        for fractions, coverage in zip(views.fractions, views.coverage, strict=True):
            face = mir.reconstruct(fractions, method=method, boundary=HALO)
            difference = np.abs(face.coverage(SUB)[0] - coverage).reshape(CORE, SUB, CORE, SUB).mean(axis=(1, 3))
            total += float(difference[tuple(face.zones.T)].sum())
            zones += len(face.zones)
        figures[method] = {"symmetric_difference": total / max(zones, 1)}
    return figures


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
