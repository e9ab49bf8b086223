"""The random numbers that a figure is drawn with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Range = tuple[float, float]


@dataclass(frozen=True)
class Dice:
    """Random lengths (in zones) in the ranges of a recipe, and other random numbers."""

    rng: np.random.Generator
    radii: Range
    widths: Range
    gaps: Range
    spacings: Range
    materials: int

    def uniform(self, low: float, high: float) -> float:
        """A number between low and high."""
        return low + (high - low) * float(self.rng.random())

    def log_uniform(self, range_: Range) -> float:
        """A positive length whose logarithm is uniform."""
        return math.exp(self.uniform(math.log(range_[0]), math.log(range_[1])))

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return float(self.rng.random()) < share

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def angle(self) -> float:
        """A direction."""
        return self.uniform(0.0, 2 * math.pi)

    def weighted(self, weights: Sequence[float]) -> int:
        """A position, as often as its weight says."""
        ladder = np.cumsum(weights)
        return min(int(np.searchsorted(ladder, self.uniform(0.0, float(ladder[-1])), side="right")), len(ladder) - 1)

    def radius(self) -> float:
        """Of curvature, from under-resolved to nearly straight."""
        return self.log_uniform(self.radii)

    def width(self) -> float:
        """Of a filament or layer."""
        return self.log_uniform(self.widths)

    def gap(self) -> float:
        """Between two bodies."""
        return self.log_uniform(self.gaps)
