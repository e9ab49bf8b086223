"""`inloop simulate`: a table, numbers, a picture, a series; and what it refuses."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from inloop.cli import main
from inloop.hydro.problems import PROBLEMS


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_table_numbers_picture_and_series(here, capsys):
    arguments = ["simulate", "vortex", "--method", "elvira", "--grid", "16", "--period", "0.5"]
    assert main([*arguments, "--every", "10", "--out", "run", "--json", "r.json"]) == 0
    told = capsys.readouterr()
    assert "elvira" in told.out
    assert "area error" in told.out
    document = json.loads((here / "r.json").read_text())
    results = document["results"]["elvira"]
    assert results["volume_drift"] <= 1e-12
    assert {"area_error", "relative_error", "continuity_error_mean", "gate_accepted", "seconds"} <= set(results)
    assert document["about"]["problem"] == "vortex"
    assert (here / "run" / "vortex-elvira-split.png").read_bytes().startswith(b"\x89PNG")
    for kind in ("materials", "interface"):
        entries = ET.parse(here / "run" / f"{kind}.pvd").getroot().findall("./Collection/DataSet")
        times = [float(entry.get("timestep")) for entry in entries]
        assert times == sorted(times)
        assert times[0] == 0
        assert times[-1] == pytest.approx(0.5)
        assert all((here / "run" / entry.get("file")).exists() for entry in entries)


def test_published_figures_stand_beside_the_result(here, capsys):
    assert main(["simulate", "shear", "--method", "youngs", "--grid", "10", "--steps", "400"]) == 0
    assert "Hirt-Nichols" in capsys.readouterr().out


def test_three_materials_and_space(here, capsys):
    assert main(["simulate", "deformation", "--materials", "3", "--period", "0.1", "--grid", "12"]) == 0
    assert "learned" in capsys.readouterr().out
    assert main(["simulate", "deformation3d", "--period", "0.1", "--grid", "8"]) == 0
    assert "elvira" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["whirl"], "unknown"),
        (["vortex", "--cfl", "0.9", "--method", "elvira"], "smaller CFL"),
        (["deformation3d", "--method", "learned"], "2D only"),
        (["vortex", "--method", "elvira", "--gate", "0.01"], "gate"),
        (["vortex", "--scheme", "sideways"], "scheme"),
        (["rotation", "--period", "3"], "period"),
    ],
)
def test_refusals_are_one_line_and_status_two(here, capsys, arguments, message):
    assert main(["simulate", *arguments, "--grid", "8"]) == 2
    told = capsys.readouterr().err.strip()
    assert message in told
    assert "\n" not in told
    assert not list(here.iterdir())


def test_the_help_names_every_problem(capsys):
    assert main(["simulate", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert all(name in told for name in PROBLEMS)
