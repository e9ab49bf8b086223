"""The case of interface reconstruction by an autoencoder, after the published one: how it is taught and judged.

A sample has 8 x 8 zones of 8 x 8 sub-zones and three more zones of fractions all around, which the autoencoder does
not see. It takes the core's fractions of material 0, each repeated over its zone's sub-zones, and gives the coverage.
Needs torch.
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

from inloop import constraints, mir
from inloop.case import Batch, Case, Part, Source
from inloop.constraints.penalties import Power
from inloop.data import Samples, symmetry
from inloop.errors import InloopError
from inloop.nets import PUBLISHED, Autoencoder, AutoencoderConfig
from inloop.training.fit import FitConfig, to_tensors
from inloop.training.sources import Stored

Array = NDArray[np.floating[Any]]

HALO, ZONES, SUB_ZONES = 4, 8, 8
CLASSICAL = ("youngs", "elvira", "lvira")
_AT_ONCE = 64  # samples measured together


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What the autoencoder is punished for, and how much. Zero leaves a term out."""

    mse: float = 1.0
    """Mean over pixels of (coverage - truth)^2."""
    conservation: float = 0.1
    """Area that a mixed zone lost or gained, in zones."""
    continuity: float = 0.1
    """Jump of the coverage across an edge between two mixed zones, less the true one."""
    power: Power = "absolute"
    """Of these two errors."""

    def __post_init__(self) -> None:
        for name in ("mse", "conservation", "continuity"):
            if getattr(self, name) < 0:
                raise InloopError(f"{name}: {getattr(self, name)} is negative; 0 leaves the term out")


@dataclass(frozen=True, kw_only=True)
class AutoencoderRun:
    """One training of an autoencoder."""

    net: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    fit: FitConfig = field(default_factory=FitConfig)
    augment: bool = True
    """Whether each batch is turned, mirrored and its materials swapped at random."""

    def __post_init__(self) -> None:
        if self.net.size != ZONES * SUB_ZONES:
            raise InloopError(f"net.size: {self.net.size}; the samples' images are {ZONES * SUB_ZONES} pixels wide")


class Moved:
    """Samples of which each batch is seen in one of the square's eight motions, every other one with material 0 for 1.

    Which, depends on (seed, epoch, number of the batch): over the epochs, a sample is seen in all.
    """

    def __init__(self, samples: Source) -> None:
        self._samples = samples

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._samples)

    @property
    def about(self) -> Mapping[str, Any]:
        """What the samples are."""
        return self._samples.about

    def batches(
        self, size: int, *, seed: int, epoch: int, start: int = 0, rank: int = 0, ranks: int = 1
    ) -> Iterator[Batch]:
        """Yield one epoch's batches, moved."""
        stream = self._samples.batches(size, seed=seed, epoch=epoch, start=start, rank=rank, ranks=ranks)
        for number, batch in enumerate(stream, start):
            image = int(np.random.default_rng((seed, epoch, number)).integers(16))
            order = (1, 0) if image & 1 else (0, 1)
            yield {
                name: np.ascontiguousarray(symmetry.move(batch[name], image >> 1)[:, order])
                for name in ("fractions", "coverage")
            }

    def in_order(self, size: int) -> Iterator[Batch]:
        """Yield all samples once, as they are."""
        return self._samples.in_order(size)


def samples(config: AutoencoderRun, path: Path, part: Part) -> Source:
    """Open a part of a store of samples."""
    stored = Stored(Samples(path), part, names=("fractions", "coverage"))
    return Moved(stored) if config.augment and part == "train" else stored


def encode(batch: Mapping[str, Tensor]) -> Tensor:
    """Fractions (n, M, 16, 16) -> material 0 of the core, repeated over each zone's pixels: (n, 64, 64)."""
    repeated = core(batch["fractions"]).float().repeat_interleave(SUB_ZONES, 1)
    return repeated.repeat_interleave(SUB_ZONES, 2)


def core(fractions: Tensor) -> Tensor:
    """Fractions with halo (n, M, 16, 16) -> those of material 0 in the core (n, 8, 8)."""
    wide = ZONES + 2 * HALO
    if fractions.ndim != 4 or fractions.shape[1] != 2 or fractions.shape[2:] != (wide, wide):
        raise InloopError(
            f"fractions: shape {tuple(fractions.shape)}; the autoencoder takes two materials, (n, 2, {wide}, {wide})"
        )
    return fractions[:, 0, HALO:-HALO, HALO:-HALO]


def loss(config: AutoencoderRun, output: Tensor, batch: Mapping[str, Tensor]) -> dict[str, constraints.Mean]:
    """Return the terms of the loss by name; those of weight zero are not computed."""
    truth, fractions, how = batch["coverage"][:, 0], core(batch["fractions"]).float(), config.loss
    terms = {}
    if how.mse:
        terms["mse"] = constraints.square_error(output, truth)
    if how.conservation:
        terms["conservation"] = constraints.conservation(output, fractions, power=how.power)
    if how.continuity:
        terms["continuity"] = constraints.continuity(output, fractions, truth, power=how.power)
    return terms


def weights(config: AutoencoderRun) -> dict[str, float]:
    """Return the weights of those terms."""
    how = config.loss
    given = {"mse": how.mse, "conservation": how.conservation, "continuity": how.continuity}
    return {name: weight for name, weight in given.items() if weight}


def network(config: AutoencoderRun) -> nn.Module:
    """Build the autoencoder."""
    return Autoencoder(config.net)


def metrics(net: nn.Module, held_out: Source) -> dict[str, float]:
    """Return the errors of a network's images."""
    device = next(net.parameters()).device
    errors = ImageErrors()
    with torch.no_grad():
        for batch in held_out.in_order(_AT_ONCE):
            tensors = to_tensors(batch, device)
            images = net(encode(tensors)).double().cpu().numpy()
            errors.add(images, *_truth(batch))
    return errors.figures()


def classical(held_out: Source) -> dict[str, dict[str, float]]:
    """Return the errors of the classical methods' coverage of the same samples, by method.

    They see the halo. Samples are stacked on one tall mesh: three zones of halo keep the cores apart.
    """
    errors = {method: ImageErrors() for method in CLASSICAL}
    inner = slice(HALO * SUB_ZONES, -HALO * SUB_ZONES)
    for batch in held_out.in_order(_AT_ONCE):
        fractions = batch["fractions"]
        n, _, rows, columns = fractions.shape
        stacked = np.ascontiguousarray(fractions.swapaxes(0, 1)).reshape(2, n * rows, columns)
        for method, mine in errors.items():
            coverage = mir.reconstruct(stacked, method=method).coverage(SUB_ZONES)[0]
            images = coverage.reshape(n, rows * SUB_ZONES, columns * SUB_ZONES)[:, inner, inner]
            mine.add(images, *_truth(batch))
    return {method: mine.figures() for method, mine in errors.items()}


def _truth(batch: Batch) -> tuple[Array, Array]:
    """Coverage (n, 64, 64) and fractions (n, 8, 8) of material 0 in the core."""
    coverage, fractions = batch["coverage"], batch["fractions"]
    return coverage[:, 0].astype(np.float64), fractions[:, 0, HALO:-HALO, HALO:-HALO].astype(np.float64)


class ImageErrors:
    """Errors of images of material 0, gathered batch by batch; the measures of the design, as far as pixels tell them.

    Inside a pixel, misplaced pieces of opposite sign cancel: the symmetric difference is the least that agrees with
    the image. Continuity comes from the pixels beside an edge, material where the coverage is above 1/2.
    """

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self._largest: dict[str, float] = {}

    def add(self, images: Array, truth: Array, fractions: Array) -> None:
        """Add images and true images (n, 64, 64) with the fractions of their zones (n, 8, 8)."""
        mixed = (fractions > 0) & (fractions < 1)
        self._add("mse", (images - truth) ** 2)
        self._add("conservation_error", np.abs(_by_zone(images).mean((3, 4)) - fractions)[mixed])
        self._add("symmetric_difference", _by_zone(np.abs(images - truth)).mean((3, 4))[mixed])
        self._add("continuity_error", _torn(images, mixed))
        self._add("true_continuity_error", _torn(truth, mixed))

    def _add(self, name: str, errors: Array) -> None:
        self._sums[name] = self._sums.get(name, 0.0) + float(errors.sum())
        self._counts[name] = self._counts.get(name, 0) + errors.size
        self._largest[name] = max(self._largest.get(name, 0.0), float(errors.max(initial=0.0)))

    def figures(self) -> dict[str, float]:
        """Return the figures by the names that JSON files use."""
        mean = {name: self._sums[name] / max(1, count) for name, count in self._counts.items()}
        return {
            "mse": mean["mse"],
            "symmetric_difference": mean["symmetric_difference"],
            "conservation_error_mean": mean["conservation_error"],
            "conservation_error_max": self._largest["conservation_error"],
            "continuity_error_mean": mean["continuity_error"],
            "continuity_error_max": self._largest["continuity_error"],
            "true_continuity_error_mean": mean["true_continuity_error"],
            "true_continuity_error_max": self._largest["true_continuity_error"],
            "mixed_zones": self._counts["conservation_error"],
        }


def _by_zone(images: Array) -> Array:
    """(n, 64, 64) -> (n, 8, 8, 8, 8): zone row, zone column, pixel row, pixel column."""
    return images.reshape(-1, ZONES, SUB_ZONES, ZONES, SUB_ZONES).swapaxes(2, 3)


def _torn(images: Array, mixed: NDArray[np.bool_]) -> Array:
    """Share of each edge between two mixed zones over which the pixels on its two sides disagree (edges,)."""
    zones = _by_zone(images) > 0.5
    beside = (zones[:, :, :-1, :, -1] != zones[:, :, 1:, :, 0]).mean(-1)[mixed[:, :, :-1] & mixed[:, :, 1:]]
    above = (zones[:, :-1, :, -1] != zones[:, 1:, :, 0]).mean(-1)[mixed[:, :-1] & mixed[:, 1:]]
    return np.concatenate([beside, above])


AUTOENCODER = Case(
    name="mir-autoencoder",
    presets={name: AutoencoderRun(net=net) for name, net in PUBLISHED.items()},
    samples=samples,
    network=network,
    encode=encode,
    loss=loss,
    weights=weights,
    metrics=metrics,
    watch="symmetric_difference",
    classical=classical,
    simulation="advection",
)
"""The published family; its presets are the poster's five models."""
