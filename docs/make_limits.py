"""Write the figures of docs/limits.md from the newest results of `python -m benchmarks limits` and `latency`.

    python docs/make_limits.py

A test runs this and finds the page unchanged, so the page tells what is in those results.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import latency, limits  # noqa: E402  (found from the repository's root)
from benchmarks.tables import Table, newest, tables_of  # noqa: E402

PAGE = HERE / "limits.md"
RESULTS = HERE.parent / "benchmarks" / "results"
BEGIN, END = "<!-- begin figures: written by make_limits.py -->\n", "<!-- end -->\n"


def sentences(facts: Table, stages: Table, bounds: Table) -> str:
    """What the tables say, for those who do not read tables."""
    share = {str(row[0]): float(row[-1]) for row in stages.rows}
    used = {str(row[0]): float(row[-1]) for row in bounds.rows}
    allowed = {str(row[0]): row[3] for row in bounds.rows}
    rate = next(row[1] for row in facts.rows if str(row[0]).startswith("samples a second"))
    longest = max(share, key=lambda stage: share[stage])
    nearest = max((limits.ARITHMETIC, limits.MEMORY), key=lambda resource: used[resource])
    while_it_runs = next(value for name, value in used.items() if name.startswith("arithmetic, while"))
    free = 1 / (1 - share[limits.NETWORK] / 100)
    return "\n".join(
        [
            f"**The longest stage is *{longest}*, {share[longest]:.0f} % of the time.** The network takes"
            f" {share[limits.NETWORK]:.0f} %: if it cost nothing, a call would be {free:.2f} times as fast.",
            "",
            f"While it runs, the network reaches {while_it_runs:.0f} % of the operations a second of a product of large"
            " matrices, with zones a few dozen at a time and layers narrower than a hundred.",
            "",
            f"Of the two limits the nearer one is *{nearest}*: it would allow {allowed[nearest]} samples a second,"
            f" measured are {rate}, {used[nearest]:.0f} % of it.",
        ]
    )


def figures(measured: dict[str, Any], waited: dict[str, Any]) -> str:
    """Date, machine, sentences and tables, as Markdown."""
    tables = tables_of(measured)
    by_caption = {table.caption: table for table in tables}
    facts, stages, bounds = (by_caption[caption] for caption in (limits.FACTS, limits.STAGES, limits.BOUNDS))
    parts = [_about(measured), sentences(facts, stages, bounds)]
    parts += [_section(table) for table in tables]
    if waited["about"] != measured["about"]:
        parts.append("The times of single calls were measured elsewhere or at another time:\n\n" + _about(waited))
    parts += [_section(table) for table in tables_of(waited)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def page(measured: dict[str, Any], waited: dict[str, Any]) -> str:
    """The page with its figures written anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{figures(measured, waited)}\n{END}{after}"


def present(results: Path = RESULTS) -> str:
    """The page of the newest results."""
    return page(newest(limits.NAME, results), newest(latency.NAME, results))


def _about(result: dict[str, Any]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in result["about"].items())


def _section(table: Table) -> str:
    caption, _, rest = table.markdown().partition("\n")
    return f"### {caption}\n{rest}"


if __name__ == "__main__":
    PAGE.write_text(present(), encoding="utf-8")
