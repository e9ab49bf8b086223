"""The shipped gas-optics kernels: what they state, and that they are what their pages say, where the data is."""

from __future__ import annotations

import importlib.util
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from inloop.bundle import Bundle, shipped
from inloop.gasoptics import LearnedLongwave, LearnedShortwave, LookUp, ckdmip
from inloop.gasoptics.files import data_folder
from inloop.gasoptics.measures import flux_errors
from inloop.kernel import load

GAS = [name for name in shipped() if name.startswith("gas-") and name != "gas-planck"]
ROOT = Path(__file__).parents[2]


def real_data():
    try:
        return data_folder()
    except ValueError as absent:
        pytest.skip(f"needs the tables and profiles: {absent}")


def optics_of(name):
    if "longwave" in name:
        return LearnedLongwave(name, "gas-planck")
    return LearnedShortwave(name)


def test_every_table_has_its_kernel():
    assert {"gas-longwave-32", "gas-shortwave-32", "gas-shortwave-64", "gas-shortwave-96"} <= set(GAS)


@pytest.mark.parametrize("name", [*GAS, "gas-planck"])
def test_a_bundle_says_how_it_came_about(name):
    bundle = Bundle.load(name)
    made = bundle.provenance
    assert made["command"].startswith("inloop train gasoptics")
    assert made["seed"] == 0
    assert made["data"]
    assert bundle.errors["classical"] == {}
    assert (bundle.gate is None) == (name == "gas-planck")


def test_shares_of_a_black_body_sum_to_one():
    shares = load("gas-planck")(np.linspace(100, 400, 301)[:, None]).astype(np.float64)
    assert shares.min() > 0
    assert np.abs(shares.sum(axis=1) - 1).max() < 1e-6


@pytest.mark.parametrize("name", GAS)
def test_absorption_is_never_below_zero(name):
    kernel = load(name)
    inputs = Bundle.load(name).network["inputs"]
    dice = np.random.default_rng(0)
    wild = np.stack(
        [
            np.exp(dice.uniform(np.log(1e-3), np.log(1e6), 2000))
            if one["transform"] == "log"
            else dice.uniform(0, 1e3 if one["name"] == "temperature" else 1e-3, 2000)
            for one in inputs
        ],
        axis=1,
    )
    assert kernel(wild).min() >= 0


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "torch"])
@pytest.mark.parametrize("name", [*GAS, "gas-planck"])
def test_engines_agree(name, engine):
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"needs {engine}: pip install 'inloop[dev]'")
    dice = np.random.default_rng(1)
    about = Bundle.load(name).network["inputs"]
    rows = np.empty((64, len(about)))
    for k, one in enumerate(about):
        seen = one["shift"] + one["scale"] * dice.uniform(-0.9, 0.9, 64)
        if not one.get("seen", True):
            rows[:, k] = dice.uniform(0, 1e-3, 64)  # an amount
            continue
        rows[:, k] = {"log": np.exp, "root4": lambda x: x**4, "linear": np.asarray}[one["transform"]](seen)
    native, other = load(name)(rows), load(name, engine=engine)(rows)
    assert np.abs(native - other).max() <= 2e-5 * native.max()


@pytest.mark.parametrize("name", GAS)
def test_fluxes_are_within_half_a_watt_of_the_tables(name):
    folder = real_data()
    learned = optics_of(name)
    table = LookUp(folder / learned.bundle.network["table"])
    found = flux_errors(learned, table, ckdmip.profiles(folder))
    assert found["flux_rmse"] <= 0.5
    assert found["heating_rmse"] <= 0.1


def test_the_speeds_in_the_docs_are_the_present_ones():
    make = runpy.run_path(str(ROOT / "docs/make_gas_optics.py"))
    assert make["PAGE"].read_text(encoding="utf-8") == make["page"](make["newest"]("gas-optics", make["RESULTS"]))


def test_the_data_is_looked_for_where_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INLOOP_DATA", raising=False)
    with pytest.raises(ValueError, match=r"give their folder with --data, or set INLOOP_DATA; .*ecrad"):
        data_folder()
    assert "INLOOP_DATA" not in os.environ
