"""What the gate does on held-out samples and on rough images: how much it accepts, how much of that is worse."""

from __future__ import annotations

import dataclasses
import math
import os
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from inloop.gate import Promise
from inloop.mir.a_priori.errors import REFERENCE, Measured, Step, cores, is_mixed, measured
from inloop.mir.a_priori.samples import Doubles, HeldOut
from inloop.mir.gate import Gate, is_worse
from inloop.mir.learned import Learned, Opened
from inloop.mir.reconstruct import method_of
from inloop.mir.samples.rough import rough

ROUGH_KINDS = ("maze", "dots", "blocks", "heap")
"""In the order in which `inloop.mir.samples.rough` draws them, in turn."""
_LEAST = 1e-3
"""A rough image on which ELVIRA misplaces less than this of a zone has no ratio."""


@dataclass(frozen=True)
class Lines(Learned):
    """ELVIRA's lines, shared and projected as the network's answers are: a gate that rejects all of these."""

    def opened(self) -> Opened:
        """The bundle with a promise that nothing keeps."""
        there = super().opened()
        if there.judge is None:
            return there
        none = Promise(0.0, -math.inf, 0.0, 0.0)
        calibration = dataclasses.replace(there.judge.calibration, promises=(none,))
        return there._replace(judge=dataclasses.replace(there.judge, calibration=calibration))


def lines(bundle: str | os.PathLike[str] | None, samples: HeldOut) -> Measured:
    """Measure those lines on samples; the bundle must carry a gate."""
    return measured(samples.fractions, samples.coverage, Lines(bundle), gate=Gate(0.0))


def promises(bundle: str | os.PathLike[str] | None) -> list[float]:
    """The shares that a bundle's gate promises, ascending; none if it carries no gate."""
    judge = Learned(bundle).opened().judge
    return [] if judge is None else [promise.worse for promise in judge.calibration.promises]


class Kept(NamedTuple):
    """One promise on held-out samples."""

    promised: float | None
    """Share of the accepted zones that may be worse; None: no gate."""
    accepted: float
    """Share of the mixed zones."""
    worse: float
    """Share of the accepted ones that is worse than ELVIRA's line, shared and projected alike."""
    symmetric_difference: float
    conservation_error_max: float
    continuity_error_max: float


def gates(
    samples: HeldOut, bundle: str | os.PathLike[str] | None, *, step: Step = lambda name: None
) -> tuple[list[Kept], float]:
    """Every promise of the bundle, no gate last; and the symmetric difference with nothing accepted."""
    mixed = is_mixed(cores(samples.fractions))
    step("gate, lines")
    bare = lines(bundle, samples).error[mixed]
    found = []
    for promise in [*promises(bundle), None]:
        step(f"gate, {promise}")
        gate = None if promise is None else Gate(promise)
        own = measured(samples.fractions, samples.coverage, Learned(bundle), gate=gate)
        accepted, error = own.accepted[mixed], own.error[mixed]
        worse = float(is_worse(error, bare)[accepted].mean()) if accepted.any() else 0.0
        torn = max(own.beside.max(initial=0.0), own.above.max(initial=0.0))
        kept = float(own.conservation.max(initial=0.0))
        found.append(Kept(promise, float(accepted.mean()), worse, float(error.mean()), kept, float(torn)))
    return found, float(bare.mean())


@dataclass(frozen=True)
class Rough:
    """Error on rough images over ELVIRA's, image by image."""

    kind: str
    images: int
    """How many have a ratio."""
    ratios: dict[str, Doubles]
    """By "gate off", "gate on" (and "lines"), (images,)."""

    def figures(self) -> dict[str, Any]:
        """Mean over the images, and the worst."""
        return {name: {"mean": float(r.mean()), "worst": float(r.max())} for name, r in self.ratios.items()}


def rough_images(
    bundle: str | os.PathLike[str] | None, count: int, *, gate: Gate | None = None, seed: int = 0
) -> list[Rough]:
    """Rough images of all kinds together, then of each: misplaced area over ELVIRA's on the same image.

    They are drawn from seeds that teaching a gate does not use. Images that ELVIRA gets right to a thousandth of a zone
    (mean over the mixed zones) are left out.
    """
    drawn = rough(count, seed=2**31 + seed)
    fractions = np.stack([drawn.fractions, 1 - drawn.fractions], axis=1)
    coverage = np.stack([drawn.coverage, 1 - drawn.coverage], axis=1)
    mixed = is_mixed(cores(fractions))
    runs = {"gate off": measured(fractions, coverage, Learned(bundle))}
    if gate is not None:
        runs["gate on"] = measured(fractions, coverage, Learned(bundle), gate=gate)
    if promises(bundle):
        runs["lines"] = measured(fractions, coverage, Lines(bundle), gate=Gate(0.0))
    number = np.maximum(mixed.sum(axis=(1, 2)), 1)
    elvira = measured(fractions, coverage, method_of(REFERENCE)).error.sum(axis=(1, 2)) / number
    kinds = np.arange(count) % len(ROUGH_KINDS)
    found = []
    for kind, chosen in [("all", elvira >= _LEAST), *((k, (elvira >= _LEAST) & (kinds == i)) for i, k in
                                                     enumerate(ROUGH_KINDS))]:  # fmt: skip
        if chosen.any():
            ratios = {
                name: (own.error.sum(axis=(1, 2)) / number)[chosen] / elvira[chosen] for name, own in runs.items()
            }
            found.append(Rough(kind, int(chosen.sum()), ratios))
    return found
