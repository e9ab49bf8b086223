"""The learned reconstruction on every instruction set that this machine runs."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
from tests.mir.random_kernel import random_bundle
from tests.mir.strategies import mixture

import inloop
from inloop import _core, mir

# Half the area that two reconstructions place differently in a zone, where only a network's rounding in floats differs:
# its answers err by some 1e-6 of themselves.
ROUNDING = 1e-6


def test_instruction_sets_agree_to_rounding(tmp_path):
    bundle = random_bundle(tmp_path / "bundle", scale=0.5)
    told = {}
    assert _core.instruction_sets()[0] in ("plain", "neon")
    for name in _core.instruction_sets():
        program = (
            "import sys, numpy as np; from tests.mir.test_instruction_sets import images; from inloop import _core;"
            " assert _core.instruction_set() == sys.argv[1]; np.savez(sys.argv[2], **images(sys.argv[3]))"
        )
        file = tmp_path / f"{name}.npz"
        path = os.pathsep.join(p for p in sys.path if p)
        subprocess.run(
            [sys.executable, "-c", program, name, str(file), str(bundle)],
            env={**os.environ, "INLOOP_ISA": name, "PYTHONPATH": path},
            check=True,
        )
        told[name] = np.load(file)
    plain = told.pop(_core.instruction_sets()[0])
    for other in told.values():
        assert np.array_equal(
            other["all three"], plain["all three"]
        )  # where no zone holds two: in doubles, the same bits
        for case, expected in plain.items():
            apart = np.abs(other[case] - expected).mean(axis=(-2, -1))  # by zone
            assert apart.max() <= 100 * ROUNDING
            assert apart.mean() <= ROUNDING


def images(bundle):
    """Coverage by zone and sub-zone of rough meshes of two and three materials, and of a batch of samples."""
    draw = np.random.default_rng(71)
    told = {}
    for materials, shape in ((2, (20, 21)), (3, (7, 8))):
        face = mir.reconstruct(mixture(draw, materials, shape, "rough"), method=mir.Learned(bundle))
        told[str(materials)] = by_zone(face.coverage(8))
    three = draw.dirichlet(np.ones(3), size=(7, 8)).transpose(2, 0, 1)
    told["all three"] = by_zone(mir.reconstruct(three, method=mir.Learned(bundle)).coverage(8))
    samples = np.stack([mixture(draw, 2, (8, 8), "rough")[0] for _ in range(20)])
    told["samples"] = by_zone(inloop.load(bundle)(samples, out=np.empty((20, 64, 64))))
    return told


def by_zone(image):
    *first, ny, nx = image.shape
    return np.moveaxis(image.reshape(*first, ny // 8, 8, nx // 8, 8), -3, -2)
