"""The page of a project, read from HTML (PEP 503) or JSON (PEP 691).

A page that is cut short, or that is no page of an index at all (a login form, an error that is
answered as if it were none), must not pass for a project with few files: the count would be wrong.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urljoin

from packaging.utils import NormalizedName, canonicalize_name

from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.files import FileRow, ProjectPage
from dependency_monkey.index.html import Anchor, HtmlPage, read_html

#: What is asked for, the better form first.
ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
)

#: A page of more files than this is refused: no real project comes near.
MAXIMUM_FILES = 100_000
_LONGEST_REQUIRES_PYTHON = 512
_USUAL_LENGTH = len("2025-01-02T03:04:05.678901Z")

_FILENAME = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,240}"
    r"\.(?:whl|tar\.gz|zip|egg|tgz|tar\.(?:bz2|xz|Z)|exe|msi|rpm|deb|dmg)"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_JSON = frozenset({"application/vnd.pypi.simple.v1+json", "application/json"})
_JSON_LATEST = "application/vnd.pypi.simple.latest+json"
_HTML = frozenset({"application/vnd.pypi.simple.v1+html", "text/html", ""})


def read_page(
    name: NormalizedName, source: str, url: str, content_type: str, body: bytes
) -> ProjectPage:
    """The files of a project. Raises IndexAnswerError for a page that cannot be read.

    `url` is where the page was found after all redirections: addresses in it are relative to it.
    A file whose name or address is no such thing is left out; there are pages with old slips.
    """
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind in _JSON or kind == _JSON_LATEST:
            entries, files = _from_json(name, url, json.loads(body))
        elif kind in _HTML:
            entries, files = _from_html(url, read_html(body.decode("utf-8", "replace")))
        else:
            raise ValueError(f"its content type is {kind[:60]!r}")  # noqa: TRY301
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexAnswerError(
            f"the page of {name} on {source} cannot be read: {_told(error)}"
        ) from None
    if entries > MAXIMUM_FILES:
        raise IndexAnswerError(f"the page of {name} on {source} names {entries} files")
    return ProjectPage(name, source, rows=files)


def _told(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error)[:200]


def _from_json(name: NormalizedName, url: str, document: Any) -> tuple[int, list[FileRow]]:
    told = document.get("name")
    if told is not None and canonicalize_name(told) != name:
        raise ValueError(f"it is the page of {str(told)[:60]!r}")
    version = str((document.get("meta") or {}).get("api-version", "1.0"))
    if version.partition(".")[0] != "1":
        raise ValueError(f"its format is of version {version[:20]}")
    entries = document["files"]
    if len(entries) > MAXIMUM_FILES:
        return len(entries), []
    reading = _Reading(url)
    for entry in entries:
        apart = entry.get("core-metadata", entry.get("dist-info-metadata"))
        reading.take(
            entry["filename"],
            entry["url"],
            sha256=(entry.get("hashes") or {}).get("sha256"),
            requires_python=entry.get("requires-python"),
            yanked=entry.get("yanked", False),
            upload_time=entry.get("upload-time"),
            size=entry.get("size"),
            apart=None if apart is None else bool(apart),
            metadata_sha256=apart.get("sha256") if isinstance(apart, dict) else None,
        )
    return len(entries), reading.files


def _from_html(url: str, page: HtmlPage) -> tuple[int, list[FileRow]]:
    if len(page.anchors) > MAXIMUM_FILES:
        return len(page.anchors), []
    reading = _Reading(urljoin(url, page.base) if page.base else url)
    for anchor in page.anchors:
        _take_anchor(reading, anchor)
    if page.anchors and not reading.files:
        raise ValueError("it is no page of an index: none of its links is a file")
    return len(page.anchors), reading.files


def _take_anchor(reading: _Reading, anchor: Anchor) -> None:
    address, _, fragment = anchor.get("href", "").partition("#")
    algorithm, _, value = fragment.partition("=")
    apart = anchor.get("data-core-metadata") or anchor.get("data-dist-info-metadata")
    kind, _, metadata_hash = (apart or "").partition("=")
    reading.take(
        address.rpartition("/")[2].partition("?")[0],
        address,
        sha256=value if algorithm == "sha256" else None,
        requires_python=anchor.get("data-requires-python"),
        yanked=anchor.get("data-yanked", False),
        upload_time=anchor.get("data-upload-time"),
        size=None,
        apart=True if apart else None,
        metadata_sha256=metadata_hash if kind == "sha256" else None,
    )


class _Reading:
    """Takes the files of one page. What most addresses begin with is joined once."""

    def __init__(self, base: str) -> None:
        self.files: list[FileRow] = []
        self._base = base

    def take(
        self,
        filename: str,
        address: str,
        *,
        sha256: str | None,
        requires_python: Any,
        yanked: Any,
        upload_time: str | None,
        size: int | None,
        apart: bool | None,
        metadata_sha256: str | None,
    ) -> None:
        """Take a file; nothing where its name or its address is none."""
        if "%" in filename:
            filename = unquote(filename)
        if not _FILENAME.fullmatch(filename):
            return
        url = address if address.startswith("https://") else urljoin(self._base, address)
        if not url.startswith(("https://", "http://")):
            return
        if requires_python and (
            not isinstance(requires_python, str) or len(requires_python) > _LONGEST_REQUIRES_PYTHON
        ):
            requires_python = "refused: too long"
        self.files.append(
            FileRow(
                filename=filename,
                url=url,
                sha256=_hash(sha256),
                requires_python=requires_python or None,
                # an empty reason is a reason: the attribute alone says that the file is yanked
                yanked=yanked is not False and yanked is not None,
                yanked_reason=yanked if isinstance(yanked, str) and yanked else None,
                upload_time=_normal_moment(upload_time),
                size=size if isinstance(size, int) and size >= 0 else None,
                metadata_apart=apart,
                metadata_sha256=_hash(metadata_sha256),
            )
        )


def _hash(text: str | None) -> str | None:
    return text if text and _SHA256.fullmatch(text) else None


def moment(text: str | None) -> datetime | None:
    """A time as indexes write it; without a zone it is UTC."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _normal_moment(text: str | None) -> str | None:
    found = moment(text)
    if found is None or text is None:
        return None
    if len(text) == _USUAL_LENGTH and text.endswith("Z") and not text.endswith(".000000Z"):
        return text[:-1] + "+00:00"  # the usual form; what follows costs more than all the rest
    return found.astimezone(UTC).isoformat()
