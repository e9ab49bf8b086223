"""From a trained drop-in line to its bundle: the best of some repetitions, measured on samples that chose nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inloop.bundle import Bundle
from inloop.data import Samples
from inloop.data.layout import digest
from inloop.mir import learning_line
from inloop.mir.publish_line import publish_line
from inloop.training.checkpoint import load_weights
from inloop.training.config import replaced, to_dict
from inloop.training.run import Repetition


def publish_best(
    config: learning_line.LineRun,
    repetitions: Sequence[Repetition],
    data: Path,
    out: Path,
    *,
    classical: Mapping[str, Mapping[str, float]],
    command: Callable[[learning_line.LineRun, int], str],
) -> Bundle:
    """Write the bundle of the repetition that did best on the validation samples.

    classical: figures of the classical methods on the same held-out samples, by method. command: a configuration and
    the number of samples -> what trains it again.
    """
    best = min(repetitions, key=lambda one: one.metrics[learning_line.CASE.watch])
    config = replaced(config, {"fit.seed": best.seed})
    net = learning_line.network(config)
    load_weights(net, best.weights)
    weights = {name: np.asarray(value.detach().cpu().numpy()) for name, value in net.state_dict().items()}
    with Samples(data) as store:
        count = len(store)
        facts = {"recipe": digest(store.layout.recipe), "samples": count, "seed": store.layout.seed}
    provenance: dict[str, Any] = {
        "command": command(config, count),
        "seed": best.seed,
        "data": {data.name: facts},
        "run": to_dict(config),
        "seconds": round(best.fitted.seconds),
    }
    watch = learning_line.CASE.watch
    errors = {**best.figures, "classical": {name: found[watch] for name, found in classical.items()}}
    return publish_line(weights, out, provenance=provenance, errors=errors)
