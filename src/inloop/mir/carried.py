"""Samples as simulations make them: fractions that a kernel's own errors have marked, beside the truth.

A flow whose velocity is linear in space maps zones to parallelograms of their area. So a step in which every zone
receives what the kernel's interface has in the parallelogram that flows into it is a scheme without an error of its
own, and where the shape is after any number of steps is known exactly. What then differs from the shape's fractions is
what the reconstructions did.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inloop.data import Draft, Samples
from inloop.mir.interface import Interface
from inloop.mir.samples import Recipe, Shape, draw, exact, sampled, shape_seed
from inloop.mir.samples.dice import Dice
from inloop.mir.samples.draw import dice_of
from inloop.mir.samples.generate import layout
from inloop.mir.samples.patches import patches_of

Array = NDArray[np.float64]
Rebuild = Callable[[Array], Interface]

KIND = "inloop mir carried samples 1"
ROOM = 12  # layers of zones around the core while a shape is carried
_CENTRE = np.array([exact.CORE / 2, exact.CORE / 2])
_SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
_KEPT_CLEAR = 4  # layers that the core's material never enters: what comes in through the sides is not known
_SPEED, _STRAIN = (0.05, 1.0), (0.005, 0.2)  # zones a step; the speed's change over a zone, in speeds
_MOST_STEPS = 40
_ROUNDING = 1e-13


@dataclass(frozen=True)
class Flow:
    """One step's motion, p to centre + turn (p - centre) + shift; the determinant of `turn` is one."""

    turn: Array  # (2, 2)
    shift: Array  # (2,)

    def __call__(self, points: Array) -> Array:
        """Points (..., 2) after the step."""
        return np.asarray(_CENTRE + (points - _CENTRE) @ self.turn.T + self.shift)

    @cached_property
    def back(self) -> Flow:
        """The same way back."""
        (a, b), (c, d) = self.turn
        turn = np.array([[d, -b], [-c, a]])
        return Flow(turn, -turn @ self.shift)


@dataclass(frozen=True)
class Voyage:
    """How a shape comes to where it was drawn: by some steps of a flow, before that as many away from there or none."""

    flow: Flow
    steps: int
    there_and_back: bool

    def start(self, points: Array) -> Array:
        """Where points lay at first."""
        for _ in range(0 if self.there_and_back else self.steps):
            points = self.flow.back(points)
        return points

    @property
    def legs(self) -> list[Flow]:
        """The motion of each step."""
        return [self.flow.back] * (self.steps if self.there_and_back else 0) + [self.flow] * self.steps


def voyage(dice: Dice) -> Voyage:
    """A random one, in which the core never comes near the sides of the room."""
    speed, way = dice.log_uniform(_SPEED), dice.angle()
    rate, kind, axis = speed * dice.log_uniform(_STRAIN), dice.angle(), dice.angle()
    spin = math.sin(kind) * np.array([[0.0, -1.0], [1.0, 0.0]])
    c, s = math.cos(axis), math.sin(axis)
    stretch = math.cos(kind) * np.array([[c, s], [s, -c]])
    flow = Flow(_exponential(rate * (spin + stretch)), speed * np.array([math.cos(way), math.sin(way)]))
    corners = exact.CORE * _SQUARE
    most = 0
    while most < _MOST_STEPS:
        corners = flow.back(corners)
        if np.abs(corners - _CENTRE).max() > exact.CORE / 2 + ROOM - _KEPT_CLEAR:
            break
        most += 1
    return Voyage(flow, dice.whole(1, max(most, 1)), dice.chance(0.5))


def carried(recipe: Recipe, shape: Shape, way: Voyage, rebuild: Rebuild) -> Array:
    """Fractions (M, 16, 16) of a shape that a reconstruction has carried to its place.

    rebuild: fractions (M, 32, 32) to their interface.
    """
    side = (-float(ROOM), float(exact.CORE + ROOM))
    patches = patches_of(shape.figure, lambda points: way.start(shape.place(points)), side)
    fractions = exact.coverage(patches, 1, recipe.materials, halo=ROOM, fine=1)[0]
    for flow in way.legs:
        fractions = _step(rebuild(fractions), fractions, flow)
    inner = slice(ROOM - exact.HALO, exact.HALO - ROOM)
    return np.ascontiguousarray(fractions[:, inner, inner])


def _exponential(rate: Array) -> Array:
    """Of a (2, 2) matrix without trace."""
    square = rate[0, 0] ** 2 + rate[0, 1] * rate[1, 0]  # its square is this times one
    root = math.sqrt(abs(square))
    grown = math.cosh(root) if square > 0 else math.cos(root)
    along = (math.sinh(root) if square > 0 else math.sin(root)) / root if root > 0 else 1.0
    return np.asarray(grown * np.eye(2) + along * rate)


def _step(face: Interface, fractions: Array, flow: Flow) -> Array:
    """Every zone receives what the interface has in the parallelogram that flows into it."""
    rows, columns = np.nonzero(_stirred(fractions, flow))
    corner = np.stack([columns, rows], axis=-1)[:, None] - float(ROOM)
    came = flow.back(corner + _SQUARE) - corner
    inside = face.inside(came, np.stack([rows, columns], axis=-1))
    known = inside.sum(axis=0) > _ROUNDING  # the rest flows in from beyond the room
    after = fractions.copy()
    after[:, rows[known], columns[known]] = _settled(inside[:, known])
    return after


def _stirred(fractions: Array, flow: Flow) -> NDArray[np.bool_]:
    """Zones that do not lie among others of their one material, as far as a step reaches."""
    far = _CENTRE + (ROOM + exact.CORE / 2) * np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    reach = math.ceil(np.abs(flow.back(far) - far).max())
    label = np.where(fractions.max(axis=0) < 1, -1, fractions.argmax(axis=0))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(label, reach, mode="edge"), (2 * reach + 1,) * 2)
    least = around.min(axis=(2, 3))
    return np.asarray((least < 0) | (least < around.max(axis=(2, 3))))


def _settled(shares: Array) -> Array:
    """Shares (M, n) that sum to one; the largest takes what those next to nothing held."""
    shares = shares / shares.sum(axis=0)
    shares[shares < _ROUNDING] = 0.0
    largest = shares.argmax(axis=0)[None]
    np.put_along_axis(shares, largest, 0.0, axis=0)
    np.put_along_axis(shares, largest, 1.0 - shares.sum(axis=0)[None], axis=0)
    return shares


def carry(recipe: Recipe, path: Path, count: int, *, seed: int, kernel: str, rebuild: Rebuild) -> None:
    """Fill the store `path` with `count` carried samples; a store that is there is left, one that was begun goes on.

    kernel: names the reconstruction; a store begun with another one is refused.
    """
    about = json.loads(recipe.to_json()) | {"kind": KIND, "kernel": kernel}
    draft = Draft(path, replace(layout(recipe, count, seed), recipe=json.dumps(about, sort_keys=True)))
    if path.exists():
        with Samples(path, recipe=draft.layout.recipe):
            return
    for block in draft.begin():
        seeds = [shape_seed(seed, index) for index in draft.layout.rows(block)]
        shapes = [draw(recipe, one) for one in seeds]
        arrays = sampled(recipe, shapes)._asdict() | {"seed": np.array(seeds, dtype=np.uint64)}
        ways = [voyage(dice_of(recipe, np.random.default_rng((one, 1)))) for one in seeds]
        arrays["fractions"] = np.stack(
            [carried(recipe, shape, way, rebuild) for shape, way in zip(shapes, ways, strict=True)]
        )
        draft.put(block, arrays)
    draft.finish()
