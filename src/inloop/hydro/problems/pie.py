"""A disk cut into equal sectors, one a material, and the rest around it: exact fractions of several materials."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inloop.hydro.advection.grid import Floats
from inloop.mir.shapes import Circle
from inloop.mir.shapes.clip import boxes_of, clip, moments
from inloop.mir.shapes.shape import settle


@dataclass(frozen=True)
class Pie:
    """Material m of `sectors` (two at least) holds the m-th sector, counter-clockwise from the angle `begin` (radians);
    the last material is the rest.
    """

    centre: tuple[float, float]
    radius: float
    sectors: int
    begin: float = 0.0

    def fractions(self, edges: tuple[Floats, ...]) -> Floats:
        """(sectors + 1, ny, nx); they sum to one exactly."""
        disk = Circle(self.centre, self.radius).fractions(edges)
        parts = np.zeros((self.sectors, *disk.shape))
        rows, columns = np.nonzero(disk)
        boxes = boxes_of(edges, rows, columns)
        middles = boxes.mean(axis=1)
        size = moments(boxes, middles)[0]
        for material in range(self.sectors):
            part = self._within(boxes, material)
            area = Circle(self.centre, self.radius).moments_in(part, middles)[0]
            parts[material][rows, columns] = settle(area / size)
        # whole zones of the disk, and the disk's own share, stay what they are: the largest sector takes the rounding
        largest = parts.argmax(axis=0)[None]
        np.put_along_axis(parts, largest, 0.0, axis=0)
        np.put_along_axis(parts, largest, disk[None] - parts.sum(axis=0, keepdims=True), axis=0)
        return np.concatenate([parts, 1.0 - disk[None]])

    def outline(self) -> list[Floats]:
        """The circle and the radii."""
        middle = np.array(self.centre)
        ends = [middle + self.radius * np.array([math.cos(t), math.sin(t)]) for t in self._angles()[:-1]]
        return [*Circle(self.centre, self.radius).outline(), *(np.stack([middle, end]) for end in ends)]

    def _angles(self) -> Floats:
        return np.asarray(self.begin + 2 * math.pi / self.sectors * np.arange(self.sectors + 1.0), dtype=np.float64)

    def _within(self, polygons: Floats, material: int) -> Floats:
        """The polygons' parts in a sector, which spans half a turn at most."""
        first, last = self._angles()[material : material + 2]
        polygons = clip(polygons, np.array(self.centre), np.array([math.sin(first), -math.cos(first)]))
        return clip(polygons, np.array(self.centre), np.array([-math.sin(last), math.cos(last)]))
