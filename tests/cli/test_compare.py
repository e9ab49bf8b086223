"""`inloop compare`: a row a method, its figures those of the measures, everything on one page."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from inloop import mir
from inloop.cli import main
from inloop.errors import InloopError
from inloop.mir import measures
from inloop.mir.comparison import compare
from inloop.mir.shapes import BUILT_IN


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_table_picture_page_and_numbers(here, capsys):
    assert main(["compare", "--shape", "circle,three-materials", "--grid", "12", "--json", "c.json"]) == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines() if line.split()[:1] in (["circle"], ["three-materials"])]
    assert [row[1] for row in rows[: len(mir.METHODS)]] == list(mir.METHODS)
    assert "error" in out
    assert "speed" in out
    assert (here / "out" / "compare.png").read_bytes().startswith(b"\x89PNG")
    page = (here / "out" / "compare.html").read_text()
    assert page.count("<img") == 2
    assert not re.search(r"<script|https?://", re.sub(r'src="data:[^"]*"', "", page))
    results = json.loads((here / "c.json").read_text())["results"]
    assert set(results) == set(mir.METHODS)
    own = results["elvira"]["inputs"]
    assert results["elvira"]["symmetric_difference"] == pytest.approx(
        (own["circle"]["symmetric_difference"] + own["three-materials"]["symmetric_difference"]) / 2
    )
    assert results["elvira"]["continuity_error_max"] == max(part["continuity_error_max"] for part in own.values())


def test_figures_are_those_of_the_measures(here):
    arguments = [
        "compare",
        "--shape",
        "ellipse",
        "--grid",
        "16",
        "--methods",
        "elvira,lvira",
        "--table-only",
        "--json",
        "c.json",
    ]
    assert main(arguments) == 0
    results = json.loads((here / "c.json").read_text())["results"]
    assert list(results) == ["elvira", "lvira"]
    shape = BUILT_IN["ellipse"].shape
    for method, figures in results.items():
        face = mir.reconstruct(BUILT_IN["ellipse"].fractions(16), method=method, spacing=1 / 16)
        assert figures["symmetric_difference"] == pytest.approx(measures.symmetric_difference(face, shape))
        assert figures["gap"] == pytest.approx(measures.gap(face), abs=1e-15)
        assert figures["hausdorff"] == pytest.approx(measures.hausdorff(face, shape))
        assert figures["mixed_zones_per_second"] == pytest.approx(len(face.zones) / figures["seconds"])
        assert figures["speed_ratio"] > 0
    assert not (here / "out").exists()


def test_a_file_has_no_truth_to_err_from(here, capsys):
    np.save("f.npy", BUILT_IN["circle"].fractions(12))
    arguments = ["compare", "f.npy", "--spacing", "0.5", "--picture", "c.png", "--page", "c.html", "--json", "c.json"]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "error" not in captured.out.splitlines()[1]
    assert re.search("mof: left out, .*centroids", captured.err)
    written = json.loads((here / "c.json").read_text())
    assert "mof" not in written["results"]
    assert "symmetric_difference" not in written["results"]["youngs"]
    assert {"conservation_error_max", "continuity_error_max", "gap"} <= set(written["results"]["youngs"])
    assert "centroids" in written["about"]["skipped"]["f.npy"]["mof"]
    assert sorted(path.name for path in here.iterdir()) == ["c.html", "c.json", "c.png", "f.npy"]


def test_three_dimensions(here, capsys):
    assert main(["compare", "--shape", "sphere", "--grid", "6"]) == 0
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines()[3:] if line.strip()]
    assert rows == ["youngs", "elvira", "lvira", "mof"]


def test_a_method_asked_for_by_name_must_work(here, capsys):
    np.save("f.npy", BUILT_IN["circle"].fractions(8))
    assert main(["compare", "f.npy", "--methods", "youngs,mof", "--table-only"]) == 2
    assert "centroids" in capsys.readouterr().err


def test_a_field_no_method_takes_is_refused_for_what_is_wrong_with_it():
    with pytest.raises(InloopError, match="NaN"):
        compare(np.array([[0.5, np.nan]]))


def test_speed_is_one_for_the_reference_and_measured_without_it_in_the_list():
    f = BUILT_IN["circle"].fractions(16)
    both = compare(f, methods=["youngs", "slic"], seconds=0.0)
    assert both.figures["youngs"]["speed_ratio"] == 1.0
    alone = compare(f, methods=["slic"], seconds=0.0)
    assert list(alone.figures) == ["slic"]
    assert alone.figures["slic"]["speed_ratio"] > 0


def test_a_pure_field_has_nothing_mixed_and_no_rate():
    result = compare(np.ones((4, 4)), methods=["elvira"], seconds=0.0)
    assert result.figures["elvira"]["mixed_zones"] == 0
    assert "mixed_zones_per_second" not in result.figures["elvira"]


def test_slivers_are_counted_apart():
    f = np.zeros((3, 3))
    f[:, 0], f[1, 1], f[0, 1] = 1.0, 1e-9, 0.5
    assert compare(f, methods=["youngs"], seconds=0.0).figures["youngs"]["sliver_zones"] == 1
