"""A run that goes on from its restart file ends with the same bits; a file that does not fit is refused in one line."""

from __future__ import annotations

import errno
import os

import h5py
import pytest
from tests.hydro.ranks.threads import together

from inloop import mir
from inloop.errors import InloopError
from inloop.hydro.advection import Simulation
from inloop.hydro.problems import problem_of
from inloop.hydro.ranks import Alone
from inloop.hydro.restart import Restart, load, save
from inloop.restart_file import identity_of

TIMES = ("seconds", "seconds_reconstruction", "reconstruction_share")


def begun(ranks=None, **options) -> Simulation:
    settings = {"method": "elvira", "scheme": "split", "zones": 12, "steps": 30} | options
    period = settings.pop("period", 0.5)
    return Simulation(problem_of("vortex", period=period), ranks=ranks or Alone(), **settings)


def advanced(simulation: Simulation, steps: int) -> Simulation:
    for _ in range(steps):
        simulation.advance()
    return simulation


def outcome(simulation: Simulation) -> tuple:
    results = simulation.run()
    return simulation.part.whole(simulation.fractions).tobytes(), [v for k, v in results.items() if k not in TIMES]


@pytest.mark.parametrize(
    "options",
    [{}, {"scheme": "unsplit"}, {"method": "equiz"}, {"method": "learned", "gate": mir.Gate(worse=0.01)}],
    ids=["split", "unsplit", "mended", "gated"],
)
def test_a_resumed_run_ends_as_one_that_never_stopped(options, tmp_path):
    path = tmp_path / "run.h5"
    save(advanced(begun(**options), 9), path)
    resumed = begun(**options)
    load(path, resumed)
    assert (resumed.step, resumed.time) == (9, 9 * resumed.length)
    assert outcome(resumed) == outcome(begun(**options))


@pytest.mark.parametrize(("before", "after"), [(1, 3), (4, 1), (2, 4)])
def test_so_does_one_on_other_ranks(before, after, tmp_path):
    path = tmp_path / "run.h5"
    together(before, lambda ranks: save(advanced(begun(ranks, method="equiz"), 7), path))

    def go_on(ranks):
        simulation = begun(ranks, method="equiz")
        load(path, simulation)
        return outcome(simulation)

    assert together(after, go_on) == [outcome(begun(method="equiz"))] * after


def test_the_file_is_written_when_it_is_time(tmp_path, monkeypatch):
    path, simulation = tmp_path / "run.h5", begun()
    restart = Restart(path, steps=4)
    assert not restart.resume(simulation)
    written = [restart.keep(advanced(simulation, 1)) for _ in range(9)]
    assert written == [False, False, False, True] * 2 + [False]
    other = begun()
    assert Restart(path, steps=4).resume(other)
    assert other.step == 8
    clock = iter([0.0, 5.0, 11.0, 11.0, 12.0])
    monkeypatch.setattr("inloop.hydro.restart.time.monotonic", lambda: next(clock))
    timed = Restart(path, seconds=10.0)
    assert [timed.keep(simulation) for _ in range(3)] == [False, True, False]
    with pytest.raises(InloopError, match="expected positive"):
        Restart(path, steps=0)


def test_it_says_what_it_is(tmp_path):
    path = tmp_path / "run.h5"
    save(begun(), path)
    identity = identity_of(path)
    assert identity["problem"] == "vortex"
    assert (identity["zones"], identity["steps"], identity["end"]) == ("12 x 12", "30", "0.5")
    assert "Elvira" in identity["method"]


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"zones": 16}, "zones"),
        ({"steps": 40}, "steps"),
        ({"scheme": "unsplit"}, "scheme"),
        ({"method": "youngs"}, "method"),
        ({"period": 0.4}, "about"),
    ],
)
def test_another_runs_file_is_refused(options, key, tmp_path):
    path = tmp_path / "run.h5"
    save(begun(**options), path)
    with pytest.raises(InloopError, match=f"restart of another run, its {key} is") as told:
        load(path, begun())
    assert "\n" not in str(told.value)


def test_another_start_is_refused(tmp_path, monkeypatch):
    path, simulation = tmp_path / "run.h5", begun()
    save(simulation, path)
    other = begun()
    monkeypatch.setattr(other, "_digests", ("0" * 64, other._digests[1]))
    with pytest.raises(InloopError, match="its start and flow is"):
        load(path, other)


def test_another_network_of_the_same_name_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "run.h5"
    save(begun(method="learned"), path)
    load(path, begun(method="learned"))
    share = mir.Interface.share
    monkeypatch.setattr(mir.Interface, "share", lambda face, zones, boxes: share(face, zones, boxes) * (1 + 1e-9))
    with pytest.raises(InloopError, match="its method's answer to the start is"):
        load(path, begun(method="learned"))


def test_damaged_files_are_refused_on_all_ranks(tmp_path):
    path = tmp_path / "run.h5"
    save(begun(), path)
    good = path.read_bytes()

    def refused(match: str) -> None:
        def work(ranks):
            with pytest.raises(InloopError, match=match) as told:
                load(path, begun(ranks))
            return str(told.value)

        for line in together(2, work):
            assert str(path) in line
            assert "\n" not in line

    path.write_bytes(good[: len(good) // 2])
    refused("no restart file, or a truncated one")
    path.write_bytes(b"")
    refused("no restart file, or a truncated one")
    path.write_text("fractions: all of them")
    refused("no restart file, or a truncated one")
    path.write_bytes(good)
    with h5py.File(path, "r+") as file:
        file["fractions"][0, 3, 3] += 1e-9
    refused("is damaged")
    with h5py.File(path, "w") as file:
        file["fractions"] = [1.0]
    refused("no restart file of this version")
    path.unlink()
    refused("no such restart file")


def test_a_full_disk_leaves_the_last_good_file(tmp_path, monkeypatch):
    path = tmp_path / "run.h5"
    save(advanced(begun(), 4), path)
    good = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def work(ranks):
        simulation = advanced(begun(ranks), 6)
        with pytest.raises(InloopError, match=r"run\.h5: cannot be written, the disk is full; free some space"):
            save(simulation, path)

    monkeypatch.setattr("inloop.writing.os.fsync", full)
    together(2, work)
    monkeypatch.undo()
    assert path.read_bytes() == good
    assert list(tmp_path.iterdir()) == [path]
    load(path, begun())
