"""What the property tests draw: meshes, straight interfaces, fields of fractions, the symmetries of a box."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from tests.mir.exact import HalfSpace, centroids_of, fractions_of, nodes_of, rational, sub_boxes

Floats = npt.NDArray[np.float64]
Move = tuple[tuple[int, ...], tuple[int, ...]]  # permutation of the array axes, then +1 or -1 an axis

CONSERVING = {2: ("slic", "youngs", "elvira", "lvira", "mof", "power"), 3: ("youngs", "elvira", "lvira", "mof")}
SIDES = ("extend", "mirror", "periodic", "open")
seeds = st.integers(0, 2**32 - 1)


def laws(examples: int) -> settings:
    """The same examples in every run: a failure is a fact about the code, not about the day."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=quiet)


@st.composite
def meshes(draw: st.DrawFn, shape: tuple[int, ...], aspect: float = 1.0, uniform: bool = False) -> tuple[Floats, ...]:
    """Zone widths an axis, x first, for an array of this shape; no two widths differ by more than `aspect`."""
    rng = np.random.default_rng(draw(seeds))
    reach = np.log10(aspect)
    share = 1.0 if uniform else 0.5  # of the reach that goes to differences between the axes
    return tuple(
        10 ** (reach * (share * rng.uniform(-0.5, 0.5) + (1 - share) * rng.uniform(-0.5, 0.5, 1 if uniform else n)))
        * np.ones(n)
        for n in shape[::-1]
    )


@dataclass(frozen=True)
class Flat:
    """A straight interface through the middle zone of a small mesh, and what it leaves there."""

    widths: tuple[Floats, ...]
    shape: HalfSpace

    @property
    def nodes(self) -> list[list[Fraction]]:
        return [nodes_of(w) for w in self.widths]

    @property
    def middle(self) -> tuple[int, ...]:
        return tuple(len(w) // 2 for w in self.widths[::-1])

    @property
    def box(self) -> tuple[list[Fraction], list[Fraction]]:
        nodes, at = self.nodes, self.middle[::-1]
        low, high = ([n[i + k] for n, i in zip(nodes, at, strict=True)] for k in (0, 1))
        return low, high

    @property
    def fractions(self) -> Floats:
        return fractions_of(self.shape, self.nodes)

    @property
    def centroids(self) -> Floats:
        return centroids_of(self.shape, self.nodes)

    def normal(self) -> Floats:
        n = np.array([float(v) for v in self.shape.normal])
        return n / np.linalg.norm(n)

    def sub_shares(self, k: int) -> tuple[Floats, Floats]:
        """Boxes for `face.share` that cut the middle zone k times along each axis, and the true shares of each."""
        unit, real = sub_boxes(*self.box, k)
        return unit, np.array([float(self.shape.share(*corners)) for corners in real])


@st.composite
def flats(
    draw: st.DrawFn,
    dimensions: int,
    *,
    zones: int = 3,
    aspect: float = 1.0,
    uniform: bool = False,
    least: float = 1e-10,
) -> Flat:
    """Lines or planes in any direction, along the axes and within 1e-9 of them included; fractions down to `least`."""
    widths = draw(meshes((zones,) * dimensions, aspect, uniform))
    kind = draw(st.sampled_from(["any", "along an axis", "nearly along an axis", "diagonal"]))
    rng = np.random.default_rng(draw(seeds))
    direction = rng.normal(size=dimensions)
    axis, sign = rng.integers(dimensions), rng.choice([-1.0, 1.0])
    if kind == "along an axis":
        direction = np.zeros(dimensions)
    if kind == "nearly along an axis":
        direction *= 1e-9
    if "along" in kind:
        direction[axis] = sign
    if kind == "diagonal":
        direction = rng.choice([-1.0, 1.0], dimensions)
    nodes = [nodes_of(w) for w in widths]
    low, high = [n[zones // 2] for n in nodes], [n[zones // 2 + 1] for n in nodes]
    normal = rational(direction)
    if draw(st.booleans()):  # the direction as the zone sees it
        normal = [n / (b - a) for n, a, b in zip(normal, low, high, strict=True)]
    begin = sum((n * (a if n >= 0 else b) for n, a, b in zip(normal, low, high, strict=True)), Fraction(0))
    end = sum((n * (b if n >= 0 else a) for n, a, b in zip(normal, low, high, strict=True)), Fraction(0))
    wanted = 10 ** draw(st.floats(float(np.log10(least)), float(np.log10(0.5))))
    below, above = 0.0, 1.0
    while True:  # a depth that holds about the wanted share of the middle zone
        far = above > 4 * below  # bisect decades first
        depth = (max(below, above / 64) * above) ** 0.5 if far else (below + above) / 2
        share = float(HalfSpace(tuple(normal), begin + (end - begin) * Fraction(depth)).share(low, high))
        if abs(share - wanted) < 0.2 * wanted:
            break
        below, above = (depth, above) if share < wanted else (below, depth)
    reach = (end - begin) * Fraction(depth)
    return Flat(widths, HalfSpace(tuple(normal), begin + reach if draw(st.booleans()) else end - reach))


def mixture(rng: np.random.Generator, materials: int, shape: tuple[int, ...], kind: str) -> Floats:
    """Fractions (materials, *shape): 'rough' without a pattern, 'tiny' over ten decades, 'sparse', 'smooth'."""
    if kind == "rough":
        f = rng.dirichlet(np.ones(materials), size=shape)
    elif kind == "smooth":
        at = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
        sites = rng.uniform(0, max(shape), (materials, len(shape)))
        closeness = -2 * np.linalg.norm(at[..., None, :] - sites, axis=-1)
        f = np.exp(closeness - closeness.max(axis=-1, keepdims=True))
    else:
        f = 10 ** rng.uniform(-10, 0, (*shape, materials))
        if kind == "sparse":
            f = f * (rng.random(f.shape) < 0.6)
            f[..., 0] += f.sum(axis=-1) == 0
    f = f / f.sum(axis=-1, keepdims=True)
    f[f < 1e-10] = 0
    largest = f.argmax(axis=-1)[..., None]
    np.put_along_axis(f, largest, 0, axis=-1)
    np.put_along_axis(f, largest, 1 - f.sum(axis=-1, keepdims=True), axis=-1)
    return np.moveaxis(f, -1, 0).copy()


def points_in_zones(rng: np.random.Generator, materials: int, widths: tuple[Floats, ...]) -> Floats:
    """Centroids (materials, *shape, D) that lie in their zones and need not be those of anything straight."""
    shape = tuple(len(w) for w in widths[::-1])
    d = len(widths)
    out = np.empty((materials, *shape, d))
    for a, w in enumerate(widths):
        along = [1] * d
        along[d - 1 - a] = -1
        low = np.concatenate([[0.0], np.cumsum(w)[:-1]]).reshape(along)
        out[..., a] = low + w.reshape(along) * rng.uniform(0.1, 0.9, (materials, *shape))
    return out


def moves(dimensions: int) -> list[Move]:
    """The 8 symmetries of the square, the 48 of the cube."""
    turns = itertools.permutations(range(dimensions))
    return list(itertools.product(turns, itertools.product((1, -1), repeat=dimensions)))


def moved(array: Floats, move: Move, leading: int = 1) -> Floats:
    """An array's image; the mesh axes come after `leading` others."""
    turn, flip = move
    d = len(turn)
    after = range(leading + d, array.ndim)
    turned = np.transpose(array, (*range(leading), *(leading + p for p in turn), *after))
    return turned[(slice(None),) * leading + tuple(slice(None, None, f) for f in flip)]


def moved_widths(widths: tuple[Floats, ...], move: Move) -> tuple[Floats, ...]:
    """The widths of the image mesh, x first."""
    by_array_axis = [widths[::-1][p][::f] for p, f in zip(*move, strict=True)]
    return tuple(by_array_axis[::-1])


def moved_points(points: Floats, widths: tuple[Floats, ...], move: Move) -> Floats:
    """The image of points (materials, *shape, D) of a mesh that starts at the origin."""
    image = moved(points, move)
    out = np.empty_like(image)
    d = len(widths)
    for axis, (p, f) in enumerate(zip(*move, strict=True)):
        old = image[..., d - 1 - p]
        out[..., d - 1 - axis] = old if f > 0 else widths[d - 1 - p].sum() - old
    return out
