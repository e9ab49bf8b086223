"""Slopes that make no new extremes."""

from __future__ import annotations

import numpy as np

from inloop.hydro.advection.grid import Floats


def slopes(steps: Floats) -> Floats:
    """(..., n - 1) from the steps (..., n) between zones: on both sides of a zone their harmonic mean (van Leer 1974),
    zero where the signs differ.
    """
    left, right = steps[..., :-1], steps[..., 1:]
    product = left * right
    total = left + right
    rising = product > 0
    return np.asarray(np.where(rising, 2 * product / np.where(rising, total, 1.0), 0.0))
