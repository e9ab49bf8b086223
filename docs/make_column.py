"""Write the figures of docs/column.md: the column's climates with the tables, or beside them with learned optics.

    python docs/make_column.py [--data DIR] [--bundles DIR]

The runs are kept in out/column, so what is there already is not done again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from inloop.cli import show
from inloop.gasoptics import a_posteriori
from inloop.gasoptics.a_priori.opening import Chosen, bundles_in
from inloop.gasoptics.a_priori.parts import LEARNED, TABLE
from inloop.gasoptics.column import Run, pictures
from inloop.gasoptics.column.kernels import kernels
from inloop.gasoptics.files import data_folder
from inloop.validation.figures import save_figure

HERE = Path(__file__).parent
PAGE, PICTURE = HERE / "column.md", HERE / "images" / "column.png"
RUNS = HERE.parent / "out" / "column"
BEGIN, END = "<!-- begin figures: written by make_column.py -->\n", "<!-- end -->\n"


def table(runs: dict[str, dict[str, Run]]) -> str:
    """The climates, a row each."""
    head = "| climate | optics | surface, K | warming, K | imbalance, W/m² | tropopause, hPa | coldest, K |"
    lines = [head, "|---|---|" + "---:|" * 5]
    first = next(iter(runs.values()))
    for climate, there in runs.items():
        for name, found in there.items():
            one, usual = found.figures(), first[name].column.surface_temperature
            lines.append(
                f"| {climate} | {name} | {one['surface_temperature']:.2f} | {one['surface_temperature'] - usual:.2f}"
                f" | {one['imbalance']:.0e} | {one['tropopause'] / 100:.0f} | {one['coldest']:.1f} |"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is missing and write page and picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--bundles", type=Path)
    given = parser.parse_args()
    chosen = Chosen() if given.bundles is None else bundles_in(given.bundles)
    kinds = (TABLE,) if given.bundles is None else (TABLE, LEARNED)
    RUNS.mkdir(parents=True, exist_ok=True)
    with show.bar("columns") as told:
        runs = a_posteriori.climates(kernels(kinds, chosen, data_folder(given.data)), folder=RUNS, step=told)
    save_figure(pictures.climate(next(iter(runs.values()))), PICTURE)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + table(runs) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
