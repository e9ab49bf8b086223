"""Every command of the tutorial runs as it stands on the page; the kernel that comes of it keeps the laws."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTALL = "pip install"

pytestmark = pytest.mark.needs("gfortran", "inloop")


@pytest.fixture(scope="module")
def tutorial(root, program, tmp_path_factory):
    """The folder in which it was followed, and what each command printed."""
    pytest.importorskip("torch", reason="pip install inloop[train]")
    pytest.importorskip("onnxruntime", reason="pip install inloop[onnx]")
    folder = tmp_path_factory.mktemp("tutorial")
    path = os.pathsep.join([str(Path(program("inloop")).parent), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}

    def done(*command: str) -> str:
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert run.returncode == 0, f"{command[-1]}\n{run.stdout}{run.stderr}"
        return run.stdout

    printed = {}
    for language, text in BLOCK.findall((root / "docs" / "tutorial.md").read_text(encoding="utf-8")):
        if language == "fortran":
            (folder / "host.f90").write_text(text, encoding="utf-8")
        elif language == "python":
            printed["python"] = done(sys.executable, "-c", text)
        else:
            for line in text.splitlines():
                if not line.startswith(INSTALL):
                    printed[line] = done("sh", "-c", line)
    return folder, printed


def figures(file: Path, method: str) -> dict[str, float]:
    return json.loads(file.read_text(encoding="utf-8"))["results"][method]


def misplaced(printed: dict[str, str], command: str) -> float:
    """Of the disk; refuses a host that lost some of it."""
    lost, error = (float(line.split(":")[1]) for line in printed[command].splitlines())
    assert lost < 1e-12
    return error


def test_samples_are_zones_with_a_halo_and_their_sub_zones(tutorial):
    assert tutorial[1]["python"].split("\n")[0] == "(1, 2, 16, 16) (1, 2, 64, 64)"


def test_a_little_trained_kernel_keeps_both_laws(tutorial):
    folder, _ = tutorial
    drifts = [figures(folder / "loop.json", "learned"), figures(folder / "line.json", "elvira")]
    assert all(run["volume_drift"] <= 1e-12 for run in drifts)
    assert drifts[0]["continuity_error_max"] <= 1e-12 < drifts[1]["continuity_error_max"]


def test_the_bundle_is_what_the_page_says(tutorial):
    folder, _ = tutorial
    files = {"bundle.json", "weights.safetensors", "graph.onnx", "card.md"}
    assert {path.name for path in (folder / "my-bundle").iterdir()} == files
    assert (folder / "exported" / "mir.onnx").exists()
    assert (folder / "alone.html").exists()


def test_the_fortran_host_loses_nothing_and_gains_from_the_shipped_kernel(tutorial):
    _, printed = tutorial
    assert misplaced(printed, "./host my-bundle") < 0.02
    assert misplaced(printed, "./host $(inloop config --bundles)/mir") < 0.5 * misplaced(printed, "./host")
