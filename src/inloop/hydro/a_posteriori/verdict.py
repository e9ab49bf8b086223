"""Which kernel to trust, computed from the runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inloop.hydro.a_posteriori.case import Setting
from inloop.hydro.a_posteriori.perform import Run
from inloop.hydro.hosts import closed, drift_of

KEPT = 1e-10  # relative change of a volume or mass that counts as kept
MENDED = 1e-2  # share of the materials' volume that a mender may move over a run
WHOLE = 1e-12  # a longest tear that counts as none
LEVEL = 1.05  # errors nearer than this are equal
_NOTHING = 1e-12


def error_of(run: Run | None) -> float | None:
    """The error at the end; None for a run that stopped, or where nothing is known to compare with."""
    if run is None or run.stopped is not None:
        return None
    return next((run.figures[name] for name in ("area_error", "density_error") if name in run.figures), None)


def unsound(run: Run) -> str | None:
    """Why not to trust a run whatever its error is; None if nothing speaks against it."""
    if run.stopped is not None:
        return "stopped"
    if closed(run.case.setting.made()) and drift_of(run.figures) > KEPT:
        return "loses material"
    if run.figures.get("mended", 0.0) > MENDED:
        return "keeps material by mending alone"
    return None


@dataclass(frozen=True)
class Record:
    """A contender in one kind of run. ratio: geometric mean over the settings of its error over the smallest that any
    sound classical one has there; worst: the largest of these, and where. wins: settings in which no sound one is
    better. drift: None where the boxes are open. left: the largest share of the materials that passed an open side.
    """

    label: str
    learned: bool
    runs: int
    wins: int
    ratio: float | None
    worst: tuple[float, str] | None
    fault: str | None
    drift: float | None
    left: float
    torn: float

    @property
    def judged(self) -> bool:
        """Sound, and with an error to go by."""
        return self.fault is None and self.ratio is not None


@dataclass(frozen=True)
class Verdict:
    """One kind of run: every contender's record, and who is to be trusted."""

    kind: str
    settings: int
    records: tuple[Record, ...]

    @property
    def trusted(self) -> tuple[Record, ...]:
        """The sound contenders with the smallest errors, the best first; empty if none is."""
        judged = sorted((r for r in self.records if r.judged), key=lambda r: r.ratio or 0.0)
        return tuple(r for r in judged if (r.ratio or 0.0) <= LEVEL * (judged[0].ratio or 0.0))

    @property
    def words(self) -> str:
        """For the table."""
        if not self.trusted:
            whole = [r.label for r in self.records if r.fault is None and r.torn <= WHOLE]
            kept = f"; sound and of whole borders: {', '.join(whole)}" if whole else ""
            return f"no error is known to judge by{kept}" if any(r.fault is None for r in self.records) else "none"
        if len(self.trusted) == sum(r.judged for r in self.records) > 1:
            return f"any: their errors differ by less than {LEVEL - 1:.0%}"
        best = self.trusted[0]
        said = [" or ".join(r.label for r in self.trusted)]
        if best.learned and best.worst is not None:
            value, where = best.worst
            if value <= LEVEL:
                said[0] += ": nowhere worse than a classical method"
            else:
                said[0] += f": on the whole, but {value:.2f} times the best classical error in {where}"
        said += [f"{r.label} lets {r.left:.1e} leave through open sides" for r in self.trusted if r.left > KEPT]
        said += [f"{r.label} errs less but {r.fault}" for r in self._spoilt(best)]
        return "; ".join(said)

    def _spoilt(self, best: Record) -> list[Record]:
        """Those that would be trusted if they were sound."""
        ratios = [(r, r.ratio) for r in self.records if r.fault is not None and r.ratio is not None]
        return [r for r, ratio in ratios if best.ratio is not None and ratio < best.ratio]


def kind_of(run: Run) -> str:
    """The kinds that are judged apart."""
    fractions = run.arrays["fractions"]
    many = "two materials" if len(fractions) == 2 else "three and more materials"
    what = "compressible" if "density" in run.arrays else "in space" if fractions.ndim == 4 else ""
    return ", ".join(filter(None, [what, many, run.case.setting.scheme]))


def verdicts(runs: Sequence[Run]) -> list[Verdict]:
    """One a kind, in the order in which they appear."""
    kinds: dict[str, dict[Setting, list[Run]]] = {}
    for run in runs:
        if run.arrays:
            kinds.setdefault(kind_of(run), {}).setdefault(run.case.setting, []).append(run)
    return [Verdict(kind, len(settings), _records(settings)) for kind, settings in kinds.items()]


def _records(settings: dict[Setting, list[Run]]) -> tuple[Record, ...]:
    ratios: dict[str, list[tuple[float, str]]] = {}
    wins: dict[str, int] = {}
    own: dict[str, list[Run]] = {}
    for setting, runs in settings.items():
        errors = {run.case.contender: error_of(run) for run in runs if unsound(run) is None}
        known = {who: error for who, error in errors.items() if error is not None and error > _NOTHING}
        reference = min((error for who, error in known.items() if not who.learned), default=None)
        for run in runs:
            label, error = run.case.contender.label, error_of(run)
            own.setdefault(label, []).append(run)
            if reference is not None and error is not None:
                ratios.setdefault(label, []).append((error / reference, setting.where))
            wins[label] = wins.get(label, 0) + (bool(known) and error == min(known.values()))
    return tuple(
        Record(
            label,
            runs[0].case.contender.learned,
            len(runs),
            wins[label],
            _mean([ratio for ratio, _ in ratios.get(label, [])]),
            max(ratios.get(label, []), default=None),
            next(filter(None, map(unsound, runs)), None),
            max(
                (drift_of(run.figures) for run in runs if run.figures and closed(run.case.setting.made())), default=None
            ),
            max(run.figures.get("left", 0.0) for run in runs),
            max((run.figures["continuity_error_max"] for run in runs if run.figures), default=0.0),
        )
        for label, runs in own.items()
    )


def _mean(ratios: Sequence[float]) -> float | None:
    """Geometric."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None
