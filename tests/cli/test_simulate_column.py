"""`inloop simulate column`: figures, files to go on from, refusals in one line."""

from __future__ import annotations

import json

import pytest
from tests.gasoptics.column.optics import table_files

from inloop.cli import main


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INLOOP_DATA", raising=False)
    long, short = table_files()
    return ["--table", str(long), "--table", str(short)]


QUICK = ["--layers", "20", "--slab", "0.2", "--years", "0.2"]


def test_it_tells_the_climate_and_goes_on_where_it_stopped(tables, capsys, tmp_path):
    assert main(["simulate", "column", *tables, *QUICK, "--json", "a.json", "--log", "log.jsonl"]) == 0
    told = capsys.readouterr()
    assert "surface, K" in told.out
    assert (tmp_path / "out/simulate/column-table.png").read_bytes().startswith(b"\x89PNG")
    assert len((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()) == 4
    found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert found["about"]["setting"]["layers"] == 20
    assert found["about"]["optics"]["table"]["longwave"] == "look-up, 8 terms"
    assert abs(found["results"]["table"]["energy_drift"]) < 1e-12
    assert main(["simulate", "column", *tables, *QUICK[:-1], "0.25", "--json", "b.json"]) == 0
    assert "resumed: out/simulate/column-table.restart.h5, from step 73" in capsys.readouterr().err
    again = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))["results"]["table"]
    assert again["years"] == pytest.approx(0.25, abs=2e-3)


def test_carbon_dioxide_is_given_in_ppm_or_as_a_multiple(tables, capsys, tmp_path):
    for name, option in (("ppm", ["--co2", "830"]), ("times", ["--co2-times", "2"])):
        arguments = ["--out", name, "--json", f"{name}.json", *option]
        assert main(["simulate", "column", *tables, *QUICK[:-1], "0.05", *arguments]) == 0
    ppm, times = (json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8")) for name in ("ppm", "times"))
    assert ppm["about"]["setting"]["co2"] == pytest.approx(830e-6)
    assert ppm["results"]["table"]["surface_temperature"] == pytest.approx(
        times["results"]["table"]["surface_temperature"], abs=1e-9
    )


def test_the_column_explains_itself(capsys):
    assert main(["simulate", "column", "--help"]) == 0
    assert "--co2-times" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--optics", "magic"], "optics 'magic' are unknown: there are table, learned, gated"),
        (["--optics", "learned"], "learned optics need their bundles: give --bundles DIR"),
        (["--optics", "table,learned", "--log", "a.jsonl"], "--log and --resume are of one run"),
        (["--co2", "400", "--co2-times", "2"], "--co2 and --co2-times: both are given"),
        (["--co2", "-5"], "co2 of the column is -5e-06: expected a number that is not negative"),
        (["--albedo", "1.2"], "albedo of the column is 1.2: expected 0 to 1"),
        (["--layers", "3"], "the column has 3 layers"),
        (["--years", "0"], "0 years: expected more than 0"),
        (["--terms", "96"], "there is no short-wave table or bundle of 96 terms"),
        (["--resume", "nowhere.h5"], "nowhere.h5: there is no such restart file; check the name"),
        (["--slab", "0.01", "--years", "0.2"], "give shorter steps, a deeper slab"),
        (["--grid", "8"], "--grid"),
    ],
)
def test_refusals_are_one_line_and_status_two(tables, capsys, arguments, message):
    assert main(["simulate", "column", *tables, *arguments]) == 2
    told = capsys.readouterr().err.strip()
    assert message in told
    assert "\n" not in told


def test_without_data_it_says_where_they_come_from(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INLOOP_DATA", raising=False)
    assert main(["simulate", "column"]) == 2
    assert "give their folder with --data, or set INLOOP_DATA" in capsys.readouterr().err


def test_two_tables_of_one_kind_are_not_enough(tables, capsys):
    assert main(["simulate", "column", *tables[:2]]) == 2
    assert "there is no short-wave table or bundle; the column needs one" in capsys.readouterr().err
