"""What every engine checks before it runs: the arrays that its graph takes, with the same number of rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inloop.bundle import ABOUT, Bundle
from inloop.errors import InloopError


def graph_file(bundle: Bundle) -> Path:
    """The bundle's graph; refuses a bundle that has none."""
    if bundle.graph is None:
        raise InloopError(f"{bundle.path / ABOUT}: lists no graph; train or export the bundle with one, or take native")
    return bundle.graph


def unreadable(file: Path | str, engine: str, error: Exception | str) -> InloopError:
    """The one line for a graph that an engine does not open."""
    said = " ".join(str(error).split())[:300]
    return InloopError(f"{file}: {engine} does not open it ({said}); export the bundle again or take another engine")


def checked(inputs: Mapping[str, Any], wanted: Mapping[str, tuple[int, ...]]) -> int:
    """The number of rows of arrays that fit the graph; refuses others."""
    if set(inputs) != set(wanted):
        raise InloopError(f"the graph is given {', '.join(inputs) or 'nothing'}: expected {', '.join(wanted)}")
    rows = {len(array) if np.ndim(array) else 0 for array in inputs.values()}
    for name, shape in wanted.items():
        array = np.asarray(inputs[name])
        if array.shape[1:] != shape or array.dtype != np.float32 or len(rows) != 1 or not len(array):
            expected = ", ".join(map(str, ("n", *shape)))
            raise InloopError(
                f"input '{name}' is {array.shape} {array.dtype}: expected ({expected}) float32,"
                " the same n for all inputs and at least 1"
            )
    return rows.pop()
