"""The page of a project, read from HTML (PEP 503) or JSON (PEP 691)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.utils import NormalizedName

from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.files import IndexFile, ProjectPage

#: What is asked for, the better form first.
ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
)

#: A page of more files than this is refused: no real project comes near.
MAXIMUM_FILES = 100_000

_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_page(
    name: NormalizedName, source: str, url: str, content_type: str, body: bytes
) -> ProjectPage:
    """The files of a project. Raises IndexAnswerError for a page that cannot be read.

    `url` is where the page was found after all redirections: addresses in it are relative to it.
    A file whose name or address is no such thing is left out; there are pages with old slips.
    """
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind.endswith("json"):
            files = _from_json(url, json.loads(body))
        else:
            files = _from_html(url, body.decode("utf-8", "replace"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexAnswerError(f"the page of {name} on {source} cannot be read: {error}") from None
    if len(files) > MAXIMUM_FILES:
        raise IndexAnswerError(f"the page of {name} on {source} names {len(files)} files")
    return ProjectPage(name, source, tuple(file for file in files if file is not None))


def _from_json(url: str, document: Any) -> list[IndexFile | None]:
    return [
        _file(
            url,
            entry["filename"],
            entry["url"],
            sha256=(entry.get("hashes") or {}).get("sha256"),
            requires_python=entry.get("requires-python"),
            yanked=entry.get("yanked", False),
            upload_time=entry.get("upload-time"),
            size=entry.get("size"),
        )
        for entry in document["files"]
    ]


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[dict[str, str | None]] = []
        self.base: str | None = None
        self.ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs))
        elif tag == "base" and self.base is None:
            self.base = dict(attrs).get("href")

    def handle_endtag(self, tag: str) -> None:
        self.ended |= tag in {"html", "body"}


def _from_html(url: str, text: str) -> list[IndexFile | None]:
    anchors = _Anchors()
    anchors.feed(text)
    anchors.close()
    if "<html" in text[:2000].lower() and not anchors.ended:
        raise ValueError("it is cut short")
    base = urljoin(url, anchors.base) if anchors.base else url
    files: list[IndexFile | None] = []
    for attributes in anchors.found:
        address, fragment = urldefrag(attributes.get("href") or "")
        algorithm, _, value = fragment.partition("=")
        files.append(
            _file(
                base,
                unquote(urlsplit(address).path.rpartition("/")[2]),
                address,
                sha256=value if algorithm == "sha256" else None,
                requires_python=attributes.get("data-requires-python"),
                yanked=attributes.get("data-yanked") if "data-yanked" in attributes else False,
                upload_time=attributes.get("data-upload-time"),
                size=None,
            )
        )
    return files


def _file(
    base: str,
    filename: str,
    address: str,
    *,
    sha256: str | None,
    requires_python: str | None,
    yanked: Any,
    upload_time: str | None,
    size: int | None,
) -> IndexFile | None:
    if not _FILENAME.fullmatch(filename):
        return None
    url = urljoin(base, address)
    if urlsplit(url).scheme not in {"http", "https", "file"}:
        return None
    return IndexFile(
        filename=filename,
        url=url,
        sha256=sha256 if sha256 and _SHA256.fullmatch(sha256) else None,
        requires_python=requires_python or None,
        # an empty reason is a reason: the attribute alone says that the file is yanked
        yanked=yanked is not False and yanked is not None,
        yanked_reason=yanked if isinstance(yanked, str) and yanked else None,
        upload_time=_moment(upload_time),
        size=size if isinstance(size, int) and size >= 0 else None,
    )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
