"""A file from which a run goes on, whatever ended it, on as many ranks as there are now.

    simulation = Simulation(problem, ranks=ranks_here())
    restart = Restart(Path("run.h5"), steps=100)
    restart.resume(simulation)                  # where the file says; from the start if there is none
    while simulation.advance():
        restart.keep(simulation)

The first rank gathers the arrays of all and writes them as one HDF5 file, whole or not at all: a run that is killed, or
a disk that is full, leaves the file before. A run that goes on ends with the same bits as one that was never stopped.
The file says which run it belongs to and carries a digest of all that it holds.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol, runtime_checkable

from inloop.errors import InloopError
from inloop.hydro.ranks import Part
from inloop.restart_file import State as State
from inloop.restart_file import digest_of as digest_of
from inloop.restart_file import state_of, write
from inloop.writing import refuse_unwritable


@runtime_checkable
class Restartable(Protocol):
    """A simulation that can stop and go on. All ranks call every method."""

    part: Part
    step: int

    def identity(self) -> dict[str, str]:
        """What must be the same in a run that goes on where this one stopped."""

    def state(self) -> State:
        """All that it has to know."""

    def restore(self, state: State) -> None:
        """Go on from there."""


class Restart:
    """Keeps a run's last good state in a file: every so many steps, every so many seconds, or both."""

    def __init__(self, path: Path, *, steps: int | None = None, seconds: float | None = None) -> None:
        if (steps is not None and steps < 1) or (seconds is not None and not seconds > 0):
            raise InloopError(f"restart every {steps} steps, {seconds} seconds: expected positive numbers")
        self.path, self.steps, self.seconds = refuse_unwritable(path), steps, seconds
        self._last = time.monotonic()

    def resume(self, simulation: Restartable) -> bool:
        """Go on from the file; False, and nothing done, if there is none."""
        if not simulation.part.ranks.everyone(self.path.exists())[0]:
            return False
        load(self.path, simulation)
        return True

    def keep(self, simulation: Restartable) -> bool:
        """To be called after each step: whether it was time to write the file."""
        due = self.steps is not None and simulation.step % self.steps == 0
        if self.seconds is not None:  # by the first rank's clock
            due |= simulation.part.ranks.everyone(time.monotonic() - self._last >= self.seconds)[0]
        if due:
            save(simulation, self.path)
            self._last = time.monotonic()
        return due


def save(simulation: Restartable, path: Path) -> None:
    """Write the simulation's state, as it is now, in place of the file."""
    part, state = simulation.part, simulation.state()
    identity = simulation.identity()
    whole = {name: part.gathered(array) for name, array in state.arrays.items()}

    def written() -> None:
        arrays = {name: array for name, array in whole.items() if array is not None}
        if arrays:
            write(path, identity, State(state.records, arrays))

    part.ranks.agreed(written)


def load(path: Path, simulation: Restartable) -> None:
    """Put the simulation into the state of a file that it, or one like it, wrote."""
    part, identity = simulation.part, simulation.identity()

    def read() -> State:
        return State({}, {}) if part.ranks.rank else state_of(path, identity)

    state = part.ranks.agreed(read)
    records, names = part.ranks.everyone((state.records, list(state.arrays)))[0]
    simulation.restore(State(records, {name: part.scattered(state.arrays.get(name)) for name in names}))
