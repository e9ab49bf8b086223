"""Writes docs/verification.md from real runs: python docs/make_verification.py [--output FILE]. Takes some minutes.

Every figure is computed when this runs. The only numbers typed in are the published ones, in PUBLISHED. The words
around them are in verification.template.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import math
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

import inloop
from inloop import mir
from inloop.mir import measures
from inloop.mir.interface import Interface
from inloop.mir.shapes import (
    BUILT_IN,
    Circle,
    Diagram,
    Ellipse,
    HalfPlane,
    HalfSpace,
    Shape,
    SlottedDisk,
    Solid,
    t_junction,
    uniform_edges,
)
from inloop.mir.shapes.clip import moments

TEMPLATE = Path(__file__).with_name("verification.template")
ZONES = (32, 50, 64, 100, 128, 150)
PUBLISHED: dict[str, Any] = {
    # Figures of two C++ libraries of today, as the project's requirements quote them.
    "circle": {
        "elvira": (2.7e-4, 6.1e-5, 1.61e-5, 3.9e-6),
        "lvira": (2.9e-4, 7.1e-5, 1.8e-5, 4.4e-6),
        "mof": (2.0e-4, 5.1e-5, 1.2e-5, 3.0e-6),
    },
    "sphere": {"elvira": 2.2e-4, "lvira": 2.4e-4},
    # Result files of J. Liu's study of arcs and corners, github.com/jerrywliu/interface-reconstruction.
    "random circles": {
        ("youngs", "hausdorff"): (0.1224, 0.0504, 0.0359, 0.0197, 0.0146, 0.0119),
        ("elvira", "hausdorff"): (0.1527, 0.0563, 0.0371, 0.0137, 0.0084, 0.0058),
        ("youngs", "gap"): (0.0924, 0.0424, 0.0308, 0.0204, 0.0161, 0.0138),
        ("elvira", "gap"): (0.1035, 0.0389, 0.0233, 0.0086, 0.0051, 0.0033),
    },
    "random ellipses": {
        ("youngs", "hausdorff"): (0.0803, 0.0411, 0.0283, 0.0168, 0.0126, 0.0107),
        ("elvira", "hausdorff"): (0.0694, 0.0264, 0.0150, 0.0065, 0.0038, 0.0028),
        ("youngs", "gap"): (0.0866, 0.0457, 0.0336, 0.0210, 0.0163, 0.0142),
        ("elvira", "gap"): (0.0595, 0.0194, 0.0103, 0.0040, 0.0024, 0.0017),
    },
    "random slotted disks": {
        ("youngs", "gap"): (None, 0.112, 0.077, 0.038, 0.027, 0.021),
        ("elvira", "gap"): (None, 0.095, 0.060, 0.023, 0.014, 0.010),
    },
    # Regression files of an open multi-material code: sums over materials, each misplaced area counted twice.
    "t-junction": {"slic": 0.7333, "gradient": 0.030556, "lvira": 0.0621, "mof": 0.0},
}
EXACT = 1e-12  # of a zone
FLAT = ("slic", "youngs", "elvira", "lvira", "mof", "power", "equiz")
CONSERVING = FLAT[:-1]
SOLID = ("youngs", "elvira", "lvira", "mof")


def number(value: float | None) -> str:
    """A figure as the tables show it."""
    if value is None:
        return "–"
    return "0" if value == 0 else f"{value:.2e}" if abs(value) < 1e-3 or abs(value) >= 1e4 else f"{value:.4g}"


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table; numbers are formatted, text is taken as it is."""
    head = list(head)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        lines.append("| " + " | ".join(c if isinstance(c, str) else number(c) for c in row) + " |")
    return "\n".join(lines)


def reconstructed(
    shape: Shape | Diagram | Solid, edges: tuple[np.ndarray, ...], method: Any, halo: int = 0, **options: Any
) -> Interface:
    """The shape's exact fractions on the mesh, reconstructed; `halo` outer layers of zones serve as neighbours only."""
    fractions, centroids = shape.fractions(edges), None
    if method == "mof" or isinstance(method, mir.Mof):
        centroids = shape.centroids(edges)
    if len(edges) == 3:
        fractions = both(fractions)
    boundary = halo or options.pop("boundary", "extend")
    inner = [axis[halo : len(axis) - halo] for axis in edges]
    return mir.reconstruct(
        fractions,
        method=method,
        spacing=tuple(np.diff(axis) for axis in edges),
        origin=tuple(float(axis[0]) for axis in inner),
        boundary=boundary,
        centroids=centroids,
        **options,
    )


# ---- (a) straight lines and planes


KINDS = ("square zones", "one aspect ratio of up to 100", "widths varying up to 3:1")


def random_mesh(kind: str, dimensions: int, zones: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Edges of a mesh of the given kind."""
    if kind == KINDS[2]:
        widths = (np.append(0.0, np.cumsum(rng.uniform(1, 3, zones))) for _ in range(dimensions))
        return tuple(nodes / nodes[-1] for nodes in widths)
    size = 10 ** rng.uniform(-1, 1, dimensions) if kind == KINDS[1] else np.ones(dimensions)
    return tuple(axis * s for axis, s in zip(uniform_edges(zones, dimensions), size, strict=True))


def straight(dimensions: int, methods: Iterable[str], zones: int, repeats: int, seed: int) -> str:
    """Random lines or planes on random meshes: worst misplaced share of a zone, and how many zones are not exact."""
    rows = []
    for kind, method in itertools.product(KINDS, methods):
        rng, errors = np.random.default_rng(seed), [np.empty(0)]  # the same lines and meshes for every method
        for _ in range(repeats):
            edges = random_mesh(kind, dimensions, zones, rng)
            size = np.array([axis[-1] for axis in edges])
            normal = rng.normal(size=dimensions) / (size if rng.random() < 0.5 else 1.0)
            point = rng.uniform(0.3, 0.7, dimensions) * size
            truth = (HalfPlane if dimensions == 2 else HalfSpace)(tuple(point), tuple(normal))
            area, zone = measures.misplaced(reconstructed(truth, edges, method, halo=2), truth)
            errors.append(area / zone)
        error = np.concatenate(errors)
        missed = (error > EXACT).mean()
        share = "none" if missed == 0 else f"{100 * missed:.3g} %"
        rows.append((kind, method, f"{len(error)}", error.max(), share))
    return table(("mesh", "method", "mixed zones", "worst error / zone", "zones above 1e-12"), rows)


# ---- (b, c) one circle, one sphere


def one_circle() -> str:
    """Area errors of the circle on four meshes, beside the libraries'."""
    circle, sizes, rows = BUILT_IN["circle"].shape, (32, 64, 128, 256), []
    for method in FLAT:
        ours = [measures.area_error(reconstructed(circle, uniform_edges(n), method), circle) for n in sizes]
        theirs = PUBLISHED["circle"].get(method, (None,) * 4)
        cells = [f"{number(a)} ({number(b)})" if b else number(a) for a, b in zip(ours, theirs, strict=True)]
        orders = [math.log2(a / b) for a, b in itertools.pairwise(ours)]
        rows.append((method, *cells, f"{orders[-1]:.2f}", f"{math.log2(ours[0] / ours[-1]) / 3:.2f}"))
    return table(("method", *(f"n = {n}" for n in sizes), "order, last", "order, mean"), rows)


def one_sphere() -> str:
    """Volume errors of the sphere, beside the libraries'."""
    ball, rows = BUILT_IN["sphere"].shape, []
    for method in SOLID:
        face = reconstructed(ball, uniform_edges(32, 3), method)
        rows.append((method, measures.area_error(face, ball), PUBLISHED["sphere"].get(method)))
    return table(("method", "ours", "published"), rows)


# ---- (d) random circles, ellipses and slotted disks


def random_shapes() -> dict[str, list[Shape]]:
    """25 of each, in a box of 100 x 100: the study's own, by its documented seeds."""
    a, b, c = (np.random.default_rng(seed) for seed in (41, 42, 43))
    return {
        "random circles": [Circle(tuple(a.uniform(50, 51, 2)), 10.0) for _ in range(25)],
        "random ellipses": [
            Ellipse(tuple(b.uniform(50, 51, 2)), (30.0, 30.0 / ratio), b.uniform(0, math.pi / 2))
            for ratio in np.linspace(1.5, 3.0, 25)
        ],
        "random slotted disks": [
            SlottedDisk(tuple(c.uniform(50, 51, 2)), 15.0, 5.0, 10.0, c.uniform(0, math.pi / 2)) for _ in range(25)
        ],
    }


def random_table(name: str, shapes: list[Shape]) -> str:
    """Mean gap and Hausdorff distance over the shapes, beside the published ones."""
    ours: dict[tuple[str, str], list[float]] = {}
    for zones, method in itertools.product(ZONES, ("youngs", "elvira", "lvira")):
        edges = tuple(100.0 * axis for axis in uniform_edges(zones))
        faces = [reconstructed(shape, edges, method) for shape in shapes]
        distance = [measures.hausdorff(face, shape) for face, shape in zip(faces, shapes, strict=True)]
        ours.setdefault((method, "hausdorff"), []).append(float(np.mean(distance)))
        ours.setdefault((method, "gap"), []).append(float(np.mean([measures.gap(face) for face in faces])))
    rows = []
    for measure, method in itertools.product(("hausdorff", "gap"), ("youngs", "elvira", "lvira")):
        values = ours[method, measure]
        theirs = PUBLISHED[name].get((method, measure))
        order = math.log(values[0] / values[-1]) / math.log(ZONES[-1] / ZONES[0])
        rows.append((f"{measure}, {method}", "ours", *(f"{v:.4f}" for v in values), f"{order:.2f}"))
        if theirs:
            pairs = list(zip(values, theirs, strict=True))
            rows.append(("", "published", *("–" if t is None else f"{t:.4f}" for t in theirs), ""))
            rows.append(("", "ratio", *("–" if t is None else f"{v / t:.3f}" for v, t in pairs), ""))
    return table(("measure, method", "", *(f"N = {n}" for n in ZONES), "order"), rows)


# ---- (e) T-junction


def junction() -> str:
    """The three-material T-junction on 3 x 5 zones, as sums over materials."""
    edges, truth = (np.linspace(0, 1, 4), np.linspace(0, 1, 6)), t_junction()
    methods = {
        'Slic(slabs="x")': (mir.Slic(slabs="x"), "slic"),
        "Slic()": (mir.Slic(), None),
        'Youngs(gradient="least-squares")': (mir.Youngs(gradient="least-squares"), "gradient"),
        "Youngs()": (mir.Youngs(), None),
        "Elvira()": (mir.Elvira(), None),
        "Lvira()": (mir.Lvira(), "lvira"),
        "Mof()": (mir.Mof(), "mof"),
        "Power()": (mir.Power(), None),
    }
    rows = []
    for name, (method, published) in methods.items():
        order = None if isinstance(method, mir.Power) else (0, 1, 2)
        ours = [
            2 * measures.area_error(reconstructed(truth, edges, method, boundary=side, order=order), truth)
            for side in ("open", "extend")
        ]
        rows.append((name, *(f"{value:.6g}" for value in ours), PUBLISHED["t-junction"].get(published)))
    return table(("method", 'ours, boundary "open"', 'ours, "extend"', "published"), rows)


# ---- (f) conservation


def wild_fractions(materials: int, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Random fractions (materials, ...) without any smoothness, the smallest of a zone down to 1e-10."""
    parts = rng.random((materials, *shape)) + 1e-3
    parts /= parts.sum(axis=0)
    tiny = 10.0 ** rng.uniform(-10, -1, shape)
    low, high = parts.argmin(axis=0), parts.argmax(axis=0)
    change = np.minimum(np.take_along_axis(parts, low[None], 0)[0], tiny)
    np.put_along_axis(parts, low[None], change[None], 0)
    np.put_along_axis(parts, high[None], 0.0, 0)
    np.put_along_axis(parts, high[None], 1.0 - parts.sum(axis=0)[None], 0)
    return parts


def conservation() -> str:
    """Worst fraction errors of every conserving method on wild fields, from the exact pieces."""
    rows = []
    for dimensions, materials, method in [
        *((2, m, name) for m in (2, 3, 5) for name in CONSERVING),
        *((3, m, name) for m in (2, 3) for name in SOLID),
    ]:
        rng, absolute, relative = np.random.default_rng(7), 0.0, 0.0
        for aspect in (1.0, 100.0):
            zones = (24, 24) if dimensions == 2 else (7, 7, 7)
            fractions = wild_fractions(materials, zones, rng)
            spacing = (aspect, *(1.0,) * (dimensions - 1))
            inside = rng.uniform(0.2, 0.8, (materials, *zones, dimensions))
            face = mir.reconstruct(
                fractions, method=method, spacing=spacing, centroids=(low_corners(zones) + inside) * spacing
            )
            whole = np.repeat([[0.0, 1.0]], dimensions, axis=1).repeat(len(face.zones), axis=0)
            shares, wanted = face.share(face.zones, whole).T, face.fractions
            small = (wanted > 0) & (wanted <= 0.5)
            relative = max(relative, float((np.abs(shares - wanted)[small] / wanted[small]).max()))
            index = {tuple(zone): i for i, zone in enumerate(face.zones.tolist())}
            for material in range(materials):
                size = np.zeros(len(face.zones))
                for piece in face.polygons(material) if dimensions == 2 else face.polyhedra(material):
                    size[index[piece[0]]] += volume(*piece[1:]) / aspect
                absolute = max(absolute, float(np.abs(size - wanted[:, material]).max()))
        rows.append((f"{dimensions}D", f"{materials}", method, absolute, relative))
    return table(("mesh", "materials", "method", "worst error", "worst error / f, of f up to 1/2"), rows)


def low_corners(zones: tuple[int, ...]) -> np.ndarray:
    """Low corners (...mesh, D), x first, of a mesh of unit zones."""
    return np.stack(np.meshgrid(*(np.arange(float(n)) for n in zones), indexing="ij")[::-1], axis=-1)


def volume(corners: np.ndarray, faces: list[np.ndarray] | None = None) -> float:
    """Area of a polygon, or volume of a polyhedron."""
    if faces is None:
        return float(moments(corners[None], corners[:1])[0][0])
    return measures.polyhedron_volume(corners, faces)


# ---- (g) symmetries


def symmetries(dimensions: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The 8 (48) symmetries of the square (cube): a permutation of the array's axes, then which of them to reverse."""
    axes = range(dimensions)
    flips = [tuple(i for i in axes if bits >> i & 1) for bits in range(2**dimensions)]
    return list(itertools.product(itertools.permutations(axes), flips))


def moved(field: np.ndarray, order: tuple[int, ...], flips: tuple[int, ...]) -> np.ndarray:
    """A field (materials, ...mesh) after a symmetry."""
    field = np.transpose(field, (0, *(1 + axis for axis in order)))
    return np.flip(field, tuple(1 + axis for axis in flips))


def moved_points(points: np.ndarray, order: tuple[int, ...], flips: tuple[int, ...], zones: int) -> np.ndarray:
    """Centroids (materials, ...mesh, D) in a mesh of unit zones after a symmetry."""
    dimensions = len(order)
    values = np.stack([moved(points[..., d], order, flips) for d in range(dimensions)], axis=-1)
    # array axis a holds coordinate D - 1 - a; after the symmetry array axis a is what axis order[a] was
    values = np.stack([values[..., dimensions - 1 - order[dimensions - 1 - d]] for d in range(dimensions)], axis=-1)
    for axis in flips:
        values[..., dimensions - 1 - axis] = zones - values[..., dimensions - 1 - axis]
    return values


def symmetry() -> str:
    """Largest change of any sub-zone's coverage under the symmetries and under exchange of the two materials."""
    rows = []
    for dimensions, zones, methods in ((2, 16, FLAT), (3, 6, SOLID)):
        name = "circle" if dimensions == 2 else "sphere"
        rng = np.random.default_rng(11)
        noise = both(rng.random((zones,) * dimensions))
        # Centroids that lie on the same line through the middle, nearer to it than a slab's would.
        shift = rng.uniform(-0.25, 0.25, (*noise.shape[1:], dimensions)) * np.array([1, -1]).reshape(
            2, *[1] * (dimensions + 1)
        )
        fields = {
            name: (both(BUILT_IN[name].fractions(zones)), BUILT_IN[name].centroids(zones) * zones),
            "random field": (noise, low_corners(noise.shape[1:]) + 0.5 + shift * noise[::-1, ..., None]),
        }
        for method, (what, (field, points)) in itertools.product(methods, fields.items()):
            straight_on = mir.reconstruct(field, method=method, centroids=points).coverage(4)
            worst = 0.0
            for order, flips in symmetries(dimensions):
                face = mir.reconstruct(
                    moved(field, order, flips), method=method, centroids=moved_points(points, order, flips, zones)
                )
                worst = max(worst, float(np.abs(face.coverage(4) - moved(straight_on, order, flips)).max()))
            swapped = mir.reconstruct(field[::-1], method=method, centroids=points[::-1]).coverage(4)[::-1]
            rows.append((f"{dimensions}D, {what}", method, worst, float(np.abs(swapped - straight_on).max())))
    return table(("field", "method", "worst over all symmetries", "exchange of materials"), rows)


def both(fractions: np.ndarray) -> np.ndarray:
    """A material and the rest."""
    return np.stack([fractions, 1 - fractions])


# ---- the page


def machine() -> str:
    """One line on where and when this ran."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    processor = models[0].split(":", 1)[1].strip() if models else platform.processor() or platform.machine()
    versions = f"inloop {inloop.__version__}, NumPy {np.__version__}, Python {platform.python_version()}"
    return f"{datetime.date.today().isoformat()}, {versions}, {platform.system()} on {processor}."


def main() -> None:
    """Computes the page and writes it."""
    options = argparse.ArgumentParser(description="Write the verification page from real runs.")
    options.add_argument("--output", type=Path, default=Path(__file__).with_name("verification.md"))
    output = options.parse_args().output
    lines, planes, flat_zones, solid_zones = 400, 100, 12, 9
    shapes = random_shapes()
    page = TEMPLATE.read_text(encoding="utf-8").format(
        machine=machine(),
        lines=lines,
        planes=planes,
        flat_zones=flat_zones,
        solid_zones=solid_zones,
        straight_2d=straight(2, ("youngs", "elvira", "lvira", "mof"), flat_zones, lines, 5),
        straight_3d=straight(3, SOLID, solid_zones, planes, 6),
        circle=one_circle(),
        sphere=one_sphere(),
        circles=random_table("random circles", shapes["random circles"]),
        ellipses=random_table("random ellipses", shapes["random ellipses"]),
        slotted=random_table("random slotted disks", shapes["random slotted disks"]),
        junction=junction(),
        conservation=conservation(),
        symmetry=symmetry(),
    )
    output.write_text(page, encoding="utf-8")
    print(f"wrote {output}")


if __name__ == "__main__":
    main()
