"""A run that broke down: the zone named by its place in the mesh, and the state kept that it left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from inloop.errors import InloopError
from inloop.hydro.euler.broken import BrokenZoneError
from inloop.hydro.euler.eos import Mixture
from inloop.hydro.euler.sides import Sides
from inloop.hydro.euler.state import State
from inloop.hydro.ranks import Part
from inloop.writing import OutputError, whole_file


def refuse_broken(state: State, mixture: Mixture) -> None:
    """Raise where a material that is present has no positive density, or less pressure than it can bear."""
    fractions = state.fractions
    sound = (state.masses > 0) & (state.energies > mixture.stiffness * fractions)
    broken = ~(sound | (fractions == 0)) | ~np.isfinite(state.values).all(axis=0)
    if not broken.any():
        return
    material, row, column = (int(index[0]) for index in np.nonzero(broken))
    f, m, e = (float(part[material, row, column]) for part in (fractions, state.masses, state.energies))
    raise BrokenZoneError(
        f"mass {m:.3g} and energy {e:.3g} in a fraction of {f:.3g} are no state of this gas", (row, column), material
    )


@contextmanager
def named(sides: Sides, part: Part) -> Iterator[None]:
    """What breaks is told by its place in the mesh, no longer by that in the part; a ghost is the zone it copies."""
    try:
        yield
    except BrokenZoneError as wrong:
        row, column = (place + low for place, low in zip(wrong.zone, part.own.low, strict=True))
        raise wrong.at(sides.origin(row, part.shape[0], 1), sides.origin(column, part.shape[1], 0)) from None


@contextmanager
def post_mortem(folder: Path | None, time: float, part: Part, state: State) -> Iterator[None]:
    """A step from that state at that time, for all ranks alike; if a zone breaks down, the message gets the time, and
    the folder the state: of each rank a file with its block, and where in the mesh that begins.
    """
    try:
        yield
    except InloopError as wrong:
        if not part.ranks.any(isinstance(wrong, BrokenZoneError)):
            raise
        kept = "" if folder is None else f"; {_kept(folder, time, part, state)}"
        raise InloopError(f"step from time {time:.6g}: {wrong}{kept}") from None


def _kept(folder: Path, time: float, part: Part, state: State) -> str:
    """Write the state; where it is."""
    alone = part.ranks.size == 1
    path = folder / ("post_mortem.npz" if alone else f"post_mortem.{part.ranks.rank}.npz")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as stream:
            np.savez_compressed(stream, time=time, low=part.own.low, values=state.values)
    except (OSError, OutputError) as wrong:
        return f"the state is not kept: {wrong}"
    return f"the state is in {path if alone else folder / 'post_mortem.*.npz, one of each rank'}"
