"""The samples of an a-priori report: the test parts of stores, which no training that keeps to the split has seen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop.data import Samples
from inloop.errors import InloopError
from inloop.mir.samples import Recipe, generate
from inloop.mir.samples.recipe import KIND

Doubles = NDArray[np.float64]

MANY = 6
"""Materials of the many-material samples that are drawn."""
PART = 10
"""Samples drawn for each that is held out: the test part is a tenth."""


@dataclass(frozen=True)
class HeldOut:
    """The test part of a store of samples."""

    title: str
    path: Path
    recipe: Recipe
    seed: int
    names: tuple[str, ...]
    """Of the families, by number."""
    fractions: Doubles
    """(n, M, w, w): of the zones, halo included."""
    coverage: NDArray[np.float32]
    """(n, M, 64, 64)."""
    family: NDArray[np.int16]
    radius: Doubles
    """Smallest radius of curvature, in zones; infinite where all is straight."""
    shape_seed: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.fractions)

    @property
    def materials(self) -> int:
        """M of the arrays; a sample may hold fewer."""
        return int(self.fractions.shape[1])

    @property
    def about(self) -> dict[str, Any]:
        """What a reader needs to draw them again."""
        return {
            "file": self.path.name,
            "recipe": self.recipe.digest,
            "materials": self.materials,
            "seed": self.seed,
            "part": "test",
            "samples": len(self),
        }


def draw_stores(
    directory: Path, samples: int, *, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> list[Path]:
    """Draw the two stores whose test parts hold about `samples` of two materials and a quarter as many of up to six.

    Stores that are there already are used again, unfinished ones are finished.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise InloopError(f"{directory}: cannot be made ({wrong.strerror}); name a folder that can") from None
    paths = []
    for name, recipe, count in (("two", Recipe(), samples), ("many", Recipe(materials=MANY), max(1, samples // 4))):
        path = directory / f"{name}-{PART * count}-seed-{seed}.h5"
        generate(recipe, path, PART * count, seed=seed, progress=progress)
        paths.append(path)
    return paths


def held_out(path: str | os.PathLike[str], *, most: int | None = None) -> HeldOut:
    """The test part of a store, at most the first `most` of it."""
    with Samples(path) as store:
        if store.recipe.get("kind") != KIND:
            raise InloopError(
                f"{store.path}: holds {store.recipe.get('kind', 'samples of another kind')!r}, expected {KIND!r};"
                " draw samples with inloop.mir.samples.generate"
            )
        recipe = Recipe.from_json(json.dumps(store.recipe))
        rows = store.rows("test")[:most]
        if not len(rows):
            raise InloopError(f"{store.path}: none of its {len(store)} samples is in the test part; draw more")
        held = store.read(rows, names=("fractions", "coverage", "family", "radius", "seed"))
        names = tuple(store.about["families"])
        title = "two materials" if recipe.materials == 2 else f"up to {recipe.materials} materials"
        return HeldOut(
            title,
            store.path,
            recipe,
            store.layout.seed,
            names,
            held["fractions"],
            held["coverage"],
            held["family"],
            held["radius"],
            held["seed"],
        )
