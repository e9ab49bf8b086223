"""The page: one file that needs nothing else, and takes all text literally."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from inloop.errors import InloopError
from inloop.validation.report import Page

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'


class Walker(HTMLParser):
    """Collects what a browser would, and checks that elements nest."""

    VOID = frozenset({"meta", "img", "br", "link"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.words.append(data.strip())


def full_page() -> Page:
    page = Page("Kernels & methods", lead="One <mesh>.", foot="made by a test")
    page.heading("First")
    page.text("one\n\ntwo")
    page.facts({"zones": 64})
    page.table(["method", "error"], [["youngs", 1], ["elvira", "<b>"]], caption="Errors", best=[(1, 1)])
    page.picture(PNG, alt='a "picture"', caption="red")
    page.picture(SVG, alt="another")
    return page


def test_everything_is_there_in_order_and_literally():
    walker = Walker(full_page().html())
    expected = ["Kernels & methods", "Kernels & methods", "One <mesh>.", "First", "one", "two", "zones", "64", "Errors"]
    expected += ["method", "error", "youngs", "1", "elvira", "<b>", "red", "made by a test"]
    assert walker.words == expected
    assert [a["alt"] for tag, a in walker.tags if tag == "img"] == ['a "picture"', "another"]


def test_pictures_are_inside():
    sources = [a["src"] for tag, a in Walker(full_page().html()).tags if tag == "img"]
    for source, (kind, data) in zip(sources, (("image/png", PNG), ("image/svg+xml", SVG)), strict=True):
        head, packed = source.split(",")
        assert head == f"data:{kind};base64"
        assert base64.b64decode(packed) == data


def test_nothing_is_fetched_and_nothing_runs():
    html = full_page().html()
    assert not re.search(r"https?://|@import|url\(", re.sub(r'src="data:[^"]*"', "", html))
    assert {tag for tag, _ in Walker(html).tags}.isdisjoint({"script", "link", "iframe", "object"})


def test_the_best_cell_is_stressed():
    assert re.findall(r'<td class="best">(.*?)</td>', full_page().html()) == ["&lt;b&gt;"]


def test_a_ragged_table_and_a_foreign_picture_are_refused():
    with pytest.raises(InloopError, match="row has 1 cells, expected 2"):
        Page("t").table(["a", "b"], [["only"]])
    with pytest.raises(InloopError, match="expected the bytes of a PNG, JPEG or SVG"):
        Page("t").picture(b"GIF89a", alt="")


def test_saved_whole(tmp_path):
    full_page().save(tmp_path / "p.html")
    assert (tmp_path / "p.html").read_text(encoding="utf-8") == full_page().html()


def test_markdown_says_the_same_and_leaves_its_pictures_beside_it(tmp_path):
    full_page().save(tmp_path / "report.md")
    text = (tmp_path / "report.md").read_text()
    assert text.startswith(
        "# Kernels & methods\n\nOne \\<mesh\\>.\n\n## First\n\none\n\ntwo\n\n- zones: 64\n\n*Errors*\n\n"
    )
    assert "| method | error |\n| --- | ---: |\n| youngs | 1 |\n| elvira | **\\<b\\>** |\n" in text
    assert '![a "picture"](report-1.png)\n\n*red*\n\n![another](report-2.svg)\n\nmade by a test\n' in text
    assert (tmp_path / "report-1.png").read_bytes() == PNG
    assert (tmp_path / "report-2.svg").read_bytes() == SVG
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report-1.png", "report-2.svg", "report.md"]
