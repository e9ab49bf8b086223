"""A level-set network with random weights: what it answers is nonsense, and the laws must hold all the same."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from tests.mir.strategies import Floats

from inloop.mir.learned import FEATURES, VERTICES
from inloop.mir.publish import publish

SIZES = (FEATURES, 24, 24, VERTICES)


def random_weights(seed: int = 0, scale: float = 1.0, sizes: tuple[int, ...] = SIZES) -> dict[str, Floats]:
    """Answers of about `scale`, where a trained network's are about one."""
    rng = np.random.default_rng(seed)
    weights = {}
    for k, (a, b) in enumerate(itertools.pairwise(sizes)):
        factor = scale if k == len(sizes) - 2 else 1.0
        weights[f"layers.{k}.weight"] = (factor * rng.normal(size=(b, a)) / np.sqrt(a)).astype(np.float32)
        weights[f"layers.{k}.bias"] = (factor * rng.normal(size=b) / 4).astype(np.float32)
    return weights


def random_bundle(path: Path, seed: int = 0, scale: float = 1.0) -> Path:
    """A bundle of such weights, without a graph."""
    provenance = {"command": "pytest", "seed": seed, "data": "none"}
    return publish(random_weights(seed, scale), path, provenance=provenance, errors={}, graph=False).path
