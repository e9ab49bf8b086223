"""The same bits for any number of threads and on every instruction set."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from tests.mir.strategies import mixture, points_in_zones

from inloop import _core, mir

LEAST_SQUARES = mir.Youngs(gradient="least-squares")
BOTH = [(2, m) for m in ("slic", "youngs", LEAST_SQUARES, "elvira", "lvira", "mof", "equiz", "power")] + [
    (3, m) for m in ("youngs", LEAST_SQUARES, "elvira", "lvira", "mof")
]


def everything(dimensions: int, method: str | mir.Method, materials: int, threads: int) -> bytes:
    """All that an interface tells, as bytes; with two materials, of enough zones for several chunks of work."""
    rng = np.random.default_rng(70 + materials)
    shape = (40, 41) if dimensions == 2 else (9, 10, 11)
    if method == "mof" or materials > 2:
        shape = (12, 11) if dimensions == 2 else (3, 3, 2)
    f = mixture(rng, materials, shape, "rough")
    widths = tuple(10 ** rng.uniform(-0.3, 0.3, n) for n in shape[::-1])
    centroids = points_in_zones(rng, materials, widths) if method == "mof" else None
    face = mir.reconstruct(f, method=method, spacing=widths, boundary="open", centroids=centroids, threads=threads)
    d = dimensions
    boxes = np.tile([0.1] * d + [0.6] * d, (len(face.zones), 1))
    normals = face.normals()
    told = [face.coverage(3), face.share(face.zones, boxes), normals.zones, normals.vectors, face.tears().lengths]
    told += [np.array(face.continuity_error()), np.array(face.conservation_error()), face.labels(), face.fractions]
    if d == 2:
        told += [vertices for m in range(materials) for _, vertices in face.polygons(m)]
    else:
        told += [points for m in range(materials) for _, points, _ in face.polyhedra(m)]
    return b"".join(np.ascontiguousarray(a).tobytes() for a in told)


@pytest.mark.parametrize("materials", [2, 3])
@pytest.mark.parametrize(("dimensions", "method"), BOTH)
def test_threads_change_no_bit(dimensions: int, method: str | mir.Method, materials: int) -> None:
    if not _core.openmp():
        pytest.skip("this build has no OpenMP")
    one = everything(dimensions, method, materials, 1)
    for threads in (2, 5):
        assert everything(dimensions, method, materials, threads) == one


def fingerprint() -> str:
    """A digest of every method's results; what the child processes below print."""
    digest = hashlib.sha256()
    for dimensions, method in BOTH:
        for materials in (2, 3):
            digest.update(everything(dimensions, method, materials, 1))
    return digest.hexdigest()


def test_instruction_sets_change_no_bit() -> None:
    program = (
        "from inloop import _core; from tests.mir.test_threads import fingerprint; "
        "print(_core.instruction_set(), fingerprint())"
    )
    told = {}
    for name in _core.instruction_sets():
        child = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "INLOOP_ISA": name, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            check=True,
            capture_output=True,
            text=True,
        )
        chosen, told[name] = child.stdout.split()
        assert chosen == name
    assert told.keys() & {"plain", "neon"}
    assert set(told.values()) == {fingerprint()}
