"""Programs of the host, built and run: what several tests share."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

LANGUAGES = {"c": "gcc", "cpp": "g++", "f90": "gfortran"}
NUMBER = re.compile(r"(?<![\w.,])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.,])")


def tool(*command: str | Path, cwd: Path | None = None) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def numbers(text: str) -> list[list[float]]:
    """The numbers of each line after its label, as they read back."""
    lines = [[float(word) for word in NUMBER.findall(line.split(":")[-1])] for line in text.splitlines()]
    return [line for line in lines if line]
