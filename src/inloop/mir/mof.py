"""Moment of fluid: the plane that matches the centroid (Dyadechko & Shashkov 2008). Looks at no neighbour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from inloop.mir.method import Method


@dataclass(frozen=True)
class Mof(Method):
    """Of all planes that hold the zone's fraction, the one whose centroid comes closest to the given one: Gauss-Newton
    with the analytic derivative, from the centroid's own direction and, where that leaves a misfit, from tilted ones.
    """

    name: ClassVar[str] = "mof"
    halo: ClassVar[int] = 0
    takes_centroids: ClassVar[bool] = True
