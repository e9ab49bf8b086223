"""Figures that only a GPU gives: their code runs on the CPU, and the page of what is owed tells the truth."""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path

import pytest
from benchmarks import accelerator

ROOT = Path(__file__).parents[1]
SMALL = accelerator.Size(samples=4, steps=1, batches=(2,), repeats=1, models=("2-channels-pooling-dilation-2",))


@pytest.mark.parametrize("check", accelerator.CHECKS, ids=lambda check: check.name)
def test_each_check_runs_on_the_cpu_too(check):
    if check.name.startswith("fused"):
        pytest.importorskip("triton", reason="pip install inloop[gpu]")
    table = check.run("cpu", SMALL)
    assert table.rows
    assert all(len(row) == len(table.heads) for row in table.rows)
    numbers = [cell for row in table.rows for cell in row if isinstance(cell, float)]
    assert numbers
    assert all(math.isfinite(number) and number > 0 for number in numbers)


def test_the_page_names_what_was_measured_and_what_is_owed(tmp_path):
    page = runpy.run_path(str(ROOT / "docs/make_owed.py"))["page"]
    assert page(tmp_path).count("**owed**") == len(accelerator.CHECKS)
    about = {"date": "2030-01-02", "device": "Some GPU", "checks": accelerator.CHECKS[0].name}
    (tmp_path / "accelerator-2030-01-02.json").write_text(json.dumps({"about": about, "tables": []}))
    text = page(tmp_path)
    assert text.count("**owed**") == len(accelerator.CHECKS) - 1
    assert "2030-01-02, Some GPU" in text


def test_the_page_in_the_docs_is_the_present_one():
    assert (ROOT / "docs/owed.md").read_text() == runpy.run_path(str(ROOT / "docs/make_owed.py"))["page"]()
