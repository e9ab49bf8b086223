"""Write the speeds of docs/gas-optics.md from the newest result of `python -m benchmarks gas-optics`.

    python docs/make_gas_optics.py

A test runs this and finds the page unchanged, so the page tells what is in that result.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import gas_optics  # noqa: E402  (found from the repository's root)
from benchmarks.tables import Table, newest, tables_of  # noqa: E402

PAGE = HERE / "gas-optics.md"
RESULTS = HERE.parent / "benchmarks" / "results"
BEGIN, END = "<!-- begin speeds: written by make_gas_optics.py -->\n", "<!-- end -->\n"
AIM = 3.0


def sentences(table: Table) -> str:
    """Where learning pays and where it does not, for those who do not read tables."""
    ratio = {str(row[0]): float(row[3]) for row in table.rows}
    faster = [f"{name}, {times:.1f} times" for name, times in ratio.items() if times > 1]
    slower = [f"{name}, {times:.2f}" for name, times in ratio.items() if times <= 1]
    best = max(ratio.values())
    aim = f"The aim of {AIM:g} times is {'met' if best >= AIM else 'not met: the look-up is cheap'}."
    parts = [f"Faster than the look-up: {'; '.join(faster) or 'none'}."]
    parts += [f"Slower: {'; '.join(slower)}."] if slower else []
    return f"**{' '.join([*parts, aim])}**"


def page(result: dict[str, Any]) -> str:
    """The page with its figures written anew."""
    tables = tables_of(result)
    facts = "\n".join(f"- {name}: {value}" for name, value in result["about"].items())
    parts = [facts, sentences(tables[0]), *(table.markdown().strip() for table in tables)]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n" + "\n\n".join(parts) + f"\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(newest(gas_optics.NAME, RESULTS)), encoding="utf-8")
