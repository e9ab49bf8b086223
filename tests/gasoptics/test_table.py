"""Reading tables, and what is refused before anything is calculated with it."""

from __future__ import annotations

import sys

import netCDF4
import numpy as np
import pytest
from tests.gasoptics.data import write_folder
from tests.gasoptics.synthetic import LONGWAVE_GASES, PRESSURES, STEP, SUN, coldest, write_table

from inloop.errors import InloopError
from inloop.gasoptics import LookUp, Table, rfmip
from inloop.gasoptics.a_priori.parts import Part
from inloop.gasoptics.files import data_folder, found


@pytest.fixture
def path(tmp_path):
    return write_table(tmp_path / "lw.nc")


def test_a_table_holds_what_was_written(tmp_path, path):
    long, short = Table.load(path), Table.load(write_table(tmp_path / "sw.nc", "shortwave", 5))
    assert long.is_longwave
    assert (long.terms, short.terms) == (8, 5)
    assert tuple(gas.name for gas in long.gases) == LONGWAVE_GASES
    assert "composite" not in long.needed
    assert {gas.name: gas.dependence for gas in long.gases}["h2o"] == "look-up"
    assert {gas.name: gas.reference for gas in long.gases}["ch4"] == pytest.approx(1.921e-6)
    np.testing.assert_allclose(long.pressure, PRESSURES, rtol=1e-6)
    np.testing.assert_allclose(long.coldest, coldest(), rtol=1e-6)
    assert long.step == pytest.approx(STEP)
    assert short.solar.sum() == pytest.approx(SUN)
    assert short.rayleigh.shape == (5,)
    assert short.planck is None


def _changed(path, change):
    with netCDF4.Dataset(str(path), "a") as file:
        change(file)
    return path


def _uneven(file):
    file["pressure"][3] *= 1.05


def _holed(file):
    file["co2_molar_absorption_coeff"][0, 0, 0] = np.nan


def _unknown_rule(file):
    file["o3_conc_dependence_code"][...] = 7


def _without(name):
    return lambda file: file.renameVariable(name, "lost")


def _of_another_tool(file):
    file.source_id = "rrtmgp"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_uneven, "not evenly spaced"),
        (_holed, "co2_molar_absorption_coeff has missing values"),
        (_unknown_rule, "o3 depends on its amount by rule 7"),
        (_without("ch4_molar_absorption_coeff"), "no variable ch4_molar_absorption_coeff"),
        (_without("solar_irradiance"), "no variable solar_irradiance"),
        (_of_another_tool, "no ecCKD gas-optics definition"),
    ],
)
def test_a_file_that_is_not_as_expected_is_refused_by_name(tmp_path, path, change, words):
    if "solar" in words:
        path = write_table(tmp_path / "sw.nc", "shortwave")
    with pytest.raises(InloopError, match=words) as refused:
        Table.load(_changed(path, change))
    assert path.name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_of_another_version_is_refused(tmp_path):
    with pytest.raises(InloopError, match=r"written by ecCKD 9\.9, versions 1\.0, 1\.2, 1\.4 are known"):
        Table.load(write_table(tmp_path / "t.nc", version="9.9"))


def test_a_file_cut_short_is_refused(tmp_path, path):
    for share in (0.0, 0.3, 0.9):
        cut = tmp_path / "cut.nc"
        cut.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
        with pytest.raises(InloopError, match=r"copy it again"):
            Table.load(cut)


def test_an_absent_file_and_a_missing_library_say_what_to_do(tmp_path, path, monkeypatch):
    with pytest.raises(InloopError, match="no such file; the ecCKD tables"):
        Table.load(tmp_path / "none.nc")
    monkeypatch.setitem(sys.modules, "netCDF4", None)
    with pytest.raises(InloopError, match=r"pip install 'inloop\[gasoptics\]'"):
        Table.load(path)


def test_the_wrong_part_of_the_spectrum_is_refused(tmp_path, path):
    short = LookUp(write_table(tmp_path / "sw.nc", "shortwave"))
    with pytest.raises(InloopError, match="give a long-wave table"):
        short.emission(np.array([250.0]))
    with pytest.raises(InloopError, match="give a short-wave table"):
        _ = LookUp(path).irradiance
    with pytest.raises(InloopError, match="give the table that was learned"):
        Part(LookUp(path), LookUp(write_table(tmp_path / "other.nc", terms=5)))


def test_data_are_looked_for_where_the_user_says(tmp_path, path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INLOOP_DATA", raising=False)
    with pytest.raises(InloopError, match="no data of gas optics: give their folder with --data, or set INLOOP_DATA"):
        data_folder()
    with pytest.raises(InloopError, match="no such folder"):
        data_folder("nowhere")
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("INLOOP_DATA", str(tmp_path / "empty"))
    with pytest.raises(InloopError, match=r"INLOOP_DATA=.*holds no \.nc file"):
        data_folder()
    assert data_folder(tmp_path) == tmp_path
    monkeypatch.setenv("INLOOP_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    with pytest.raises(InloopError, match="expected one file"):
        found(tmp_path, "ckdmip*", "profiles")


def test_rfmip_inputs_are_read_in_mole_fractions(tmp_path):
    sites = rfmip.load(write_folder(tmp_path))
    assert sites.weight.sum() == pytest.approx(1)
    np.testing.assert_allclose(sites.of("4xCO2").gases["co2"], 1.6e-3)
    np.testing.assert_allclose(sites.of("PI CH4").gases["ch4"], 0.72e-6)
    assert (sites.of("+4K").temperature - sites.of("4xCO2").temperature).min() == pytest.approx(4)
    with pytest.raises(InloopError, match="'5xCO2' is unknown: there are Present day"):
        sites.of("5xCO2")
