"""How fast something that a problem watched went."""

from __future__ import annotations

import math

import numpy as np

from inloop.hydro.euler.whole import Figures


def rate(history: list[tuple[float, Figures]], name: str, begin: float, end: float = math.inf) -> float | None:
    """Slope of a straight line through a figure between two times; None if it was seen less than three times."""
    seen = np.array([(time, figures[name]) for time, figures in history if begin <= time <= end])
    seen = seen.reshape(-1, 2)
    seen = seen[np.isfinite(seen[:, 1])]
    if len(seen) < 3:
        return None
    time, figure = (seen - seen.mean(axis=0)).T
    return float((time * figure).sum() / (time * time).sum())
