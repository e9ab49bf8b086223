"""The report: its figures follow from what was put in, its bars fail where they must, and the verb writes it all."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
from tests.gasoptics.data import EXPERIMENTS, SUNS, columns, perturbed, write_folder

from inloop.bundle import Argument, Signature, write_bundle
from inloop.cli import main
from inloop.errors import InloopError
from inloop.gasoptics import LookUp, rfmip
from inloop.gasoptics.a_priori import report as a_priori
from inloop.gasoptics.a_priori.bars import bars
from inloop.gasoptics.a_priori.depths import depths, shares
from inloop.gasoptics.a_priori.forcings import PRESENT, forcings
from inloop.gasoptics.a_priori.opening import Chosen, bundles_in, open_parts
from inloop.gasoptics.a_priori.page import page
from inloop.gasoptics.a_priori.parts import LEARNED, TABLE, Part
from inloop.gasoptics.a_priori.profiles import LINES, profiles
from inloop.gasoptics.a_priori.stress import TRIALS, stress
from inloop.gasoptics.encoding import TEMPERATURE, row_network
from inloop.gasoptics.gate import Envelope
from inloop.gasoptics.learned import DEPTHS, FRACTIONS
from inloop.gasoptics.measures import errors
from inloop.row_network import RowNetwork, RowOutput


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("gasoptics"))


@pytest.fixture(scope="module", params=["lw", "sw"])
def part(request, folder):
    return _part(folder, request.param)


def _part(folder, kind):
    table = LookUp(folder / f"small_{kind}_ckd-definition.nc")
    return Part(table, perturbed(table, 0.02), Envelope.of(columns(60), table.needed))


def test_against_its_own_fluxes_the_table_has_no_error_and_the_learned_kernel_the_one_it_has(part, folder):
    seen = profiles(part, folder)
    assert len(seen.scenes) == (1 if part.longwave else len(SUNS))
    assert max(map(abs, seen.figures(TABLE, LINES).values())) < 1e-9
    assert seen.figures(LEARNED, LINES) == pytest.approx(seen.figures(LEARNED, TABLE), abs=1e-9)
    learned = part.fluxes(part.learned, seen.air, seen.scenes[-1].cosine)
    exact = errors(learned, seen.fluxes[TABLE][-1], seen.air)
    assert seen.figures(LEARNED, TABLE, len(seen.scenes) - 1) == pytest.approx(exact)
    assert exact["flux_rmse"] > 1e-3
    assert 0 <= seen.refused < 0.2


def test_twice_the_depth_is_told_as_such(part):
    class Doubled:
        name, terms, needed = "doubled", part.table.terms, part.table.needed

        def depth(self, air):
            return 2 * part.table.depth(air)

        def emission(self, temperature):
            return 1.5 * part.table.emission(temperature)

    found = depths(Part(part.table, Doubled()), columns())
    known = np.isfinite(found.ratio)
    np.testing.assert_allclose(found.ratio[known], np.log(2), rtol=1e-4)
    np.testing.assert_allclose(found.bias[known], np.log(2), rtol=1e-4)
    assert found.share.sum() == pytest.approx(1)
    true = part.table.depth(columns()).astype(np.float64).reshape(-1, part.table.terms)
    exact = np.exp(-3.32 * true) - np.exp(-1.66 * true)
    np.testing.assert_allclose(found.transmission, np.sqrt((exact**2).mean(axis=0)), rtol=1e-4)
    emitted = shares(Part(part.table, Doubled()))
    if part.longwave:
        np.testing.assert_allclose(emitted.whole, 0.5, rtol=1e-9)
        assert emitted.share.max() < 1e-12
    else:
        assert emitted is None


def test_forcings_are_differences_of_global_means_and_more_co2_holds_heat_back(folder, part):
    sites = rfmip.load(folder)
    found = forcings(part, sites)
    assert [one.experiment for one in found.forcings] == [name for name in EXPERIMENTS if name != PRESENT]
    now, then = (part.site_fluxes(part.table, sites.of(name), sites).net for name in (PRESENT, "4xCO2"))
    four = found.of("4xCO2")
    assert four.top[TABLE] == pytest.approx(sites.weight @ (then - now)[:, 0])
    assert four.surface[TABLE] == pytest.approx(sites.weight @ (then - now)[:, -1])
    assert four.gas == "CO2"
    assert four.worst >= max(map(abs, four.errors()))
    if part.longwave:
        assert four.top[TABLE] > 0.5
        assert found.of("PI CH4").top[TABLE] < 0
        assert found.of("+4K").top[TABLE] < -5
    assert set(found.sites) == set(EXPERIMENTS)
    assert found.least >= 0


def test_bars_hold_for_a_good_kernel_and_fail_for_a_bad_one(folder, part):
    outcome = []
    for by in (1e-4, 0.9):
        one = Part(part.table, perturbed(part.table, by))
        seen = profiles(one, folder)
        rows = bars(one.title, one.longwave, seen, depths(one, seen.air), forcings(one, rfmip.load(folder)))
        outcome.append({(row.of, row.measure): row.holds for row in rows if LEARNED in row.of and LINES not in row.of})
    assert all(outcome[0].values())
    key = "learned, table, CKDMIP", "fluxes, W/m2"
    assert not outcome[1][key] or not part.longwave
    assert not all(outcome[1].values())


def test_absurd_air_goes_to_the_table(part):
    done = {trial.name: trial for trial in stress(part, columns())}
    assert set(done) == set(TRIALS)
    for name in ("16 x CO2", "340 K everywhere", "bone dry"):
        assert done[name].refused > 0.9
        assert done[name].errors["gated"]["flux_rmse"] <= done[name].errors["learned"]["flux_rmse"]
    assert done["as they are"].refused < 0.1
    assert stress(Part(part.table, part.learned), columns()) == []


def test_the_page_and_the_figures_tell_everything(folder):
    part = _part(folder, "lw")
    report = a_priori.gather([part], folder)
    made = page(report).html()
    for heading in ("What must hold", "the CKDMIP profiles", "before any solver", "the RFMIP experiments", "the gate"):
        assert heading in made
    assert made.count("data:image/png") == 7
    figures = json.loads(json.dumps(a_priori.results(report), allow_nan=False))[part.title]
    assert set(figures["gate"]["trials"]) == set(TRIALS)
    assert len(figures["depths"]["terms"]["log_rmse"]) == part.table.terms
    assert figures["forcings"]["4xCO2"]["top"].keys() == {TABLE, LEARNED}


def _bundles(folder, into):
    """Bundles as training leaves them, of networks that learned nothing."""
    dice = np.random.default_rng(0)
    long, short = (LookUp(folder / f"small_{kind}_ckd-definition.nc") for kind in ("lw", "sw"))
    planck = RowNetwork(
        inputs=(TEMPERATURE,),
        sizes=(1, 4, 8),
        output=RowOutput(transform="softmax", shift=(0.0,) * 8, scale=(1.0,) * 8),
    )
    for name, case, network, more, needed in (
        ("deep", DEPTHS, row_network(long, (8,)), {}, long.needed),
        ("black", FRACTIONS, planck, {}, None),
        (
            "lit",
            DEPTHS,
            row_network(short, (8,)),
            {"sun": {"irradiance": short.irradiance.tolist(), "rayleigh": short.rayleigh.tolist()}},
            short.needed,
        ),
    ):
        weights = {}
        for k, (narrow, wide) in enumerate(zip(network.sizes[:-1], network.sizes[1:], strict=True)):
            weights[f"layers.{k}.weight"] = dice.normal(0, 0.1, (wide, narrow)).astype(np.float32)
            weights[f"layers.{k}.bias"] = np.zeros(wide, dtype=np.float32)
        write_bundle(
            into / name,
            name=name,
            case=case,
            signature=Signature(
                (Argument("rows", ("rows", network.sizes[0]), ("float32", "float64")),),
                (Argument("answers", ("rows", network.sizes[-1]), ("float32",)),),
                0,
            ),
            network={**network.entry(), **more},
            weights=weights,
            provenance={"command": "none", "seed": 0},
            errors={},
            gate=None if needed is None else Envelope.of(columns(60), needed).to_dict(),
        )
    return into


def test_bundles_are_known_by_what_they_hold(folder, tmp_path):
    chosen = bundles_in(_bundles(folder, tmp_path))
    assert (chosen.longwave.name, chosen.planck.name, [one.name for one in chosen.shortwave]) == (
        "deep",
        "black",
        ["lit"],
    )


def test_two_kernels_of_one_table_have_titles_of_their_own(folder, tmp_path):
    chosen = bundles_in(_bundles(folder, tmp_path))
    other = shutil.copytree(chosen.shortwave[0], tmp_path / "other")
    about = json.loads((other / "bundle.json").read_text(encoding="utf-8"))
    (other / "bundle.json").write_text(json.dumps({**about, "name": "other"}), encoding="utf-8")
    parts = open_parts(Chosen(shortwave=(*chosen.shortwave, other)), folder)
    assert [part.title for part in parts] == ["short wave, 8 terms, lit", "short wave, 8 terms, other"]


def test_the_verb_validates_bundles(folder, tmp_path, capsys):
    pytest.importorskip("inloop.engines.rows_kernel")
    _bundles(folder, tmp_path)
    where = ["--bundles", str(tmp_path), "--data", str(folder), "--out", str(tmp_path / "v.html")]
    assert main(["validate", "gasoptics", *where, "--json", str(tmp_path / "v.json")]) == 0
    said = capsys.readouterr().out
    assert "learned, table, CKDMIP" in said
    assert " no" in said, "networks that learned nothing hold no bar"
    results = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))["results"]
    assert set(results) == {"long wave, 8 terms", "short wave, 8 terms"}
    assert results["long wave, 8 terms"]["shares"]["sum_error"] < 1e-6
    assert "learned 8" in results["short wave, 8 terms"]["kernels"]["learned"]


def test_the_verb_validates_tables_alone(folder, tmp_path, capsys):
    made = tmp_path / "there" / "v.html"
    table = str(folder / "small_lw_ckd-definition.nc")
    assert main(["validate", "gasoptics", "--data", str(folder), "--table", table, "--out", str(made)]) == 0
    assert "table, line by line, CKDMIP" in capsys.readouterr().out
    bare = re.sub(r'src="data:[^"]*"', "", made.read_text(encoding="utf-8"))
    assert not re.search(r"<script|https?://|<link", bare)
    assert "the gate" not in bare


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "nowhere"], "no such folder"),
        (["--out", "v.pdf"], "give .html"),
        (["--longwave", "x"], "give --longwave and --planck, or neither"),
        (["--bundles", "."], "no folder in it is a bundle of gas optics"),
        (["--shortwave", "x"], "no such bundle"),
        (["--table", "x.nc"], "no such file"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(folder, tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INLOOP_DATA", str(folder))
    assert main(["validate", "gasoptics", *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert words in error
    assert len(error.strip().splitlines()) == 1


def test_a_bundle_of_no_table_that_is_there_is_refused(folder, tmp_path):
    chosen = bundles_in(_bundles(folder, tmp_path))
    pytest.importorskip("inloop.engines.rows_kernel")
    with pytest.raises(InloopError, match="0 long-wave tables have its 8 terms; give the one that it learned"):
        open_parts(chosen, folder, tables=[folder / "small_sw_ckd-definition.nc"])
