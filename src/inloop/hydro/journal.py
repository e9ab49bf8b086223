"""What a run does as it goes: one entry for each stretch of steps.

    journal = Journal(simulation, Path("log.jsonl"))
    while simulation.advance():
        journal.note()
    journal.close()

Without a file the entries are kept in memory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from inloop.errors import InloopError
from inloop.hydro.hosts import Host
from inloop.writing import OutputError, refuse_unwritable


class Entry(NamedTuple):
    """From the entry before to this one."""

    step: int
    time: float
    dt: float  # of the last step; of several, their mean
    mixed_zones: float  # mean over the stretch's reconstructions
    drift: float  # largest relative change of any material's volume or mass, so far
    gate_accepted: float  # share of the stretch's mixed zones
    seconds: float  # of the stretch, of which
    seconds_reconstruction: float


class Journal:
    """Takes the differences of a host's counters at every `note`; with a file also one line of JSON each."""

    def __init__(self, host: Host, file: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._host, self._file = host, file
        self._last = self._counters()
        self._stream = None
        if file is not None:
            before = _until(refuse_unwritable(file), host.step)
            self._stream = file.open("w", encoding="utf-8")
            self._stream.writelines(before)

    def note(self) -> Entry:
        """The stretch since the last call (or the start)."""
        now = self._counters()
        step, time, calls, mixed, trusted, seconds, rebuilding = (b - a for a, b in zip(self._last, now, strict=True))
        self._last = now
        entry = Entry(
            step=self._host.step,
            time=self._host.time,
            dt=time / step if step else 0.0,
            mixed_zones=mixed / calls if calls else 0.0,
            drift=self._host.drift,
            gate_accepted=trusted / mixed if mixed else 1.0,
            seconds=seconds,
            seconds_reconstruction=rebuilding,
        )
        if self._stream is None:
            self.entries.append(entry)
            return entry
        try:
            self._stream.write(json.dumps(entry._asdict()) + "\n")
            self._stream.flush()
        except OSError as wrong:
            raise OutputError(f"{self._file}: cannot be written, {wrong.strerror}; choose another place") from None
        return entry

    def _counters(self) -> tuple[float, ...]:
        host, rebuild = self._host, self._host.rebuild
        ranks = rebuild.part.ranks
        shared = ranks.sum(rebuild.mixed), ranks.sum(rebuild.trusted)
        slowest = ranks.max(host.seconds), ranks.max(rebuild.seconds)
        return (host.step, host.time, rebuild.calls, *shared, *slowest)

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()


def _until(file: Path, step: int) -> list[str]:
    """The lines that a run which now goes on from a step wrote up to there."""
    if step == 0 or not file.exists():
        return []
    try:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        return [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
    except (ValueError, KeyError, TypeError):
        raise InloopError(f"{file}: is not the log of a run; name another file, or remove it") from None
