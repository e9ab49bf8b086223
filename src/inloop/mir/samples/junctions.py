"""Where three and more materials meet: T and Y, a drop on a border, Voronoi and power diagrams."""

from __future__ import annotations

import math

import numpy as np

from inloop.mir.samples.curves import Array, circles
from inloop.mir.samples.dice import Dice
from inloop.mir.samples.figure import FAR, Figure, arcs, lines, sectors


def t_junction(dice: Dice) -> Figure:
    """A border that ends on another one, at 40 to 140 degrees: role 0 above, 1 and 2 below."""
    stem = math.pi + math.radians(dice.uniform(40.0, 140.0))
    return Figure((sectors((0.0, math.pi, stem), (0, 1, 2)),), (0.0, 0.0))


def y_junction(dice: Dice) -> Figure:
    """Three borders from a point, no two of them closer than 30 degrees."""
    shares = np.diff(np.sort(dice.rng.random(2)), prepend=0.0, append=1.0)
    angles = np.cumsum(math.radians(30.0) + shares * math.radians(270.0))
    return Figure((sectors(angles.tolist(), (0, 1, 2)),), (0.0, 0.0))


def drop(dice: Dice) -> Figure:
    """A disk (role 0) on a straight border between role 1 above and role 2 below: curved borders meet, twice."""
    radius = dice.radius()
    height = radius * dice.uniform(-0.9, 0.9)
    reach, low = math.sqrt(radius**2 - height**2), math.asin(-height / radius)
    begin, finish = np.array([low, math.pi - low]), np.array([math.pi - low, 2 * math.pi + low])
    rim = arcs(circles(np.array([[0.0, height]] * 2), radius, begin, finish), 0, (1, 2))
    border = lines([((-FAR - reach, 0.0), (-reach, 0.0)), ((reach, 0.0), (FAR + reach, 0.0))], 1, 2)
    return Figure((rim, border), (reach, 0.0))


def voronoi(dice: Dice) -> Figure:
    """Cells of the points nearest to random sites."""
    return _diagram(dice, 0.0)


def power(dice: Dice) -> Figure:
    """Cells of a power diagram: the sites pull with random weights."""
    return _diagram(dice, 1.0)


def _diagram(dice: Dice, pull: float) -> Figure:
    """Sites scattered over a square at a random mean spacing; at least three materials, each site any of them."""
    spacing = dice.log_uniform(dice.spacings)
    used = dice.whole(3, dice.materials)
    count = dice.whole(max(used, 4), 16)
    sites = spacing * math.sqrt(count) * (dice.rng.random((count, 2)) - 0.5)
    weights = pull * spacing**2 * dice.rng.random(count)
    material = np.concatenate([np.arange(used), dice.rng.integers(0, used, count - used)])
    start, end, low, high = power_borders(sites, weights)
    real = np.flatnonzero(material[low] != material[high])
    start, end, low, high = start[real], end[real], low[real], high[real]
    border = lines(
        list(zip(start.tolist(), end.tolist(), strict=True)), material[low].tolist(), material[high].tolist()
    )
    return Figure((border,), _anchor(dice, start, end, spacing * math.sqrt(count) / 2))


def _anchor(dice: Dice, start: Array, end: Array, reach: float) -> tuple[float, float]:
    """An end of a border, where borders meet, or a point on one: any within reach of the middle, else the nearest."""
    along = end - start
    nearest = np.clip(-(start * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
    inside = dice.rng.random(len(start))
    ends, points = np.concatenate([start, end]), np.concatenate([start + t[:, None] * along for t in (inside, nearest)])
    for choice in (ends, points) if dice.chance(0.5) else (points, ends):
        near = choice[np.hypot(*choice.T) < reach]
        if len(near) > 0:
            x, y = near[int(dice.rng.integers(len(near)))]
            return float(x), float(y)
    x, y = points[np.hypot(*points.T).argmin()]
    return float(x), float(y)


def power_borders(sites: Array, weights: Array) -> tuple[Array, Array, Array, Array]:
    """The borders of the power diagram of sites (n, 2) with weights (n,), in which |p - site|^2 - weight decides.

    Returns start (m, 2), end (m, 2), and the sites on the left (m,) and right (m,). Borders without end end FAR from
    their point that is nearest to the origin.
    """
    first, second = np.triu_indices(len(sites), 1)
    apart = sites[second] - sites[first]
    square = (apart**2).sum(axis=1)
    # On the border of i and j: |p - i|^2 - w_i = |p - j|^2 - w_j, at this share of the way from i to j.
    share = (1 + (weights[first] - weights[second]) / square) / 2
    along = np.stack([-apart[:, 1], apart[:, 0]], axis=1) / np.sqrt(square)[:, None]
    foot = sites[first] + share[:, None] * apart
    foot -= (foot * along).sum(axis=1)[:, None] * along
    # Site i stays nearer than k where 2 (k - i) . (foot + t along) <= |k|^2 - w_k - |i|^2 + w_i.
    others = sites[None] - sites[first][:, None]
    power_of = (sites**2).sum(axis=1) - weights
    bound = power_of[None] - power_of[first][:, None] - 2 * np.einsum("pkd,pd->pk", others, foot)
    rate = 2 * np.einsum("pkd,pd->pk", others, along)
    mine = (np.arange(len(sites)) == first[:, None]) | (np.arange(len(sites)) == second[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.where(mine, np.nan, bound / rate)
    low = np.where(rate < 0, at, -np.inf)
    high = np.where(rate > 0, at, np.inf)
    begin = np.maximum(np.nanmax(np.where(mine, -np.inf, low), axis=1), -FAR)
    end = np.minimum(np.nanmin(np.where(mine, np.inf, high), axis=1), FAR)
    hidden = (~mine & (rate == 0) & (bound < 0)).any(axis=1)
    kept = (end > begin) & ~hidden
    points = [foot[kept] + t[kept, None] * along[kept] for t in (begin, end)]
    # Looking along, site i, where the border comes from, lies on the left.
    return points[0], points[1], first[kept], second[kept]
