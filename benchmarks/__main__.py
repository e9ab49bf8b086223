"""`python -m benchmarks [NAME]`: run every benchmark, or one, and keep its tables under benchmarks/results."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import hydro, speed
from benchmarks.machine import about
from benchmarks.tables import write

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=("speed", "hydro"), help="one benchmark; without it all of them")
    parser.add_argument("--repeats", type=int, default=41, help="speed: timed rounds; the median counts (default 41)")
    parser.add_argument("--rounds", type=int, default=3, help="hydro: the same (default 3)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the tables (default benchmarks/results)")
    arguments = parser.parse_args()
    benchmarks = {
        "speed": lambda: speed.run(arguments.repeats),
        "hydro": lambda: hydro.run(hydro.Size(rounds=arguments.rounds)),
    }
    for name in benchmarks if arguments.name is None else [arguments.name]:
        write(name, about(), benchmarks[name](), arguments.out)


if __name__ == "__main__":
    main()
