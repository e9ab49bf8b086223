"""Short-wave fluxes: the direct beam, and two streams that Rayleigh scattering feeds, added from layer to layer.

The coefficients of the two streams are those of the practical improved flux method (Zdunkowski et al. 1980) for
scattering that prefers no side. Layers are put together by adding, surface first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics.fluxes import Fluxes

Array = NDArray[np.float64]

_WHITEST = 1 - 1e-9  # single-scattering albedo: at 1 the two exponents coincide
_RESONANCE = 1e-5  # distance from k mu = 1, where the formulas are 0 / 0


class _Layers(NamedTuple):
    """What layers do with light, each (layers, columns, terms): diffuse first, then of the direct beam."""

    reflects: Array
    transmits: Array
    throws_up: Array
    throws_down: Array
    lets_through: Array


def shortwave(
    depth: Array, scattering: Array, irradiance: Array, *, cosine: Array | float, albedo: Array | float
) -> Fluxes:
    """Fluxes of columns of layers, from the top down.

    depth: (columns, layers, terms) optical depths of absorption. scattering: the same of scattering. irradiance:
    (terms,) or (columns, terms) above the atmosphere, on a surface that faces the sun. cosine: of the solar zenith
    angle, above 0. albedo: of the surface.
    """
    columns, layers, terms = depth.shape
    if scattering.shape != depth.shape or irradiance.shape not in ((terms,), (columns, terms)):
        raise InloopError(
            f"depth {depth.shape}, scattering {scattering.shape}, irradiance {irradiance.shape}:"
            " expected (columns, layers, terms) twice and (columns, terms) or (terms,)"
        )
    sun = np.broadcast_to(np.asarray(cosine, dtype=np.float64), (columns,))[:, None]
    if not (sun > 0).all():
        raise InloopError(f"cosine of the sun's zenith angle is {sun.min():g}: give columns in daylight alone")
    ground = np.broadcast_to(np.asarray(albedo, dtype=np.float64), (columns,))[:, None]
    layer = _layers(depth.swapaxes(0, 1), scattering.swapaxes(0, 1), sun)  # a layer at a time
    beam = np.empty((layers + 1, columns, terms))
    beam[0] = sun * irradiance
    for k in range(layers):
        np.multiply(beam[k], layer.lets_through[k], out=beam[k + 1])
    lit_up, lit_down = layer.throws_up * beam[:-1], layer.throws_down * beam[:-1]
    reflected, returned = _from_the_ground(layer, lit_up, lit_down, ground, beam[-1])
    bounces = layer.reflects * reflected[1:]
    passes = layer.transmits / (1 - bounces)
    gains = (layer.reflects * returned[1:] + lit_down) / (1 - bounces)
    down = np.zeros_like(beam)
    for k in range(layers):
        np.multiply(passes[k], down[k], out=down[k + 1])
        down[k + 1] += gains[k]
    up = reflected * down + returned
    direct = beam.sum(axis=-1).T
    return Fluxes(up.sum(axis=-1).T, down.sum(axis=-1).T + direct, direct)


def _from_the_ground(layer: _Layers, lit_up: Array, lit_down: Array, ground: Array, beam: Array) -> tuple[Array, Array]:
    """Of all that lies below each face: what it reflects of diffuse light, and what it returns of the direct beam.

    lit_up, lit_down: (layers, columns, terms) what each layer throws of the beam; ground, beam: what the surface
    reflects, and what reaches it.
    """
    reflected, returned = (np.empty((len(lit_up) + 1, *beam.shape)) for _ in range(2))
    reflected[-1] = ground
    returned[-1] = ground * beam
    for k in range(len(lit_up) - 1, -1, -1):
        below = reflected[k + 1]
        through = layer.transmits[k] / (1 - layer.reflects[k] * below)
        reflected[k] = layer.reflects[k] + layer.transmits[k] * below * through
        returned[k] = lit_up[k] + (returned[k + 1] + below * lit_down[k]) * through
    return reflected, returned


def _layers(depth: Array, scattering: Array, sun: Array) -> _Layers:
    total = depth + scattering
    white = np.minimum(np.divide(scattering, total, out=np.zeros_like(total), where=total > 0), _WHITEST)
    lost, gained = 2 - 1.25 * white, 0.75 * white  # diffuse light: out of a stream, and into it from the other
    k = np.sqrt((lost - gained) * (lost + gained))
    k = np.where(np.abs(k * sun - 1) < _RESONANCE, k * (1 + 2 * _RESONANCE), k)
    fades, passes = np.exp(-k * total), np.exp(-total / sun)
    faded = fades * fades
    weight = 1 / (k + lost + (k - lost) * faded)
    both = (lost + gained) / 2  # the beam throws half of what it loses to scattering either way
    beam = white * weight / (1 - (k * sun) ** 2)
    up = (1 - k * sun) * (both + k / 2) - (1 + k * sun) * (both - k / 2) * faded
    up -= 2 * k * (0.5 - both * sun) * fades * passes
    down = 2 * k * (0.5 + both * sun) * fades
    down -= passes * ((1 + k * sun) * (both + k / 2) - (1 - k * sun) * (both - k / 2) * faded)
    return _Layers(gained * (1 - faded) * weight, 2 * k * fades * weight, beam * up, beam * down, passes)
