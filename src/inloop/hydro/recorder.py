"""What a run leaves behind as it goes: a log, files for ParaView, an animation, and a file to go on from.

    recorder = Recorder(host, Path("out/vortex"), Wanted(every=10))
    while host.advance():
        recorder.note()
    told = recorder.finish()

On many ranks all call every method; the first one writes, but for the fields, of which each writes its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inloop.errors import InloopError
from inloop.hydro.advection.series import Series
from inloop.hydro.film import Film
from inloop.hydro.hosts import Host, fields, interface
from inloop.hydro.journal import Journal
from inloop.hydro.output import Output
from inloop.hydro.picture import View, end_figure, frame
from inloop.hydro.restart import Restart, Restartable, load
from inloop.mir.picture import save_figure
from inloop.restart_file import fits, set_aside

_SECONDS = 300.0  # between two restart files, unless told otherwise


@dataclass(frozen=True)
class Wanted:
    """every: steps between two moments of the series. log: the file of one line a step. restart_every: steps between
    two restart files, else some minutes. resume: the file to go on from, else that which an interrupted run left.
    """

    every: int | None = None
    animate: bool = False
    log: Path | None = None
    restart_every: int | None = None
    resume: Path | None = None


class Recorder:
    """Begins by going on where an interrupted run stopped. stem: folder and name of all that is written."""

    def __init__(self, host: Host, stem: Path, wanted: Wanted) -> None:
        self._host, self._stem, self._wanted = host, stem, wanted
        part = host.rebuild.part
        self._lead = part.ranks.rank == 0
        self.told: list[str] = []
        self._restart = self._begun()
        self._half = View.of(host)
        self._film = Film()
        self._journal = Journal(host, wanted.log if self._lead else None)
        if wanted.every is not None:
            after = host.time if host.step else None
            self._output = Output(stem.parent, part, host.grid.low, host.grid.spacing, after=after)
            self._series = Series(stem.parent, after)
        if host.step == 0:
            self._look(0.0)

    def note(self) -> None:
        """To be called after every step."""
        host, end = self._host, self._host.problem.end
        share = min(host.time / end, 1.0)
        if self._half.time < end / 2 <= host.time:
            self._half = View.of(host)
        if self._wanted.log is not None:
            self._journal.note()
        self._look(share)
        if self._restart is not None and share < 1:
            assert isinstance(host, Restartable)
            self._restart.keep(host)

    def finish(self) -> list[str]:
        """Draw the pictures; returns what is there now, a line each."""
        end = View.of(self._host)
        told = list(self.told)
        if not self._lead:
            return []
        if self._wanted.every is not None:
            names = ["fields"] if end.face is None else ["fields", "materials", "interface"]
            files = ", ".join(f"{name}.pvd" for name in names)
            told.append(f"series: {len(self._output)} moments in {self._stem.parent}: {files}")
        if self._wanted.animate:
            film = self._stem.with_suffix(".gif")
            self._film.save(film)
            told.append(f"animation: {len(self._film)} frames in {film}")
        picture = self._stem.with_suffix(".png")
        save_figure(end_figure(end, self._half), picture)
        if self._restart is not None:
            self._restart.path.unlink(missing_ok=True)  # nothing is left to go on with
        return [*told, f"picture: {picture}"]

    def close(self) -> None:
        """Close the log."""
        self._journal.close()

    def _look(self, share: float) -> None:
        """The moments that are due of the series and the film."""
        host, every = self._host, self._wanted.every
        if every is not None and (host.step % every == 0 or share == 1):
            self._output.add(host.time, fields(host))
            face = interface(host)
            if face is not None and self._lead:
                self._series.add(face, host.time)
        if self._wanted.animate and self._film.due(share):
            view = View.of(host)
            if self._lead:
                self._film.add(frame(view))

    def _begun(self) -> Restart | None:
        """Go on from a file if there is one to go on from; what keeps the next."""
        host, wanted = self._host, self._wanted
        if not isinstance(host, Restartable):
            if wanted.resume is not None or wanted.restart_every is not None:
                raise InloopError(f"restart: {host.problem.name} cannot go on from a file; leave it out")
            return None
        own = self._stem.with_suffix(".restart.h5")
        own_fits = host.part.ranks.any(self._lead and fits(own, host.identity()))
        path = wanted.resume or (own if own_fits else None)
        if path is not None:
            load(path, host)
            self.told.append(f"resumed: {path}, step {host.step}, time {host.time:.4g}")
        if self._lead and own.exists() and not own_fits:
            self.told.append(f"set aside: {own} is not of this run, its name is now {set_aside(own).name}")
        seconds = _SECONDS if wanted.restart_every is None else None
        return Restart(own, steps=wanted.restart_every, seconds=seconds)
