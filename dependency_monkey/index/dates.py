"""When files were uploaded, where the page of a project does not tell: the project's JSON document.

The document stands beside the simple pages: INDEX/pypi/PROJECT/json for INDEX/simple/PROJECT/.
"""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from dependency_monkey.index.files import Entry, ProjectPage, moment


def document_url(source_url: str, project: str) -> str:
    """Where the document of a project is."""
    return f"{source_url.rstrip('/').removesuffix('/simple')}/pypi/{project}/json"


def lacks_dates(page: ProjectPage) -> bool:
    """Whether the upload of some wheel is not dated."""
    return any(
        entry.filename.endswith(".whl") and moment(entry.upload_time) is None
        for entry in page.entries
    )


def with_dates(page: ProjectPage, document: bytes) -> ProjectPage:
    """The page with the dates and the yanks of the document. Raises ValueError."""
    told = _files(json.loads(document))
    entries = [_dated(entry, told.get(entry.filename)) for entry in page.entries]
    return ProjectPage(page.name, page.source, entries=entries, base=page.base)


def _files(document: Any) -> dict[str, dict[str, Any]]:
    try:
        return {
            entry["filename"]: entry
            for entries in document["releases"].values()
            for entry in entries
        }
    except (KeyError, TypeError, AttributeError):
        raise ValueError("it lists no releases") from None


def _dated(entry: Entry, told: dict[str, Any] | None) -> Entry:
    if told is None:
        return entry
    added: dict[str, Any] = {}
    if moment(entry.upload_time) is None:
        uploaded = moment(told.get("upload_time_iso_8601")) or moment(told.get("upload_time"))
        if uploaded is not None:
            added["upload_time"] = uploaded.isoformat()
    if told.get("yanked") is True and not entry.yanked:
        added["yanked"] = told.get("yanked_reason") or True
    if entry.size is None and isinstance(told.get("size"), int):
        added["size"] = told["size"]
    return replace(entry, **added)
