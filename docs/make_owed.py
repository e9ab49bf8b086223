"""Writes docs/owed.md, what no machine so far could measure: python docs/make_owed.py [--output FILE]."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import accelerator  # noqa: E402  (found from the repository's root)

HEAD = """# Figures owed

What needs a GPU is measured by `python -m benchmarks.accelerator` and kept under `benchmarks/results` with date and
device. A check without a result has never been run: its code is exercised on the CPU by the tests, and nothing is
claimed of it. This page is written by `python docs/make_owed.py`.

| check | question | last result |
| --- | --- | --- |
"""

TAIL = """
Never run either, and measured by no check above: `inloop bench mir --family` where PyTorch finds a GPU, which adds the
published autoencoders on it, with the copies of samples and answers and without ([throughput](throughput.md)).

Never loaded by any server: the configurations that `inloop serve --write-only` writes for NVIDIA's containers,
`configs/onnxruntime.pbtxt` and `configs/tensorrt.pbtxt`. The tests run the python backend's ([remote](remote.md)).
"""


def page(results: Path = accelerator.RESULTS) -> str:
    """The page, from what lies under `results`."""
    rows = []
    for check in accelerator.CHECKS:
        found = "**owed**: never run on a GPU"
        for path in sorted(results.glob(f"{accelerator.NAME}-*.json")):
            about = json.loads(path.read_text(encoding="utf-8"))["about"]
            if check.name in about["checks"].split(", "):
                found = f"{about['date']}, {about['device']}: `benchmarks/results/{path.with_suffix('.md').name}`"
        rows.append(f"| {check.name} | {check.question} | {found} |\n")
    return HEAD + "".join(rows) + TAIL


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=HERE / "owed.md")
    parser.parse_args().output.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
