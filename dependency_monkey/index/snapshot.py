"""The index as it was seen: every page that was read, and the metadata of the files that mattered.

A snapshot is what an answer is for: its digest says whether two answers speak of the same index. It
can be written to a file, taken elsewhere and worked on offline. It holds no credentials.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from msgspec import MsgspecError, convert, to_builtins
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from amun_core.redaction import redact_url
from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.files import Entry, ProjectPage

SCHEMA = "amun.index-snapshot/1"
_CONTENTS = "snapshot.json"
_METADATA = "metadata/"
_MAXIMUM_ENTRY_BYTES = 512 * 1024 * 1024
_MAXIMUM_BYTES = 4 * 1024 * 1024 * 1024


@dataclass
class Snapshot:
    """Pages by (source, project); None for a project that the source does not have.

    `unusable` says of files why they have no metadata, by the same key as `metadata`.
    """

    taken_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    pages: dict[tuple[str, str], ProjectPage | None] = field(default_factory=dict)
    metadata: dict[str, bytes] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    _digests: dict[tuple[str, str], tuple[ProjectPage | None, str]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def digest(self) -> str:
        """SHA-256 of all pages; the metadata follows from the hashes of the files in them.

        Of a file with a hash it does not matter where it lies: a mirror has the same digest.
        """
        total = hashlib.sha256()
        for key in sorted(self.pages):
            page = self.pages[key]
            if key not in self._digests or self._digests[key][0] is not page:
                self._digests[key] = page, _digest_of(page)
            total.update("\0".join((*key, self._digests[key][1], "")).encode())
        return total.hexdigest()

    def export(self, path: Path) -> None:
        """Write it to a file: a zip archive that holds the pages and each metadata once."""
        document = {
            "schema": SCHEMA,
            "digest": self.digest,
            "metadata_digest": _digest_of_metadata(self.metadata),
            "taken_at": self.taken_at.isoformat(),
            "pages": [
                {"source": source, "project": project, "page": _shown(page)}
                for (source, project), page in sorted(self.pages.items())
            ],
            "unusable": dict(sorted(self.unusable.items())),
        }
        temporary = path.with_name(path.name + ".new")
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_CONTENTS, json.dumps(document))
            for key, content in sorted(self.metadata.items()):
                archive.writestr(_METADATA + key, content)
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Read it from a file. Raises IndexAnswerError for a file that is no whole snapshot."""
        try:
            with zipfile.ZipFile(path) as archive:
                _refuse_large(archive)
                document = json.loads(archive.read(_CONTENTS))
                metadata = {
                    name.removeprefix(_METADATA): archive.read(name)
                    for name in archive.namelist()
                    if name.startswith(_METADATA)
                }
            found = cls._from(document, metadata)
            told = document["digest"], document["metadata_digest"]
        except (
            *(OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError),
            *(AttributeError, RecursionError, NotImplementedError, MsgspecError),
        ) as error:
            raise IndexAnswerError(f"{path.name} is no snapshot of an index: {error}") from None
        if told != (found.digest, _digest_of_metadata(metadata)):
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
        unusable = {str(key): str(why) for key, why in document["unusable"].items()}
        return cls(datetime.fromisoformat(document["taken_at"]), pages, metadata, unusable)


def _refuse_large(archive: zipfile.ZipFile) -> None:
    sizes = [one.file_size for one in archive.infolist()]
    if max(sizes, default=0) > _MAXIMUM_ENTRY_BYTES or sum(sizes) > _MAXIMUM_BYTES:
        raise ValueError("an entry is too large")


def _digest_of(page: ProjectPage | None) -> str:
    if page is None:
        return "none"
    lines = [_line(entry, page.base) for entry in page.entries]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _line(entry: Entry, base: str) -> str:
    """What matters of a file. Where it lies does not, if it has a hash."""
    yanked = None if entry.yanked is False else entry.yanked
    hashes = entry.hashes
    where = hashes.get("sha256") if hashes else None
    if where is None:
        where = _scrubbed(urljoin(base, entry.url))
    return (
        f"{entry.filename}\0{where}\0{entry.requires_python or ''}\0{yanked}\0{entry.upload_time}"
    )


def _digest_of_metadata(metadata: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for key, content in sorted(metadata.items()):
        total.update(f"{key} {hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _scrubbed(url: str) -> str:
    """Without what is secret in it."""
    return redact_url(url) if "@" in url or "?" in url else url


def _shown(page: ProjectPage | None) -> Any:
    if page is None:
        return None
    files = [
        to_builtins(replace(entry, url=_scrubbed(urljoin(page.base, entry.url))))
        for entry in page.entries
    ]
    return {"name": page.name, "files": files}


def _read(source: str, shown: Mapping[str, Any] | None) -> ProjectPage | None:
    if shown is None:
        return None
    entries = convert(shown["files"], list[Entry])
    return ProjectPage(canonicalize_name(shown["name"]), source, entries=entries)
