"""Penalties on images of zones: what is lost in a zone, what breaks at an edge between two.

An image holds `size` x `size` pixels for every zone. Penalties are means over *mixed* zones, those with a fraction
strictly between 0 and 1, or over edges between two of them. How many there are differs from batch to batch, so a mean
is handed back in its two parts (`Mean`): parts of one batch that were computed apart can be added up exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from inloop.errors import InloopError

Power = Literal["absolute", "square"]


@dataclass(frozen=True)
class Mean:
    """A mean, kept as the sum and the number of what was summed (both scalars)."""

    total: Tensor
    count: Tensor

    @property
    def value(self) -> Tensor:
        """The mean; 0 of nothing."""
        return self.total / self.count.clamp_min(1)


def square_error(images: Tensor, truth: Tensor) -> Mean:
    """Mean over all pixels of (image - truth)^2; both (n, H, W)."""
    if images.shape != truth.shape:
        raise InloopError(f"truth: shape {tuple(truth.shape)}; the images are {tuple(images.shape)}")
    return Mean((images - truth).square().sum(), images.new_tensor(images.numel()))


def conservation(images: Tensor, fractions: Tensor, *, power: Power = "absolute") -> Mean:
    """Mean over mixed zones of |mean of the zone's pixels - fraction|, or of its square.

    images (n, H, W), fractions (n, rows, columns); a zone is H / rows pixels high and W / columns wide.
    """
    rows, columns = _zone_size(images, fractions)
    there = images.unfold(1, rows, rows).unfold(2, columns, columns).mean((-2, -1))
    return _mean_where(_mixed(fractions), there - fractions, power)


def continuity(images: Tensor, fractions: Tensor, truth: Tensor | None = None, *, power: Power = "absolute") -> Mean:
    """Mean over edges between two mixed zones of the jump from one side of the edge to the other.

    images (n, H, W), fractions (n, rows, columns). The jump is the difference of the two pixels that touch across the
    edge, |jump| (or its square) is averaged along the edge. An interface that crosses the edge at a slant makes a jump
    even where nothing is torn: given the true images (n, H, W), their jumps are subtracted first, and the penalty is
    zero for the truth itself.
    """
    rows, columns = _zone_size(images, fractions)
    if truth is not None:
        if truth.shape != images.shape:
            raise InloopError(f"truth: shape {tuple(truth.shape)}; the images are {tuple(images.shape)}")
        images = images - truth  # the jump is linear in the image
    mixed = _mixed(fractions)
    # across the edges to the right of zones: (n, rows, columns - 1, pixels along the edge); then those on top of them
    right = (images[:, :, columns::columns] - images[:, :, columns - 1 : -1 : columns]).unfold(1, rows, rows)
    above = (images[:, rows::rows] - images[:, rows - 1 : -1 : rows]).unfold(2, columns, columns)
    along = _mean_where(mixed[:, :, 1:] & mixed[:, :, :-1], right, power)
    across = _mean_where(mixed[:, 1:] & mixed[:, :-1], above, power)
    return Mean(along.total + across.total, along.count + across.count)


def _zone_size(images: Tensor, fractions: Tensor) -> tuple[int, int]:
    fits = images.ndim == fractions.ndim == 3 and images.shape[0] == fractions.shape[0] and 0 not in fractions.shape
    if not fits or images.shape[1] % fractions.shape[1] or images.shape[2] % fractions.shape[2]:
        raise InloopError(
            f"fractions: shape {tuple(fractions.shape)} for images {tuple(images.shape)}; "
            "give (n, rows, columns) whose rows and columns divide the images'"
        )
    return images.shape[1] // fractions.shape[1], images.shape[2] // fractions.shape[2]


def _mixed(fractions: Tensor) -> Tensor:
    return (fractions > 0) & (fractions < 1)


def _mean_where(chosen: Tensor, errors: Tensor, power: Power) -> Mean:
    """Mean over the chosen zones or edges; errors may have one more dimension, which is averaged."""
    sizes = errors.abs() if power == "absolute" else errors.square()
    if sizes.ndim > chosen.ndim:
        sizes = sizes.mean(-1)
    return Mean((sizes * chosen).sum(), chosen.sum().to(sizes.dtype))
