"""The first half of a sweep: zones move with the flow along the last axis, squeezed and stretched by their faces.

Velocity and pressure of the faces come from acoustic Riemann problems between limited linear profiles, led to the
middle of the step along characteristics. The impedance grows with the jump where it is compressive, as it does along a
gas's Hugoniot (Dukowicz 1985). Profiles are of the pressure less what holds the zone's own weight, so a column at rest
stays at rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.broken import BrokenZoneError, refuse
from inloop.hydro.euler.closure import relaxed
from inloop.hydro.euler.eos import Mixture
from inloop.hydro.euler.limit import slopes
from inloop.hydro.euler.state import State

REACH = 2  # layers of neighbours that a moved zone depends on


class Moved(NamedTuple):
    """Zones after they moved; volumes and all else in units of the zone's volume before."""

    passed: Floats  # (..., n + 1) way of the faces, in zone widths
    volumes: Floats  # (M, ..., n)
    masses: Floats  # (M, ..., n)
    density: Floats  # (..., n) mass of all materials
    pressure: Floats  # (..., n)
    velocity: Floats  # (2, ..., n) along the sweep, across it

    @property
    def size(self) -> Floats:
        """(..., n) of the zones."""
        return 1 + np.diff(self.passed)

    def part(self, rows: slice, columns: slice) -> Moved:
        """Some of the zones; slices without a step."""
        low, high, _ = columns.indices(self.pressure.shape[-1])
        return Moved(self.passed[rows, low : high + 1], *(part[..., rows, columns] for part in self[1:]))


def move(block: State, mixture: Mixture, rate: float, fall: Floats) -> Moved:
    """The block less `REACH` zones on either end of its last axis, after a step.

    rate: length of the step over the zone's width. fall: (n,) gravity along the sweep times the zone's width.
    """
    energy, density = block.heat, block.density
    velocity = block.momentum / density
    pressure, u = mixture.pressure(block.fractions, energy), velocity[0]
    modulus = mixture.modulus(block.fractions, pressure)
    weight = density * fall
    star_u, star_p = _faces(pressure, u, density, modulus, weight, _shocked(mixture, block.fractions), rate)

    inner = slice(REACH, -REACH)
    push = np.diff(star_p)
    mean = u[..., inner] - rate / 2 * (push - weight[..., inner]) / density[..., inner]
    passed = rate * star_u
    size = 1 + np.diff(passed)
    refuse(~(size > 0), "is squeezed to nothing")
    # the total energy's balance less the kinetic energy's, which leaves nothing to cancel
    heat = energy[..., inner] + rate * (mean * push - np.diff(star_p * star_u))
    fractions = block.fractions[..., inner]
    volumes = fractions * size
    mixed = fractions.max(axis=0) < 1
    if mixed.any():
        energies = block.energies[..., inner]
        try:
            volumes[:, mixed] = relaxed(mixture, fractions[:, mixed], energies[:, mixed], size[mixed])
        except BrokenZoneError as wrong:
            raise wrong.at(*np.argwhere(mixed)[wrong.zone[1]]) from None
    after = np.stack([2 * mean - u[..., inner], velocity[1][..., inner]])
    return Moved(passed, volumes, block.masses[..., inner], density[..., inner], mixture.pressure(volumes, heat), after)


def _faces(
    pressure: Floats, u: Floats, density: Floats, modulus: Floats, weight: Floats, shocked: Floats, rate: float
) -> tuple[Floats, Floats]:
    """(..., n - 3): velocity and pressure of the faces between all zones but the outermost."""
    step_p = np.diff(pressure) - (weight[..., :-1] + weight[..., 1:]) / 2
    dp, du = slopes(step_p), slopes(np.diff(u))
    p, u, density, weight = (part[..., 1:-1] for part in (pressure, u, density, weight))
    impedance = np.sqrt(density * modulus[..., 1:-1])
    reach = rate * impedance / density  # of sound within the step, in zones
    p_half, u_half = p - reach * impedance * du / 2, u - reach / impedance * dp / 2
    hang = (dp + weight) / 2
    p_left, p_right = (p_half + hang)[..., :-1], (p_half - hang)[..., 1:]
    u_left, u_right = (u_half + du / 2)[..., :-1], (u_half - du / 2)[..., 1:]
    left, right = impedance[..., :-1], impedance[..., 1:]
    jump = u_left - u_right
    closing = np.maximum(jump, 0.0) / (left + right)
    stiffer = density * shocked[..., 1:-1]
    left, right = left + stiffer[..., :-1] * closing * right, right + stiffer[..., 1:] * closing * left
    total = left + right
    star_u = ((left * u_left + right * u_right) + (p_left - p_right)) / total
    star_p = ((right * p_left + left * p_right) + left * right * jump) / total
    return star_u, star_p


def _shocked(mixture: Mixture, fractions: Floats) -> Floats:
    """How fast a strong shock runs ahead of the gas that it drives: (gamma + 1)/2."""
    return np.asarray((fractions * ((mixture.gamma + 1) / 2)).sum(axis=0))
