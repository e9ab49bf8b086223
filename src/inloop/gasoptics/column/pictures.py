"""Pictures of columns: temperatures and heating rates against pressure, and the way there. Imports matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from inloop.gasoptics.atmosphere import DAY
from inloop.gasoptics.column.model import YEAR
from inloop.gasoptics.column.run import Run
from inloop.validation.figures import INK, plain_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1)))
_FAINT = "#8a8a8a"


def climate(runs: Mapping[str, Run]) -> Figure:
    """Columns at their end, each by its name: temperature, heating rates, and the slab on its way."""
    figure = Figure(figsize=(11.0, 4.8), dpi=110, layout="constrained")
    warm, rates, way = figure.subplots(1, 3, width_ratios=(1, 1.15, 1))
    for k, (name, found) in enumerate(runs.items()):
        column = found.column
        dashes = _DASHES[k % len(_DASHES)]
        _profile(warm, found, name, color=_COLOURS[k % len(_COLOURS)], linestyle=dashes)
        pressure = column.setting.pressure / 100
        radiation, air = column.radiation(), column.air()
        shares = {"long wave": radiation.longwave.net, "short wave": radiation.shortwave.net}
        total = sum(shares.values())
        for colour, (kind, net) in zip(("#0072b2", "#e69f00", INK), [*shares.items(), ("both", total)], strict=True):
            label = kind if k == 0 else None
            rates.plot(air.heating(np.asarray(net))[0], pressure, color=colour, linestyle=dashes, label=label)
        years = [entry.day * DAY / YEAR for entry in found.journal]
        slab = [entry.surface_temperature for entry in found.journal]
        way.plot(years, slab, color=_COLOURS[k % len(_COLOURS)], linestyle=dashes)
        warm.axhline(column.tropopause / 100, color=_FAINT, linewidth=0.7, linestyle=":")
    for ax in (warm, rates):
        _downwards(ax, next(iter(runs.values())))
        ax.legend(frameon=False, fontsize=8)
    warm.set(xlabel="temperature, K; dot: the slab", ylabel="pressure, hPa; dotted: tropopause")
    rates.set_xlabel("heating rate, K/day")
    rates.axvline(0, color=INK, linewidth=0.6)
    plain_axes(way)
    way.set(xlabel="years", ylabel="temperature of the slab, K")
    return figure


def differences(climates: Mapping[str, Sequence[Run]], names: Sequence[str], bar: float) -> Figure:
    """Climates against pressure: the temperatures that the first optics make, and what the others do to them."""
    figure = Figure(figsize=(9.6, 4.8), dpi=110, layout="constrained")
    warm, off = figure.subplots(1, 2, sharey=True)
    for k, (title, runs) in enumerate(climates.items()):
        colour = _COLOURS[k % len(_COLOURS)]
        _profile(warm, runs[0], title, color=colour, linestyle="-")
        for other, name, dashes in zip(runs[1:], names[1:], _DASHES, strict=False):
            error = other.column.temperature - runs[0].column.temperature
            off.plot(*_levels(runs[0], error), color=colour, linestyle=dashes, label=f"{title}, {name}")
    for ax in (warm, off):
        _downwards(ax, next(iter(climates.values()))[0])
        ax.legend(frameon=False, fontsize=8)
    for edge in (-bar, bar):
        off.axvline(edge, color=_FAINT, linewidth=0.8, linestyle=":")
    warm.set(xlabel=f"temperature with the {names[0]}, K", ylabel="pressure, hPa")
    off.set_xlabel(f"less that of the {names[0]}, K; dotted: the bar")
    return figure


def _profile(ax: Axes, found: Run, label: str, **style: Any) -> None:
    ax.plot(*_levels(found, found.column.temperature), label=label, **style)
    ax.plot(found.column.surface_temperature, found.column.setting.surface_pressure / 100, "o", color=style["color"])


def _levels(found: Run, values: Array) -> tuple[Array, Array]:
    """Of the layers and the slab, and their pressures in hPa."""
    setting = found.column.setting
    return values, np.append(setting.pressure, setting.surface_pressure) / 100


def _downwards(ax: Axes, found: Run) -> None:
    """Pressure against the ordinate, its logarithm growing downwards."""
    setting = found.column.setting
    ax.set_yscale("log")
    ax.set_ylim(1.15 * setting.surface_pressure / 100, setting.top / 100)
    plain_axes(ax)
