"""Write the figures of docs/remote.md from the newest result of `python -m benchmarks remote`.

    python docs/make_remote.py

A test runs this and finds the page unchanged, so the page tells what is in that result.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import remote  # noqa: E402  (found from the repository's root)
from benchmarks.tables import Table, newest, tables_of  # noqa: E402

PAGE = HERE / "remote.md"
RESULTS = HERE.parent / "benchmarks" / "results"
BEGIN, END = "<!-- begin figures: written by make_remote.py -->\n", "<!-- end -->\n"


def sentences(whole: Table, network: Table) -> str:
    """What limits the speed, for those who do not read tables."""
    kernel, alone = ({str(row[0]): row[1:] for row in table.rows} for table in (whole, network))
    default = f"triton, shared memory, {remote.Size().in_flight[-1]} in flight"
    ratio, here = float(kernel[default][1]), float(kernel["onnxruntime"][2])
    local = float(alone["onnxruntime"][2])
    client, server = map(float, alone[default][2:])
    return (
        f"**Through the server the whole kernel gives {ratio:.2f} of the samples a second that onnxruntime gives"
        f" in the same process.** A sample takes {here:.0f} us of processor with onnxruntime, of which the network has"
        f" {local:.0f} us: the rest is views, projection and coverage in the core, on the client in both. Asked through"
        f" the server, the network costs {client:.0f} us on the client, for copies and messages, and {server:.0f} us on"
        " the server, its own copies included."
    )


def page(result: dict[str, Any]) -> str:
    """The page with its figures written anew."""
    tables = tables_of(result)
    facts = "\n".join(f"- {name}: {value}" for name, value in result["about"].items())
    parts = [facts, sentences(*tables[:2]), *(table.markdown().strip() for table in tables)]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n" + "\n\n".join(parts) + f"\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(newest(remote.NAME, RESULTS)), encoding="utf-8")
