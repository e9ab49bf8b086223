"""Problems of advection, one a file. All end as they began, so the initial shape is the truth."""

from __future__ import annotations

import math
from collections.abc import Callable

from inloop.errors import InloopError
from inloop.hydro.advection.problem import Problem
from inloop.hydro.problems import deformation, deformation3d, rotation, shear, translation, vortex, zalesak

_MAKERS: dict[str, Callable[..., Problem]] = {
    "translation": translation.problem,
    "rotation": rotation.problem,
    "zalesak": zalesak.problem,
    "vortex": vortex.problem,
    "shear": shear.problem,
    "deformation": deformation.problem,
    "deformation3d": deformation3d.problem,
}
_TIMED = ("vortex", "shear", "deformation", "deformation3d")
PROBLEMS: tuple[str, ...] = tuple(_MAKERS)


def problem_of(name: str, *, period: float | None = None, materials: int | None = None) -> Problem:
    """The problem of that name; period and number of materials for those that leave a choice."""
    if name not in _MAKERS:
        raise InloopError(f"problem {name!r} is unknown: take one of {', '.join(PROBLEMS)}")
    choices: dict[str, float] = {}
    if period is not None:
        if name not in _TIMED:
            raise InloopError(f"period: {name} comes round by itself; {', '.join(_TIMED)} take one")
        if not 0 < period < math.inf:
            raise InloopError(f"period is {period}: expected a positive number")
        choices["period"] = period
    if materials is not None:
        if name != "deformation":
            raise InloopError(f"materials: {name} is of two; only deformation takes more")
        choices["materials"] = materials
    return _MAKERS[name](**choices)


__all__ = ["PROBLEMS", "problem_of"]
