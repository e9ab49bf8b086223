"""`inloop new` and cases of one's own: what is written, what is refused, and when a case's code runs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest
from tests.cli import small

from inloop.cli import main


def test_the_files_are_the_templates_under_another_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "teapot", "--out", "mine", "--json", "n.json"]) == 0
    printed = capsys.readouterr().out.splitlines()
    names = ["README.md", "__init__.py", "case.py", "data.py", "network.py", "test_case.py"]
    assert printed == [f"mine/teapot/{name}" for name in names]
    told = json.loads((tmp_path / "n.json").read_text(encoding="utf-8"))
    assert told["results"]["teapot"]["files"] == printed
    for file in (tmp_path / "mine" / "teapot").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        ast.parse(text)
        assert "my_case" not in text
    assert 'name="teapot"' in (tmp_path / "mine" / "teapot" / "case.py").read_text(encoding="utf-8")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["teapot"]


def test_its_own_tests_pass(tmp_path):
    pytest.importorskip("torch", reason="pip install 'inloop[train]'")
    assert main(["new", "teapot", "--out", str(tmp_path)]) == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "teapot"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env=small.os.environ | small.ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["3a"], "case '3a': is no name of a Python package"),
        (["a-b"], "case 'a-b': is no name of a Python package"),
        (["../up"], "case '../up': is no name of a Python package"),
        (["class"], "case 'class': is no name of a Python package"),
        (["mir"], "case 'mir': inloop has one of that name"),
        (["json"], "case 'json': there is a Python package of that name"),
        (["numpy"], "case 'numpy': there is a Python package of that name"),
        (["there"], "there: exists; name another case"),
        (["teapot", "--json", "no/where.json"], "where.json: cannot be written, no directory"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(tmp_path, monkeypatch, capsys, arguments, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    assert main(["new", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_place_that_takes_no_files_is_status_one(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["new", "teapot", "--out", str(tmp_path / "file")]) == 1
    assert "teapot: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["train", "sweep", "validate", "bench", "optimize", "export", "serve"])
def test_a_verb_lists_its_cases_and_takes_the_case_first(capsys, verb):
    assert main([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "mir" in shown
    assert "--json" in shown
    assert main([verb]) == 2
    assert capsys.readouterr().err == f"inloop: Missing argument 'CASE'; see inloop {verb} --help\n"
    assert main([verb, "--seed", "1", "mir"]) == 2
    assert f"--seed: give the case first, as in inloop {verb} mir --seed" in capsys.readouterr().err


def test_an_option_of_another_case_is_refused_by_the_case(capsys):
    assert main(["train", "mir", "--preset", "usual"]) == 2
    assert capsys.readouterr().err.strip().endswith("see inloop train mir --help")
