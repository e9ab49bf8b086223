"""A part of the spectrum: a table, the kernel that learned it, its gate, and the lights to try them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics import ckdmip
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.fluxes import Fluxes
from inloop.gasoptics.gate import Envelope, Gated, GatedLongwave, GatedShortwave
from inloop.gasoptics.lookup import LookUp
from inloop.gasoptics.measures import sun_at
from inloop.gasoptics.optics import LongwaveOptics, Optics, ShortwaveOptics, Sun, longwave_fluxes, shortwave_fluxes
from inloop.gasoptics.rfmip import Rfmip

Array = NDArray[np.float64]

TABLE, LEARNED, GATED = "table", "learned", "gated"


class Scene(NamedTuple):
    """The CKDMIP profiles in one light, and their fluxes line by line."""

    title: str
    cosine: float
    """Of the sun's zenith angle; of no meaning in the long wave."""
    reference: Fluxes


@dataclass(frozen=True, eq=False)
class Part:
    """A long-wave or short-wave table, and what learned it, if anything did."""

    table: LookUp
    learned: LongwaveOptics | ShortwaveOptics | None = None
    envelope: Envelope | None = None
    """Of what the learned kernel was taught."""
    also: str = ""
    """What tells it from other parts of as many terms."""

    def __post_init__(self) -> None:
        if self.learned is not None and self.learned.terms != self.table.terms:
            raise InloopError(
                f"{self.learned.name} has {self.learned.terms} terms, {self.table.table.path} {self.table.terms};"
                " give the table that was learned"
            )

    @property
    def longwave(self) -> bool:
        """Whether the air shines, not the sun."""
        return self.table.table.is_longwave

    @property
    def title(self) -> str:
        """For headings."""
        return f"{'long' if self.longwave else 'short'} wave, {self.table.terms} terms" + (
            self.also and f", {self.also}"
        )

    @cached_property
    def kernels(self) -> Mapping[str, Optics]:
        """By name, the table first."""
        learned: dict[str, Optics] = {} if self.learned is None else {LEARNED: self.learned}
        return {TABLE: self.table, **learned}

    def gated(self) -> Gated | None:
        """The learned kernel behind its gate, with nothing refused yet; None if there is no gate."""
        if self.learned is None or self.envelope is None:
            return None
        if self.longwave:
            return GatedLongwave(cast(LongwaveOptics, self.learned), self.table, self.envelope)
        return GatedShortwave(cast(ShortwaveOptics, self.learned), self.table, self.envelope)

    def scenes(self, folder: Path) -> Sequence[Scene]:
        """What the profiles are seen in."""
        if self.longwave:
            return [Scene("long wave", 1.0, ckdmip.longwave_reference(folder))]
        lit = ckdmip.shortwave_reference(folder)
        return [
            Scene(f"sun at {cosine:g}", float(cosine), fluxes)
            for cosine, fluxes in zip(lit.cosines, lit.fluxes, strict=True)
        ]

    def fluxes(self, optics: Optics, air: Atmosphere, cosine: float = 0.5) -> Fluxes:
        """As in the line-by-line reference: over black surfaces, or under one sun over surfaces of an albedo of .15."""
        sun = sun_at(cosine, air.columns, albedo=ckdmip.ALBEDO, irradiance=ckdmip.IRRADIANCE)
        return self._solved(optics, air, np.ones(air.columns), sun)

    def site_fluxes(self, optics: Optics, air: Atmosphere, sites: Rfmip) -> Fluxes:
        """Over the RFMIP sites' surfaces, under the sun of each; some are in the night."""
        sun = Sun(sites.cosine, sites.albedo, sites.irradiance)
        return self._solved(optics, air, sites.emissivity, sun)

    def _solved(self, optics: Optics, air: Atmosphere, emissivity: Array, sun: Sun) -> Fluxes:
        if self.longwave:
            return longwave_fluxes(cast(LongwaveOptics, optics), air, emissivity=emissivity)
        return shortwave_fluxes(cast(ShortwaveOptics, optics), air, sun)
