"""An objective that worker processes import quickly, since it needs no torch."""

from __future__ import annotations

import os
import signal
import time

from inloop.errors import InloopError


def objective(changes, directory):
    """A sweep's objective: (x - 3)^2, known by hand; misbehaves where a file in the sweep's directory says so."""
    with (directory / "visits").open("a") as file:
        print(os.getpid(), file=file)
    orders = directory.parents[1]
    visits = len((directory / "visits").read_text().splitlines())
    if changes["x"] == 2 and (orders / "die once").exists() and visits == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if changes["x"] == 2 and (orders / "die always").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    if changes["x"] == 1 and (orders / "refuse").exists():
        raise InloopError("x: 1 is impossible")
    if (orders / "linger").exists() and visits == 1:
        time.sleep(60)
    return {"square": (changes["x"] - 3) ** 2, "seen": visits}
