"""`inloop simulate`: a table, numbers, pictures, a series, a log, going on after an interruption; what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from inloop.cli import main
from inloop.hydro.film import FRAMES, LARGEST
from inloop.hydro.hosts import ALL, begin, find
from inloop.hydro.output import read_series
from inloop.hydro.restart import save

TINY = ["simulate", "vortex", "--method", "elvira", "--grid", "16", "--period", "0.5", "--scheme", "split"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def results(path):
    """Of the one method in a JSON file, without what depends on the clock."""
    (found,) = json.loads(path.read_text())["results"].values()
    clock = ("seconds", "seconds_reconstruction", "reconstruction_share")
    return {name: value for name, value in found.items() if name not in clock}


def times(collection):
    return [float(entry.get("timestep")) for entry in ET.parse(collection).getroot().findall("./Collection/DataSet")]


def test_table_numbers_picture_and_series(here, capsys):
    assert main([*TINY, "--every", "10", "--out", "run", "--json", "r.json"]) == 0
    told = capsys.readouterr()
    assert "elvira" in told.out
    assert "area error" in told.out
    document = json.loads((here / "r.json").read_text())
    found = document["results"]["elvira"]
    assert found["volume_drift"] <= 1e-12
    assert {"area_error", "relative_error", "continuity_error_mean", "gate_accepted", "seconds"} <= set(found)
    assert document["about"]["problem"] == "vortex"
    assert (here / "run" / "vortex-elvira-split.png").read_bytes().startswith(b"\x89PNG")
    for kind in ("materials", "interface", "fields"):
        at = times(here / "run" / f"{kind}.pvd")
        assert at == sorted(at)
        assert at[0] == 0
        assert at[-1] == pytest.approx(0.5)
    moments = read_series(here / "run" / "fields.pvd")
    assert moments[0].arrays["fractions"].shape == (2, 16, 16)


def test_the_log_has_a_line_a_step_and_adds_up(here):
    assert main([*TINY, "--log", "log.jsonl", "--json", "r.json"]) == 0
    lines = [json.loads(line) for line in (here / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, len(lines) + 1))
    assert sum(line["dt"] for line in lines) == pytest.approx(0.5)
    assert len(lines) == results(here / "r.json")["steps"]
    assert {"mixed_zones", "drift", "gate_accepted", "seconds"} <= set(lines[0])


def test_the_animation_is_small_and_begins_and_ends_with_the_run(here, capsys):
    assert main([*TINY, "--steps", "60", "--animate", "--out", "run"]) == 0
    path = here / "run" / "vortex-elvira-split.gif"
    assert path.stat().st_size <= LARGEST
    with Image.open(path) as film:
        assert 10 < film.n_frames <= FRAMES
    assert "animation" in capsys.readouterr().err


def test_an_interrupted_run_goes_on_to_the_same_end(here, capsys):
    """The restart file of half a run, as a run that was killed would leave it."""
    command = [*TINY, "--every", "6", "--log", "log.jsonl", "--json", "r.json", "--out", "run"]
    assert main(command) == 0
    whole, at, log = results(here / "r.json"), times(here / "run" / "fields.pvd"), (here / "log.jsonl").read_text()
    host = begin(find("vortex", period=0.5), method="elvira", zones=16, scheme="split")
    for _ in range(host.steps // 2):
        host.advance()
    left = here / "run" / "vortex-elvira-split.restart.h5"
    save(host, left)
    assert main(command) == 0
    assert f"step {host.steps // 2}" in capsys.readouterr().err
    assert results(here / "r.json") == whole
    assert times(here / "run" / "fields.pvd") == times(here / "run" / "interface.pvd") == at
    assert len((here / "log.jsonl").read_text().splitlines()) == len(log.splitlines())
    assert not left.exists()


def test_a_foreign_restart_is_refused_if_named_and_set_aside_if_found(here, capsys):
    other = begin(find("vortex", period=0.5), method="youngs", zones=16, scheme="split")
    (here / "run").mkdir()
    found = here / "run" / "vortex-elvira-split.restart.h5"
    save(other, found)
    kept = found.read_bytes()
    save(other, here / "other.h5")
    assert main([*TINY, "--resume", "other.h5"]) == 2
    assert "another run" in capsys.readouterr().err
    assert main([*TINY, "--out", "run"]) == 0
    assert "set aside" in capsys.readouterr().err
    assert not found.exists()
    assert found.with_name(f"{found.name}.1").read_bytes() == kept


@pytest.mark.parametrize("foreign", ['{"level": "info"}\n', "step 1\n", "[1]\n", "\u00e4".encode("latin-1") + b"\n"])
def test_a_foreign_log_is_not_gone_on_with(here, capsys, foreign):
    host = begin(find("vortex", period=0.5), method="elvira", zones=16, scheme="split")
    host.advance()
    save(host, here / "half.h5")
    log = here / "log.jsonl"
    log.write_bytes(foreign if isinstance(foreign, bytes) else foreign.encode())
    assert main([*TINY, "--resume", "half.h5", "--log", "log.jsonl"]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "log.jsonl" in line]
    assert len(told) == 1
    assert "is not the log of a run" in told[0]
    assert log.stat().st_size == len(foreign)


@pytest.mark.needs("mpirun")
def test_two_ranks_tell_once_what_one_rank_finds(here):
    pytest.importorskip("mpi4py", reason="pip install 'inloop[mpi]'")
    assert main([*TINY, "--json", "alone.json"]) == 0
    program = "import sys; from inloop.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = [*TINY, "--json", "both.json", "--every", "20", "--log", "log.jsonl", "--out", "run"]
    done = subprocess.run(
        ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", "2", sys.executable, "-c", program, *arguments],
        env=os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("area error") == 1
    assert results(here / "both.json") == results(here / "alone.json")
    assert json.loads((here / "both.json").read_text())["about"]["ranks"] == 2
    assert len((here / "log.jsonl").read_text().splitlines()) == results(here / "both.json")["steps"]


@pytest.mark.parametrize(("problem", "figure"), [("sod", "density_error"), ("triple-point", None)])
def test_compressible_flow_by_the_same_command(here, capsys, problem, figure):
    assert main(["simulate", problem, "--grid", "20", "--every", "20", "--out", "run", "--json", "r.json"]) == 0
    told = capsys.readouterr().out
    assert figure is None or figure in told
    found = results(here / "r.json")
    assert found["steps"] > 5
    if problem == "triple-point":
        assert max(found["mass_drift"], found["energy_drift"]) <= 1e-12
        assert "mass drift" in told
    (last,) = read_series(here / "run" / "fields.pvd")[-1:]
    assert {"fractions", "density", "pressure", "velocity"} <= set(last.arrays)
    assert len(list((here / "run").glob("*.png"))) == 1


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
        (["vortex", "--cfl", "0.9", "--method", "elvira", "--scheme", "split"], "smaller CFL"),
        (["deformation3d", "--method", "learned"], "2D only"),
        (["vortex", "--method", "elvira", "--gate", "0.01"], "gate"),
        (["vortex", "--method", "elvira", "--bundle", "mir"], "method 'elvira' has no network; leave --bundle out"),
        (["vortex", "--bundle", "nowhere"], "nowhere: no such bundle"),
        (["vortex", "--scheme", "sideways"], "scheme"),
        (["rotation", "--period", "3"], "period"),
        (["sod", "--scheme", "split"], "scheme"),
        (["sod", "--materials", "3"], "materials"),
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
    assert all(name in told for name in ALL)
