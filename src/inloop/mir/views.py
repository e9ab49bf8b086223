"""What the level-set network is shown of many samples, prepared once by the native core; no torch.

A sample: 8 x 8 zones of 8 x 8 sub-zones (the core), and three more layers of fractions all around. Rows of the arrays
are mixed zones, those of the cores and of the first layer around them, which share vertices with the cores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inloop import _core
from inloop.case import Batch
from inloop.errors import InloopError

SUB = 8  # sub-zones along a zone's side
VERTICES = SUB + 1
CORE = 8  # zones along a sample's side
HALO = 3  # layers of fractions around them
GRID = (CORE + 2) * SUB + 1  # vertices along the side of the core and one zone around

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]


def _orientations() -> Integers:
    """(8, 81): the vertex of the canonical block that each vertex of the zone is, for each of the square's motions."""
    back = np.empty((8, VERTICES, VERTICES), dtype=np.int64)
    for turn in range(8):
        for j in range(VERTICES):
            for i in range(VERTICES):
                a, b = (j, i) if turn & 4 else (i, j)
                a = VERTICES - 1 - a if turn & 1 else a
                b = VERTICES - 1 - b if turn & 2 else b
                back[turn, b, a] = j * VERTICES + i
    return back.reshape(8, -1)


_BACK = _orientations()
_PATCH = (np.arange(VERTICES)[:, None] * GRID + np.arange(VERTICES)).reshape(-1)
_X = np.arange(VERTICES) / SUB - 0.5


@dataclass(frozen=True)
class Views:
    """Everything about many samples that does not depend on the network."""

    fractions: Doubles  # (samples, 14, 14) of one material
    coverage: Floats  # (samples, 64, 64) of it in the core
    start: Integers  # (samples + 1,) first row of each sample
    place: Integers  # (n, 2) row and column in the core, -1 and 8 in the layer around it
    feature: Floats  # (n, 30)
    line: Floats  # (n, 3) level set of the classical line: value at the zone's centre, slopes; canonical orientation
    size: Floats  # (n,) largest difference between the fractions around and those under the line
    scale: Floats  # (n,) what the network's answer is multiplied by
    turn: Integers  # (n,) the motion that leads to the canonical orientation
    sign: Floats  # (n,) -1 where the zone is seen from the other material
    fraction: Doubles  # (n,)

    def __len__(self) -> int:
        return len(self.start) - 1

    def batch(self, samples: Integers) -> Batch:
        """The rows of these samples, with their vertices numbered within the batch, and the truth in the cores."""
        counts = self.start[samples + 1] - self.start[samples]
        owner = np.repeat(np.arange(len(samples)), counts)
        rows = self.start[samples][owner] + np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        place = self.place[rows]
        inner = ((place >= 0) & (place < CORE)).all(axis=1)
        corner = (place[:, 0] + 1) * SUB * GRID + (place[:, 1] + 1) * SUB
        line = self.line[rows]
        level = line[:, 0, None, None] + line[:, 1, None, None] * _X + line[:, 2, None, None] * _X[:, None]
        blocks = self.coverage.reshape(-1, CORE, SUB, CORE, SUB)
        truth = np.zeros((len(rows), SUB, SUB), dtype=np.float32)
        truth[inner] = blocks[samples[owner[inner]], place[inner, 0], :, place[inner, 1], :]
        return {
            "feature": self.feature[rows],
            "line": level.reshape(-1, VERTICES**2).astype(np.float32),
            "size": self.size[rows],
            "scale": self.scale[rows],
            "back": _BACK[self.turn[rows]],
            "sign": self.sign[rows],
            "vertex": (owner * GRID**2 + corner)[:, None] + _PATCH,
            "inner": inner,
            "fraction": self.fraction[rows],
            "truth": truth.reshape(-1, SUB**2),
            "samples": np.array(len(samples)),
        }


def views_of(fractions: Doubles, coverage: Floats) -> Views:
    """From (n, 14, 14) fractions of one material (three halo layers) and its (n, 64, 64) coverage of the core."""
    side = CORE + 2 * HALO
    if fractions.ndim != 3 or fractions.shape[1:] != (side, side):
        raise InloopError(f"fractions have shape {fractions.shape}: expected (samples, {side}, {side})")
    if coverage.shape != (len(fractions), CORE * SUB, CORE * SUB):
        raise InloopError(
            f"coverage has shape {coverage.shape}: expected ({len(fractions)}, {CORE * SUB}, {CORE * SUB})"
        )
    fractions = np.ascontiguousarray(fractions, dtype=np.float64)
    sample, place, turn, feature, line, size, fraction = _core.views(fractions)
    return Views(
        fractions=fractions,
        coverage=np.asarray(coverage, dtype=np.float32),
        start=np.searchsorted(sample, np.arange(len(fractions) + 1)),
        place=place,
        feature=feature.astype(np.float32),
        line=line.astype(np.float32),
        size=size.astype(np.float32),
        scale=(size * (0.03 + size)).astype(np.float32),
        turn=(turn % 8).astype(np.int64),
        sign=np.where(turn >= 8, -1.0, 1.0).astype(np.float32),
        fraction=fraction,
    )
