"""The house keeps its own rules: walls, types, style, light imports, one version, docs that build."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import inloop

SOURCE_SUFFIXES = {".py", ".c", ".cpp", ".h", ".hpp", ".f90"}
CLANG_SUFFIXES = {".c", ".cpp", ".h", ".hpp"}
SOURCE_ROOMS = ("src", "native", "tests", "benchmarks", "examples", "docs")


def sources(root: Path, suffixes: set[str]) -> list[Path]:
    """All source files with one of these suffixes, build products left out."""
    files = [path for room in SOURCE_ROOMS for path in sorted((root / room).rglob("*")) if path.suffix in suffixes]
    assert files, f"no files with {suffixes} under {root}"
    return files


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{' '.join(command[:4])} ...:\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


# -- walls, types, style -----------------------------------------------------------------------------------------------


def test_rooms_import_only_what_the_walls_allow(root, program):
    assert "0 broken" in run(program("lint-imports"), "--no-cache", cwd=root)


def test_ruff_finds_nothing(root, program):
    run(program("ruff"), "check", "--no-cache", ".", cwd=root)


def test_python_is_formatted(root, program):
    run(program("ruff"), "format", "--no-cache", "--check", ".", cwd=root)


def test_types_hold_under_mypy_strict(root, program):
    run(program("mypy"), cwd=root)


def test_native_code_is_formatted(root, program):
    files = [str(path) for path in sources(root, CLANG_SUFFIXES)]
    run(program("clang-format"), "--dry-run", "-Werror", *files, cwd=root)


def test_one_idea_a_file(root):
    long = {
        str(path.relative_to(root)): lines
        for path in sources(root, SOURCE_SUFFIXES)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long, f"over 400 lines: {long}"


# -- import ---------------------------------------------------------------------------------------------------------


HEAVY = ("torch", "matplotlib", "h5py", "typer", "rich", "safetensors", "scipy", "vtk")


@pytest.mark.parametrize("module", ["inloop", "inloop.mir"])
def test_import_leaves_heavy_packages_out(module, tmp_path):
    code = f"import {module}, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert run(sys.executable, "-c", code, cwd=tmp_path).strip() == "[]"


def test_the_command_line_starts_without_torch(tmp_path):
    code = "import inloop.cli, sys; print('torch' in sys.modules)"
    assert run(sys.executable, "-c", code, cwd=tmp_path).strip() == "False"


def import_seconds(module: str, cwd: Path) -> float:
    """Cumulative time of one cold import as the interpreter itself reports it, numpy included."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    line = next(
        line for line in reversed(done.stderr.splitlines()) if re.fullmatch(rf"import time:.*\|\s*{module}", line)
    )
    return int(line.split("|")[1]) * 1e-6


def test_import_takes_less_than_three_tenths_of_a_second(tmp_path):
    best = min(import_seconds("inloop", tmp_path) for _ in range(7))
    assert best < 0.3, f"import inloop takes {best:.3f} s, best of seven"


# -- one version, one front page ------------------------------------------------------------------------------------


def test_version_agrees_everywhere(root):
    version = inloop.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert metadata.version("inloop") == version
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (\S+)$", citation, re.MULTILINE).group(1) == version
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE).group(1) == version


def test_readme_starts_with_the_two_commands(root):
    blocks = re.findall(r"```(?:\w*)\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert [line.split("#")[0].strip() for line in blocks[0].strip().splitlines()] == ["make demo", "make test"]


def test_links_on_the_front_page_lead_somewhere(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    assert len(links) > 5
    assert not [link for link in links if not (root / link).exists()]


def test_tested_versions_are_all_pinned(root):
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {re.split("==", line)[0].lower().replace("_", "-") for line in lines if line and not line.startswith("#")}
    needed = {
        re.split(r"[\s><=!;\[(]", text)[0].lower().replace("_", "-")
        for text in metadata.requires("inloop") or []
        if "extra ==" not in text
    }
    assert needed
    assert needed <= pins


# -- documentation --------------------------------------------------------------------------------------------------


def test_documentation_builds_with_warnings_as_errors(root, program, tmp_path):
    run(program("mkdocs"), "build", "--strict", "--site-dir", str(tmp_path / "site"), cwd=root)
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    outside = re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(https?://[^\"]+)\"", page)
    assert not [link for link in outside if "canonical" not in link], "the site fetches nothing from elsewhere"


def test_page_of_errors_says_what_the_code_says(root):
    written = runpy.run_path(str(root / "docs" / "make_errors.py"))["page"]()
    assert written == (root / "docs" / "errors.md").read_text(encoding="utf-8"), "run python docs/make_errors.py"


@pytest.mark.parametrize("page", ["README.md", "docs/start.md"])
def test_first_example_of_a_page_runs_as_printed(root, page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", (root / page).read_text(encoding="utf-8"), re.DOTALL).group(1)
    names: dict[str, object] = {}
    exec(compile(code, page, "exec"), names)
    assert names["face"].conservation_error().max < 1e-12


def test_every_page_is_in_the_navigation(root):
    nav = (root / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]
    listed = set(re.findall(r"[\w/.-]+\.md", nav))
    pages = {path.relative_to(root / "docs").as_posix() for path in (root / "docs").rglob("*.md")}
    assert pages == listed
