"""Zones that look equally canonical from several sides: the one difference between training and reconstruction."""

from __future__ import annotations

import numpy as np

from inloop.mir.samples.exact import CORE
from inloop.mir.views import Views


def tied(views: Views) -> np.ndarray:
    """Sites whose level sets may come from several views or from those of a neighbour that has several: the
    reconstruction takes their mean, training the first.
    """
    several = views.ties > 0
    _, u, w = views.line.T
    alike = (w < 1e-8) | (u - w < 1e-8) | (np.abs(views.fraction[:, 0] - views.fraction[:, 1]) < 1e-11)
    assert several[alike].all(), "the core counts the views that the line alone shows to be alike"
    assert (several & ~alike).mean() < 0.01, "and hardly any others: zones around which no direction is preferred"
    site = np.repeat(np.arange(len(views.asked)), views.asked)
    sample = np.repeat(np.arange(len(views)), np.diff(views.first_site))
    marked = np.zeros((len(views), CORE + 4, CORE + 4), dtype=bool)
    for s in np.unique(site[several]):
        row, column = views.place[s] + 1
        marked[sample[s], row : row + 3, column : column + 3] = True
    return marked[sample, *(views.place + 2).T]
