"""The case of the drop-in line: how the network that turns ELVIRA's line is taught.

Zones are learned one by one, each in its canonical orientation. The loss is the area between the turned line, at the
depth that holds the zone's fraction, and the true border, taken over 8 x 8 sub-zones in closed form. Needs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop.case import Batch, Case, Part, Source
from inloop.constraints import Mean
from inloop.errors import InloopError
from inloop.mir import learning_levels
from inloop.mir.layers import Layers
from inloop.mir.learned import FEATURES
from inloop.mir.line import ANSWERS
from inloop.mir.views import SUB, Views
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.fit import FitConfig, Progress, fit
from inloop.training.sources import Rows

FRACTION, OWN_SIZE, OTHERS = 52, 53, 55  # their places among the features
SMOOTH = 0.03  # zones whose fractions differ less from those under the line hold a smooth border
_AT_ONCE = 8192  # zones measured together


@dataclass(frozen=True, kw_only=True)
class LineRun:
    """One training of the line."""

    net: PerceptronConfig = field(default_factory=lambda: PerceptronConfig((FEATURES, 32, 32, ANSWERS)))
    relative: float = 0.01
    """Misplaced area counts in multiples of (largest difference + this): the smaller, the more smooth borders count."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(learning_rate=5e-3, weight_decay=1e-4, warmup=0.3, epochs=30, batch=256)
    )

    def __post_init__(self) -> None:
        if self.net.sizes[0] != FEATURES or self.net.sizes[-1] != ANSWERS:
            raise InloopError(f"net.sizes: {self.net.sizes}; the core gives {FEATURES} features and takes {ANSWERS}")
        if not self.relative > 0:
            raise InloopError(f"relative: {self.relative} is not positive")


def _turns() -> NDArray[np.int64]:
    """(8, 64): the sub-zone that each sub-zone of the canonical block shows, for each of the square's motions."""
    shows = np.empty((8, SUB, SUB), dtype=np.int64)
    for turn in range(8):
        for j in range(SUB):
            for i in range(SUB):
                a, b = (j, i) if turn & 4 else (i, j)
                a = SUB - 1 - a if turn & 1 else a
                b = SUB - 1 - b if turn & 2 else b
                shows[turn, j, i] = b * SUB + a
    return shows.reshape(8, -1)


_TURNS = _turns()


class ZoneSource(Rows):
    """The mixed zones of samples' cores, one by one, turned to their canonical orientation."""

    def __init__(
        self, views: Views, about: Mapping[str, Any], opened: learning_levels.ViewSource | None = None
    ) -> None:
        super().__init__(np.flatnonzero(np.repeat(views.inner, views.asked)), self._batch)
        self.views, self.opened = views, opened
        self._about = about

    @property
    def about(self) -> Mapping[str, Any]:
        """What the samples are."""
        return self._about

    def _batch(self, rows: NDArray[np.int64]) -> Batch:
        views = self.views
        feature = views.feature[rows]
        feature[:, OTHERS:] = 0, 1, 0  # a line is asked for a material and the rest, whatever that is made of
        feature[:, -1] = feature[:, OWN_SIZE]
        truth = np.take_along_axis(views.truth[rows], _TURNS[views.turn[rows] & 7], axis=1)
        return {
            "feature": feature,
            "inward": views.line[rows, 1:].astype(np.float32),
            "size": views.size[rows].astype(np.float32),
            "truth": np.where(views.turn[rows, None] & 8, 1 - truth, truth),
        }


def samples(config: LineRun, path: Path, part: Part) -> Source:
    """Open a part of a store of samples; of three and more materials in a zone each one is taught against the rest."""
    opened = learning_levels.source([path], part)
    return ZoneSource(opened.views, opened.about, opened)


def network(config: LineRun) -> nn.Module:
    """Build the network; untrained, it answers zero: ELVIRA's lines."""
    return config.net.build()


def encode(batch: Mapping[str, Tensor]) -> Tensor:
    """Return what the network sees of each zone, (q, 58)."""
    return batch["feature"]


def normals(output: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
    """Return unit normals into the material (n, 2): ELVIRA's and size times what the network adds along and across."""
    inward, step = batch["inward"].double(), batch["size"].double()[:, None] * output.double()
    across = torch.stack([-inward[:, 1], inward[:, 0]], dim=1)
    turned = inward + step[:, :1] * inward + step[:, 1:] * across
    length: Tensor = torch.linalg.vector_norm(turned, dim=1, keepdim=True)
    return turned / length.clamp_min(1e-12)


def shares(normal: Tensor, fraction: Tensor) -> Tensor:
    """Return the shares (n, 64) of the sub-zones behind the line with such normals; fractions (n,) of at most 1/2."""
    sides = normal.abs()
    low, high = sides.amin(dim=1), sides.amax(dim=1)
    corner = 2 * high * fraction < low
    depth = torch.where(corner, (2 * low * high * fraction).clamp_min(1e-30).sqrt(), fraction * high + low / 2)
    middle = (torch.arange(SUB, dtype=normal.dtype, device=normal.device) + 0.5) / SUB - 0.5
    at = normal[:, :1] * middle.repeat(SUB) + normal[:, 1:] * middle.repeat_interleave(SUB)
    reach = depth - (low + high) / 2 + (low + high) / (2 * SUB)
    return _share(sides[:, :1] / SUB, sides[:, 1:] / SUB, at + reach[:, None])


def _share(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Return the share of a box that a line has passed at t, if it needs a and b to pass its two sides."""
    low, high = torch.minimum(a, b), torch.maximum(a, b)
    beyond = 2 * t > low + high
    nearer = torch.where(beyond, low + high - t, t).clamp_min(0)
    part = torch.where(nearer < low, nearer**2 / (2 * low * high).clamp_min(1e-30), (nearer - low / 2) / high)
    return torch.where(beyond, 1 - part, part)


def misplaced(output: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
    """Return the symmetric difference of each zone (n,), in zone areas."""
    found = shares(normals(output, batch), batch["feature"][:, FRACTION].double())
    return (found - batch["truth"].double()).abs().mean(dim=1)


def loss(config: LineRun, output: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Mean]:
    """Return the terms of the loss by name."""
    error = misplaced(output, batch) / (batch["size"].double() + config.relative)
    return {"misplaced": Mean(error.sum(), torch.tensor(float(len(error)), device=error.device))}


def weights(config: LineRun) -> dict[str, float]:
    """Return the weights of those terms."""
    return {"misplaced": 1.0}


def metrics(net: nn.Module, held_out: Source) -> dict[str, float]:
    """Return the mean misplaced area over all mixed zones and over those of smooth borders."""
    errors, sizes = [], []
    device = next(net.parameters()).device
    with torch.no_grad():
        for batch in held_out.in_order(_AT_ONCE):
            tensors = {name: torch.from_numpy(np.asarray(array)).to(device) for name, array in batch.items()}
            errors.append(misplaced(net(encode(tensors)), tensors).cpu().numpy())
            sizes.append(tensors["size"].cpu().numpy())
    error, smooth = np.concatenate(errors), np.concatenate(sizes) < SMOOTH
    figures = {"symmetric_difference": float(error.mean())}
    if smooth.any():
        figures["symmetric_difference_smooth"] = float(error[smooth].mean())
    return figures


def classical(held_out: Source) -> dict[str, dict[str, float]]:
    """Return the first of these figures for the classical methods."""
    if not isinstance(held_out, ZoneSource) or held_out.opened is None:
        raise InloopError("classical: expected samples opened by this case")
    return learning_levels.classical(held_out.opened)


def learn_line(
    learn_on: Views,
    watch_on: Views,
    config: LineRun | None = None,
    *,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Layers:
    """Train the network; its weights are those after the epoch that misplaced least in the samples to watch."""
    config = config or LineRun()
    with torch.random.fork_rng([]):
        torch.manual_seed(config.fit.seed)
        net = network(config)
    watched = ZoneSource(watch_on, {})
    fit(
        net,
        ZoneSource(learn_on, {}),
        encode=encode,
        loss=lambda output, batch: loss(config, output, batch),
        weights=weights(config),
        how=config.fit,
        evaluate=lambda trained: metrics(trained, watched),
        watch=CASE.watch,
        progress=progress,
    )
    return Layers.from_arrays({name: value.detach().cpu().numpy() for name, value in net.state_dict().items()})


CASE: Case[LineRun] = Case(
    name="mir-line",
    presets={"line": LineRun()},
    samples=samples,
    network=network,
    encode=encode,
    loss=loss,
    weights=weights,
    metrics=metrics,
    watch="symmetric_difference",
    classical=classical,
)
