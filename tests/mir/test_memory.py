"""A large mesh is read where it lies: its reconstruction needs less than two more copies of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = """
import resource, sys
import numpy as np
from inloop import mir
mir.reconstruct(np.eye(3), method="elvira").coverage(1)
f = np.load(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
face = mir.reconstruct(f, method=sys.argv[2], spacing=1 / len(f))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(face.zones), (after - before) * 1024 / f.nbytes)
"""


@pytest.mark.parametrize("method", ["slic", "youngs", "elvira", "lvira", "equiz", "power"])
def test_a_reconstruction_needs_at_most_three_copies_of_its_input(tmp_path: Path, method: str) -> None:
    n = 2048
    middle = (np.arange(n) + 0.5) / n
    distance = np.full((n, n), np.inf)
    for x, y, radius in [(0.3, 0.3, 0.2), (0.7, 0.6, 0.25), (0.2, 0.8, 0.1)]:
        np.minimum(distance, np.hypot(middle[None, :] - x, middle[:, None] - y) - radius, out=distance)
    np.save(tmp_path / "f.npy", np.clip(0.5 - n * distance, 0, 1))
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "f.npy"), method],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        check=True,
        capture_output=True,
        text=True,
    )
    mixed, copies = child.stdout.split()
    assert int(mixed) > 3 * n  # three circles' worth
    assert 1 + float(copies) < 3
