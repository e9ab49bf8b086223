"""`inloop validate mir`: one page, one table, one JSON file, and nothing that it needs torch for."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import h5py
import numpy as np
import pytest

from inloop.cli import main
from inloop.mir.samples import NAMES

SMALL = ["--samples", "12", "--ellipses", "1", "--rough", "8", "--seed", "2", "--methods", "youngs,elvira"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One run in a process of its own: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("validate")
    arguments = ["validate", "mir", *SMALL, "--json", "v.json"]
    program = (
        f"import sys; from inloop.cli import main; code = main({arguments!r}); print('torch' in sys.modules, code)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_works_without_torch(written):
    assert written[1].split()[-2:] == ["False", "0"]


def test_the_page_is_self_contained_and_tells_every_family(written):
    page = (written[0] / "out" / "validate-mir.html").read_text(encoding="utf-8")
    bare = re.sub(r'src="data:[^"]*"', "", page)
    assert not re.search(r"<script|https?://|<link", bare)
    assert page.count("<img") == page.count('src="data:image/png') >= 7
    for name in NAMES:
        assert f"<td>{name}</td>" in page
    for number in range(1, 9):
        assert f"<h2>{number}. " in page
    assert "<h2>9. " not in page


def test_the_table_and_the_numbers(written):
    folder, out = written
    lines = [line.split() for line in out.splitlines()]
    assert any(line[:3] == ["two", "materials", "learned"] for line in lines)
    both = json.loads((folder / "v.json").read_text())
    assert both["about"]["seed"] == 2
    assert [store["materials"] for store in both["about"]["samples"]] == [2, 6]
    learned, elvira = both["results"]["learned"], both["results"]["elvira"]
    assert learned["conservation_error_max"] < 1e-12
    assert learned["continuity_error_max"] < 1e-12
    assert {"mse", "symmetric_difference", "continuity_error_mean", "mixed_zones"} <= set(elvira)
    best = min(both["results"][name]["symmetric_difference"] for name in ("youngs", "elvira"))
    assert learned["ratio_to_best_classical"] == pytest.approx(learned["symmetric_difference"] / best)
    assert "elvira, best order" in both["results"]
    assert len(learned["circle"]["hausdorff"]) == 4


def test_own_stores_and_no_gate(written, tmp_path, monkeypatch):
    folder = written[0]
    monkeypatch.chdir(tmp_path)
    (two,) = (folder / "out" / "validate-mir").glob("two-*.h5")
    arguments = ["validate", "mir", "--data", str(two), *SMALL, "--gate", "0", "--json", "v.json", "--out", "here.html"]
    assert main(arguments) == 0
    results = json.loads((tmp_path / "v.json").read_text())["results"]
    earlier = json.loads((folder / "v.json").read_text())["results"]
    assert results["learned"]["symmetric_difference"] == earlier["learned"]["symmetric_difference"]
    assert not any(name.startswith("learned, gate") for name in results)
    assert (tmp_path / "here.html").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gas"], "case 'gas' is unknown"),
        (["mir", "--bundle", "none-such"], "no such bundle"),
        (["mir", "--methods", "mof"], "needs centroids"),
        (["mir", "--methods", "plic"], "no method 'plic'"),
        (["mir", "--out", "page.pdf"], "give .html"),
        (["mir", "--data", "foreign.h5"], "not a store of samples"),
        (["mir", "--data", "absent.h5"], "no such file"),
        (["mir", "--runs", "empty"], "no finished run"),
        (["mir", "--runs", "absent"], "no such directory"),
        (["mir", "--train-ablation"], "give --ablation DIR"),
        (["mir", "--gate", "1e-9"], "gate"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["x"] = np.zeros(3)
    assert main(["validate", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.strip().splitlines()) == 1
