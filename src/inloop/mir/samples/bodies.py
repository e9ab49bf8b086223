"""Single bodies: line, arc, ellipse, lobed blob, wedge, polygon. Material 0 is the body, 1 the rest."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from inloop.mir.samples.curves import Rounds, circles
from inloop.mir.samples.dice import Dice
from inloop.mir.samples.figure import FAR, Figure, arcs, lines, outline, sectors


def line(dice: Dice) -> Figure:
    """A straight border."""
    return Figure((lines([((-FAR, 0.0), (FAR, 0.0))], 0, 1),), (0.0, 0.0))


def arc(dice: Dice) -> Figure:
    """A disk."""
    radius = dice.radius()
    return Figure((arcs(circles(np.zeros((1, 2)), radius), 0, 1),), (radius, 0.0))


def _one_round(semiaxes: tuple[float, float], swell: float = 0.0, lobes: float = 0.0, phase: float = 0.0) -> Rounds:
    one = [np.array([value]) for value in (0.0, 2 * math.pi, 0.0, swell, lobes, phase)]
    return Rounds(np.zeros((1, 2)), np.array([semiaxes]), *one)


def _round_figure(curve: Rounds, dice: Dice) -> Figure:
    """Anchored at a random point of its border."""
    x, y = curve.points(np.zeros(1, dtype=np.intp), np.array([[dice.uniform(0.0, 1.0)]]))[0, 0]
    return Figure((arcs(curve, 0, 1),), (float(x), float(y)))


def ellipse(dice: Dice) -> Figure:
    """An ellipse of aspect 1 to 4; the radius is the short semi-axis, that of its tips down to a quarter."""
    short = dice.radius()
    return _round_figure(_one_round((short * dice.log_uniform((1.0, 4.0)), short)), dice)


def lobed(dice: Dice) -> Figure:
    """A disk with two to six lobes; the radius is the mean one, lobes curve up to four times as much."""
    radius, lobes = dice.radius(), dice.whole(2, 6)
    swell = min(dice.uniform(0.05, 0.4), 3 / (lobes**2 - 1))
    return _round_figure(_one_round((radius, radius), swell, lobes, dice.angle()), dice)


def wedge(dice: Dice) -> Figure:
    """A corner of 10 to 170 degrees; four in five times the corner itself is in the core."""
    half = math.radians(dice.uniform(5.0, 85.0))
    along = 0.0 if dice.chance(0.8) else dice.uniform(0.0, 6.0)
    return Figure((sectors((-half, half), (0, 1)),), (along * math.cos(half), along * math.sin(half)))


def polygon(dice: Dice) -> Figure:
    """Three to eight corners at random angles and distances from the middle; convex or not."""
    radius, count = dice.radius(), dice.whole(3, 8)
    shares = 0.4 + dice.rng.random(count)  # no two corners seen in nearly one direction
    angles = np.cumsum(shares) / shares.sum() * 2 * math.pi
    reach = radius * (0.5 + 0.5 * dice.rng.random(count))
    corners = [(float(r * math.cos(a)), float(r * math.sin(a))) for r, a in zip(reach, angles, strict=True)]
    (px, py), (qx, qy) = next(pairwise(corners))
    along = 0.0 if dice.chance(0.7) else dice.uniform(0.0, 1.0)
    return Figure((outline(corners, 0, 1),), (px + along * (qx - px), py + along * (qy - py)))
