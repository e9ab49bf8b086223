"""A zone that broke down, named, and the state it left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from inloop.errors import InloopError
from inloop.hydro.euler.eos import Mixture
from inloop.hydro.euler.state import State
from inloop.writing import whole_file


def refuse_broken(state: State, mixture: Mixture) -> None:
    """Raise InloopError where a material that is present has no positive density, or less pressure than it can bear."""
    fractions = state.fractions
    sound = (state.masses > 0) & (state.energies > mixture.stiffness * fractions)
    broken = ~(sound | (fractions == 0)) | ~np.isfinite(state.momentum).all(axis=0)
    if not broken.any():
        return
    material, row, column = (int(index[0]) for index in np.nonzero(broken))
    f, m, e = (float(part[material, row, column]) for part in (fractions, state.masses, state.energies))
    raise InloopError(
        f"zone ({row}, {column}), material {material}: mass {m:.3g} and energy {e:.3g} in a fraction of {f:.3g} are no"
        " state of this gas; take a smaller cfl, or check the start"
    )


@contextmanager
def post_mortem(folder: Path | None, time: float, state: Callable[[], State]) -> Iterator[None]:
    """A step that starts at that time; if it fails, the message gets the time, and the folder the state."""
    try:
        yield
    except InloopError as wrong:
        kept = ""
        if folder is not None:
            path = folder / "post_mortem.npz"
            with whole_file(path) as stream:
                np.savez_compressed(stream, time=time, values=state().values)
            kept = f"; the state is in {path}"
        raise InloopError(f"step from time {time:.6g}: {wrong}{kept}") from None
