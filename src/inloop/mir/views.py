"""What a network is shown of many samples, prepared once by the native core; no torch.

A sample: 8 x 8 zones of 8 x 8 sub-zones (the core), and more layers of fractions all around. Mixed zones (sites) are
those of the cores and of the first layer around them, which share vertices with the cores. Of a site with two materials
one question is asked, of one with more a question a material.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from inloop import _core
from inloop.case import Batch
from inloop.errors import InloopError
from inloop.mir.samples.exact import CORE, FINE, HALO, ZONES

SUB = FINE  # sub-zones along a zone's side

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]

_OF_SITES = ("place", "asked", "site_size")
_OF_QUESTIONS = ("feature", "material", "fraction", "line", "size", "scale", "turn", "ties", "truth")


@dataclass(frozen=True)
class Views:
    """Everything about the s sites and q questions of many samples that does not depend on a network."""

    first_site: Integers  # (samples + 1,)
    first_question: Integers  # (samples + 1,)
    place: NDArray[np.int32]  # (s, 2) row and column in the core, -1 and 8 in the layer around it
    asked: NDArray[np.int32]  # (s,) questions
    site_size: Floats  # (s,) the largest of their sizes
    feature: Floats  # (q, 58)
    material: NDArray[np.int16]  # (q, 2) the material, and the other one or -1 for the rest
    fraction: Doubles  # (q, 2) of the material, and of the rest
    line: Doubles  # (q, 3) level set of the classical line: value at the zone's centre, slopes; canonical orientation
    size: Doubles  # (q,) largest difference between the fractions around and those under the line
    scale: Doubles  # (q,) what the network's answer is multiplied by
    turn: NDArray[np.int32]  # (q,) the motion that leads to the canonical orientation, + 8 if seen from the rest
    ties: NDArray[np.int32]  # (q,) further views that are as canonical, which the reconstruction averages with this one
    truth: Floats  # (q, 64) the material's shares of the sub-zones; nothing outside the core

    def __len__(self) -> int:
        return len(self.first_site) - 1

    def batch(self, samples: Integers) -> Batch:
        """The rows of these samples, in their order; `sample` numbers them within the batch."""
        sites, owner = _rows(self.first_site, samples)
        questions, _ = _rows(self.first_question, samples)
        rows = {name: getattr(self, name)[sites] for name in _OF_SITES}
        rows |= {name: getattr(self, name)[questions] for name in _OF_QUESTIONS}
        return rows | {"sample": owner}

    def take(self, samples: Integers) -> Views:
        """The views of these samples alone."""
        rows = {name: array for name, array in self.batch(samples).items() if name != "sample"}
        firsts = {}
        for name in ("first_site", "first_question"):
            first = getattr(self, name)
            firsts[name] = np.concatenate([[0], np.cumsum(first[samples + 1] - first[samples])])
        return Views(**firsts, **rows)  # type: ignore[arg-type]

    @property
    def inner(self) -> NDArray[np.bool_]:
        """(s,) whether a site lies in the core."""
        return np.asarray(in_core(self.place))


def in_core(place: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(s,) whether places (s, 2) lie in the core."""
    return np.asarray(((place >= 0) & (place < CORE)).all(axis=1))


def views_of(fractions: Doubles, coverage: Floats, *, bounded: bool = False) -> Views:
    """From fractions (n, M, 16, 16) of all materials and their coverage (n, M, 64, 64) of the core.

    bounded: as if the mesh ended with the core, whose outermost fractions go on beyond.
    """
    if fractions.ndim != 4 or fractions.shape[1] < 2 or fractions.shape[2:] != (ZONES, ZONES):
        raise InloopError(
            f"fractions have shape {fractions.shape}: expected (samples, materials, {ZONES}, {ZONES}) of all materials"
        )
    pixels = CORE * SUB
    if coverage.shape != (*fractions.shape[:2], pixels, pixels):
        raise InloopError(
            f"coverage has shape {coverage.shape}: expected {(*fractions.shape[:2], pixels, pixels)} as of fractions"
        )
    given = fractions[:, :1] if fractions.shape[1] == 2 else fractions  # material 1 is the rest: its digits are kept
    halo = HALO
    if bounded:
        given, halo = given[..., HALO:-HALO, HALO:-HALO], 0
    sample, place, asked, material, fraction, feature, line, size, scale, turn, ties = _core.views(
        np.ascontiguousarray(given, dtype=np.float64), halo
    )
    first_site = np.searchsorted(sample, np.arange(len(fractions) + 1))
    of = np.repeat(np.arange(len(sample)), asked)  # the site of each question
    starts = np.concatenate([[0], np.cumsum(asked)])
    blocks = coverage.reshape(*coverage.shape[:2], CORE, SUB, CORE, SUB)
    truth = np.zeros((len(of), SUB, SUB), dtype=np.float32)
    inner = np.flatnonzero(in_core(place)[of])
    row, column = place[of[inner]].T
    truth[inner] = blocks[sample[of[inner]], material[inner, 0], row, :, column, :]
    return Views(
        first_site=first_site,
        first_question=starts[first_site],
        place=place,
        asked=asked,
        site_size=np.maximum.reduceat(size, starts[:-1]).astype(np.float32) if len(size) else np.zeros(0, np.float32),
        feature=feature,
        material=material,
        fraction=fraction,
        line=line,
        size=size,
        scale=scale,
        turn=turn,
        ties=ties,
        truth=truth.reshape(-1, SUB**2),
    )


def joined(parts: Sequence[Views]) -> Views:
    """The samples of several views, one after the other."""
    arrays = {}
    for field in fields(Views):
        columns = [getattr(part, field.name) for part in parts]
        if field.name.startswith("first_"):
            offsets = np.cumsum([0, *(column[-1] for column in columns)])
            pieces = [column[:-1] + offset for column, offset in zip(columns, offsets[:-1], strict=True)]
            arrays[field.name] = np.concatenate([*pieces, offsets[-1:]])
        else:
            arrays[field.name] = np.concatenate(columns)
    return Views(**arrays)


def _rows(first: Integers, samples: Integers) -> tuple[Integers, Integers]:
    """The rows of these samples, and for each the number of its sample among them."""
    counts = first[samples + 1] - first[samples]
    owner = np.repeat(np.arange(len(samples)), counts)
    return first[samples][owner] + np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts), owner
