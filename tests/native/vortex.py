"""The vortex as 05_advection.f90 starts it: each number by the same operations, so that it has the same bits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from inloop.hydro.advection import PlaneFlow, Problem
from inloop.hydro.advection.problem import with_rest
from inloop.hydro.problems import vortex

CENTRE, RADIUS = (0.5, 0.75), 0.15


def as_in_fortran() -> Problem:
    """The problem with the example's own fractions and sines, which differ from the shipped ones in the last digits."""
    problem = vortex.problem()
    return replace(problem, fractions=with_rest(_fractions), flow=PlaneFlow(_stream, problem.flow.pace))


def _stream(x, y):
    sine = np.vectorize(math.sin)
    return sine(math.pi * x) ** 2 * sine(math.pi * y) ** 2 / math.pi


def _fractions(edges):
    (x, y), h = edges, edges[0][1]
    found = np.array([[_disk_in(x[i : i + 2], y[j : j + 2]) for i in range(len(x) - 1)] for j in range(len(y) - 1)])
    found = found / (h * h)
    found[found < 1e-12] = 0
    found[found > 1 - 1e-12] = 1
    return found


def _disk_in(x, y):
    """The disk's area in a box: from the middle, a triangle with each side in turn, cut by the circle."""
    (x0, x1), (y0, y1) = x - CENTRE[0], y - CENTRE[1]
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    area = 0.0
    for p, q in zip(corners, [*corners[1:], corners[0]], strict=True):
        side = (q[0] - p[0], q[1] - p[1])
        along, ahead = _dot(side, side), _dot(p, side)
        root = math.sqrt(max(ahead * ahead - along * (_dot(p, p) - RADIUS * RADIUS), 0.0))
        first, last = (min(max((-ahead + sign) / along, 0.0), 1.0) for sign in (-root, root))
        a, b = ((p[0] + t * side[0], p[1] + t * side[1]) for t in (first, last))
        area = area + (_sector(p, a) + _cross(a, b) + _sector(b, q)) / 2
    return area


def _sector(p, q):
    return RADIUS * RADIUS * math.atan2(_cross(p, q), _dot(p, q))


def _dot(p, q):
    return p[0] * q[0] + p[1] * q[1]


def _cross(p, q):
    return p[0] * q[1] - p[1] * q[0]
