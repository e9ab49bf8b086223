"""`python -m benchmarks [NAME]`: run every benchmark, or one, and keep its tables under benchmarks/results."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import gas_optics, hydro, latency, limits, remote, speed, throughput
from benchmarks.machine import about
from benchmarks.tables import write
from inloop.errors import InloopError

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = ("speed", "hydro", "throughput", "latency", "limits", "remote", "gas-optics")
    parser.add_argument("name", nargs="?", choices=names, help="one benchmark; without it all of them")
    parser.add_argument("--repeats", type=int, default=41, help="speed: timed rounds; the median counts (default 41)")
    parser.add_argument("--rounds", type=int, default=3, help="hydro: the same (default 3)")
    parser.add_argument("--seconds", type=float, default=1.0, help="throughput: of a size and contender (default 1)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the tables (default benchmarks/results)")
    arguments = parser.parse_args()
    benchmarks = {
        "speed": lambda: speed.run(arguments.repeats),
        "hydro": lambda: hydro.run(hydro.Size(rounds=arguments.rounds)),
        "throughput": lambda: throughput.run(throughput.Size(seconds=arguments.seconds)),
        "latency": lambda: latency.run(latency.Size()),
        "limits": lambda: limits.run(limits.Size()),
        "remote": lambda: remote.run(remote.Size()),
        "gas-optics": lambda: gas_optics.run(gas_optics.Size()),
    }
    for name in benchmarks if arguments.name is None else [arguments.name]:
        try:
            write(name, about(), benchmarks[name](), arguments.out)
        except InloopError as missing:
            if arguments.name is not None:
                raise SystemExit(f"{name}: {missing}") from None
            print(f"{name}: left out, {missing}", file=sys.stderr)


if __name__ == "__main__":
    main()
