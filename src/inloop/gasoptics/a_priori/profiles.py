"""The fifty CKDMIP profiles: fluxes and heating rates line by line, by the table, and by what learned it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inloop.gasoptics import ckdmip
from inloop.gasoptics.a_priori.parts import LEARNED, TABLE, Part, Scene
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.fluxes import Fluxes
from inloop.gasoptics.measures import errors, joined

LINES = "line by line"
PAIRS = ((TABLE, LINES), (LEARNED, LINES), (LEARNED, TABLE))
"""What is compared with what."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """One part of the spectrum over these columns."""

    air: Atmosphere
    scenes: Sequence[Scene]
    fluxes: Mapping[str, Sequence[Fluxes]]
    """By kernel, one for each scene; line by line among them."""
    refused: float | None
    """Share of the columns that the gate refuses; None without one."""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Those of `PAIRS` that there are."""
        return tuple(pair for pair in PAIRS if pair[0] in self.fluxes)

    def figures(self, found: str, true: str, scene: int | None = None) -> dict[str, float]:
        """Errors of one kernel against another, in one scene or over all."""
        chosen = range(len(self.scenes)) if scene is None else (scene,)
        return joined([errors(self.fluxes[found][k], self.fluxes[true][k], self.air) for k in chosen])


def profiles(part: Part, folder: Path) -> Profiles:
    """Solve the columns with every kernel of the part."""
    air, scenes = ckdmip.profiles(folder), part.scenes(folder)
    fluxes = {name: [part.fluxes(one, air, scene.cosine) for scene in scenes] for name, one in part.kernels.items()}
    refused = None
    if (gated := part.gated()) is not None:
        gated.depth(air)
        refused = gated.refusals.share
    return Profiles(air, scenes, {LINES: [scene.reference for scene in scenes], **fluxes}, refused)
