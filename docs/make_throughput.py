"""Write the figures of docs/throughput.md from the newest result of `python -m benchmarks throughput`.

    python docs/make_throughput.py

A test runs this and finds the page unchanged, so the page tells what is in that result.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import tables  # noqa: E402  (found from the repository's root)
from benchmarks.throughput import NAME  # noqa: E402

from inloop.mir.contenders import PUBLISHED_RATES  # noqa: E402
from inloop.mir.picture import save_figure  # noqa: E402
from inloop.optimize.curve import curves_of, throughput_figure  # noqa: E402
from inloop.optimize.page import written  # noqa: E402
from inloop.optimize.sheets import RATES, Sheet  # noqa: E402

PAGE = HERE / "throughput.md"
PICTURE = HERE / "images" / "throughput.png"
RESULTS = HERE.parent / "benchmarks" / "results"
BEGIN, END = "<!-- begin figures: written by make_throughput.py -->\n", "<!-- end -->\n"


def newest(results: Path = RESULTS) -> dict[str, Any]:
    """The last result."""
    return tables.newest(NAME, results)


def sheets_of(result: dict[str, Any]) -> list[Sheet]:
    """Its tables."""
    return [
        Sheet(table.caption, list(table.heads), [list(row) for row in table.rows]) for table in tables.tables_of(result)
    ]


def figures(result: dict[str, Any]) -> str:
    """Date, machine and tables, as Markdown."""
    lines = [f"- {name}: {value}" for name, value in result["about"].items()]
    lines += ["", "![Samples a second against the size of the batch](images/throughput.png)"]
    for caption, heads, rows in sheets_of(result):
        lines += ["", f"### {caption}", "", _row(heads), _row(["---"] + ["---:"] * (len(heads) - 1))]
        lines += [_row([written(cell) for cell in row]) for row in rows]
    return "\n".join(lines) + "\n"


def page(result: dict[str, Any]) -> str:
    """The page with its figures written anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{figures(result)}\n{END}{after}"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Write the page and its picture."""
    result = newest()
    PAGE.write_text(page(result), encoding="utf-8")
    (rates,) = (sheet for sheet in sheets_of(result) if sheet.caption == RATES)
    save_figure(throughput_figure(curves_of(rates), marks=PUBLISHED_RATES), PICTURE)


if __name__ == "__main__":
    main()
