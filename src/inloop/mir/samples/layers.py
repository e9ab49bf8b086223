"""Thin things: filaments and layers, straight and round; gaps between bodies; bodies that nearly touch.

A filament in one material and a layer between two others are the same figure; which roles share a material decides.
"""

from __future__ import annotations

import math

import numpy as np

from inloop.mir.samples.curves import circles
from inloop.mir.samples.dice import Dice
from inloop.mir.samples.figure import FAR, Border, Figure, arcs, lines, outline, sectors


def filament(dice: Dice) -> Figure:
    """A straight layer (role 1) between role 0 above and role 2 below; half of them end within reach of the core."""
    width = dice.width()
    up, down = width / 2, -width / 2
    if dice.chance(0.5):
        border = lines([((-FAR, up), (FAR, up)), ((-FAR, down), (FAR, down))], (0, 1), (1, 2))
        return Figure((border,), (0.0, up), width)
    border = lines(
        [((-FAR, 0), (0, 0)), ((0, 0), (0, up)), ((0, down), (0, 0)), ((0, up), (FAR, up)), ((0, down), (FAR, down))],
        (0, 0, 2, 0, 1),
        (2, 1, 1, 1, 2),
    )
    return Figure((border,), (dice.uniform(0.0, 5.0), up), width)


def thread(dice: Dice) -> Figure:
    """A round layer (role 1) about role 0, role 2 outside; half of them a part of a ring, all about it role 2."""
    width = dice.width()
    middle = max(dice.radius(), width)
    inner, outer = middle - width / 2, middle + width / 2
    centre = np.zeros((1, 2))
    if dice.chance(0.5):
        rims = (arcs(circles(centre, outer), 1, 2), arcs(circles(centre, inner), 0, 1))
        return Figure(rims, (outer, 0.0), width)
    reach = min(dice.uniform(2.0, 12.0) / middle, 1.8 * math.pi)  # the angle that it spans
    rims = (arcs(circles(centre, outer, 0.0, reach), 1, 2), arcs(circles(centre, inner, 0.0, reach), 2, 1))
    c, s = math.cos(reach), math.sin(reach)
    ends = lines([((inner, 0.0), (outer, 0.0)), ((outer * c, outer * s), (inner * c, inner * s))], 1, 2)
    at = dice.uniform(0.0, min(reach, 5.0 / middle))
    return Figure((*rims, ends), (outer * math.cos(at), outer * math.sin(at)), width)


def gap(dice: Dice) -> Figure:
    """A body (role 0) close above a plane one (role 2), role 1 between: a disk, a tip, or a box."""
    width = dice.gap()
    floor = lines([((-FAR, 0.0), (FAR, 0.0))], 1, 2)
    kind = dice.whole(0, 2)
    body: Border
    if kind == 0:
        radius = dice.radius()
        body = arcs(circles(np.array([[0.0, width + radius]]), radius), 0, 1)
    elif kind == 1:
        half, lean = math.radians(dice.uniform(10.0, 60.0)), math.radians(dice.uniform(-25.0, 25.0))
        middle = math.pi / 2 + lean
        body = sectors((middle - half, middle + half), (0, 1), (0.0, width))
    else:
        body = outline([(0.0, width), (FAR, width), (FAR, FAR), (0.0, FAR)], 0, 1)
    return Figure((floor, body), (0.0, 0.0), width)


def pair(dice: Dice) -> Figure:
    """Two disks (roles 0 and 2) that nearly touch, role 1 around; the second up to three times larger or smaller."""
    width, first = dice.gap(), dice.radius()
    second = first * dice.log_uniform((1 / 3, 3.0))
    centres = np.array([[-first, 0.0], [width + second, 0.0]])
    border = arcs(circles(centres, np.array([first, second])), (0, 2), (1, 1))
    return Figure((border,), (0.0, 0.0), width)
