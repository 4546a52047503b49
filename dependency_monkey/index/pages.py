"""The page of a project, read from HTML (PEP 503) or JSON (PEP 691).

A page that is cut short, or that is no page of an index at all (a login form, an error that is
answered as if it were none), must not pass for a project with few files: the count would be wrong.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urljoin

from packaging.utils import NormalizedName, canonicalize_name
from pydantic_core import from_json

from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.files import Entry, ProjectPage, file_of
from dependency_monkey.index.html import Anchor, HtmlPage, read_html

#: What is asked for, the better form first.
ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
)

#: A page of more files than this is refused: no real project comes near.
MAXIMUM_FILES = 100_000

_JSON = frozenset(
    {
        "application/vnd.pypi.simple.v1+json",
        "application/vnd.pypi.simple.latest+json",
        "application/json",
    }
)
_HTML = frozenset({"application/vnd.pypi.simple.v1+html", "text/html", ""})


def read_page(
    name: NormalizedName, source: str, url: str, content_type: str, body: bytes
) -> ProjectPage:
    """The files of a project. Raises IndexAnswerError for a page that cannot be read.

    `url` is where the page was found after all redirections: addresses in it are relative to it.
    A file whose name or address is no such thing is left out; there are pages with old slips.
    """
    kind = content_type.partition(";")[0].strip().lower()
    base = url
    try:
        if kind in _JSON:
            entries = _from_json(name, from_json(body, cache_strings="keys"))
        elif kind in _HTML:
            page = read_html(body.decode("utf-8", "replace"))
            base = urljoin(url, page.base) if page.base else url
            entries = _from_html(page, base)
        else:
            raise ValueError(f"its content type is {kind[:60]!r}")  # noqa: TRY301
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexAnswerError(
            f"the page of {name} on {source} cannot be read: {_told(error)}"
        ) from None
    if len(entries) > MAXIMUM_FILES:
        raise IndexAnswerError(f"the page of {name} on {source} names {len(entries)} files")
    return ProjectPage(name, source, entries=entries, base=base)


def _told(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error)[:200]


def _from_json(name: NormalizedName, document: Any) -> list[Entry]:
    told = document.get("name")
    if told is not None and canonicalize_name(told) != name:
        raise ValueError(f"it is the page of {str(told)[:60]!r}")
    version = str((document.get("meta") or {}).get("api-version", "1.0"))
    if version.partition(".")[0] != "1":
        raise ValueError(f"its format is of version {version[:20]}")
    entries: list[Entry] = document["files"]
    for entry in entries:
        if type(entry["filename"]) is not str or type(entry["url"]) is not str:
            raise TypeError("a file has no name, or no address")
    return entries


def _from_html(page: HtmlPage, base: str) -> list[Entry]:
    entries = [_entry(anchor) for anchor in page.anchors]
    # a page for people has links, too
    if entries and not any(file_of(entry, base) for entry in entries):
        raise ValueError("it is no page of an index: none of its links is a file")
    return entries


def _entry(anchor: Anchor) -> Entry:
    """A link as an entry of PEP 691."""
    address, _, fragment = anchor.get("href", "").partition("#")
    algorithm, _, value = fragment.partition("=")
    filename = address.rpartition("/")[2].partition("?")[0]
    entry: dict[str, Any] = {
        "filename": unquote(filename) if "%" in filename else filename,
        "url": address,
    }
    if algorithm == "sha256":
        entry["hashes"] = {algorithm: value}
    if "data-requires-python" in anchor:
        entry["requires-python"] = anchor["data-requires-python"]
    if "data-yanked" in anchor:
        # an empty reason is a reason: the attribute alone says that the file is yanked
        entry["yanked"] = anchor["data-yanked"] or True
    if "data-upload-time" in anchor:
        entry["upload-time"] = anchor["data-upload-time"]
    apart = anchor.get("data-core-metadata") or anchor.get("data-dist-info-metadata")
    if apart:
        kind, _, digest = apart.partition("=")
        entry["core-metadata"] = {kind: digest} if digest else True
    return entry
