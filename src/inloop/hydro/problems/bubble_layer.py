"""A shock over a light bubble that is half sunk in a heavy layer: three gases meet where the shock tears them apart.

What a reconstruction by nested lines makes of the junctions depends on the order of the materials.
"""

from __future__ import annotations

import numpy as np

from inloop.hydro.euler.eos import StiffenedGas
from inloop.hydro.euler.problem import Edges, Problem
from inloop.hydro.euler.sides import Sides
from inloop.hydro.euler.state import State
from inloop.hydro.problems.shock import Shock
from inloop.mir.shapes import Circle, Polygon
from inloop.mir.shapes.clip import boxes_of, clip_to_convex, moments

_LEFT, _SURFACE, _FAR = 0.6, 0.4, 10.0
_LAYER = ((_LEFT, -_FAR), (_FAR, -_FAR), (_FAR, _SURFACE), (_LEFT, _SURFACE))
_BUBBLE = Circle((1.1, _SURFACE), 0.2)
_SHOCK = Shock(
    (StiffenedGas(1.667), StiffenedGas(1.094), StiffenedGas(1.4)), (0.138, 5.03, 1.0), pressure=1.0, mach=1.5, front=0.4
)


def _start(edges: Edges) -> State:
    bubble, layer = _BUBBLE.fractions(edges), Polygon(_LAYER).fractions(edges)
    both = np.nonzero((bubble > 0) & (layer > 0))
    boxes = boxes_of(edges, *both)
    middles = boxes.mean(axis=1)
    overlap = _BUBBLE.moments_in(clip_to_convex(boxes, np.array(_LAYER)), middles)[0] / moments(boxes, middles)[0]
    layer[both] = np.where(bubble[both] == 1, 0.0, np.maximum(layer[both] - overlap, 0.0))
    return _SHOCK.start(edges, np.stack([bubble, layer, np.maximum(1 - bubble - layer, 0.0)]))


def problem() -> Problem:
    """Materials: the bubble (helium), the layer (sulphur hexafluoride), air; Mach 1.5, 240 x 80 zones."""
    return Problem(
        name="bubble-layer",
        about="a shock over a light bubble that is half sunk in a heavy layer",
        low=(0.0, 0.0),
        high=(3.0, 1.0),
        gases=_SHOCK.gases,
        start=_start,
        end=1.0,
        zones=240,
        sides=Sides(_SHOCK.inflow, "outflow"),
    )
