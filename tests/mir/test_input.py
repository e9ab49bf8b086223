"""What is refused, with its words; what is clamped; and that nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest
from tests.mir.strategies import Floats

from inloop import mir
from inloop.errors import InloopError

NAN, INF = float("nan"), float("inf")


def field(value: float = 0.5, where: tuple[int, int] = (1, 2), kind: type = np.float64) -> Floats:
    f = np.full((3, 4), 0.25, dtype=kind)
    f[where] = value
    return f


def three(*values: float, kind: type = np.float64) -> Floats:
    f = np.full((3, 2, 2), 0.25, dtype=kind)
    f[0] = 0.5
    f[:, 1, 0] = values
    return f


GOOD = field()
SOLID = np.full((2, 2, 2, 2), 0.5)
SUMS = np.indices(SOLID.shape).sum(axis=0)

REFUSED = {
    "one number": (0.5, {}, r"fractions have shape \(\): expected \(ny, nx\), \(materials, ny, nx\)"),
    "a row": (np.ones(4), {}, r"fractions have shape \(4,\)"),
    "rank five": (np.ones((2, 1, 1, 1, 1)), {}, r"fractions have shape \(2, 1, 1, 1, 1\)"),
    "no zones": (np.ones((0, 4)), {}, r"shape \(0, 4\): there are no zones"),
    "one material": (np.ones((1, 3, 4)), {}, r"one material only: give all materials .* or \(ny, nx\) for material 0"),
    "one solid material": (np.ones((1, 3, 3, 4)), {}, r"one material only: give all materials along the first axis$"),
    "complex": (GOOD + 0j, {}, "fractions have type complex128: expected float32 or float64"),
    "half precision": (GOOD.astype(np.float16), {}, "fractions have type float16: expected float32 or float64"),
    "text": (np.full((2, 2), "a"), {}, "fractions have type <U1"),
    "negative": (field(-1e-9), {}, r"zone \(row 1, column 2\) is -1e-09, below 0"),
    "above one": (field(1 + 1e-9), {}, r"zone \(row 1, column 2\) is 1.000000001, above 1"),
    "far above one": (field(1.5), {}, r"zone \(row 1, column 2\) is 1.5, above 1"),
    "nan": (field(NAN), {}, r"zone \(row 1, column 2\) is not a number \(NaN\)"),
    "infinite": (field(INF), {}, r"zone \(row 1, column 2\) is inf, above 1"),
    "minus infinite": (field(-INF), {}, r"zone \(row 1, column 2\) is -inf, below 0"),
    "float below": (field(-2e-6, kind=np.float32), {}, "is -2e-06, below 0"),
    "float above": (field(1.00001, kind=np.float32), {}, "is 1.00001, above 1"),
    "sum below one": (three(0.5, 0.25, 0.24), {}, r"zone \(row 1, column 0\) \(all materials\) sums to 0.99, not 1"),
    "sum above one": (three(0.5, 0.25, 0.25 + 1e-11), {}, r"sums to 1.00000000001, not 1 within 1e-12"),
    "float sum": (three(0.5, 0.25, 0.25001, kind=np.float32), {}, r"sums to 1.00001, not 1 within 1e-06"),
    "nothing": (three(0, 0, 0), {}, r"\(all materials\) sums to 0, not 1"),
    "nan in the last": (three(0.5, 0.5, NAN), {}, r"zone \(row 1, column 0\) is not a number"),
    "solid nan": (np.where(SUMS == 4, NAN, SOLID), {}, r"zone \(layer 1, row 1, column 1\)"),
    "zero spacing": (GOOD, {"spacing": 0.0}, "spacing along x is 0.0 in zone 0: widths must be positive and finite"),
    "negative width": (
        GOOD,
        {"spacing": (1.0, [1, -2, 1])},
        "spacing along y is -2.0 in zone 1: widths must be positive",
    ),
    "nan width": (GOOD, {"spacing": (NAN, 1)}, "spacing along x is nan in zone 0"),
    "infinite width": (GOOD, {"spacing": ([1, 1, INF, 1], 1)}, "spacing along x is inf in zone 2"),
    "too few widths": (
        GOOD,
        {"spacing": ([1, 1, 1], 1)},
        r"spacing along x has shape \(3,\): expected a number or 4 zone",
    ),
    "too few axes": (GOOD, {"spacing": (1.0,)}, r"spacing is \(1.0,\): expected .* one entry an axis \(x, y\) in 2D"),
    "too many axes": (GOOD, {"spacing": (1, 1, 1)}, r"spacing is \(1, 1, 1\): expected .* in 2D"),
    "spacing in words": (GOOD, {"spacing": "wide"}, "spacing is 'wide'"),
    "origin not finite": (GOOD, {"origin": (0, NAN)}, "origin along y is nan: give one finite number an axis"),
    "origin of one": (GOOD, {"origin": (0,)}, r"origin is \(0,\)"),
    "unknown method": (
        GOOD,
        {"method": "plic"},
        "method 'plic' is unknown: take one of slic, youngs, elvira, lvira, mof",
    ),
    "a number for a method": (GOOD, {"method": 3}, "method 3 is unknown"),
    "a class for a method": (GOOD, {"method": mir.Elvira}, "method .* is unknown"),
    "slabs in 3D": (
        SOLID,
        {"method": "slic"},
        "method 'slic' works in 2D only: in 3D take youngs, elvira, lvira or mof",
    ),
    "equi-z in 3D": (SOLID, {"method": "equiz"}, "method 'equiz' works in 2D only"),
    "power in 3D": (SOLID, {"method": "power"}, "method 'power' works in 2D only"),
    "unknown boundary": (
        GOOD,
        {"boundary": "wall"},
        "boundary along x is 'wall': take one of extend, mirror, periodic, open",
    ),
    "boundary of three": (
        GOOD,
        {"boundary": ("open",) * 3},
        "boundary is .*: expected one value, or one entry an axis",
    ),
    "a triple of sides": (GOOD, {"boundary": (("open",) * 3, "open")}, r"boundary along x is .* a \(low, high\) pair"),
    "half periodic": (GOOD, {"boundary": (("periodic", "open"), "open")}, "'periodic' on one side of x only"),
    "no halo": (GOOD, {"boundary": 0}, "boundary along x gives 0 halo layers: this method needs 1"),
    "negative halo": (GOOD, {"boundary": -1}, "boundary along x is -1: take one of"),
    "true for a halo": (GOOD, {"boundary": (True, "open")}, "boundary along x is True"),
    "halo only": (
        GOOD,
        {"boundary": (2, "open")},
        "asks for 4 halo layers along x, but the array has only 4 zones there",
    ),
    "bad halo": (field(1.5, (0, 3)), {"boundary": 1}, r"halo zone \(row -1, column 2\) is 1.5, above 1"),
    "no centroids": (GOOD, {"method": "mof"}, "method 'mof' needs centroids"),
    "flat centroids": (
        GOOD,
        {"method": "mof", "centroids": GOOD},
        r"centroids have shape \(3, 4\): expected \(2, 3, 4, 2\)",
    ),
    "nan centroid": (
        GOOD,
        {"method": "mof", "centroids": np.full((3, 4, 2), NAN)},
        r"centroid of material 0 in zone \(row 0, column 0\) is not finite: mof needs one",
    ),
    "short order": (three(0.5, 0.25, 0.25), {"order": (0, 1)}, r"order is \[0, 1\]: expected each of .* 0..2 once"),
    "repeated order": (three(0.5, 0.25, 0.25), {"order": (0, 1, 1)}, r"order is \[0, 1, 1\]"),
    "order from one": (three(0.5, 0.25, 0.25), {"order": (1, 2, 3)}, r"order is \[1, 2, 3\]"),
    "order of halves": (three(0.5, 0.25, 0.25), {"order": (0.5, 1, 2)}, r"order is \[0.5, 1, 2\]: expected each"),
    "ordered power": (GOOD, {"method": "power", "order": (0, 1)}, "order: method 'power' does not depend on one"),
    "a gate": (GOOD, {"gate": 0.5}, "gate: method 'elvira' is classical and has none"),
    "no threads": (GOOD, {"threads": 0}, "threads is 0: expected a whole number of at least 1"),
    "half a thread": (GOOD, {"threads": 1.5}, "threads is 1.5"),
    "true threads": (GOOD, {"threads": True}, "threads is True"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_line(case: str) -> None:
    fractions, options, words = REFUSED[case]
    with pytest.raises(InloopError, match=words) as caught:
        mir.reconstruct(fractions, **{"method": "elvira", **options})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", ["slic", "youngs", "elvira", "lvira", "equiz", "power"])
@pytest.mark.parametrize("value", [-1e-9, 1 + 1e-9, NAN, INF])
@pytest.mark.parametrize("where", [(0, 0), (1, 2), (2, 3)])
def test_every_method_looks_at_every_zone(method: str, value: float, where: tuple[int, int]) -> None:
    for surroundings in (0.25, 0.0, 1.0):
        f = np.full((3, 4), surroundings)
        f[where] = value
        with pytest.raises(InloopError, match=rf"zone \(row {where[0]}, column {where[1]}\)"):
            mir.reconstruct(f, method=method)


def test_the_first_bad_zone_is_named_whatever_the_threads() -> None:
    f = np.full((50, 60), 0.5)
    f[[7, 7, 31], [9, 20, 2]] = NAN
    for threads in (1, 2, 5):
        with pytest.raises(InloopError, match=r"zone \(row 7, column 9\)"):
            mir.reconstruct(f, method="elvira", threads=threads)


@pytest.mark.parametrize(("kind", "off"), [(np.float64, 9e-13), (np.float32, 9e-7)])
def test_rounding_is_clamped(kind: type, off: float) -> None:
    f = np.array([[-off, 0.3, 1 + off], [-off, 0.3, 1 + off]], dtype=kind)
    face = mir.reconstruct(f, method="elvira")
    assert np.array_equal(face.labels(), [[1, -1, 0], [1, -1, 0]])
    clean = mir.reconstruct(np.clip(f, 0, 1), method="elvira")
    assert np.abs(face.coverage(4) - clean.coverage(4)).max() < 10 * off
    assert np.array_equal(face.fractions, clean.fractions)


@pytest.mark.parametrize(("kind", "off"), [(np.float64, 9e-13), (np.float32, 9e-7)])
def test_the_largest_fraction_takes_what_rounding_left(kind: type, off: float) -> None:
    for sign in (1, -1):
        f = three(0.5, 0.125, 0.375 + sign * off, kind=kind)
        face = mir.reconstruct(f, method="elvira")
        here = (face.zones == (1, 0)).all(axis=1)
        got = face.fractions[here][0]
        assert got[1] == 0.125
        assert got[2] == float(f[2, 1, 0])
        assert got[0] == 1 - (got[1] + got[2])


def test_nothing_else_is_touched() -> None:
    rng = np.random.default_rng(6)
    f = rng.random((5, 6))
    before = f.copy()
    face = mir.reconstruct(f, method="lvira")
    assert np.array_equal(f, before)
    assert np.array_equal(face.fractions[:, 0], f.ravel())
    assert np.array_equal(face.fractions[:, 1], 1 - f.ravel())
    f.setflags(write=False)
    assert np.array_equal(mir.reconstruct(f, method="lvira").coverage(2), face.coverage(2))


@pytest.mark.parametrize("method", ["slic", "youngs", "elvira", "lvira", "equiz", "power"])
@pytest.mark.parametrize("value", [5e-324, 1e-300, 1e-17, np.nextafter(1, 0)])
def test_the_smallest_of_fractions_is_a_fraction(method: str, value: float) -> None:
    f = field(value)
    face = mir.reconstruct(f, method=method)
    assert len(face.zones) == f.size
    assert np.isfinite(face.coverage(3)).all()
    assert np.isfinite(face.normals().vectors).all()
    if method != "equiz":
        assert face.conservation_error().max < 1e-12


def test_whole_numbers_and_booleans_are_fractions() -> None:
    for kind in (bool, int, np.uint8):
        face = mir.reconstruct(np.eye(3, dtype=kind), method="elvira")
        assert len(face.zones) == 0
        assert np.array_equal(face.labels() == 0, np.eye(3, dtype=bool))
        assert face.conservation_error() == face.continuity_error() == (0.0, 0.0)


def test_centroids_where_a_material_is_absent_are_not_read() -> None:
    f = np.array([[1.0, 0.25], [0.0, 0.0]])
    centroids = np.full((2, 2, 2, 2), NAN)
    centroids[:, 0, 1] = [(1.125, 0.5), (1.625, 0.5)]
    face = mir.reconstruct(f, method="mof", centroids=centroids)
    assert np.abs(face.coverage(4)[0, :4, 4:] - [1, 0, 0, 0]).max() < 1e-12


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda face: face.coverage(0), "coverage: k is 0, expected a whole number of at least 1"),
        (lambda face: face.coverage(2.0), "coverage: k is 2.0"),
        (lambda face: face.polygons(2), r"material is 2: expected 0..1"),
        (lambda face: face.polygons(-1), "material is -1"),
        (lambda face: face.polyhedra(0), "polyhedra is for 3D: this interface is 2D, use polygons"),
        (lambda face: face.facets(), "facets is for 3D"),
        (lambda face: face.share([[0, 4]], [[0, 0, 1, 1]]), r"share: zone \(0, 4\) lies outside the mesh \(3, 4\)"),
        (lambda face: face.share([[-1, 0]], [[0, 0, 1, 1]]), r"share: zone \(-1, 0\) lies outside"),
        (lambda face: face.share([[0.0, 0.0]], [[0, 0, 1, 1]]), "share: zones have .* integers"),
        (lambda face: face.share([[0, 0]], [[0, 0, 1]]), r"share: boxes have shape \(1, 3\): expected \(1, 4\)"),
        (lambda face: face.share([[0, 0]], [[0, 0, 1.5, 1]]), r"share: boxes must lie in \[0, 1\]"),
        (lambda face: face.share([[0, 0]], [[0, 0.6, 1, 0.5]]), "with their low corner first"),
        (lambda face: face.share([[0, 0]], [[0, NAN, 1, 1]]), r"share: boxes must lie in \[0, 1\]"),
    ],
)
def test_wrong_questions_are_refused(ask: object, words: str) -> None:
    face = mir.reconstruct(GOOD, method="elvira")
    with pytest.raises(InloopError, match=words):
        ask(face)


def test_solid_interfaces_have_no_polygons() -> None:
    face = mir.reconstruct(SOLID, method="elvira")
    for name in ("segments", "polygons"):
        with pytest.raises(InloopError, match=f"{name} is for 2D: this interface is 3D"):
            getattr(face, name)(*([0] if name == "polygons" else []))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mir.Slic(slabs="z"), "slabs='z' is unknown: take 'neighbours', 'x' or 'y'"),
        (lambda: mir.Youngs(gradient="steep"), "gradient='steep' is unknown: take 'corners' or 'least-squares'"),
        (lambda: mir.halo_width("plic"), "method 'plic' is unknown"),
    ],
)
def test_unknown_options_are_refused(make: object, words: str) -> None:
    with pytest.raises(InloopError, match=words):
        make()
