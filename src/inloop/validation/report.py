"""A report as one self-contained HTML page, or as Markdown: headings, text, facts, tables and pictures.

Everything is inside the file: no script, no style sheet or font from elsewhere, pictures as data. It can be mailed,
archived beside the run it describes, and read without a network, on a light or a dark screen.

    page = Page("Kernels compared", lead="Seven methods on one mesh.")
    page.facts({"zones": "64 x 64"})
    page.table(["method", "error"], [["youngs", "1.2e-4"]], caption="Errors")
    page.picture(png, alt="The seven results", caption="Red: torn edges")
    page.save("report.html")
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from inloop.errors import InloopError
from inloop.writing import whole_file

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2731; --soft: #5d6873; --line: #d5dbe0; --paper: #ffffff; --band: #f4f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ed; --soft: #9aa7b2; --line: #3a444d; --paper: #171c21; --band: #20272d; }
}
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p { max-width: 46rem; }
p.lead, figcaption, caption, dt, footer { color: var(--soft); }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .25rem 0; }
th, td { padding: .35rem .9rem .35rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; border-bottom-width: 2px; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
td.best { font-weight: 700; }
td.sentence { text-align: left; white-space: normal; min-width: 20rem; }
tbody tr:hover { background: var(--band); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; }
dd { margin: 0; }
figure { margin: 1.5rem 0; }
figure img { display: block; max-width: 100%; height: auto; background: #ffffff; border-radius: 6px; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; font-size: .875rem; }
"""

_SENTENCE = 40  # characters, from which a cell is read rather than compared
_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


class Page:
    """A page in the making: parts appear in the order they were added. All text is taken literally."""

    def __init__(self, title: str, *, lead: str = "", foot: str = "", language: str = "en") -> None:
        self._title, self._lead, self._foot, self._language = title, lead, foot, language
        self._parts: list[str] = []
        self._plain: list[str | _Picture] = []

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._parts.append(f"<h2>{escape(text)}</h2>")
        self._plain.append(f"## {_literal(text)}")

    def text(self, text: str) -> None:
        """One paragraph, or several with empty lines between."""
        paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
        self._parts += [f"<p>{escape(part)}</p>" for part in paragraphs]
        self._plain += [_literal(part) for part in paragraphs]

    def facts(self, facts: Mapping[str, object]) -> None:
        """Names and values, one a line."""
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in facts.items())
        self._parts.append(f"<dl>{rows}</dl>")
        self._plain.append("\n".join(f"- {_literal(name)}: {_literal(str(value))}" for name, value in facts.items()))

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        caption: str = "",
        best: Sequence[tuple[int, int]] = (),
    ) -> None:
        """A table; `best` lists the (row, column) of cells to stress."""
        for row in rows:
            if len(row) != len(columns):
                raise InloopError(f"a table row has {len(row)} cells, expected {len(columns)}, one a column")
        stressed = set(best)
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
        body = ""
        for i, row in enumerate(rows):
            cells = "".join(_cell(str(cell), (i, j) in stressed) for j, cell in enumerate(row))
            body += f"<tr>{cells}</tr>"
        title = f"<caption>{escape(caption)}</caption>" if caption else ""
        self._parts.append(
            f'<div class="wide"><table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        )
        lines = [_line([_literal(name) for name in columns]), _line(["---"] + ["---:"] * (len(columns) - 1))]
        for i, row in enumerate(rows):
            words = [_literal(str(cell)) for cell in row]
            lines.append(_line([f"**{word}**" if (i, j) in stressed else word for j, word in enumerate(words)]))
        self._plain += [f"*{_literal(caption)}*"] * bool(caption) + ["\n".join(lines)]

    def picture(self, data: bytes, *, alt: str, caption: str = "") -> None:
        """A picture from the bytes of a PNG, JPEG or SVG file."""
        kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
        if kind is None and b"<svg" in data[:2000]:
            kind = "image/svg+xml"
        if kind is None:
            raise InloopError(f"a picture starts with {data[:8]!r}, expected the bytes of a PNG, JPEG or SVG file")
        packed = base64.b64encode(data).decode("ascii")
        below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        self._parts.append(f'<figure><img alt="{escape(alt)}" src="data:{kind};base64,{packed}">{below}</figure>')
        self._plain.append(_Picture(data, _ENDINGS[kind], alt, caption))

    def html(self) -> str:
        """The page as one string."""
        lead = f'<p class="lead">{escape(self._lead)}</p>' if self._lead else ""
        foot = f"<footer>{escape(self._foot)}</footer>" if self._foot else ""
        body = "\n".join([f"<h1>{escape(self._title)}</h1>", lead, *self._parts, foot])
        return (
            f'<!doctype html>\n<html lang="{escape(self._language)}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self._title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
        )

    def markdown(self, pictures: str = "") -> tuple[str, dict[str, bytes]]:
        """The page as Markdown, and its pictures by name; `pictures` is put before each name."""
        files: dict[str, bytes] = {}
        lines = [f"# {_literal(self._title)}", _literal(self._lead)]
        for part in self._plain:
            if isinstance(part, _Picture):
                name = f"{pictures}{len(files) + 1}.{part.ending}"
                files[name] = part.data
                lines += [f"![{_literal(part.alt)}]({name})", f"*{_literal(part.caption)}*" if part.caption else ""]
            else:
                lines.append(part)
        return "\n\n".join(line for line in [*lines, _literal(self._foot)] if line) + "\n", files

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page, whole or not at all: HTML, or for a name in .md Markdown with its pictures beside it."""
        where = Path(path)
        plain: tuple[str, dict[str, bytes]] = self.html(), {}
        text, files = self.markdown(f"{where.stem}-") if where.suffix == ".md" else plain
        for name, data in files.items():
            with whole_file(where.with_name(name)) as stream:
                stream.write(data)
        with whole_file(where) as stream:
            stream.write(text.encode("utf-8"))


class _Picture(NamedTuple):
    data: bytes
    ending: str
    alt: str
    caption: str


def _literal(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text).replace("\n", " ")


def _cell(text: str, best: bool) -> str:
    kinds = [kind for kind, holds in (("best", best), ("sentence", len(text) > _SENTENCE)) if holds]
    return f'<td class="{" ".join(kinds)}">{escape(text)}</td>' if kinds else f"<td>{escape(text)}</td>"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
