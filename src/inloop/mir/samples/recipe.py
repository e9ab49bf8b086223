"""What a set of samples is made of: the mixture of families and the distribution of scales."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inloop.data.layout import digest
from inloop.errors import InloopError
from inloop.mir.samples.dice import Range
from inloop.mir.samples.families import NAMES, family

KIND = "inloop mir samples 2"
"""Named in the JSON of a recipe; the number rises when the same recipe and seed draw other figures."""

_TWO = {
    "line": 1.0, "arc": 2.0, "ellipse": 2.0, "lobed": 2.0, "smooth": 2.0, "wedge": 2.0,
    "polygon": 1.5, "filament": 2.0, "thread": 2.0, "gap": 1.0, "pair": 1.0,
}  # fmt: skip
_MANY = {
    "t-junction": 3.0, "y-junction": 3.0, "drop": 1.0, "voronoi": 2.0, "power": 2.0,
    "filament": 1.0, "thread": 1.0, "gap": 0.5, "pair": 0.5,
}  # fmt: skip
_MOST_MATERIALS, _GREATEST_LENGTH = 64, 1e3


@dataclass(frozen=True)
class Recipe:
    """All lengths in zone widths; pairs are (least, greatest) of a length whose logarithm is uniform."""

    materials: int = 2
    """M of the arrays; a figure of many may hold fewer of them."""
    families: tuple[tuple[str, float], ...] | Mapping[str, float] = ()
    """Names with weights (a mapping is taken too); none: a mixture of all that suit the number of materials."""
    radius: Range = (1.0, 200.0)
    """Radii of curvature: from under-resolved to what a fine mesh makes of a smooth border."""
    width: Range = (0.1, 2.0)
    """Of filaments and layers."""
    gap: Range = (0.01, 1.0)
    """Between bodies that nearly touch."""
    spacing: Range = (2.0, 10.0)
    """Mean distance of the sites of Voronoi and power diagrams."""
    bent: float = 0.5
    """Share of the otherwise straight figures whose borders are bent, with radii as above."""
    aligned: float = 0.05
    """Share of the figures that are turned by quarter turns only."""
    grazing: float = 0.15
    """Share of the figures with a border close to a corner of a zone, which makes tiny fractions ..."""
    graze: Range = (1e-5, 1e-1)
    """... this close."""

    def __post_init__(self) -> None:
        if not _is_whole(self.materials) or not 2 <= self.materials <= _MOST_MATERIALS:
            raise InloopError(
                f"recipe: materials is {self.materials!r}, expected a whole number from 2 to {_MOST_MATERIALS}"
            )
        for name in ("radius", "width", "gap", "spacing", "graze"):
            object.__setattr__(self, name, _checked_range(name, getattr(self, name)))
        for name in ("bent", "aligned", "grazing"):
            object.__setattr__(self, name, _checked_share(name, getattr(self, name)))
        try:
            given = dict(self.families) or (_TWO if self.materials == 2 else _MANY)
        except (TypeError, ValueError):
            raise InloopError(f"recipe: families is {self.families!r}, expected names with weights") from None
        object.__setattr__(self, "families", self._checked_families(given))

    def _checked_families(self, given: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
        for name, weight in given.items():
            if name not in NAMES:
                raise InloopError(f"recipe: family {name!r} is unknown: take one of {', '.join(NAMES)}")
            if not _is_number(weight) or not 0 <= weight < math.inf:
                raise InloopError(f"recipe: family {name!r} has weight {weight!r}, expected a number, 0 or more")
            if self.materials == 2 and family(name).two is None:
                raise InloopError(f"recipe: family {name!r} needs 3 materials, the recipe has 2; leave it out")
            if self.materials < family(name).roles and family(name).two is None:
                raise InloopError(f"recipe: family {name!r} needs {family(name).roles} materials; set materials")
        if not sum(given.values()) > 0:
            raise InloopError("recipe: families all have weight 0; give one of them more")
        return tuple((name, float(given[name])) for name in NAMES if name in given)

    def to_json(self) -> str:
        """One line of JSON with every field; equal recipes give equal text."""
        fields = dataclasses.asdict(self) | {"families": dict(self.families), "kind": KIND}
        return json.dumps(fields, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """The recipe again; fields left out have their defaults, and unknown ones are refused."""
        try:
            fields = json.loads(text)
        except json.JSONDecodeError as error:
            raise InloopError(f"recipe: is not JSON ({error}); write it with Recipe.to_json") from None
        if not isinstance(fields, dict):
            raise InloopError(f"recipe: JSON holds a {type(fields).__name__}, expected an object with named fields")
        kind = fields.pop("kind", KIND)
        if kind != KIND:
            raise InloopError(f"recipe: is for {kind!r}, this program draws {KIND!r}; make the samples again")
        names = [field.name for field in dataclasses.fields(cls)]
        for name in fields:
            if name not in names:
                raise InloopError(f"recipe: field {name!r} does not exist: take one of {', '.join(names)}")
        return cls(**fields)

    @property
    def digest(self) -> str:
        """Hash of the recipe: 16 hexadecimal digits."""
        return digest(self.to_json())


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _checked_range(name: str, value: Any) -> Range:
    pair = tuple(value) if isinstance(value, list | tuple) else ()
    if len(pair) != 2 or not all(map(_is_number, pair)) or not 0 < pair[0] <= pair[1] <= _GREATEST_LENGTH:
        raise InloopError(
            f"recipe: {name} is {value!r}, expected two lengths in zones, (least, greatest), above 0 and at most 1000"
        )
    return float(pair[0]), float(pair[1])


def _checked_share(name: str, value: Any) -> float:
    if not _is_number(value) or not 0 <= value <= 1:
        raise InloopError(f"recipe: {name} is {value!r}, expected a share from 0 to 1")
    return float(value)
