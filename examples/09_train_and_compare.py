"""Train two tiny networks with several seeds each, and ask whether they differ or whether it is chance.

Both turn ELVIRA's line (the drop-in line of `inloop train mir --model line`); one has a hidden layer of two units, the
other two of sixteen. Each seed gives another network. The figures are of samples that neither taught nor chose weights,
and Welch's t-test says how likely so large a difference is if there is none.
"""

import tempfile
from pathlib import Path

from inloop.mir.learning_line import CASE, LineRun
from inloop.mir.samples import Recipe, generate
from inloop.training.config import replaced
from inloop.training.results import compare_runs
from inloop.training.run import parts, repeat, use_threads

METRIC = "symmetric_difference"

use_threads(1)  # the same number of threads gives the same weights
first, *_, last = LineRun().net.sizes
quick = {"fit.epochs": 8, "fit.batch": 64, "fit.learning_rate": 1e-2}
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    recipe = Recipe(families={"arc": 1, "ellipse": 1, "smooth": 1}, radius=(1, 6))
    generate(recipe, folder / "samples.h5", count=192, seed=1)
    for model, hidden in (("narrow", [2]), ("wide", [16, 16])):
        config = replaced(LineRun(), quick | {"net.sizes": [first, *hidden, last]})
        train, validation, test = parts(CASE, config, folder / "samples.h5")
        runs = repeat(CASE, config, range(3), train, validation, held_out=test, directory=folder / model, name=model)
        for run in runs:
            print(f"{model:6} seed {run.seed}  misplaced {run.figures[METRIC]:.9f}")
    print(f"elvira        misplaced {CASE.classical(test)['elvira'][METRIC]:.6f}")
    found = compare_runs(folder / "narrow", folder / "wide", METRIC)

low, high = found.interval
print(f"difference, wide less narrow, {found.difference:.6f}  95 % interval from {low:.6f} to {high:.6f}")
print(f"t {found.t:.4f}  degrees {found.degrees:.4f}  two-sided p {found.p_two_sided:.6f}")
