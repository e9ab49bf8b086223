"""The kernel of this case: from columns of air to what a radiation solver takes. Classical and learned, same call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.fluxes import Fluxes
from inloop.gasoptics.longwave import DIRECTIONS, longwave
from inloop.gasoptics.shortwave import shortwave

Array = NDArray[np.float64]


class Optics(Protocol):
    """Gas optics of one part of the spectrum."""

    @property
    def name(self) -> str:
        """For tables and pictures."""

    @property
    def terms(self) -> int:
        """How many spectral terms."""

    @property
    def needed(self) -> tuple[str, ...]:
        """The gases that it takes."""

    def depth(self, air: Atmosphere) -> NDArray[np.float32]:
        """(columns, layers, terms) optical depth of absorption, straight up."""


class LongwaveOptics(Optics, Protocol):
    """The part in which the air shines."""

    def emission(self, temperature: Array) -> Array:
        """(..., terms) of a black body in W/m2, of temperatures of any shape in K."""


class ShortwaveOptics(Optics, Protocol):
    """The part in which the sun shines."""

    @property
    def irradiance(self) -> Array:
        """(terms,) above the atmosphere in W/m2."""

    @property
    def rayleigh(self) -> Array:
        """(terms,) scattering in m2/mol of air."""


@dataclass(frozen=True, eq=False)
class Sun:
    """Where it stands, and what it shines on."""

    cosine: Array
    """(columns,) of the zenith angle; at or below 0 it is night."""
    albedo: Array
    """(columns,) of the surface."""
    irradiance: Array
    """(columns,) above the atmosphere in W/m2, all terms together."""


def longwave_fluxes(
    optics: LongwaveOptics, air: Atmosphere, *, emissivity: Array | float = 1.0, directions: int = DIRECTIONS
) -> Fluxes:
    """Fluxes of columns with these optics."""
    depth = optics.depth(air).astype(np.float64)
    surface = optics.emission(air.surface_temperature)
    return longwave(depth, optics.emission(air.temperature_half), surface, emissivity=emissivity, directions=directions)


def shortwave_fluxes(optics: ShortwaveOptics, air: Atmosphere, sun: Sun) -> Fluxes:
    """Fluxes of columns with these optics; none where it is night."""
    lit = np.flatnonzero(sun.cosine > 0)
    up, down, direct = (np.zeros(air.pressure_half.shape) for _ in range(3))
    if lit.size:
        part = air if lit.size == air.columns else air.taken(lit)
        found = shortwave(
            optics.depth(part).astype(np.float64),
            part.moles[..., None] * optics.rayleigh,
            optics.irradiance / optics.irradiance.sum() * sun.irradiance[lit, None],
            cosine=sun.cosine[lit],
            albedo=sun.albedo[lit],
        )
        up[lit], down[lit], direct[lit] = found.up, found.down, np.asarray(found.direct)
    return Fluxes(up, down, direct)
