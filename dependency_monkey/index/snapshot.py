"""The index as it was seen: every page that was read, and the metadata of the files that mattered.

A snapshot is what an answer is for: its digest says whether two answers speak of the same index. It
can be written to a file, taken elsewhere and worked on offline.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.files import IndexFile, ProjectPage

SCHEMA = "amun.index-snapshot/1"
_CONTENTS = "snapshot.json"
_MAXIMUM_ENTRY_BYTES = 512 * 1024 * 1024


@dataclass
class Snapshot:
    """Pages by (source, project); None for a project that the source does not have."""

    taken_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    pages: dict[tuple[str, str], ProjectPage | None] = field(default_factory=dict)
    metadata: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of all pages; the metadata follows from the hashes of the files in them."""
        total = hashlib.sha256()
        for key in sorted(self.pages):
            total.update(json.dumps([*key, _shown(self.pages[key])], sort_keys=True).encode())
        return total.hexdigest()

    def export(self, path: Path) -> None:
        """Write it to a file: a zip archive that holds the pages and each metadata once."""
        document = {
            "schema": SCHEMA,
            "digest": self.digest,
            "taken_at": self.taken_at.isoformat(),
            "pages": [
                {"source": source, "project": project, "page": _shown(page)}
                for (source, project), page in sorted(self.pages.items())
            ],
        }
        temporary = path.with_name(path.name + ".new")
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_CONTENTS, json.dumps(document))
            for key, content in sorted(self.metadata.items()):
                archive.writestr(f"metadata/{key}", content)
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Read it from a file. Raises IndexAnswerError for a file that is no whole snapshot."""
        try:
            with zipfile.ZipFile(path) as archive:
                _refuse_large(archive)
                document = json.loads(archive.read(_CONTENTS))
                metadata = {
                    name.removeprefix("metadata/"): archive.read(name)
                    for name in archive.namelist()
                    if name.startswith("metadata/")
                }
            found = cls._from(document, metadata)
        except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
            raise IndexAnswerError(f"{path.name} is no snapshot of an index: {error}") from None
        if found.digest != document["digest"]:
            raise IndexAnswerError(f"{path.name} is not what it was when it was written")
        return found

    @classmethod
    def _from(cls, document: Mapping[str, Any], metadata: dict[str, bytes]) -> Snapshot:
        if document["schema"] != SCHEMA:
            raise ValueError(f"its schema is {document['schema']!r}, this program reads {SCHEMA!r}")
        pages = {
            (entry["source"], entry["project"]): _read(entry["source"], entry["page"])
            for entry in document["pages"]
        }
        return cls(datetime.fromisoformat(document["taken_at"]), pages, metadata)


def _refuse_large(archive: zipfile.ZipFile) -> None:
    if any(one.file_size > _MAXIMUM_ENTRY_BYTES for one in archive.infolist()):
        raise ValueError("an entry is too large")


def _shown(page: ProjectPage | None) -> Any:
    if page is None:
        return None
    files = []
    for file in page.files:
        shown = {key: value for key, value in asdict(file).items() if value not in {None, False}}
        if file.upload_time is not None:
            shown["upload_time"] = file.upload_time.isoformat()
        files.append(shown)
    return {"name": page.name, "files": files}


def _read(source: str, shown: Mapping[str, Any] | None) -> ProjectPage | None:
    if shown is None:
        return None
    files = []
    for entry in shown["files"]:
        known = dict(entry)
        if "upload_time" in known:
            known["upload_time"] = datetime.fromisoformat(known["upload_time"])
        files.append(IndexFile(**known))
    return ProjectPage(canonicalize_name(shown["name"]), source, tuple(files))
