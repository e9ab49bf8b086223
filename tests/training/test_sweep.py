"""Sweeps whose answers are known by hand, with workers and whole sweeps that get killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from tests.training import hills

from inloop.errors import InloopError
from inloop.training.axes import Choices, Span, parsed_axis
from inloop.training.sweep import SweepConfig, sweep

GRID = {"x": Choices((1, 2, 3)), "kind": Choices(("a", "b"))}


def swept(directory, axes=GRID, objective=hills.objective, progress=lambda result: None, **how):
    return sweep(
        objective,
        axes,
        how=SweepConfig(**how),
        directory=directory,
        watch="square",
        about={"data": 1},
        progress=progress,
    )


def test_a_grid_is_covered_once_by_two_workers(tmp_path):
    seen = []
    results = swept(tmp_path, workers=2, progress=seen.append)
    assert sorted((r.changes["x"], r.changes["kind"]) for r in results) == [(x, k) for x in (1, 2, 3) for k in "ab"]
    assert [r.value for r in results] == [0, 0, 1, 1, 4, 4]
    assert all(r.metrics == {"square": r.value, "seen": 1} and r.attempts == 0 and not r.message for r in results)
    assert sorted(seen) == sorted(results)
    # the same again: all is there, nothing is done
    assert swept(tmp_path, workers=1, progress=lambda result: pytest.fail("ran again")) == results


def test_a_killed_workers_trial_is_tried_again_in_its_own_directory(tmp_path):
    (tmp_path / "die once").touch()
    results = swept(tmp_path, workers=2)
    assert len(results) == 6
    assert {r.changes["x"]: (r.value, r.attempts, r.metrics["seen"]) for r in results} == {
        1: (4, 0, 1),
        2: (1, 1, 2),  # the second visit to the directory
        3: (0, 0, 1),
    }


def test_a_trial_that_kills_every_worker_is_given_up_and_a_refused_one_is_not_tried_twice(tmp_path):
    (tmp_path / "die always").touch()
    (tmp_path / "refuse").touch()
    results = swept(tmp_path, axes={"x": Choices((1, 2, 3))}, attempts=2)
    assert [(r.changes["x"], r.value, r.message) for r in results] == [
        (3, 0, ""),
        (1, None, "x: 1 is impossible"),
        (2, None, "the worker died 2 times over it, the last time by signal SIGKILL"),
    ]


def test_when_a_whole_sweep_is_killed_the_next_one_takes_over(root, tmp_path):
    (tmp_path / "linger").touch()
    code = (
        "import pathlib, sys\n"
        "from tests.training.test_sweep import swept\n"
        "if __name__ == '__main__':\n"
        "    swept(pathlib.Path(sys.argv[1]), workers=1)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
    process = subprocess.Popen([sys.executable, str(script), str(tmp_path)], env=environment, cwd=root)
    visited = tmp_path / "trials" / "00000" / "visits"
    end = time.monotonic() + 60
    while not visited.exists() and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (tmp_path / "linger").unlink()
    results = swept(tmp_path, workers=1)
    assert len(results) == 6
    assert {r.number: (r.attempts, r.metrics["seen"]) for r in results} == {n: (0, 1 + (n == 0)) for n in range(6)}


def test_two_sweeps_share_a_journal_and_make_no_more_trials_than_asked(tmp_path):
    axes = {"x": Span(0.0, 6.0), "n": Span(1, 4)}
    other = threading.Thread(target=swept, args=(tmp_path, axes), kwargs={"sampler": "random", "trials": 7})
    other.start()
    swept(tmp_path, axes, sampler="random", trials=7)
    other.join()
    results = swept(tmp_path, axes, sampler="random", trials=7)
    assert [r.number for r in sorted(results)] == list(range(7))
    assert len({r.changes["x"] for r in results}) == 7
    assert all(0 <= r.changes["x"] <= 6 and r.changes["n"] in (1, 2, 3, 4) for r in results)


def test_another_sweep_is_not_mixed_in(tmp_path):
    swept(tmp_path, {"x": Choices((1,))})
    with pytest.raises(InloopError, match=r"holds a sweep with axes = .*; choose another directory"):
        swept(tmp_path, {"x": Choices((1, 2))})
    with pytest.raises(InloopError, match=r"holds a sweep with watch = square, this one has seen"):
        sweep(
            hills.objective,
            {"x": Choices((1,))},
            how=SweepConfig(),
            directory=tmp_path,
            watch="seen",
            about={"data": 1},
        )


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("2,4,8", Choices((2, 4, 8))),
        ("true,false", Choices((True, False))),
        ("cosine, linear", Choices(("cosine", "linear"))),
        ("1..9", Span(1, 9)),
        ("1e-4..1e-2:log", Span(1e-4, 1e-2, log=True)),
    ],
)
def test_axes_of_the_command_line(text, axis):
    assert parsed_axis(text) == axis


@pytest.mark.parametrize("text", ["1..x", "1..2:cubic", "..", "true..false"])
def test_what_is_no_axis_is_refused(text):
    with pytest.raises(InloopError, match="is no axis; write choices as 2,4,8"):
        parsed_axis(text)


def test_bad_sweeps_are_refused(tmp_path):
    with pytest.raises(InloopError, match="axes: nothing to vary"):
        swept(tmp_path, {})
    with pytest.raises(InloopError, match="x: a grid takes choices such as 2,4,8"):
        swept(tmp_path, {"x": Span(0, 1)})
    with pytest.raises(InloopError, match="trials: None with sampler tpe"):
        SweepConfig(sampler="tpe")
    with pytest.raises(InloopError, match="workers: 0 is below 1"):
        SweepConfig(workers=0)
    with pytest.raises(InloopError, match="span: 2 to 1; give low < high"):
        Span(2, 1)
    with pytest.raises(InloopError, match="choices: "):
        Choices(())
