"""A run on the ranks of a launcher, as a host program has it: `mpirun -n N python host.py JSON`.

Prints, from the first rank, one line of JSON for each case: the SHA-256 of the state, and the results.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from inloop.errors import InloopError
from inloop.hydro import advection, euler
from inloop.hydro.output import Output
from inloop.hydro.problems import problem_of
from inloop.hydro.problems.compressible import COMPRESSIBLE, compressible_of
from inloop.hydro.ranks import ranks_here
from inloop.hydro.restart import Restart, digest_of

ranks = ranks_here()


def begun(case: dict) -> advection.Simulation | euler.Simulation:
    if case["problem"] in COMPRESSIBLE:
        return euler.Simulation(
            compressible_of(case["problem"]), method=case.get("method", "elvira"), zones=case["zones"], ranks=ranks
        )
    return advection.Simulation(
        problem_of(case["problem"], period=case.get("period"), materials=case.get("materials")),
        method=case.get("method", "elvira"),
        scheme=case.get("scheme", "split"),
        zones=case.get("zones", 16),
        ranks=ranks,
    )


def run(case: dict) -> None:
    simulation = begun(case)
    restart = None
    if "restart" in case:
        restart = Restart(Path(case["restart"]), steps=case["every"])
        restart.resume(simulation)
    while simulation.step < case["steps"] and simulation.advance():
        if restart is not None:
            restart.keep(simulation)
        if case.get("kill") == simulation.step and ranks.rank == ranks.size - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if case.get("fail") == simulation.step and ranks.rank == ranks.size - 1:
            if "break" in case:
                simulation.now.momentum[0, 1, 2] = float("inf")
            else:
                raise InloopError("the last rank ran into a wall; look at it")
    if "output" in case:
        output = Output(Path(case["output"]), simulation.part, simulation.grid.low, simulation.grid.spacing)
        output.add(simulation.time, {"fractions": simulation.fractions})
    results = {k: v for k, v in simulation.results().items() if "seconds" not in k and k != "reconstruction_share"}
    own = simulation.now.values if isinstance(simulation, euler.Simulation) else simulation.fractions
    whole = simulation.part.gathered(own)
    if whole is not None:
        print(json.dumps({"digest": digest_of([whole]), "results": results}), flush=True)


if __name__ == "__main__":
    with ranks.guarded():
        for each in json.loads(sys.argv[1]):
            run(each)
