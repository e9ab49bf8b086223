"""Write the tables of docs/optimize.md from the newest kept figures of `inloop optimize mir`.

    inloop optimize mir ... --precisions float16,bfloat16,int8 --widths 96 --json benchmarks/results/bits-DATE.json
    inloop optimize mir ... --widths 80,64,48 --epochs 3 --json benchmarks/results/units-DATE.json
    inloop optimize mir --autoencoder DIR ... --json benchmarks/results/channels-DATE.json
    inloop optimize mir --autoencoder DIR ... --epochs 4 --json benchmarks/results/longer-channels-DATE.json
    python docs/make_optimize.py

A test runs this and finds the page unchanged, so the page tells what is in those results.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.tables import newest  # noqa: E402  (found from the repository's root)

PAGE = HERE / "optimize.md"
RESULTS = HERE.parent / "benchmarks" / "results"
VARIANTS = {"bits": "Fewer bits", "units": "Fewer units"}
CHANNELS = {"channels": "One pass", "longer-channels": "Four passes: as many samples as the parent saw"}
BEGIN, END = "<!-- begin {}: written by make_optimize.py -->\n", "<!-- end -->\n"
HEADS = ("kernel", "MSE as cut", "MSE", "error", "conservation", "continuity", "speed", "on")
OWN_HEADS = ("kernel", "on", "error", "smooth", "three and more", "conservation", "vortex 32²", "vortex 64²", "speed")

Figures = Mapping[str, Any]


def fastest(results: Mapping[str, Figures]) -> dict[str, Figures]:
    """Each kernel's figures where it is fastest, in the order in which they were made."""
    found: dict[str, Figures] = {}
    for label, figures in results.items():
        name = label.partition(",")[0]
        if name not in found or figures["samples_per_second"] > found[name]["samples_per_second"]:
            found[name] = figures
    return found


def table(results: Mapping[str, Figures]) -> str:
    """A row a kernel."""
    rows = [HEADS, ("---", *["---:"] * (len(HEADS) - 2), "---")]
    for name, one in fastest(results).items():
        cut = f"{one['mse_as_cut']:.4f}" if "mse_as_cut" in one else ""
        errors = ("mse", "symmetric_difference", "conservation_error_mean", "continuity_error_mean")
        shown = (f"{one[error]:.4f}" for error in errors)
        rows.append((f"`{name}`", cut, *shown, f"{one['times_faster']:.1f}", one["engine"]))
    return _lines(rows)


def sentences(results: Mapping[str, Figures]) -> str:
    """What the cuts were worth, for those who do not read tables."""
    found = fastest(results)
    parent = next(iter(found.values()))
    said = []
    for name, one in found.items():
        rival = found.get(name.replace("pruned", "afresh"))
        if "pruned" not in name or rival is None or rival is one:
            continue
        channels = name.split("-")[2]
        said.append(
            f"{channels} channels: {one['mse'] / parent['mse']:.2f} of the whole network's MSE,"
            f" {one['mse'] / rival['mse']:.2f} of that of the same size taught afresh,"
            f" at {one['times_faster']:.1f} times the speed."
        )
    return " ".join(said)


def variants(results: Mapping[str, Figures]) -> str:
    """A row for each variant of the shipped kernel and each engine that ran it."""
    rows = [OWN_HEADS, ("---", "---", *["---:"] * (len(OWN_HEADS) - 2))]
    errors = ("symmetric_difference", "symmetric_difference_smooth", "symmetric_difference_many")
    for label, one in results.items():
        shown = [f"{one[error]:.5f}" for error in errors]
        shown += [f"{one['conservation_error_max']:.1e}", *(f"{one[f'vortex_{n}']:.2e}" for n in (32, 64))]
        rows.append((f"`{label.partition(',')[0]}`", one["engine"], *shown, f"{one['times_faster']:.2f}"))
    return _lines(rows)


def section(title: str, result: Mapping[str, Any], *parts: str) -> str:
    """One run's figures."""
    about = result["about"]
    facts = "\n".join(f"- {name}: {about[name]}" for name in ("date", "machine", "batch"))
    return "\n\n".join([f"### {title}", f"```\n{about['command']}\n```", facts, *parts])


def page(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The page with its figures written anew; results: by the names under which they are kept."""
    text = PAGE.read_text(encoding="utf-8")
    own = [section(title, results[name], variants(results[name]["results"])) for name, title in VARIANTS.items()]
    cut = [
        section(title, results[name], sentences(results[name]["results"]), table(results[name]["results"]))
        for name, title in CHANNELS.items()
    ]
    for block, parts in (("variants", own), ("channels", cut)):
        begin = BEGIN.format(block)
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n" + "\n\n".join(parts) + f"\n\n{END}{rest.partition(END)[2]}"
    return text


def _lines(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    PAGE.write_text(page({name: newest(name, RESULTS) for name in (*VARIANTS, *CHANNELS)}), encoding="utf-8")
