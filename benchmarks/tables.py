"""Tables of a benchmark: printed, and kept as Markdown and JSON with the date and the machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Table:
    """A caption, column heads, and rows of text or numbers (numbers keep four digits in print, all in the JSON)."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str | float]]

    def markdown(self) -> str:
        """The table as Markdown, under its caption."""
        lines = [self.caption, "", _row(self.heads), _row(["---"] * len(self.heads))]
        return "\n".join(lines + [_row([_text(cell) for cell in row]) for row in self.rows]) + "\n"


def write(name: str, about: Mapping[str, str], tables: Sequence[Table], folder: Path) -> None:
    """Print the tables, and keep them as NAME-DATE.md and .json."""
    head = "\n".join(f"- {key}: {value}" for key, value in about.items())
    text = f"# {name}\n\n{head}\n\n" + "\n".join(table.markdown() for table in tables)
    print(text)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name}-{about['date']}"
    (folder / f"{stem}.md").write_text(text)
    content = {
        "about": dict(about),
        "tables": [{"caption": t.caption, "heads": list(t.heads), "rows": [list(r) for r in t.rows]} for t in tables],
    }
    (folder / f"{stem}.json").write_text(json.dumps(content, indent=1) + "\n")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _text(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell:.4g}"
