"""Random samples with exact coverages: generate a store, split it by shape, see what a classical line makes of it.

Training a learned reconstruction starts here. The store is an HDF5 file; the same recipe and seed give the same file to
the last byte, and the exact coverage of every sub-zone is the truth that a reconstruction is held against.
"""

import tempfile
from pathlib import Path

import numpy as np

from inloop import mir
from inloop.data import Samples
from inloop.mir.samples import Recipe, generate

recipe = Recipe(families={"arc": 1, "lobed": 1, "wedge": 1, "filament": 1}, radius=(1, 100))

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "samples.h5"
    generate(recipe, path, count=160, seed=7)
    with Samples(path, recipe=recipe.to_json()) as samples:
        sets = {name: samples.rows(name) for name in ("train", "validation", "test")}
        data = samples.read()
        names = samples.about["families"]

print("sets " + ", ".join(f"{name} {len(rows)}" for name, rows in sets.items()))
means = data["coverage"].reshape(-1, 2, 8, 8, 8, 8).mean(axis=(3, 5), dtype=np.float64)
print(f"fraction less mean coverage {np.abs(means - data['fractions'][..., 4:-4, 4:-4]).max():.1e}")

for number in np.unique(data["family"]):
    chosen = np.flatnonzero(data["family"] == number)
    misplaced, zones = 0.0, 0
    for index in chosen:
        fractions = data["fractions"][index, 0]
        coverage = mir.reconstruct(fractions, method="elvira").coverage(8)[0, 32:-32, 32:-32]
        misplaced += np.abs(coverage - data["coverage"][index, 0]).sum() / 64
        core = fractions[4:-4, 4:-4]
        zones += np.count_nonzero((core > 0) & (core < 1))
    print(f"{names[number]:8} samples {len(chosen)}: elvira misplaces {misplaced / zones:.4f} of a mixed zone")
