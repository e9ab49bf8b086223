"""How the learning rate goes over a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inloop.training.fit import FitConfig


def learning_rate(how: FitConfig, share: float) -> float:
    """Return the learning rate when this share (0 to 1) of the run is done."""
    if share < how.warmup:
        return how.learning_rate * (0.01 + 0.99 * share / how.warmup)
    left = (1.0 - share) / (1.0 - how.warmup)
    fall = {"constant": 1.0, "linear": left, "cosine": 0.5 - 0.5 * math.cos(math.pi * left)}[how.schedule]
    return how.learning_rate * fall
