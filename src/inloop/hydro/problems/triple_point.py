"""The triple point: a shock runs faster through one of two layers and rolls up the junction of three gases.

Densities, pressures and gammas as in Galera, Maire and Breil (2010) and the codes compared since.
"""

from __future__ import annotations

from inloop.hydro.euler.eos import StiffenedGas
from inloop.hydro.euler.problem import Edges, Problem, state_of
from inloop.hydro.euler.state import State
from inloop.mir.shapes import Diagram, HalfPlane

_CORNER = (1.0, 1.5)
_GASES = (StiffenedGas(1.5), StiffenedGas(1.5), StiffenedGas(1.4))
_WEST, _EAST = HalfPlane(_CORNER, (1.0, 0.0)), HalfPlane(_CORNER, (-1.0, 0.0))
_ABOVE, _BELOW = HalfPlane(_CORNER, (0.0, -1.0)), HalfPlane(_CORNER, (0.0, 1.0))
_REGIONS = Diagram(((_WEST,), (_EAST, _ABOVE), (_EAST, _BELOW)))


def _start(edges: Edges) -> State:
    fractions = _REGIONS.fractions(edges)
    return state_of(_GASES, fractions, (1.0, 0.125, 1.0), 0.1 + 0.9 * fractions[0])


def problem() -> Problem:
    """Materials: the driver x < 1, the light gas above y = 1.5, the heavy one below; 210 x 90 zones to time 5."""
    return Problem(
        name="triple-point",
        about="a shock over a junction of three gases rolls it up",
        low=(0.0, 0.0),
        high=(7.0, 3.0),
        gases=_GASES,
        start=_start,
        end=5.0,
        zones=210,
    )
