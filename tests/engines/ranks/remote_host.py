"""A simulation whose ranks share one server: `mpirun -n N python remote_host.py JSON`.

Prints, from the first rank, one line of JSON: the fractions at the end, and the number of steps. On the way it may kill
the server, ask for a new one (a file that the test waits for) and wait until that is there.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from inloop import mir
from inloop.engines.remote import Remote
from inloop.hydro.advection import Simulation
from inloop.hydro.problems import problem_of
from inloop.hydro.ranks import ranks_here

ranks = ranks_here()


def run(case: dict) -> None:
    engine = Remote(case["url"], again=0.0) if "url" in case else "onnxruntime"
    simulation = Simulation(
        problem_of("vortex", period=0.25),
        method=mir.Learned(engine=engine),
        scheme="unsplit",
        zones=32,
        steps=case["steps"],
        ranks=ranks,
    )
    while simulation.advance():
        if simulation.step == case.get("kill_at") and ranks.rank == 0:
            os.killpg(case["server"], signal.SIGKILL)
        if simulation.step == case.get("return_at"):
            if ranks.rank == 0:
                Path(case["wanted"]).touch()
            while not Path(case["ready"]).exists():
                time.sleep(0.05)
    whole = simulation.part.gathered(simulation.fractions)
    if whole is not None:
        print(json.dumps({"fractions": whole.tolist(), "steps": simulation.step}), flush=True)


if __name__ == "__main__":
    with ranks.guarded():
        run(json.loads(sys.argv[1]))
