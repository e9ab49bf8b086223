"""`python -m benchmarks`: run every benchmark and keep its table under benchmarks/results."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import speed
from benchmarks.machine import about
from benchmarks.tables import write

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeats", type=int, default=41, help="timed rounds; the median counts (default 41)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the tables (default benchmarks/results)")
    arguments = parser.parse_args()
    tables = speed.run(arguments.repeats)
    write("speed", about(), tables, arguments.out)


if __name__ == "__main__":
    main()
