"""Youngs: the normal is the gradient of the fractions (Youngs 1984). Fast, first order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from inloop.errors import InloopError
from inloop.mir.method import Method


@dataclass(frozen=True)
class Youngs(Method):
    """A plane whose normal is a finite-difference gradient of the fractions.

    gradient: "corners" differences the fractions at the zone's corners, linearly across unequal widths, and takes the
    mean (on a uniform mesh the 1-2-1 stencil); "least-squares" fits a linear function to the neighbours that exist,
    unweighted. A gradient that is zero to rounding (below 1e-13) puts the material towards low x.
    """

    name: ClassVar[str] = "youngs"
    gradient: Literal["corners", "least-squares"] = "corners"

    def __post_init__(self) -> None:
        if self.gradient not in ("corners", "least-squares"):
            raise InloopError(f"gradient={self.gradient!r} is unknown: take 'corners' or 'least-squares'")

    @property
    def kernel(self) -> str:
        """The gradient's own kernel."""
        return "youngs" if self.gradient == "corners" else "gradient"
