"""`inloop doctor`: what is there, what is not, and why."""

from __future__ import annotations

import importlib
import importlib.metadata
import json

import pytest

from inloop import _core
from inloop.cli import doctor, main

REQUIRES = [
    "numpy>=1.26",
    'nowhere-to-be-found; extra == "far"',
    'h5py>=3; extra == "near"',
    "inloop[near]; extra == 'all'",
]


@pytest.fixture(autouse=True)
def few_requirements(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: REQUIRES)


def test_versions_core_and_extras(capsys, tmp_path):
    assert main(["doctor", "--json", str(tmp_path / "d.json")]) == 0
    out = capsys.readouterr().out
    assert _core.instruction_set() in out
    assert importlib.metadata.version("numpy") in out
    extras = json.loads((tmp_path / "d.json").read_text())["results"]["extras"]
    assert extras["far"] == {
        "state": "missing",
        "detail": "not installed: nowhere-to-be-found; pip install 'inloop[far]'",
    }
    assert extras["near"]["state"] == "present"


def test_engines_and_why_one_is_missing(capsys, monkeypatch, tmp_path):
    real = importlib.metadata.version

    def version(name):
        if name == "openvino":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.2" if name in ("onnxruntime", "triton") else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    importing = importlib.import_module  # others than the doctor import relative to their package
    anything = lambda name, package=None: importing(name, package) if package else _core  # noqa: E731
    monkeypatch.setattr(doctor.importlib, "import_module", anything)
    monkeypatch.setattr(doctor.gpu, "why_not", lambda: "torch finds no CUDA device")
    assert main(["doctor", "--json", str(tmp_path / "d.json")]) == 0
    engines = json.loads((tmp_path / "d.json").read_text())["results"]["engines"]
    assert engines["openvino"] == {
        "state": "missing",
        "detail": "not installed: openvino; pip install 'inloop[openvino]'",
    }
    assert engines["gpu"] == {"state": "missing", "detail": "torch finds no CUDA device"}
    assert engines["native"]["state"] == engines["onnxruntime"]["state"] == "present"
    assert "onnxruntime 1.2" in engines["onnxruntime"]["detail"]


def test_an_extra_that_is_there_and_does_not_import(capsys, monkeypatch):
    real = importlib.import_module

    def importing(name):
        if name == "h5py":
            raise ImportError("libhdf5.so: cannot open shared object file")
        return real(name)

    monkeypatch.setattr(doctor.importlib, "import_module", importing)
    assert main(["doctor"]) == 0
    assert "h5py does not import: ImportError: libhdf5.so" in " ".join(capsys.readouterr().out.split())


def test_a_core_that_does_not_load_is_a_failure(capsys, monkeypatch):
    real = importlib.import_module

    def importing(name):
        if name == "inloop._core":
            raise ImportError("GLIBC_2.99 not found")
        return real(name)

    monkeypatch.setattr(doctor.importlib, "import_module", importing)
    assert main(["doctor"]) == 1
    assert "does not load: ImportError: GLIBC_2.99 not found" in capsys.readouterr().out
