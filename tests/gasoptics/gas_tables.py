"""A gas table of random numbers, air for it, and what it must answer, written out in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inloop import _core


@dataclass(frozen=True, eq=False)
class Gases:
    """The arguments of the core's table."""

    pressure: np.ndarray
    coldest: np.ndarray
    step: float
    gases: list

    @property
    def core(self):
        return _core.GasTable(self.pressure, self.coldest, self.step, self.gases)

    @property
    def columns(self):
        return sum(gas[0] != "none" for gas in self.gases)


def random_table(terms=37, pressures=12, temperatures=5, seed=0):
    """Every dependence once, and the linear one twice."""
    draw = np.random.default_rng(seed)
    pressure = np.geomspace(1.0, 1.1e5, pressures)
    fractions = np.geomspace(1e-6, 5e-2, 7)

    def absorption(*shape, size):
        return (size * 10 ** draw.uniform(-3, 0, (*shape, temperatures, pressures, terms))).astype(np.float32)

    gases = [
        ("none", absorption(size=1e-4), 0.0, None),
        ("look-up", absorption(len(fractions), size=1.0), 0.0, fractions),
        ("linear", absorption(size=1e2), 0.0, None),
        ("relative", absorption(size=1.0), 1.9e-6, None),
        ("linear", absorption(size=1.0), 0.0, None),
    ]
    return Gases(pressure, 170 + 60 * np.linspace(0, 1, pressures) ** 2, 25.0, gases)


def random_air(n, seed=1, dtype=np.float64):
    """Some of it beyond the table's ends."""
    draw = np.random.default_rng(seed)
    fractions = [10 ** draw.uniform(-8, -0.5, n), 10 ** draw.uniform(-8, -5, n), draw.uniform(0, 4e-6, n)]
    fractions.append(draw.uniform(0, 2e-3, n))
    return [
        np.ascontiguousarray(array, dtype=dtype)
        for array in (
            np.exp(draw.uniform(-1, 12, n)),
            draw.uniform(120, 380, n),
            draw.uniform(1, 3000, n),
            np.stack(fractions, axis=1) * (draw.random((n, 4)) > 0.05),
        )
    ]


def between(axis, x):
    """Each x among evenly spaced points: the lower one's number and the share of the step above it."""
    steps = np.clip((x - axis[0]) / (axis[-1] - axis[0]) * (len(axis) - 1), 0, len(axis) - 1)
    low = np.minimum(steps.astype(int), len(axis) - 2)
    return low, steps - low


def expected(table, pressure, temperature, moles, fractions):
    """Optical depths (n, terms), gas by gas, point by point."""
    p, beyond_p = between(np.log(table.pressure), np.log(pressure))
    coldest = (1 - beyond_p) * table.coldest[p] + beyond_p * table.coldest[p + 1]
    axis = table.step * np.arange(table.gases[0][1].shape[0])
    t, beyond_t = between(axis, temperature - coldest)
    depth, column = 0, 0
    for dependence, absorption, reference, points in table.gases:
        x, amount = None, moles
        if dependence != "none":
            x = fractions[:, column]
            amount = moles * (x - reference)
            column += 1
        sides = [(None, 1.0)]
        if points is not None:
            f, beyond_f = between(np.log(points), np.log(np.maximum(x, points[0])))
            sides = [(f, 1 - beyond_f), (f + 1, beyond_f)]
        for where, share_f in sides:
            for dt, share_t in ((0, 1 - beyond_t), (1, beyond_t)):
                for dp, share_p in ((0, 1 - beyond_p), (1, beyond_p)):
                    at = (t + dt, p + dp) if where is None else (where, t + dt, p + dp)
                    weight = amount * share_p * share_t * share_f
                    depth = depth + weight[:, None] * absorption[at].astype(np.float64)
    return np.maximum(depth, 0)
