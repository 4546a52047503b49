"""When files were uploaded, where the page of a project does not tell: the project's JSON document.

The document stands beside the simple pages: INDEX/pypi/PROJECT/json for INDEX/simple/PROJECT/.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.index.pages import moment


def document_url(source_url: str, project: str) -> str:
    """Where the document of a project is."""
    return f"{source_url.rstrip('/').removesuffix('/simple')}/pypi/{project}/json"


def lacks_dates(page: ProjectPage) -> bool:
    """Whether the upload of some wheel is not dated."""
    return any(file.upload_time is None and file.is_wheel for file in page.files)


def with_dates(page: ProjectPage, document: bytes) -> ProjectPage:
    """The page with the dates and the yanks of the document. Raises ValueError."""
    told = _files(json.loads(document))
    return replace(page, files=tuple(_dated(file, told.get(file.filename)) for file in page.files))


def _files(document: Any) -> dict[str, dict[str, Any]]:
    try:
        return {
            entry["filename"]: entry
            for entries in document["releases"].values()
            for entry in entries
        }
    except (KeyError, TypeError, AttributeError):
        raise ValueError("it lists no releases") from None


def _dated(file: IndexFile, told: dict[str, Any] | None) -> IndexFile:
    if told is None:
        return file
    uploaded = file.upload_time
    if uploaded is None:
        text = told.get("upload_time_iso_8601") or told.get("upload_time")
        uploaded = moment(text) if isinstance(text, str) else None
    reason = told.get("yanked_reason")
    size = told.get("size")
    return replace(
        file,
        upload_time=uploaded,
        yanked=file.yanked or told.get("yanked") is True,
        yanked_reason=file.yanked_reason or (reason if isinstance(reason, str) else None),
        size=file.size if file.size is not None else (size if isinstance(size, int) else None),
    )
