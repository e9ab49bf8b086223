"""Where cases are found, what is told of those that are not, and that a bundle never makes code run."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

import inloop
from inloop import InloopError, cases
from inloop.bundle import Bundle, write_bundle

pytest.importorskip("torch", reason="pip install 'inloop[train]'")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to put cases into, forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.partition(".")[0].startswith("own_"):
            del sys.modules[name]


def package(folder, case: str, *, init: str = ""):
    folder.mkdir()
    (folder / "__init__.py").write_text(init, encoding="utf-8")
    (folder / "case.py").write_text(case, encoding="utf-8")
    return folder


BORROWED = (
    "from dataclasses import replace\nfrom inloop.mir.learning_line import CASE\nCASE = replace(CASE, name='mine')\n"
)


def test_a_folder_by_path_or_name_and_an_installed_package(place, monkeypatch):
    package(place / "own_a", BORROWED)
    for given in ("own_a", "./own_a", str(place / "own_a"), "own_a/"):
        assert cases.find(given).load().name == "mine"
    (place / "far").mkdir()
    package(place / "far" / "own_b", BORROWED)
    with pytest.raises(InloopError, match="case 'own_b' is unknown"):
        cases.find("own_b")
    monkeypatch.syspath_prepend(str(place / "far"))
    assert cases.find("own_b").load().name == "mine"


def test_an_entry_point(place, monkeypatch):
    package(place / "own_c", BORROWED)
    monkeypatch.syspath_prepend(str(place))
    points = EntryPoints([EntryPoint("tea", "own_c.case:CASE", cases.GROUP)])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda *, group: points)
    monkeypatch.chdir("/")
    assert cases.find("tea").load().name == "mine"
    with pytest.raises(InloopError, match="case 'tee' is unknown: did you mean tea"):
        cases.find("tee")


def test_finding_runs_nothing(place):
    package(place / "own_d", "raise SystemExit(3)\n", init="raise SystemExit(3)\n")
    assert cases.find("own_d").name == "own_d"


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("raise ValueError('two\\nlines')", r"case.py: cannot be imported, ValueError: two lines; mend it"),
        ("import absent_module", r"cannot be imported, ModuleNotFoundError: No module named 'absent_module'"),
        ("def f(:", r"cannot be imported, SyntaxError"),
        ("", r"CASE has none, expected an inloop.case.Case"),
        ("CASE = 3", r"CASE is a int, expected an inloop.case.Case"),
        (BORROWED.replace("'mine'", "'mir'"), r"CASE is named 'mir', as a case of inloop is"),
        ("from inloop import InloopError\nraise InloopError('data: no such folder; give one')", "^data: no such"),
    ],
)
def test_a_case_that_does_not_load_is_told_in_one_line(place, case, told):
    package(place / "own_e", case)
    with pytest.raises(InloopError, match=told) as refused:
        cases.find("own_e").load()
    assert "\n" not in str(refused.value)


def test_what_is_no_case(place):
    (place / "empty").mkdir()
    package(place / "own-f", BORROWED)
    package(place / "textwrap", BORROWED)
    for given, told in (
        ("empty", "case empty: has no case.py"),
        ("./absent", "case ./absent: no such folder"),
        ("own-f", "'own-f' is no name of a Python package; rename the folder"),
        ("mri", "case 'mri' is unknown: did you mean mir?"),
        ("zebra", "or a folder with case.py"),
    ):
        with pytest.raises(InloopError, match=told.replace("?", r"\?")):
            cases.find(given)
    with pytest.raises(InloopError, match="another Python package has the name 'textwrap'; rename the folder"):
        cases.find("textwrap").load()


def test_loading_a_bundle_never_runs_the_case_that_it_names(place):
    package(place / "own_h", "raise SystemExit(3)\n", init="raise SystemExit(3)\n")
    known = Bundle.load("mir")
    write_bundle(
        place / "bundle",
        name="own_h",
        case="own_h",
        signature=known.signature,
        network={"kind": "own_h.case"},
        weights=known.weights,
        provenance=known.provenance,
        errors={},
    )
    with pytest.raises(InloopError, match="is of case 'own_h', this inloop has mir"):
        inloop.load(place / "bundle")
    assert "own_h" not in sys.modules


def test_names_are_text_and_cost_nothing():
    code = (
        "import sys, inloop.cases;"
        " print([m for m in ('numpy', 'torch', 'inloop.case', 'importlib.metadata', 'inloop.mir') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"
