"""Problems of compressible flow, one a file."""

from __future__ import annotations

from collections.abc import Callable

from inloop.errors import InloopError
from inloop.hydro.euler.problem import Problem
from inloop.hydro.problems import (
    bubble_layer,
    helium,
    rayleigh_taylor,
    richtmyer_meshkov,
    sedov,
    sod,
    sod_two_gas,
    triple_point,
)

_MAKERS: dict[str, Callable[[], Problem]] = {
    "sod": sod.problem,
    "sod-two-gas": sod_two_gas.problem,
    "sedov": sedov.problem,
    "triple-point": triple_point.problem,
    "helium": helium.problem,
    "rayleigh-taylor": rayleigh_taylor.problem,
    "richtmyer-meshkov": richtmyer_meshkov.problem,
    "bubble-layer": bubble_layer.problem,
}
COMPRESSIBLE: tuple[str, ...] = tuple(_MAKERS)


def compressible_of(name: str) -> Problem:
    """The problem of that name."""
    if name not in _MAKERS:
        raise InloopError(f"problem {name!r} is unknown: take one of {', '.join(COMPRESSIBLE)}")
    return _MAKERS[name]()
