"""A new case: the files of `inloop/template`, a small case that runs, under another name."""

from __future__ import annotations

import contextlib
import importlib.util
import keyword
import secrets
import shutil
import sys
from pathlib import Path

from inloop.cases import BUILT_IN
from inloop.errors import InloopError
from inloop.writing import OutputError

TEMPLATE = Path(__file__).with_name("template")
PLACEHOLDER = "my_case"


def write_skeleton(name: str, parent: Path) -> list[Path]:
    """Make the package `parent`/`name`, whole or not at all, and return its files."""
    _refuse_word(name)
    folder = parent / name
    if folder.exists():
        raise InloopError(f"{folder}: exists; name another case, or another place with --out")
    if name in sys.stdlib_module_names or importlib.util.find_spec(name) is not None:
        raise InloopError(f"case {name!r}: there is a Python package of that name, which would hide it; give another")
    draft = parent / f".{name}.{secrets.token_hex(4)}.part"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir()
        for source in sorted(TEMPLATE.iterdir()):
            if source.is_file():
                text = source.read_text(encoding="utf-8").replace(PLACEHOLDER, name)
                (draft / source.name).write_text(text, encoding="utf-8")
        draft.rename(folder)
    except OSError as wrong:
        raise OutputError(f"{folder}: cannot be written, {wrong.strerror}; choose another place") from wrong
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(draft)
    return sorted(folder.iterdir())


def _refuse_word(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name) or not name.isascii():
        raise InloopError(f"case {name!r}: is no name of a Python package; give letters, digits and underscores")
    if name in BUILT_IN:
        raise InloopError(f"case {name!r}: inloop has one of that name; give another")
