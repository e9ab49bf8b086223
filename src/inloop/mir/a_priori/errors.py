"""The a-priori error of the learned reconstruction: held-out samples by every method, zone by zone.

A sample is a core of 8 x 8 zones with a halo, as wide as the learned kernel sees, which every method sees. Misplaced
area is measured on the stored coverage of 8 x 8 sub-zones, so it is the least that agrees with the image: inside a
sub-zone, pieces of opposite sign cancel. That is so for all methods alike; the stored truth is rounded to 3e-8 of a
zone. Conservation and continuity are those of the exact pieces and traces.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop import mir
from inloop.errors import InloopError
from inloop.mir.a_priori.samples import Doubles, HeldOut
from inloop.mir.gate import Gate
from inloop.mir.interface import Interface
from inloop.mir.method import Method
from inloop.mir.reconstruct import method_of
from inloop.mir.samples.exact import CORE, FINE, HALO
from inloop.mir.samples.exact import ZONES as WIDE

Mask = NDArray[np.bool_]
Step = Callable[[str], None]

CLASSICAL = ("youngs", "elvira", "lvira", "power")
LEARNED, REFERENCE = "learned", "elvira"
BEST_ORDER = ", best order"
_ALL_ORDERS = 4  # materials of which every order is tried
_AT_ONCE = 64  # samples on one mesh


# ------------------------------------------------------------------------------------------------ one method measured
@dataclass(frozen=True)
class Measured:
    """One method on n samples; zones that are not mixed hold zero."""

    error: Doubles
    """(n, 8, 8): symmetric difference in zone areas."""
    conservation: Doubles
    """(n, 8, 8): largest |area - fraction| of a zone's materials, in zone areas."""
    beside: Doubles
    """(n, 8, 7): disagreement on the edges to the right-hand neighbour, in zone widths."""
    above: Doubles
    """(n, 7, 8): on those to the upper neighbour."""
    square: Doubles
    """(n,): mean over the pixels, of material 0 or of all where there are more than two, of (coverage - truth)^2."""
    accepted: Mask
    """(n, 8, 8): a gate trusted the zone; everywhere without one."""

    @classmethod
    def empty(cls, n: int) -> Measured:
        """Room for n samples."""
        return cls(
            error=np.zeros((n, CORE, CORE)),
            conservation=np.zeros((n, CORE, CORE)),
            beside=np.zeros((n, CORE, CORE - 1)),
            above=np.zeros((n, CORE - 1, CORE)),
            square=np.zeros(n),
            accepted=np.ones((n, CORE, CORE), dtype=bool),
        )

    def put(self, at: NDArray[np.intp], part: Measured) -> None:
        """Take over the samples `at`."""
        for field in dataclasses.fields(self):
            getattr(self, field.name)[at] = getattr(part, field.name)


def measured(
    fractions: Doubles,
    truth: NDArray[np.floating[Any]],
    method: Method,
    *,
    order: Sequence[int] | None = None,
    gate: Gate | None = None,
) -> Measured:
    """Reconstruct samples (n, M, w, w) and hold them against their coverage (n, M, 64, 64)."""
    n = len(fractions)
    result = Measured.empty(n)
    for first in range(0, n, _AT_ONCE):
        at = np.arange(first, min(first + _AT_ONCE, n))
        images, face = reconstructed(fractions[at], method, order=order, gate=gate)
        result.put(at, _compared(fractions[at], images, truth[at].astype(np.float64), face))
    return result


def reconstructed(
    fractions: Doubles, method: Method, *, order: Sequence[int] | None = None, gate: Gate | None = None
) -> tuple[Doubles, Interface]:
    """Coverage (n, M, 64, 64) of the cores of samples (n, M, w, w), and the face of all of them.

    They are stacked on one tall mesh: with a halo around each, no core sees another sample.
    """
    n, materials = fractions.shape[:2]
    stacked = np.ascontiguousarray(fractions.swapaxes(0, 1)).reshape(materials, n * WIDE, WIDE)
    face = mir.reconstruct(stacked, method=method, order=order, gate=gate)
    inner = slice(HALO * FINE, -HALO * FINE)
    images = face.coverage(FINE).reshape(materials, n, WIDE * FINE, WIDE * FINE)[:, :, inner, inner]
    return np.ascontiguousarray(images.swapaxes(0, 1)), face


def _compared(fractions: Doubles, images: Doubles, truth: Doubles, face: Interface) -> Measured:
    n = len(fractions)
    inner = cores(fractions)
    mixed = is_mixed(inner)
    difference = images - truth
    error = by_zone(np.abs(difference)).mean(axis=(-2, -1)).sum(axis=1) / 2
    lost = np.abs(by_zone(images).mean(axis=(-2, -1)) - inner).max(axis=1)
    beside, above = np.zeros((n, CORE, CORE - 1)), np.zeros((n, CORE - 1, CORE))
    lengths, edges = face.tears()
    middle = edges.mean(axis=1).reshape(-1, 2)
    upright = np.abs(edges[:, 0, 0] - edges[:, 1, 0]) < 0.5 if len(edges) else np.zeros(0, dtype=bool)
    for way, grid in ((upright, beside), (~upright, above)):
        # in half zones the middle of an edge is whole; the zone on its lower side names it
        x, y = np.rint(2 * middle[way]).astype(np.intp).T
        column, row = (x // 2 - 1, y // 2) if grid is beside else (x // 2, y // 2 - 1)
        sample, row, column = row // WIDE, row % WIDE - HALO, column - HALO
        own = (row >= 0) & (row < grid.shape[1]) & (column >= 0) & (column < grid.shape[2])
        grid[sample[own], row[own], column[own]] = lengths[way][own]
    rejected = np.zeros((n * WIDE, WIDE), dtype=bool)
    rejected[tuple(face.zones[face.rejected].T)] = True
    square = (difference[:, :1] if fractions.shape[1] == 2 else difference) ** 2
    return Measured(
        np.where(mixed, error, 0.0),
        np.where(mixed, lost, 0.0),
        beside,
        above,
        square.mean(axis=(1, 2, 3)),
        ~cores(rejected.reshape(n, WIDE, WIDE)),
    )


def cores(array: NDArray[Any]) -> NDArray[Any]:
    """(..., w, w) -> (..., 8, 8)."""
    return array[..., HALO:-HALO, HALO:-HALO]


def is_mixed(fractions: Doubles) -> Mask:
    """(n, M, ...) -> (n, ...): zones with a fraction strictly between 0 and 1."""
    return np.asarray(((fractions > 0) & (fractions < 1)).any(axis=1))


def by_zone(images: Doubles) -> Doubles:
    """(..., 64, 64) -> (..., 8, 8, 8, 8): zone row, zone column, pixel row, pixel column."""
    return images.reshape(*images.shape[:-2], CORE, FINE, CORE, FINE).swapaxes(-3, -2)


# ------------------------------------------------------------------------------------------------ the order of cutting
def orders(present: int) -> list[tuple[int, ...]]:
    """The orders tried for this many materials, which are numbered by falling area.

    All of them up to four; of more, every ordered pair first and the others after it by falling area.
    """
    if present <= _ALL_ORDERS:
        return list(itertools.permutations(range(present)))
    pairs = itertools.permutations(range(present), 2)
    return [(*pair, *(m for m in range(present) if m not in pair)) for pair in pairs]


def best_order(samples: HeldOut, method: Method, default: Measured) -> Measured:
    """Measure a nested method with, sample by sample, the order of `orders` that misplaces least over the core.

    default: the method with the order left to it, zone by zone; it stays where no order is better.
    """
    result = dataclasses.replace(
        default, **{field.name: getattr(default, field.name).copy() for field in dataclasses.fields(default)}
    )
    area = samples.fractions.sum(axis=(2, 3))
    present = (area > 0).sum(axis=1)
    for count in np.unique(present[present > 2]):  # two materials: one cut, no choice
        rows = np.flatnonzero(present == count)
        chosen = np.argsort(-area[rows], axis=1, kind="stable")[:, :count]
        fractions, truth = samples.fractions[rows[:, None], chosen], samples.coverage[rows[:, None], chosen]
        tried = orders(int(count))
        totals = np.stack([_totals(fractions, truth, method, order) for order in tried])
        winner = totals.argmin(axis=0)
        better = totals.min(axis=0) < default.error[rows].sum(axis=(1, 2))
        for number in np.unique(winner[better]):
            mine = np.flatnonzero(better & (winner == number))
            part = measured(fractions[mine], truth[mine], method, order=tried[number])
            # absent materials count as pixels of no error, as they do for the other methods
            part.square[:] *= count / samples.materials
            result.put(rows[mine], part)
    return result


def _totals(
    fractions: Doubles, truth: NDArray[np.float32], method: Method, order: Sequence[int]
) -> NDArray[np.float64]:
    """Misplaced area of each sample's core (n,)."""
    totals = []
    for first in range(0, len(fractions), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        images, _ = reconstructed(fractions[part], method, order=order)
        error = by_zone(np.abs(images - truth[part])).mean(axis=(-2, -1)).sum(axis=1) / 2
        totals.append(np.where(is_mixed(cores(fractions[part])), error, 0.0).sum(axis=(1, 2)))
    return np.concatenate(totals)


# ------------------------------------------------------------------------------------------------------- all of them
@dataclass(frozen=True)
class Study:
    """All methods on the same held-out samples; "learned" comes first."""

    samples: HeldOut
    methods: dict[str, Measured]
    mixed: Mask
    """(n, 8, 8), as the two below."""
    present: NDArray[np.intp]
    """Number of materials in the zone."""
    least: Doubles
    """Smallest fraction above zero."""

    @property
    def classical(self) -> list[str]:
        """The methods that the learned one is held against."""
        return [name for name in self.methods if not name.startswith(LEARNED)]

    def mean(self, name: str, where: Mask | None = None) -> float | None:
        """Symmetric difference, mean over the mixed zones (of those `where`, (n, 8, 8)); None if there are none."""
        chosen = self.mixed if where is None else self.mixed & where
        return float(self.methods[name].error[chosen].mean()) if chosen.any() else None

    def means(self, where: Mask | None = None) -> dict[str, float | None]:
        """The same of every method."""
        return {name: self.mean(name, where) for name in self.methods}

    def of_family(self, number: int) -> Mask:
        """(n, 1, 1): the samples of a family."""
        return np.asarray((self.samples.family == number)[:, None, None])

    def figures(self, name: str) -> dict[str, float]:
        """One method's figures under the names that JSON files use."""
        own = self.methods[name]
        torn = np.concatenate([edges[both] for edges, both in zip((own.beside, own.above), self.edges(), strict=True)])
        lost = own.conservation[self.mixed]
        return {
            "mse": float(own.square.mean()),
            "symmetric_difference": float(own.error[self.mixed].mean()),
            "conservation_error_mean": float(lost.mean()),
            "conservation_error_max": float(lost.max()),
            "continuity_error_mean": float(torn.mean()) if len(torn) else 0.0,
            "continuity_error_max": float(torn.max(initial=0.0)),
            "samples": len(self.samples),
            "mixed_zones": int(self.mixed.sum()),
            "sliver_zones": int((self.least < 1e-8)[self.mixed].sum()),
        }

    def edges(self) -> tuple[Mask, Mask]:
        """(n, 8, 7) and (n, 7, 8): the edges between two mixed zones."""
        return self.mixed[:, :, :-1] & self.mixed[:, :, 1:], self.mixed[:, :-1] & self.mixed[:, 1:]


def best_classical(means: Mapping[str, float | None], classical: Sequence[str]) -> tuple[str, float]:
    """The classical method with the smallest mean, and that mean."""
    found = {name: value for name in classical if (value := means[name]) is not None}
    name = min(found, key=lambda one: found[one])
    return name, found[name]


def chosen_methods(names: Sequence[str] | None) -> list[str]:
    """The classical methods to compare with; ELVIRA always, since the gate and the worst cases refer to it."""
    wanted = list(CLASSICAL) if names is None else [name for name in names if name != LEARNED]
    for name in wanted:
        if name not in mir.METHODS:
            raise InloopError(f"methods: no method {name!r}; give some of {', '.join(mir.METHODS)}")
        if method_of(name).takes_centroids:
            raise InloopError(f"methods: {name} needs centroids, which samples do not hold; leave it out")
    return [name for name in mir.METHODS if name in {*wanted, REFERENCE}]


def study(
    samples: HeldOut,
    bundle: str | os.PathLike[str] | None,
    *,
    methods: Sequence[str] = CLASSICAL,
    gate: Gate | None = None,
    step: Step = lambda name: None,
) -> Study:
    """Measure the bundle's kernel, with the gate too if one is given, and the classical methods on samples."""
    strategies: dict[str, tuple[Method, Gate | None]] = {LEARNED: (mir.Learned(bundle), None)}
    if gate is not None:
        strategies[f"{LEARNED}, gate {gate.worse:g}"] = (mir.Learned(bundle), gate)
    strategies |= {name: (method_of(name), None) for name in methods}
    found: dict[str, Measured] = {}
    for name, (method, own_gate) in strategies.items():
        step(f"{samples.title}, {name}")
        found[name] = measured(samples.fractions, samples.coverage, method, gate=own_gate)
        if samples.materials > 2 and method.takes_order:
            step(f"{samples.title}, {name}{BEST_ORDER}")
            found[name + BEST_ORDER] = best_order(samples, method, found[name])
    inner = cores(samples.fractions)
    there = inner > 0
    return Study(
        samples,
        found,
        is_mixed(inner),
        there.sum(axis=1),
        np.where(there, inner, 1.0).min(axis=1),
    )
