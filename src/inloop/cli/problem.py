"""What a verb works on: the fractions in a file, or a built-in example with its truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inloop.cli.options import per_axis
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.mir.files import Widths
    from inloop.mir.measures import Truth

_LARGEST_CHANGE = 1e-3


@dataclass(frozen=True)
class Problem:
    """Arguments of `mir.reconstruct`, with names for people and, for an example, the true shape."""

    title: str
    fractions: NDArray[np.floating[Any]]
    spacing: tuple[Widths, ...] | None = None
    origin: tuple[float, ...] | None = None
    centroids: NDArray[np.floating[Any]] | None = None
    names: tuple[str, ...] | None = None
    truth: Truth | None = None

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return 3 if self.fractions.ndim == 4 else 2

    @property
    def mesh(self) -> str:
        """The mesh in words, x first."""
        return " x ".join(str(n) for n in self.fractions.shape[: -1 - self.dimensions : -1]) + " zones"

    def outline(self) -> list[NDArray[np.float64]] | None:
        """The true border as polylines, where it is known and in the plane."""
        from inloop.mir.shapes import Diagram, Shape

        return self.truth.outline() if isinstance(self.truth, Shape | Diagram) else None

    def with_mesh(self, spacing: str | None, origin: str | None) -> Problem:
        """The same with the command line's mesh where it gives one."""
        return replace(
            self,
            spacing=per_axis(spacing, "--spacing", self.dimensions) or self.spacing,
            origin=per_axis(origin, "--origin", self.dimensions) or self.origin,
        )

    def normalised(self) -> tuple[Problem, float]:
        """Fractions clipped to [0, 1] and divided by their sum, and the largest change of any; refused if large."""
        f = np.clip(self.fractions, 0, 1)
        total = f.sum(axis=0) if f.ndim > 2 else np.ones(())
        with np.errstate(divide="ignore", invalid="ignore"):
            f = f / total
        change = float(np.abs(f - self.fractions).max(initial=0.0))
        if not change <= _LARGEST_CHANGE:
            raise InloopError(
                f"{self.title}: --normalise would change a fraction by {change:.1e}, more than rounding does"
                f" ({_LARGEST_CHANGE:g}); check which arrays are the fractions"
            )
        return replace(self, fractions=f), change


def from_file(path: str, inside: str | None) -> Problem:
    """The fractions in a file."""
    from inloop.mir.files import read_field

    field = read_field(path, inside=inside)
    return Problem(path, field.fractions, field.spacing, field.origin, field.centroids, field.names)


def from_example(name: str, grid: int) -> Problem:
    """A built-in example on grid zones a side of the unit box."""
    from inloop.mir.shapes import BUILT_IN

    if name not in BUILT_IN:
        raise InloopError(f"--shape '{name}': no such example; give one of {', '.join(BUILT_IN)}")
    example = BUILT_IN[name]
    f = example.fractions(grid)
    if f.ndim == example.dimensions == 3:
        f = np.stack([f, 1.0 - f])
    spacing = (1.0 / grid,) * example.dimensions
    return Problem(name, f, spacing, None, example.centroids(grid), None, example.shape)
