"""Gas optics judged by the climate that they make: columns in equilibrium, present day and with more carbon dioxide.

report = gather({"table": Kernels(long, short), "learned": Kernels(mine, too)})
report.holds, report.rows()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inloop.errors import InloopError
from inloop.gasoptics.column.kernels import Kernels
from inloop.gasoptics.column.model import Column
from inloop.gasoptics.column.run import Run, run
from inloop.gasoptics.column.setting import Setting
from inloop.validation.report import Page

SURFACE, PROFILE = 0.1, 0.3  # K that the climates of two kernels may differ
BALANCE = 0.01  # W/m2 at the top, at most, of what counts as equilibrium
YEARS = 10.0
Step = Callable[[float, str], None]
CLIMATES: Mapping[str, float] = {"present day": 1.0, "2 x CO2": 2.0, "4 x CO2": 4.0}

_TEXT = (
    "A column of air above a slab of water, in radiative-convective equilibrium with each of the optics: relative"
    " humidity is kept, so that water answers to temperature as it does in the atmosphere. Differences are those to"
    " the first of the optics; the profile's is the largest of any layer."
)


@dataclass(frozen=True, eq=False)
class Difference:
    """Between the climates that two kernels make."""

    climate: str
    kernel: str
    surface: float
    """K, more than with the first kernel."""
    profile: float
    """K, the largest of any layer."""
    pressure: float
    """Pa, where."""
    imbalance: float
    """W/m2 at the top, the larger of the two in size."""

    @property
    def holds(self) -> bool:
        """Whether the bars are kept, in equilibrium."""
        return abs(self.surface) <= SURFACE and self.profile <= PROFILE and self.imbalance <= BALANCE


@dataclass(frozen=True, eq=False)
class Report:
    """Columns by climate and kernel."""

    runs: Mapping[str, Mapping[str, Run]]

    @property
    def kernels(self) -> tuple[str, ...]:
        """Their names, that of the reference first."""
        return tuple(next(iter(self.runs.values())))

    def differences(self) -> list[Difference]:
        """Of each climate and each kernel but the first."""
        return [
            _difference(climate, name, there[self.kernels[0]], there[name])
            for climate, there in self.runs.items()
            for name in self.kernels[1:]
        ]

    @property
    def holds(self) -> bool:
        """Whether all bars are kept."""
        return all(one.holds for one in self.differences())

    def sensitivity(self, climate: str, kernel: str) -> float:
        """K that the surface is warmer in a climate than in the first."""
        first = next(iter(self.runs.values()))
        return self.runs[climate][kernel].column.surface_temperature - first[kernel].column.surface_temperature

    def rows(self) -> tuple[list[str], list[list[str]]]:
        """A table: columns and rows."""
        differences = {(one.climate, one.kernel): one for one in self.differences()}
        rows = []
        for climate, there in self.runs.items():
            for name, found in there.items():
                figures = found.figures()
                row = [climate, name, f"{figures['surface_temperature']:.3f}"]
                row += [f"{self.sensitivity(climate, name):.3f}", f"{figures['imbalance']:.1e}"]
                one = differences.get((climate, name))
                if one is None:
                    rows.append([*row, *["-"] * 4])
                    continue
                where = f"{one.pressure / 100:.3g}"
                rows.append([*row, f"{one.surface:+.4f}", f"{one.profile:.4f}", where, "yes" if one.holds else "no"])
        head = ["climate", "optics", "surface, K", "warming, K", "imbalance, W/m²"]
        return [*head, f"surface off (bar {SURFACE:g})", f"profile off (bar {PROFILE:g})", "at hPa", "holds"], rows

    def results(self) -> dict[str, Any]:
        """For JSON: kernel -> climate -> figures."""
        found: dict[str, Any] = {
            name: {climate: dict(there[name].figures()) for climate, there in self.runs.items()}
            for name in self.kernels
        }
        for one in self.differences():
            found[one.kernel][one.climate] |= {
                "surface_difference": one.surface,
                "profile_difference_max": one.profile,
                "profile_difference_pressure": one.pressure,
                "holds": one.holds,
            }
        for climate in list(self.runs)[1:]:
            for name in self.kernels:
                found[name][climate]["warming"] = self.sensitivity(climate, name)
        return found


def gather(
    kernels: Mapping[str, Kernels],
    setting: Setting | None = None,
    *,
    years: float = YEARS,
    factors: Mapping[str, float] = CLIMATES,
    folder: Path | None = None,
    step: Step = lambda share, words: None,
) -> Report:
    """Compare the climates of several kernels with those of the first; the arguments are those of `climates`."""
    if len(kernels) < 2:
        raise InloopError("the climates of at least two kernels are compared; give their bundles")
    return Report(climates(kernels, setting, years=years, factors=factors, folder=folder, step=step))


def climates(
    kernels: Mapping[str, Kernels],
    setting: Setting | None = None,
    *,
    years: float = YEARS,
    factors: Mapping[str, float] = CLIMATES,
    folder: Path | None = None,
    step: Step = lambda share, words: None,
) -> dict[str, dict[str, Run]]:
    """Run every climate with every kernel.

    factors: climate -> factor on carbon dioxide. folder: where the runs are kept; what is there already is not done
    again. step: is told the share done and a few words.
    """
    usual = Setting() if setting is None else setting
    wanted = [(climate, name) for climate in factors for name in kernels]
    runs: dict[str, dict[str, Run]] = {climate: {} for climate in factors}
    for done, (climate, name) in enumerate(wanted):

        def told(share: float, words: str, done: int = done, title: str = f"{climate}, {name}") -> None:
            step((done + share) / len(wanted), f"{title}: {words}")

        column = Column(kernels[name].long, kernels[name].short, usual.with_co2(factors[climate]))
        file = None if folder is None else folder / f"{climate}-{name}.h5".replace(" ", "-")
        runs[climate][name] = run(column, years, file=file, step=told)
    return runs


def sections(page: Page, report: Report) -> None:
    """The report's part of a page."""
    from inloop.gasoptics.column import pictures
    from inloop.validation.figures import figure_bytes

    page.heading("A posteriori: the climate of a column")
    page.text(_TEXT)
    page.table(*report.rows())
    columns = {climate: list(there.values()) for climate, there in report.runs.items()}
    picture = figure_bytes(pictures.differences(columns, report.kernels, PROFILE))
    page.picture(picture, alt="Temperatures of the columns, and their differences", caption="In equilibrium")
    climate, there = next(iter(report.runs.items()))
    page.picture(
        figure_bytes(pictures.climate(there)), alt=f"The columns, {climate}", caption=f"The columns, {climate}"
    )


def _difference(climate: str, kernel: str, reference: Run, found: Run) -> Difference:
    error = found.column.temperature - reference.column.temperature
    layers = np.abs(error[:-1])
    worst = int(layers.argmax())
    return Difference(
        climate=climate,
        kernel=kernel,
        surface=float(error[-1]),
        profile=float(layers[worst]),
        pressure=float(found.column.setting.pressure[worst]),
        imbalance=max(abs(float(one.column.radiation().net[0])) for one in (reference, found)),
    )
