"""Everything an a-priori report says, as figures: gathered once, for the page, the terminal and the JSON file."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inloop import mir
from inloop.bundle import Bundle
from inloop.errors import InloopError
from inloop.mir.a_priori import fields
from inloop.mir.a_priori import gate as gates
from inloop.mir.a_priori.errors import BEST_ORDER, LEARNED, REFERENCE, Mask, Step, Study, best_classical, study
from inloop.mir.a_priori.family import Ablation, Family
from inloop.mir.a_priori.samples import Doubles, held_out
from inloop.mir.gate import Gate

ROUNDING = 1e-6
"""Of a zone; what the learned kernel may misplace beyond its bar, since the stored truth is rounded."""
BARS = {"wedge": 0.35, "polygon": 0.35, "filament": 0.35, "thread": 0.35}
"""Of the best classical method's error, on two materials; elsewhere 1."""
OVERALL = 0.25
"""Over all two-material samples."""
ROUND = ("arc", "ellipse", "lobed", "smooth")
"""Families without corners and ends, for the error against the radius."""
PROMISE = 0.01
"""The gate's, unless another is asked for."""
_RADII = tuple(2.0**k for k in range(-2, 11))
_DECADES = (0.0, *(10.0**k for k in range(-8, 0)), 0.5)
_WORST = 8


class Row(NamedTuple):
    """Mean symmetric difference of every method over some of the zones."""

    name: str
    samples: int
    zones: int
    means: dict[str, float | None]
    best: tuple[str, float] | None
    """The best classical method and its mean; None where there are no zones."""

    @property
    def ratio(self) -> float | None:
        """Of the learned kernel to it; None where there is nothing to compare, or both are right to rounding."""
        own = self.means[LEARNED]
        if self.best is None or own is None or max(own, self.best[1]) < ROUNDING:
            return None
        return own / self.best[1]

    def met(self, bar: float) -> bool | None:
        """Whether the learned kernel keeps a bar, a share of the best classical error, but for rounding."""
        own = self.means[LEARNED]
        return None if self.best is None or own is None else own <= bar * self.best[1] + ROUNDING


@dataclass(frozen=True)
class Report:
    """The figures of one bundle."""

    bundle: Bundle
    studies: list[Study]
    circle: dict[str, dict[str, list[float]]]
    ellipses: dict[str, dict[str, list[float]]]
    ellipse_count: int
    junction: dict[str, float]
    voronoi: dict[str, dict[str, list[float]]]
    gate: Gate | None
    kept: list[gates.Kept]
    bare: float | None
    """Symmetric difference of ELVIRA's lines, shared and projected."""
    laws: dict[str, list[fields.Laws]]
    """By "gate off", "gate on"."""
    rough: list[gates.Rough]
    family: Family | None = None
    ablation: Ablation | None = None

    @property
    def pairs(self) -> Study | None:
        """The first study of two materials."""
        return next((study for study in self.studies if study.samples.materials == 2), None)

    @property
    def many(self) -> Study | None:
        """The first study of more."""
        return next((study for study in self.studies if study.samples.materials > 2), None)


def gate_of(bundle: str | os.PathLike[str] | None, worse: float | None) -> Gate | None:
    """The gate to add a row for; a bundle that cannot keep the promise is refused. 0: none.

    worse: the promise; None is `PROMISE` if the bundle makes it, else none.
    """
    there, _, judge = mir.Learned(bundle).opened()
    if worse is None:
        kept = judge is not None and any(promise.worse <= PROMISE for promise in judge.calibration.promises)
        return Gate(PROMISE) if kept else None
    if worse == 0:
        return None
    if judge is None:
        raise InloopError(f"{there.path}: carries no gate; leave it out with 0")
    judge.calibration.promise(worse)
    return Gate(worse)


def gather(
    stores: Sequence[Path],
    bundle: str | os.PathLike[str] | None,
    *,
    methods: Sequence[str],
    gate: Gate | None = None,
    most: int | None = None,
    ellipses: int = 25,
    rough: int = 200,
    seed: int = 0,
    step: Step = lambda name: None,
) -> Report:
    """Measure a bundle (None: the shipped one) on the test parts of stores and on single fields.

    gate: adds a row, if the bundle carries one. most: of each store's test part.
    """
    there = mir.Learned(bundle).opened().bundle
    promised = gates.promises(bundle)
    if not stores:
        raise InloopError("stores: none given; draw some or name them")
    studies = [study(held_out(path, most=most), bundle, methods=methods, gate=gate, step=step) for path in stores]
    pairs = next((one.samples for one in studies if one.samples.materials == 2), None)
    kept, bare = gates.gates(pairs, bundle, step=step) if pairs is not None and promised else ([], None)
    circle = fields.circle(bundle, methods, step=step)
    round_ = fields.ellipses(bundle, count=ellipses, step=step)
    step("junctions and adversarial fields")
    laws = {"gate off": fields.adversarial(bundle, seed=seed)}
    if gate is not None:
        laws["gate on"] = fields.adversarial(bundle, gate=gate, seed=seed)
    return Report(
        there,
        studies,
        circle,
        round_,
        ellipses,
        fields.junction(bundle),
        fields.voronoi(bundle, methods),
        gate,
        kept,
        bare,
        laws,
        gates.rough_images(bundle, rough, gate=gate, seed=seed),
    )


# ------------------------------------------------------------------------------------------------------------ groups
def row(one: Study, name: str, where: Mask | None = None) -> Row:
    """One group of zones; where: (n, 8, 8) or what broadcasts to it."""
    chosen = one.mixed if where is None else one.mixed & where
    means = one.means(chosen)
    zones = int(chosen.sum())
    best = best_classical(means, one.classical) if zones else None
    return Row(name, int(chosen.any(axis=(1, 2)).sum()), zones, means, best)


def by_family(one: Study) -> list[Row]:
    """A row for each family that the recipe draws, whether a sample of it came or not."""
    drawn = dict(one.samples.recipe.families)
    return [row(one, name, one.of_family(number)) for number, name in enumerate(one.samples.names) if name in drawn]


def bar_of(one: Study, family: str) -> float:
    """The share of the best classical error that the learned kernel may have."""
    return BARS.get(family, 1.0) if one.samples.materials == 2 else 1.0


def by_radius(one: Study) -> list[tuple[float, Row]]:
    """Of the round families: middle of each octave of the radius (in zones), and its row; octaves with samples only."""
    names = np.array([name in ROUND for name in one.samples.names])
    found = []
    for low, high in pairwise(_RADII):
        chosen = names[one.samples.family] & (one.samples.radius >= low) & (one.samples.radius < high)
        if chosen.any():
            found.append(((low * high) ** 0.5, row(one, f"{low:g} to {high:g}", chosen[:, None, None])))
    return found


def by_fraction(one: Study) -> list[tuple[float, Row]]:
    """Lower end of each decade of the smallest fraction in the zone, and its row."""
    small = np.minimum(one.least, 0.5)  # of two materials min(f, 1 - f)
    found = []
    for low, high in pairwise(_DECADES):
        where = (small >= low) & ((small < high) | (high == _DECADES[-1]))
        found.append((low, row(one, f"{low:.0e} to {high:.2g}" if low else f"below {high:.0e}", where)))
    return found


def by_materials(one: Study) -> list[Row]:
    """Zones with two, three, four and more materials; then the families of junctions, their zones of three and more."""
    rows = [
        row(one, f"{count}{' and more' if count == 4 else ''} materials in the zone", where)
        for count, where in ((2, one.present == 2), (3, one.present == 3), (4, one.present >= 4))
    ]
    names = one.samples.names
    for name in ("t-junction", "y-junction", "voronoi"):
        if name in dict(one.samples.recipe.families):
            inside = one.of_family(names.index(name))
            rows.append(row(one, f"{name}, all mixed zones", inside))
            rows.append(row(one, f"{name}, zones of three and more", inside & (one.present > 2)))
    six = (one.samples.fractions.max(axis=(2, 3)) > 0).sum(axis=1) >= 6
    if "voronoi" in names:
        inside = one.of_family(names.index("voronoi")) & six[:, None, None]
        rows.append(row(one, "voronoi, images with six materials", inside))
    return rows


class Worst(NamedTuple):
    """One of the samples that came out worst: its number, and the mean errors of its mixed zones."""

    sample: int
    learned: float
    elvira: float


def worst(one: Study, *, relative: bool) -> list[Worst]:
    """The eight samples with the largest error; or, of those worse than ELVIRA's, with the largest relative to it.

    Relative: (learned + 1e-4) / (elvira + 1e-4) of the mean errors, so that images that both get right do not rank.
    """
    mine, theirs = _sample_errors(one)
    rank: Doubles = (mine + 1e-4) / (theirs + 1e-4) if relative else mine
    chosen = np.argsort(-rank, kind="stable")[: min(_WORST, worse_than_reference(one)) if relative else _WORST]
    return [Worst(int(k), float(mine[k]), float(theirs[k])) for k in chosen]


def worse_than_reference(one: Study) -> int:
    """How many samples have a larger error than with ELVIRA, by more than rounding."""
    mine, theirs = _sample_errors(one)
    return int((mine > theirs + ROUNDING).sum())


def _sample_errors(one: Study) -> tuple[Doubles, Doubles]:
    """Mean over each sample's mixed zones: (n,) of the learned kernel and of ELVIRA."""
    zones = np.maximum(one.mixed.sum(axis=(1, 2)), 1)
    mine, theirs = (one.methods[name].error.sum(axis=(1, 2)) / zones for name in (LEARNED, REFERENCE))
    return mine, theirs


# -------------------------------------------------------------------------------------------------------------- JSON
def results(report: Report) -> dict[str, Any]:
    """Figures by method: those of the first study under the usual names, everything else below them."""
    found: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(report.studies):
        families = by_family(one)
        for name in one.methods:
            figures = one.figures(name)
            part: dict[str, Any] = {"samples": one.samples.path.name, **figures}
            part["families"] = {own.name: own.means[name] for own in families}
            part["materials"] = {own.name: own.means[name] for own in by_materials(one)}
            part["fractions"] = {own.name: own.means[name] for _, own in by_fraction(one)}
            part["radii"] = {own.name: own.means[name] for _, own in by_radius(one)}
            entry = found.setdefault(name, {} if number else dict(figures))
            entry.setdefault("studies", {})[one.samples.title] = part
    for key, single in (("circle", report.circle), ("ellipses", report.ellipses), ("voronoi", report.voronoi)):
        for name, lists in single.items():
            found.setdefault(name, {})[key] = lists
    for name, value in report.junction.items():
        found.setdefault(name, {})["t_junction_area"] = value
    learned = found[LEARNED]
    first = row(report.studies[0], "all")
    learned["ratio_to_best_classical"], learned["best_classical"] = first.ratio, first.best and first.best[0]
    learned["gate"] = {"promises": [one._asdict() for one in report.kept], "lines": report.bare}
    learned["adversarial"] = {name: [one._asdict() for one in laws] for name, laws in report.laws.items()}
    learned["rough"] = {one.kind: {"images": one.images, **one.figures()} for one in report.rough}
    if report.family is not None:
        found |= {f"autoencoder, {name}": dict(own) for name, own in report.family.results().items()}
        learned["family"] = report.family.comparison()
    if report.ablation is not None:
        learned["ablation"] = report.ablation.results()
    return found


def summary(report: Report) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows of the short table: samples, method, error, ratio to the best classical, both laws."""
    head = ["samples", "method", "error", "ratio", "conservation", "max", "continuity", "max"]
    rows: list[list[Any]] = []
    for one in report.studies:
        best = row(one, "all").best
        for name in one.methods:
            own = one.figures(name)
            ratio = own["symmetric_difference"] / best[1] if best is not None and best[1] > 0 else None
            laws = [own[f"{law}_error_{kind}"] for law in ("conservation", "continuity") for kind in ("mean", "max")]
            rows.append([one.samples.title, name, own["symmetric_difference"], ratio, *laws])
    return head, rows


def sections(rows: Sequence[Sequence[Any]]) -> list[int]:
    """The rows of the short table before which other samples begin."""
    return [k for k in range(1, len(rows)) if rows[k][0] != rows[k - 1][0]]


def about(report: Report) -> Mapping[str, Any]:
    """What the figures were made from."""
    return {
        "bundle": {"name": report.bundle.name, "path": report.bundle.path.name},
        "samples": [one.samples.about for one in report.studies],
        "gate": None if report.gate is None else report.gate.worse,
        "ellipses": report.ellipse_count,
        "rough_images": report.rough[0].images if report.rough else 0,
    }


def number(value: float | None) -> str:
    """A figure for a table; a dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if value == 0:
        return "0"
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e3 else f"{value:.1e}"


def percent(value: float | None) -> str:
    """A share for a table."""
    return "–" if value is None else f"{100 * value:.3g} %"


def short(name: str) -> str:
    """A method's name for the head of a narrow column."""
    if name.startswith(f"{LEARNED}, gate"):
        return "gated"
    return f"{name.removesuffix(BEST_ORDER)}, best" if name.endswith(BEST_ORDER) else name
