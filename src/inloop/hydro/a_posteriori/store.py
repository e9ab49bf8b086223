"""Runs kept in a folder, two files each, so that what is done once is not done again.

NAME.npz holds the arrays at the end, NAME.json the rest; the JSON file is written last and tells the digest of the
arrays, so a run that was interrupted, damaged or made by another kernel simply is not there.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from inloop.hydro.a_posteriori.case import Case
from inloop.hydro.a_posteriori.perform import Arrays, Run
from inloop.hydro.journal import Entry
from inloop.writing import whole_file


class Store:
    """A folder of runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, case: Case) -> Run | None:
        """The run, if it is there and whole."""
        file = self._file(case, ".json")
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            packed = file.with_suffix(".npz").read_bytes()
            if kept["facts"] != _plain(case.facts() | {"bundle": None}) or kept["arrays"] != _sha256(packed):
                return None
            history = tuple(Entry(**entry) for entry in kept["history"])
            return Run(case, kept["figures"], history, tuple(kept["returns"]), kept["stopped"], _unpacked(packed))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, run: Run) -> None:
        """Write the run, arrays first."""
        stream = io.BytesIO()
        np.savez_compressed(stream, **run.arrays)  # type: ignore[arg-type]
        packed = stream.getvalue()
        kept = {
            "facts": run.case.facts() | {"bundle": None},
            "figures": run.figures,
            "history": [entry._asdict() for entry in run.history],
            "returns": run.returns,
            "stopped": run.stopped,
            "arrays": _sha256(packed),
        }
        for suffix, data in ((".npz", packed), (".json", json.dumps(kept, indent=1, allow_nan=False).encode())):
            with whole_file(self._file(run.case, suffix)) as out:
                out.write(data)

    def _file(self, case: Case, suffix: str) -> Path:
        return self.folder / f"{case.name}{suffix}"


def _plain(facts: dict[str, Any]) -> Any:
    return json.loads(json.dumps(facts))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _unpacked(packed: bytes) -> Arrays:
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return dict(arrays)
