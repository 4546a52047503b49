"""When files were uploaded, where the page of a project does not tell: the project's JSON document.

The document stands beside the simple pages: INDEX/pypi/PROJECT/json for INDEX/simple/PROJECT/.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from dependency_monkey.index.files import FileRow, ProjectPage
from dependency_monkey.index.pages import moment


def document_url(source_url: str, project: str) -> str:
    """Where the document of a project is."""
    return f"{source_url.rstrip('/').removesuffix('/simple')}/pypi/{project}/json"


def lacks_dates(page: ProjectPage) -> bool:
    """Whether the upload of some wheel is not dated."""
    return any(row.upload_time is None and row.filename.endswith(".whl") for row in page.rows)


def with_dates(page: ProjectPage, document: bytes) -> ProjectPage:
    """The page with the dates and the yanks of the document. Raises ValueError."""
    told = _files(json.loads(document))
    rows = [_dated(row, told.get(row.filename)) for row in page.rows]
    return ProjectPage(page.name, page.source, rows=rows)


def _files(document: Any) -> dict[str, dict[str, Any]]:
    try:
        return {
            entry["filename"]: entry
            for entries in document["releases"].values()
            for entry in entries
        }
    except (KeyError, TypeError, AttributeError):
        raise ValueError("it lists no releases") from None


def _dated(row: FileRow, told: dict[str, Any] | None) -> FileRow:
    if told is None:
        return row
    uploaded = row.upload_time
    if uploaded is None:
        text = told.get("upload_time_iso_8601") or told.get("upload_time")
        found = moment(text) if isinstance(text, str) else None
        uploaded = None if found is None else found.astimezone(UTC).isoformat()
    reason = told.get("yanked_reason")
    size = told.get("size")
    return row._replace(
        upload_time=uploaded,
        yanked=row.yanked or told.get("yanked") is True,
        yanked_reason=row.yanked_reason or (reason if isinstance(reason, str) else None),
        size=row.size if row.size is not None else (size if isinstance(size, int) else None),
    )
