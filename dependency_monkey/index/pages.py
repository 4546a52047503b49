"""The page of a project, read from HTML (PEP 503) or JSON (PEP 691).

A page that is cut short, or that is no page of an index at all (a login form, an error that is
answered as if it were none), must not pass for a project with few files: the count would be wrong.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urljoin

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder
from packaging.utils import NormalizedName, canonicalize_name

from amun_core.intake import shown
from amun_core.redaction import shortened
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


class _Document(Struct):
    """A page as PEP 691 has it."""

    files: list[Entry]
    name: str | None = None
    meta: dict[str, Any] | None = None


_DECODER = Decoder(_Document)


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
            entries = _from_json(name, _DECODER.decode(body))
        elif kind in _HTML:
            page = read_html(body.decode("utf-8", "replace"))
            base = urljoin(url, page.base) if page.base else url
            entries = _from_html(page, base)
        else:
            raise ValueError(f"its content type is {shown(kind)}")  # noqa: TRY301
    except (ValueError, AttributeError, RecursionError, MsgspecError) as error:
        raise IndexAnswerError(
            f"the page of {name} on {source} cannot be read: {shortened(str(error), 200)}"
        ) from None
    if len(entries) > MAXIMUM_FILES:
        raise IndexAnswerError(f"the page of {name} on {source} names {len(entries)} files")
    return ProjectPage(name, source, entries=entries, base=base)


def _from_json(name: NormalizedName, document: _Document) -> list[Entry]:
    told = document.name
    if told is not None and canonicalize_name(told) != name:
        raise ValueError(f"it is the page of {shown(told)}")
    version = "1.0" if document.meta is None else str(document.meta.get("api-version", "1.0"))
    if version.partition(".")[0] != "1":
        raise ValueError(f"its format is of version {shortened(version, 20)}")
    return document.files


def _from_html(page: HtmlPage, base: str) -> list[Entry]:
    entries = [entry_of_link(anchor) for anchor in page.anchors]
    # a page for people has links, too
    if entries and not any(file_of(entry, base) for entry in entries):
        raise ValueError("it is no page of an index: none of its links is a file")
    return entries


def entry_of_link(anchor: Anchor) -> Entry:
    """A link as an entry of PEP 691."""
    address, _, fragment = anchor.get("href", "").partition("#")
    algorithm, _, value = fragment.partition("=")
    filename = address.rpartition("/")[2].partition("?")[0]
    entry = Entry(unquote(filename) if "%" in filename else filename, address)
    if algorithm == "sha256":
        entry.hashes = {algorithm: value}
    entry.requires_python = anchor.get("data-requires-python")
    if "data-yanked" in anchor:
        # an empty reason is a reason: the attribute alone says that the file is yanked
        entry.yanked = anchor["data-yanked"] or True
    entry.upload_time = anchor.get("data-upload-time")
    apart = anchor.get("data-core-metadata") or anchor.get("data-dist-info-metadata")
    if apart:
        kind, _, digest = apart.partition("=")
        entry.core_metadata = {kind: digest} if digest else True
    return entry
