"""How materials share a zone whose volume changes: each does its own work, until all are at one pressure.

A material that goes from volume v0 at pressure p0 to volume v at pressure p does so against the mean of the two
pressures, e - e0 = -(p0 + p)/2 (v - v0). That is right to second order along an isentrope, and exact through a shock.
For a stiffened gas v is a hyperbola in p; the common pressure is where the volumes fill the zone.
"""

from __future__ import annotations

import numpy as np

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.broken import refuse
from inloop.hydro.euler.eos import Mixture

_MOST = 100  # steps of a solve; far below the root each doubles the pressure


def relaxed(mixture: Mixture, fractions: Floats, energies: Floats, size: Floats) -> Floats:
    """(M, n): the volumes at one pressure of materials that held shares of a zone of volume one, now of volume `size`.

    fractions, energies: (M, n), the latter a volume of the zone. size: (n,). A material that is absent stays so.
    """
    gamma, stiffness = mixture.gamma[..., 0], mixture.stiffness[..., 0]
    here = fractions > 0
    before = (gamma - 1) * energies / np.where(here, fractions, 1.0) - gamma * stiffness
    b, d = (gamma - 1) / 2, (gamma + 1) / 2
    # v = fraction (top + b p) / (low + d p)
    top = d * before + gamma * stiffness
    low = b * before + gamma * stiffness
    refuse(~((fractions * b / d).sum(axis=0) < size)[None], "is squeezed to less than shocks can")
    # material by material the pressure at which it would follow the zone: the common one is above the least of these
    alone = np.where(here & (size * d > b), (top - size * low) / np.where(size * d > b, size * d - b, 1.0), np.inf)
    pole = np.where(here, -low / d, -np.inf).max(axis=0)
    below = np.maximum(alone.min(axis=0), pole)
    pressure = np.maximum((fractions * before).sum(axis=0), below)
    pressure = np.where(pressure > pole, pressure, np.where(here, before, -np.inf).max(axis=0))
    active = np.arange(len(size))
    for _ in range(_MOST):
        p, f = pressure[active], fractions[:, active]
        bottom = low[:, active] + d * p
        part = np.where(f > 0, f / bottom, 0.0)
        volume = part * (top[:, active] + b * p)
        over = volume.sum(axis=0) - size[active]
        slope = (part * b - volume * d / bottom).sum(axis=0)
        least = below[active] = np.where(over >= 0, p, below[active])
        after = p - over / slope  # the sum is convex: Newton's steps end up below the root and stay there
        after = np.where(after > least, after, (least + p) / 2)
        pressure[active] = after
        # every zone stops by itself: what it gets may not depend on which others are in the call
        active = active[(np.abs(over) > 4e-16 * size[active]) & (after != p)]
        if not len(active):
            break
    volumes = np.where(here, fractions * (top + b * pressure) / (low + d * pressure), 0.0)
    return np.asarray(volumes * (size / volumes.sum(axis=0)))
