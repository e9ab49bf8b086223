"""The pictures of the report, in the manner of the radiation literature. Importing this imports matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from inloop.gasoptics.a_priori.depths import Depths, Shares
from inloop.gasoptics.a_priori.forcings import Forcing
from inloop.gasoptics.a_priori.parts import GATED, LEARNED, TABLE
from inloop.gasoptics.a_priori.profiles import LINES, Profiles
from inloop.gasoptics.a_priori.stress import Trial
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.gate import LIMIT, Envelope
from inloop.gasoptics.measures import HIGH, rms
from inloop.validation.figures import INK, plain_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

_COLOURS = {LINES: "#444444", TABLE: "#0072b2", LEARNED: "#d55e00", GATED: "#e69f00"}
_STYLE: dict[str, dict[str, Any]] = {
    LINES: {"color": _COLOURS[LINES], "linewidth": 2.6, "alpha": 0.45},
    TABLE: {"color": _COLOURS[TABLE], "linewidth": 1.6},
    LEARNED: {"color": _COLOURS[LEARNED], "linewidth": 1.6, "linestyle": (0, (4, 1.5))},
}
_WIDTH = 9.6  # inches
_FAINT = "#8a8a8a"


def _figure(height: float) -> Figure:
    return Figure(figsize=(_WIDTH, height), dpi=110, layout="constrained")


def _downwards(ax: Axes, pressure: Array) -> None:
    """Pressure in hPa against the ordinate, its logarithm growing downwards."""
    ax.set_yscale("log")
    ax.set_ylim(pressure.max(), pressure.min())
    ax.axhline(HIGH / 100, color=_FAINT, linewidth=0.8, linestyle=":")
    plain_axes(ax)


def heating_rates(seen: Profiles) -> Figure:
    """Mean heating rates of the columns, and bias and root mean square error of each, layer by layer."""
    air = seen.air
    pressure = air.pressure.mean(axis=0) / 100
    rates = {name: np.concatenate([air.heating(one.net) for one in many]) for name, many in seen.fluxes.items()}
    figure = _figure(4.6)
    mean, bias, spread = figure.subplots(1, 3, sharey=True)
    for name in _STYLE:
        if name in rates:
            mean.plot(rates[name].mean(axis=0), pressure, label=name, **_STYLE[name])
    for name, true in seen.pairs:
        wrong = rates[name] - rates[true]
        style = _STYLE[name] | ({"linestyle": ":", "color": _FAINT} if true == TABLE else {})
        bias.plot(wrong.mean(axis=0), pressure, label=f"{name} − {true}", **style)
        spread.plot([rms(level) for level in wrong.T], pressure, **style)
    for ax, label in zip((mean, bias, spread), ("mean", "bias", "rms error"), strict=True):
        _downwards(ax, pressure)
        ax.set_xlabel(f"heating rate, {label}, K/day")
    bias.axvline(0, color=INK, linewidth=0.6)
    spread.set_xlim(left=0)
    mean.set_ylabel("pressure, hPa; dotted: 4 hPa")
    mean.legend(frameon=False, fontsize=8)
    bias.legend(frameon=False, fontsize=8)
    return figure


def flux_errors(seen: Profiles) -> Figure:
    """Errors of single columns against their fluxes: up at the top, down at the surface."""
    figure = _figure(3.8)
    for ax, (way, level, title) in zip(
        figure.subplots(1, 2), (("up", 0, "up at the top"), ("down", -1, "down at the surface")), strict=True
    ):
        true = np.concatenate([getattr(one, way)[:, level] for one in seen.fluxes[LINES]])
        for name, mark in ((TABLE, "o"), (LEARNED, "x")):
            if name not in seen.fluxes:
                continue
            found = np.concatenate([getattr(one, way)[:, level] for one in seen.fluxes[name]])
            note = f"{name}: rms {rms(found - true):.2f}, bias {np.mean(found - true):+.2f}"
            ax.plot(true, found - true, mark, color=_COLOURS[name], markersize=4, alpha=0.7, label=note)
        ax.axhline(0, color=INK, linewidth=0.6)
        ax.set(xlabel=f"flux {title}, {LINES}, W/m²", ylabel="error, W/m²")
        ax.legend(frameon=False, fontsize=8)
        plain_axes(ax)
    return figure


def depth_errors(found: Depths) -> Figure:
    """Errors of each spectral term."""
    figure = _figure(4.4)
    passes, ratio = figure.subplots(2, 1, sharex=True)
    at = np.arange(1, len(found.share) + 1)
    passes.bar(at, found.transmission, color=_COLOURS[LEARNED], width=0.7)
    passes.set(ylabel="transmission, rms error")
    ratio.bar(at, found.ratio, color="#c2c8ce", width=0.7, label="rms")
    ratio.plot(at, found.bias, "_", color=INK, markersize=6, label="bias")
    ratio.set(ylabel="ln (learned / table)", xlabel="spectral term")
    ratio.legend(frameon=False, fontsize=8)
    for ax in (passes, ratio):
        plain_axes(ax, grid="y")
    return figure


def share_errors(found: Shares) -> Figure:
    """Errors of a black body's emission against its temperature."""
    figure = _figure(3.0)
    share, whole = figure.subplots(1, 2)
    share.plot(found.temperature, found.share, color=_COLOURS[LEARNED])
    share.set(xlabel="temperature, K", ylabel="largest error of a share")
    whole.plot(found.temperature, found.whole, color=_COLOURS[LEARNED])
    whole.set(xlabel="temperature, K", ylabel="all terms together, relative error")
    for ax in (share, whole):
        plain_axes(ax)
    return figure


def forcings(forced: Sequence[Forcing]) -> Figure:
    """Bars of the global means at the top and the surface; beside them learned less table."""
    learned = LEARNED in forced[0].top
    figure = _figure(0.34 * len(forced) + 1.4)
    panels = figure.subplots(1, 3 if learned else 2, sharey=True)
    place = np.arange(len(forced), dtype=np.float64)
    for ax, title, values in zip(
        panels, ("top", "surface"), ([one.top for one in forced], [one.surface for one in forced]), strict=False
    ):
        shifts = ((-0.2, TABLE), (0.2, LEARNED)) if learned else ((0.0, TABLE),)
        for shift, name in shifts:
            ax.barh(place + shift, [value[name] for value in values], 0.38, color=_COLOURS[name], label=name)
        ax.set_xscale("symlog", linthresh=1)
        ax.set_xticks([-10, -1, 0, 1, 10], ["-10", "-1", "0", "1", "10"])
        ax.axvline(0, color=INK, linewidth=0.6)
        ax.set_xlabel(f"forcing at the {title}, W/m²")
    if learned:
        errors = np.array([one.errors() for one in forced])
        panels[2].plot(errors[:, 0], place, "o", color=_COLOURS[LEARNED], markersize=5, label="top")
        panels[2].plot(errors[:, 1], place, "s", color=INK, markersize=4, label="surface")
        panels[2].axvline(0, color=INK, linewidth=0.6)
        panels[2].set_xlabel("learned − table, W/m²")
        panels[2].locator_params(axis="x", nbins=4)
        panels[2].legend(frameon=False, fontsize=8)
    panels[0].set_yticks(place, [one.short for one in forced], fontsize=8)
    panels[0].set_ylim(len(forced) - 0.4, -0.6)
    panels[1].legend(frameon=False, fontsize=8)
    for ax in panels:
        plain_axes(ax, grid="x")
    return figure


def envelope(taught: Envelope, air: Atmosphere) -> Figure:
    """What was taught of temperature and water against pressure, and where the layers of these columns lie."""
    figure = _figure(4.4)
    refused = taught.scores(air) > LIMIT
    for ax, name in zip(figure.subplots(1, 2, sharey=True), ("temperature", "h2o"), strict=True):
        pressure, low, high = taught.range_of(name)
        values = air.temperature if name == "temperature" else air.gases[name]
        ax.fill_betweenx(pressure / 100, low, high, color="#dfe6ea", label="taught")
        for chosen, colour, label in ((~refused, _COLOURS[TABLE], "trusted"), (refused, _COLOURS[LEARNED], "beyond")):
            ax.plot(values[chosen], air.pressure[chosen] / 100, ".", color=colour, markersize=3, label=label)
        _downwards(ax, air.pressure / 100)
        ax.set_xlabel("temperature, K" if name == "temperature" else "water, mol/mol")
        if name == "h2o":
            ax.set_xscale("log")
        else:
            ax.set_ylabel("pressure, hPa")
            ax.legend(frameon=False, fontsize=8)
    return figure


def trials(done: Sequence[Trial]) -> Figure:
    """Errors on atmospheres that nobody taught, without the gate and with it; beside them the share refused."""
    figure = _figure(0.3 * len(done) + 1.3)
    fluxes, heating, share = figure.subplots(1, 3, sharey=True)
    place = np.arange(len(done), dtype=np.float64)
    for ax, key, title in ((fluxes, "flux_rmse", "fluxes, W/m²"), (heating, "heating_rmse", "heating rate, K/day")):
        for name, mark in ((LEARNED, "o"), (GATED, "D")):
            values = [max(float(np.nan_to_num(one.errors[name][key], nan=1e9, posinf=1e9)), 1e-4) for one in done]
            ax.plot(values, place, mark, color=_COLOURS[name], markersize=5, label=name)
        ax.set(xscale="log", xlabel=f"rms error, {title}")
    share.barh(place, [one.refused for one in done], 0.6, color="#c2c8ce")
    share.set(xlabel="share of columns refused", xlim=(0, 1))
    fluxes.set_yticks(place, [one.name for one in done], fontsize=8)
    fluxes.set_ylim(len(done) - 0.4, -0.6)
    fluxes.legend(frameon=False, fontsize=8)
    for ax in (fluxes, heating, share):
        plain_axes(ax, grid="x")
    return figure
