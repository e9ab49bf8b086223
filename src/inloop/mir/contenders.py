"""What `inloop bench mir` measures: a bundle on every engine, classical methods for scale, the published autoencoders.

All get the same held-out samples of two materials as arrays of the host and give 64 x 64 images of coverage. The
autoencoders are handed their 64 x 64 images ready made, and have random weights: what they compute does not depend on
the numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inloop import _core, mir
from inloop.bundle import Bundle
from inloop.errors import InloopError
from inloop.kernel import NATIVE, Kernel
from inloop.mir.learned import SHIPPED
from inloop.mir.sampled import PIXELS, SUB_ZONES, ZONES
from inloop.mir.samples import Recipe, draw, sampled, shape_seed
from inloop.mir.samples.exact import CORE, HALO
from inloop.optimize.contest import Comparison, Contest
from inloop.optimize.kernels import on_engines
from inloop.optimize.throughput import Call, Contender

SAMPLES = 512
CLASSICAL = ("elvira", "lvira")
PUBLISHED_RATES = {"published, original, A100": 7500.0, "published, reduced, A100": 100000.0}
_DRAWN_AT_ONCE = 64
_TURNS = 5
_IMAGE = 4 * PIXELS**2  # bytes
_VIEWS = 64 * 1024  # what an engine outside the core is handed for a sample, in and out, and some room

Progress = Callable[[float, str], None]
"""Told the share of the preparations that is done, and what comes next."""


class Batches:
    """Held-out samples, repeated in order to any size. Arrays of the last size are kept: contenders share them."""

    def __init__(self, count: int, seed: int, *, progress: Progress = lambda share, words: None) -> None:
        recipe, parts = Recipe(), []
        for first in range(0, count, _DRAWN_AT_ONCE):
            numbers = range(first, min(first + _DRAWN_AT_ONCE, count))
            progress(first / count, f"{first} of {count} samples")
            whole = sampled(recipe, [draw(recipe, shape_seed(seed, number)) for number in numbers]).fractions[:, 0]
            parts.append(whole[:, HALO : HALO + CORE, HALO : HALO + CORE])
        self._distinct: NDArray[np.float64] = np.concatenate(parts)
        self.mixed: NDArray[np.intp] = ((self._distinct > 0) & (self._distinct < 1)).sum(axis=(1, 2))
        """Mixed zones of each distinct sample."""
        self._kept: dict[str, NDArray[Any]] = {}

    def zones(self, size: int) -> NDArray[np.float64]:
        """Fractions (size, 8, 8) of material 0."""
        return self._of("zones", size, lambda: np.resize(self._distinct, (size, ZONES, ZONES)))

    def images(self, size: int) -> NDArray[np.float32]:
        """The same, repeated over each zone's pixels: (size, 64, 64)."""

        def made() -> NDArray[np.float32]:
            return self.zones(size).astype(np.float32).repeat(SUB_ZONES, axis=1).repeat(SUB_ZONES, axis=2)

        return self._of("images", size, made)

    def answers(self, size: int) -> NDArray[np.float32]:
        """Room for images (size, 64, 64)."""
        return self._of("answers", size, lambda: np.zeros((size, PIXELS, PIXELS), dtype=np.float32))

    def _of(self, name: str, size: int, made: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        if name not in self._kept or len(self._kept[name]) != size:
            self._kept.pop(name, None)
            self._kept[name] = made()
        return self._kept[name]


def contest(
    bundle: str | os.PathLike[str] = SHIPPED,
    *,
    engines: Sequence[str] | None = None,
    precisions: Sequence[str] | None = None,
    family: bool = False,
    models: Sequence[str] | None = None,
    threads: int = 1,
    seed: int = 0,
    samples: int = SAMPLES,
    progress: Progress = lambda share, words: None,
) -> Contest:
    """All contenders that are there.

    engines, precisions: of the bundle; all by default. family: the published autoencoders, too, or those
    of them that `models` names; needs torch.
    """
    if models is not None and not family:
        raise InloopError("models: are of the published family, which is not asked for; add family")
    if family:
        from inloop.mir.contenders_family import against_original, chosen, published

        names = chosen(models)  # refused now, not after the samples are drawn
    opened = Bundle.load(bundle)
    kernels, absent = on_engines(opened, engines, precisions, threads)
    batches = Batches(samples, seed, progress=progress)
    contenders = [_learned(opened, *which, kernel, batches, threads) for which, kernel in kernels.items()]
    contenders += [_classical(name, batches, threads) for name in CLASSICAL]
    comparisons: Sequence[Comparison] = ()
    if family:
        found, missing = published(batches.images, threads, names, progress=progress)
        contenders += found
        absent |= missing
        comparisons = against_original(opened.name)
    return Contest(
        contenders=contenders,
        absent=absent,
        unit="mixed zones",
        counts=batches.mixed,
        comparisons=comparisons,
        marks=PUBLISHED_RATES if family else {},
        about={
            "samples": f"{ZONES} x {ZONES} zones of two materials to {PIXELS} x {PIXELS} coverages",
            "distinct samples": samples,
            "mixed zones a sample": round(float(batches.mixed.mean()), 3),
            "threads": threads,
            **({"weights of the autoencoders": "random: speed does not depend on them"} if family else {}),
        },
    )


def _learned(bundle: Bundle, engine: str, precision: str, kernel: Kernel, batches: Batches, threads: int) -> Contender:
    """The bundle's kernel as a host calls it, its answers in the same array each time."""

    def prepare(size: int) -> Call:
        zones, answers = batches.zones(size), batches.answers(size)
        return lambda: kernel(zones, answers)

    return Contender(
        model=bundle.name,
        engine=engine,
        precision=precision,
        prepare=prepare,
        bytes_a_sample=_IMAGE if engine == NATIVE else _IMAGE + _VIEWS,
        stages=_stages(bundle, batches) if engine == NATIVE else None,
    )


def _classical(method: str, batches: Batches, threads: int) -> Contender:
    """A method of the library on all samples as one tall mesh.

    At a seam a zone sees the neighbouring sample: that changes its answer, not the work.
    """

    def prepare(size: int) -> Call:
        mesh = batches.zones(size).reshape(size * ZONES, ZONES)
        return lambda: mir.reconstruct(mesh, method=method, threads=threads).coverage(SUB_ZONES)

    return Contender(model=method, engine=NATIVE, precision="float64", prepare=prepare, bytes_a_sample=6 * _IMAGE)


def _stages(bundle: Bundle, batches: Batches) -> Callable[[int], dict[str, float]]:
    """Seconds of each stage of the native core, on one thread."""
    network = mir.Learned(bundle.path).opened().network

    def stages(size: int) -> dict[str, float]:
        zones = batches.zones(size).astype(np.float32)
        turns = [_core.cover_stages(network, zones) for _ in range(_TURNS)]
        return {stage: median(turn[stage] for turn in turns) for stage in turns[0]}

    return stages
