"""`inloop bench`: tables, numbers, a picture and a page; what it refuses."""

from __future__ import annotations

import json

import pytest

from inloop.cli import main

TINY = ["bench", "mir", "--engines", "native", "--samples", "3", "--sizes", "1,4", "--seconds", "0.01"]


def test_tables_numbers_picture_and_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([*TINY, "--json", "b.json", "--picture", "b.svg", "--page", "b.html"]) == 0
    shown = capsys.readouterr().out
    assert "mixed zones a second" in shown
    assert "mir, native, float32" in shown
    document = json.loads((tmp_path / "b.json").read_text())
    about, found = document["about"], document["results"]
    assert about["distinct samples"] == 3
    assert list(found) == ["mir, native, float32", "elvira, native, float64", "lvira, native, float64"]
    for figures in found.values():
        batch = figures["batches"]["1"]
        assert batch["samples_per_second"] * batch["seconds"] == pytest.approx(1)
        # of one batch, every contender has the same mixed zones
        assert batch["mixed_zones_per_second"] * batch["seconds"] == pytest.approx(_zones_of_first(found))
    assert sum(found["mir, native, float32"]["time"]["shares"].values()) == pytest.approx(1)
    assert "<svg" in (tmp_path / "b.svg").read_text()
    page = (tmp_path / "b.html").read_text()
    assert "data:image/png" in page
    assert "Where the time of a call goes" in page


def _zones_of_first(found):
    batch = found["lvira, native, float64"]["batches"]["1"]
    zones = batch["mixed_zones_per_second"] * batch["seconds"]
    assert round(zones) == pytest.approx(zones)
    assert 1 <= zones <= 64
    return zones


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["bench", "water"], "case 'water' is unknown"),
        ([*TINY, "--engines", "abacus"], "engine 'abacus' is unknown"),
        ([*TINY, "--sizes", "0,4"], "give 1 or more"),
        ([*TINY, "--sizes", "four"], "--sizes 'four': expected whole numbers"),
        ([*TINY, "--seconds", "0"], "seconds: 0.0 is no time"),
        ([*TINY, "--models", "2-channels"], "models: are of the published family"),
        ([*TINY, "--page", "b.pdf"], "--page b.pdf: cannot write '.pdf'"),
        ([*TINY, "--picture", "b.doc"], "b.doc"),
        ([*TINY, "--bundle", "no-such"], "no-such: no such bundle"),
        ([*TINY, "--precisions", "float8"], "does not compute in 'float8'"),
    ],
)
def test_what_is_refused(arguments, named, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert named in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())
