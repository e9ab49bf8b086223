"""How far gas optics are from a reference: fluxes in W/m2, heating rates in K/day.

Heating rates vary most where there is least air. As the literature does, a layer is weighed by the difference of the
cube root of pressure between its faces; the unweighted figure stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.fluxes import Fluxes
from inloop.gasoptics.lookup import LookUp
from inloop.gasoptics.optics import LongwaveOptics, ShortwaveOptics, Sun, longwave_fluxes, shortwave_fluxes

Array = NDArray[np.float64]

HIGH = 400.0  # Pa: heating rates above and below it are also told apart
FLUX, HEATING = 0.5, 0.1  # errors, in W/m2 and K/day, that count as 1 each in the score
_COSINES = (0.1, 0.3, 0.5, 0.7, 0.9)


def rms(values: Array) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def weighted_rms(error: Array, half: Array, where: NDArray[np.bool_] | None = None) -> float:
    """The same of heating rates, layers weighed by the cube root of pressure."""
    weight = np.diff(np.cbrt(half), axis=1) * (np.ones_like(error, dtype=bool) if where is None else where)
    return float(np.sqrt((np.square(error) * weight).sum() / weight.sum()))


def errors(found: Fluxes, true: Fluxes, air: Atmosphere) -> dict[str, float]:
    """Figures by name: root mean squares, and biases where a name says so."""
    up, down = found.up - true.up, found.down - true.down
    heating = air.heating(found.net) - air.heating(true.net)
    low = air.pressure > HIGH
    return {
        "flux_rmse": rms(np.concatenate([up, down], axis=1)),
        "top_up_rmse": rms(up[:, 0]),
        "top_up_bias": float(up[:, 0].mean()),
        "surface_down_rmse": rms(down[:, -1]),
        "surface_down_bias": float(down[:, -1].mean()),
        "heating_rmse": rms(heating),
        "heating_rmse_low": rms(heating[low]),
        "heating_rmse_high": rms(heating[~low]) if not low.all() else 0.0,
        "heating_rmse_weighted": weighted_rms(heating, air.pressure_half),
        "heating_rmse_weighted_low": weighted_rms(heating, air.pressure_half, low),
        "heating_error_max": float(np.abs(heating).max()),
    }


def flux_errors(
    found: LongwaveOptics | ShortwaveOptics, table: LookUp, air: Atmosphere, *, at_once: int = 50
) -> dict[str, float]:
    """The errors of optics against a table's on the same columns; short wave at five heights of the sun."""
    figures = joined([errors(mine, true, piece) for mine, true, piece in _pairs(found, table, air, at_once)])
    return figures | {"score": figures["flux_rmse"] / FLUX + figures["heating_rmse"] / HEATING}


def sun_at(cosine: float, columns: int, *, albedo: float = 0.15, irradiance: float = 1361.0) -> Sun:
    """The same sun over all columns."""
    return Sun(np.full(columns, cosine), np.full(columns, albedo), np.full(columns, irradiance))


def _pairs(
    found: LongwaveOptics | ShortwaveOptics, table: LookUp, air: Atmosphere, at_once: int
) -> Iterator[tuple[Fluxes, Fluxes, Atmosphere]]:
    for first in range(0, air.columns, at_once):
        piece = air.taken(slice(first, first + at_once))
        if table.table.is_longwave:
            yield (*(longwave_fluxes(one, piece, directions=2) for one in (found, table)), piece)  # type: ignore[misc,arg-type]
            continue
        for cosine in _COSINES:
            sun = sun_at(cosine, piece.columns)
            yield (*(shortwave_fluxes(one, piece, sun) for one in (found, table)), piece)  # type: ignore[misc,arg-type]


def joined(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The figures of `errors` over all of several sets of columns that are equally many."""
    return {name: _joined(name, [part[name] for part in parts]) for name in parts[0]}


def _joined(name: str, values: list[float]) -> float:
    if name.endswith("_max"):
        return max(values)
    return float(np.mean(values)) if name.endswith("_bias") else rms(np.asarray(values))
