"""Write the tables of docs/simulate.md from real runs of the vortex and the rotation: python docs/make_simulate.py.

Takes some minutes. The only numbers typed in are the published ones.
"""

from __future__ import annotations

from pathlib import Path

from inloop.hydro.advection import Simulation, Split, Unsplit
from inloop.hydro.problems import problem_of

PAGE = Path(__file__).with_name("simulate.md")
BEGIN, END = "<!-- begin figures: written by make_simulate.py -->\n", "<!-- end -->\n"
GRIDS = (32, 64)
PUBLISHED = {
    "Stream / Youngs": (3.61e-2, 1.00e-2),
    "EMFPA / Puckett": (3.77e-2, 6.58e-3),
    "Rider-Kothe / Puckett": (4.78e-2, 6.96e-3),
    "THINC/QQ": (6.70e-2, 1.52e-2),
}
METHODS = ("youngs", "elvira", "lvira", "learned")
SCHEMES = {"unsplit": Unsplit(), "split": Split()}


def run(problem: str, method: str, scheme: str, zones: int, **options: float) -> dict[str, float]:
    """The figures at the end."""
    simulation = Simulation(problem_of(problem, **options), method=method, scheme=SCHEMES[scheme], zones=zones)
    while simulation.advance():
        pass
    return simulation.results()


def figures() -> str:
    """Both tables as Markdown."""
    lines = ["The single vortex, T = 8, absolute area error, each scheme at its usual CFL:\n\n"]
    lines.append(f"| | {' | '.join(f'{n}²' for n in GRIDS)} |\n|---|---|---|\n")
    for name, errors in PUBLISHED.items():
        lines.append(f"| {name}, published | {' | '.join(f'{error:.2e}' for error in errors)} |\n")
    for scheme in SCHEMES:
        for method in METHODS:
            errors = [run("vortex", method, scheme, n)["area_error"] for n in GRIDS]
            lines.append(f"| **{scheme}, `{method}`** | {' | '.join(f'{error:.2e}' for error in errors)} |\n")
            print(lines[-1], end="", flush=True)
    lines.append("\nOn 32², absolute area error, and the mean number of mixed zones behind it:\n\n")
    cases = (("rotation", {}), ("vortex", {"period": 2.0}))
    heads = [f"{name}{', T = 2' if options else ''}, {scheme}" for name, options in cases for scheme in SCHEMES]
    lines.append(f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n")
    for method in METHODS:
        cells = []
        for name, options in cases:
            for scheme in SCHEMES:
                found = run(name, method, scheme, 32, **options)
                cells.append(f"{found['area_error']:.2e} ({found['mixed_zones']:.0f})")
        lines.append(f"| `{method}` | {' | '.join(cells)} |\n")
        print(lines[-1], end="", flush=True)
    return "".join(lines)


def main() -> None:
    """Write them into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END, 1)[1]
    PAGE.write_text(before + BEGIN + "\n" + figures() + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
