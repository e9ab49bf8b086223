"""Images that no clean border makes: mazes, dots, chequered blocks, heaps of rectangles, of whole sub-zones.

They are unlike what the reconstruction is taught on, and teach its gate to doubt it there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.mir.samples.exact import CORE, FINE, HALO, ZONES

_SIDE = ZONES * FINE
_ROWS, _COLUMNS = np.indices((_SIDE, _SIDE))


class Rough(NamedTuple):
    """Fractions (n, 16, 16) of one material on the core and four layers of zones around, its coverage (n, 64, 64)."""

    fractions: NDArray[np.float64]
    coverage: NDArray[np.float32]


def rough(count: int, *, seed: int = 0) -> Rough:
    """Draw images of the four kinds in turn; the material and the rest change places in half of them."""
    if count < 1:
        raise InloopError(f"rough: count is {count}, expected a whole number of at least 1")
    draw = np.random.default_rng(seed)
    kinds = (_maze, _dots, _blocks, _heap)
    fractions, coverage = np.empty((count, ZONES, ZONES)), np.empty((count, CORE * FINE, CORE * FINE), np.float32)
    inner = slice(HALO * FINE, -HALO * FINE)
    for number in range(count):
        image = kinds[number % len(kinds)](draw)
        while image[inner, inner].all() or not image[inner, inner].any():  # no border where it is looked for
            image = kinds[number % len(kinds)](draw)
        if draw.random() < 0.5:
            image = ~image
        fractions[number] = image.reshape(ZONES, FINE, ZONES, FINE).mean(axis=(1, 3))
        coverage[number] = image[inner, inner]
    return Rough(fractions, coverage)


def _between(draw: np.random.Generator, least: float, greatest: float) -> float:
    """A length whose logarithm is uniform, in sub-zones."""
    return float(np.exp(draw.uniform(np.log(least), np.log(greatest))))


def _maze(draw: np.random.Generator) -> NDArray[np.bool_]:
    """Noise, smoothed over a random length, above a random level."""
    width = _between(draw, 0.7, 24)
    frequency = np.fft.fftfreq(_SIDE)[:, None] ** 2 + np.fft.rfftfreq(_SIDE) ** 2
    smoothed = np.fft.rfft2(draw.normal(size=(_SIDE, _SIDE))) * np.exp(-2 * (np.pi * width) ** 2 * frequency)
    noise = np.fft.irfft2(smoothed, (_SIDE, _SIDE))
    return np.asarray(noise > np.quantile(noise, draw.uniform(0.1, 0.9)))


def _dots(draw: np.random.Generator) -> NDArray[np.bool_]:
    """Discs, most of them smaller than a zone."""
    image = np.zeros((_SIDE, _SIDE), dtype=bool)
    for _ in range(draw.integers(1, 120)):
        row, column = draw.uniform(0, _SIDE, 2)
        image |= (_ROWS - row) ** 2 + (_COLUMNS - column) ** 2 < _between(draw, 0.6, 10) ** 2
    return image


def _blocks(draw: np.random.Generator) -> NDArray[np.bool_]:
    """A chequered pattern, in half of the images with sub-zones astray."""
    width, (row, column) = draw.integers(2, 24), draw.integers(0, 24, 2)
    image = ((_ROWS + row) // width + (_COLUMNS + column) // width) % 2 == 1
    astray = draw.random((_SIDE, _SIDE)) < (draw.uniform(0, 0.2) if draw.random() < 0.5 else 0)
    return np.asarray(image ^ astray)


def _heap(draw: np.random.Generator) -> NDArray[np.bool_]:
    """Rectangles, some of which cut what lies below."""
    image = np.zeros((_SIDE, _SIDE), dtype=bool)
    for _ in range(draw.integers(1, 40)):
        (row, column), (height, width) = draw.integers(0, _SIDE, 2), draw.integers(1, 30, 2)
        part = image[row : row + height, column : column + width]
        part[:] = ~part if draw.random() < 0.5 else True
    return image
