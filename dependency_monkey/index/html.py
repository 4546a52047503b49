"""The links of an HTML page: fast where it is written as indexes write it, else by a real parser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

#: Attributes of a link; one without a value has an empty one.
Anchor = dict[str, str]

_ATTRIBUTE = r"""\s+([a-z][a-z-]*)(?:="([^"]*)")?"""
_ANCHOR = re.compile(rf"<a((?:{_ATTRIBUTE})*)\s*>")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
#: A page without any link must say itself that it is a page of an index.
_OF_AN_INDEX = re.compile(r"links for|simple index|pypi:repository-version", re.IGNORECASE)
_TOP_CHARACTERS = 2000


@dataclass
class HtmlPage:
    """Every link with its attributes, and what addresses are relative to."""

    anchors: list[Anchor] = field(default_factory=list)
    base: str | None = None


def read_html(text: str) -> HtmlPage:
    """Read a page of an index. Raises ValueError for one that is cut short, or of something else."""
    page = _quickly(text) or _thoroughly(text)
    if not page.anchors and not _OF_AN_INDEX.search(text[:_TOP_CHARACTERS]):
        raise ValueError("it is no page of an index")
    return page


def read_html_links(text: str) -> HtmlPage:
    """Read a page of links, whatever else it is. Raises ValueError for one that is cut short."""
    return _quickly(text) or _thoroughly(text)


def _quickly(text: str) -> HtmlPage | None:
    """The page if it has lower-case tags, double quotes and no comment; else None."""
    if "<A" in text or "<!--" in text or "<base" in text or "<BASE" in text:
        return None
    found = list(_ANCHOR.finditer(text))
    opened = len(found)
    if opened != text.count("<a ") + text.count("<a>") + text.count("<a\n"):
        return None
    if text.count("</a>") != opened or not _ends(text):
        return None
    anchors: list[Anchor] = []
    for one in found:
        attributes: Anchor = {}
        for name, value in _ATTRIBUTES.findall(one[1]):
            attributes.setdefault(name, unescape(value) if "&" in value else value)
        anchors.append(attributes)
    return HtmlPage(anchors)


def _ends(text: str) -> bool:
    """Whether it is closed as it was opened, as far as a quick look tells."""
    if "<html" not in text[:_TOP_CHARACTERS].lower():
        return text.rstrip().endswith(">") or "<" not in text
    return (
        "</html" in text[-_TOP_CHARACTERS:].lower() or "</body" in text[-_TOP_CHARACTERS:].lower()
    )


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = HtmlPage()
        self.open = 0
        self.ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.open += 1
            attributes: Anchor = {}
            for name, value in attrs:
                attributes.setdefault(name, value or "")
            self.page.anchors.append(attributes)
        elif tag == "base" and self.page.base is None:
            self.page.base = dict(attrs).get("href")

    def handle_endtag(self, tag: str) -> None:
        self.open -= tag == "a"
        self.ended |= tag in {"html", "body"}


def _thoroughly(text: str) -> HtmlPage:
    parser = _Parser()
    parser.feed(text)
    unfinished = "<" in parser.rawdata
    parser.close()
    whole = parser.ended or "<html" not in text[:_TOP_CHARACTERS].lower()
    if unfinished or not whole or parser.open > 0:
        raise ValueError("it is cut short")
    return parser.page
