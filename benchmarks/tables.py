"""Tables of a benchmark: printed, and kept as Markdown and JSON with the date and the machine."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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

    def plain(self) -> dict[str, object]:
        """The table for JSON; what was not measured is null."""
        rows = [[None if cell != cell else cell for cell in row] for row in self.rows]
        return {"caption": self.caption, "heads": list(self.heads), "rows": rows}


def write(name: str, about: Mapping[str, str], tables: Sequence[Table], folder: Path) -> None:
    """Print the tables, and keep them as NAME-DATE.md and .json."""
    head = "\n".join(f"- {key}: {value}" for key, value in about.items())
    text = f"# {name}\n\n{head}\n\n" + "\n".join(table.markdown() for table in tables)
    print(text)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name}-{about['date']}"
    (folder / f"{stem}.md").write_text(text, encoding="utf-8")
    content = {"about": dict(about), "tables": [table.plain() for table in tables]}
    (folder / f"{stem}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def newest(name: str, folder: Path) -> dict[str, Any]:
    """What `write` kept last under this name."""
    found = sorted(folder.glob(f"{name}-*.json"))
    if not found:
        raise SystemExit(f"{folder}: holds no {name}-*.json; run python -m benchmarks {name}")
    content: dict[str, Any] = json.loads(found[-1].read_text(encoding="utf-8"))
    return content


def tables_of(content: dict[str, Any]) -> list[Table]:
    """Its tables; what was not measured is nan."""
    return [
        Table(
            table["caption"],
            table["heads"],
            [[math.nan if cell is None else cell for cell in row] for row in table["rows"]],
        )
        for table in content["tables"]
    ]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _text(cell: str | float) -> str:
    return cell if isinstance(cell, str) else "" if math.isnan(cell) else f"{cell:.4g}"
