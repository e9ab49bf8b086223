"""`inloop validate mir --a-posteriori`: the page, the numbers, what is kept; and what it refuses."""

from __future__ import annotations

import json
import re

import pytest

from inloop.cli import main

TINY = ["--problems", "vortex:period=0.5", "--grids", "8", "--schemes", "unsplit", "--methods", "elvira,learned"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_page_table_and_numbers_and_no_run_twice(here, capsys):
    command = ["validate", "mir", "--a-posteriori", *TINY, "--out", "proof", "--json", "p.json"]
    assert main(command) == 0
    assert "two materials, unsplit" in capsys.readouterr().out
    text = (here / "proof" / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|https?://|<link", re.sub(r'src="data:[^"]*"', "", text))
    assert text.index("Which kernel to trust") < text.index("<table>") < text.index("Errors, beside")
    results = json.loads((here / "p.json").read_text())["results"]
    assert results["vortex, T = 0.5, 8 zones, unsplit, learned"]["volume_drift"] <= 1e-12
    kept = {path: path.stat().st_mtime_ns for path in (here / "proof" / "runs").iterdir()}
    assert len(kept) == 2 * len(results)
    assert main([*command[:-3], "proof/again.md"]) == 0
    assert kept == {path: path.stat().st_mtime_ns for path in (here / "proof" / "runs").iterdir()}
    assert (here / "proof" / "again.md").read_text(encoding="utf-8").startswith("# A-posteriori")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--problems", "vortex"], "--a-posteriori"),
        (["--a-posteriori", "--problems", "whirl"], "whirl"),
        (["--a-posteriori", "--grids", "2"], "--grids"),
        (["--a-posteriori", "--grids", "x"], "--grids"),
        (["--a-posteriori", "--methods", "mof"], "mof"),
        (["--a-posteriori", "--schemes", "sideways"], "sideways"),
    ],
)
def test_refusals_are_one_line_and_status_two(here, capsys, arguments, message):
    assert main(["validate", "mir", *arguments]) == 2
    told = capsys.readouterr().err.strip()
    assert message in told
    assert "\n" not in told
