"""Small stores to train on, and the command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from inloop.mir.samples import Recipe, generate

CODE = "import sys; from inloop.cli import main; sys.exit(main())"
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": os.pathsep.join(sys.path)}


def store(path: Path, count: int = 64, materials: int = 2) -> Path:
    """Some dozens of samples."""
    generate(Recipe(materials=materials), path, count, seed=3)
    return path


def started(*arguments: str) -> subprocess.Popen[bytes]:
    """The command, at work; in a script's place, so that its own workers can be spawned."""
    return subprocess.Popen(
        [sys.executable, "-c", CODE, *arguments],
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed_when(process: subprocess.Popen[bytes], path: Path) -> None:
    """Kill the command as soon as a file is there."""
    end = time.monotonic() + 120
    while not path.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert path.exists(), "it ended before"
