"""One sample's figure: drawn and placed by nothing but the recipe and the shape's seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inloop.mir.samples import exact
from inloop.mir.samples.curves import Array, Bend
from inloop.mir.samples.dice import Dice
from inloop.mir.samples.families import FAMILIES, NAMES, Family
from inloop.mir.samples.figure import Figure, Place
from inloop.mir.samples.patches import Patches, joined, patches_of, sharpest_radius
from inloop.mir.samples.recipe import Recipe

_MARGIN = 0.25
"""How far inside the core an anchor lies, in zones."""
_WAVES = 3


@dataclass(frozen=True)
class Shape:
    """A placed figure and what is recorded of it."""

    family: int
    figure: Figure
    place: Place
    patches: Patches
    radius: float


class Batch(NamedTuple):
    """n samples as arrays; see `docs/data.md`."""

    fractions: Array  # (n, M, 16, 16)
    coverage: Array  # (n, M, 64, 64), in double precision
    family: np.ndarray[tuple[int], np.dtype[np.int16]]
    radius: Array
    width: Array


def shape_seed(seed: int, index: int) -> int:
    """The seed of sample `index` of the set with that seed: 64 bits, which identify the shape."""
    return int(np.random.SeedSequence((seed, index)).generate_state(1, np.uint64)[0])


def draw(recipe: Recipe, seed: int) -> Shape:
    """The shape of a seed. A border always passes the core."""
    dice = dice_of(recipe, np.random.default_rng(seed))
    names, weights = zip(*recipe.families, strict=True)
    number = NAMES.index(names[dice.weighted(weights)])
    family = FAMILIES[number]
    figure = family.draw(dice)
    figure = figure.relabelled(_labels(dice, family))
    bend = _bend(dice) if dice.chance(recipe.bent if family.bent is None else family.bent) else None
    angle = dice.whole(0, 3) * math.pi / 2 if dice.chance(recipe.aligned) else dice.angle()
    place = Place(figure.anchor, _target(dice, recipe), angle, bend)
    patches = patches_of(figure, place, exact.WINDOW)
    return Shape(number, figure, place, patches, sharpest_radius(patches, exact.WINDOW))


def dice_of(recipe: Recipe, rng: np.random.Generator) -> Dice:
    """Random lengths in the ranges of a recipe."""
    return Dice(rng, recipe.radius, recipe.width, recipe.gap, recipe.spacing, recipe.materials)


def sampled(recipe: Recipe, shapes: list[Shape]) -> Batch:
    """The exact arrays of several shapes; each comes out as it would alone."""
    shares = exact.coverage(joined([shape.patches for shape in shapes]), len(shapes), recipe.materials)
    return Batch(
        exact.fractions(shares),
        exact.core(shares),
        np.array([shape.family for shape in shapes], dtype=np.int16),
        np.array([shape.radius for shape in shapes]),
        np.array([shape.figure.width for shape in shapes]),
    )


def _labels(dice: Dice, family: Family) -> list[int]:
    """Which material plays each role: with two materials one of two ways, with more any."""
    if dice.materials == 2 and family.two is not None:
        swap = dice.chance(0.5)
        return [1 - material if swap else material for material in family.two]
    return [int(material) for material in dice.rng.permutation(dice.materials)]


def _target(dice: Dice, recipe: Recipe) -> tuple[float, float]:
    """Where in the core the anchor goes: anywhere, or very close to a corner between zones."""
    if dice.chance(recipe.grazing):
        distance, angle = dice.log_uniform(recipe.graze), dice.angle()
        column, row = dice.whole(1, exact.CORE - 1), dice.whole(1, exact.CORE - 1)
        return column + distance * math.cos(angle), row + distance * math.sin(angle)
    x, y = (dice.uniform(_MARGIN, exact.CORE - _MARGIN) for _ in range(2))
    return x, y


def _bend(dice: Dice) -> Bend:
    """Waves in all directions whose curvatures, strain times wave number, add up to that of a random radius."""
    radius = dice.radius()
    strain = dice.uniform(min(max(0.1, 0.5 / radius), 0.5), 0.5)
    shares = 0.2 + dice.rng.random(_WAVES)
    shares /= shares.sum()
    numbers = (0.5 + dice.rng.random(_WAVES)) / (radius * strain)
    ways, pushes, phases = 2 * math.pi * dice.rng.random((3, _WAVES))
    wave = numbers[:, None] * np.stack([np.cos(ways), np.sin(ways)], axis=1)
    push = (strain * shares / numbers)[:, None] * np.stack([np.cos(pushes), np.sin(pushes)], axis=1)
    return Bend(wave, push, phases)
