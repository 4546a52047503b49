"""What was fetched before: metadata for ever, by the hash of its file; pages with their validators.

A file is written beside its place and renamed: a reader sees all of it or nothing, and whoever is
killed leaves a cache that goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A page as it was answered. `url` is where it was found, after redirections."""

    url: str
    content_type: str
    etag: str | None
    body: bytes


class IndexCache:
    """A folder that several processes may share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def metadata(self, key: str) -> bytes | None:
        """The METADATA of the file with this key (its hash)."""
        return self._read(self._metadata_path(key))

    def keep_metadata(self, key: str, body: bytes) -> None:
        """Remember the METADATA of a file for ever: a file of one hash never changes."""
        self._write(self._metadata_path(key), body)

    def page(self, url: str) -> CachedPage | None:
        """The page as it was answered last time."""
        content = self._read(self._page_path(url))
        if content is None:
            return None
        head, _, body = content.partition(b"\n")
        try:
            told = json.loads(head)
            return CachedPage(told["url"], told["content_type"], told["etag"], body)
        except (ValueError, KeyError, TypeError):  # written by another version: asked for again
            return None

    def page_age(self, url: str, now: float) -> float | None:
        """How long ago the page was asked for or found unchanged, s; None where it is not known."""
        try:
            return now - self._page_path(url).stat().st_mtime
        except FileNotFoundError:
            return None

    def keep_page(self, asked: str, page: CachedPage) -> None:
        """Remember the answer for the page asked for."""
        told = {"url": page.url, "content_type": page.content_type, "etag": page.etag}
        self._write(self._page_path(asked), json.dumps(told).encode() + b"\n" + page.body)

    def _metadata_path(self, key: str) -> Path:
        return self.folder / "metadata" / key[:2] / key

    def _page_path(self, url: str) -> Path:
        return self.folder / "pages" / hashlib.sha256(url.encode()).hexdigest()

    @staticmethod
    def _read(path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            Path(temporary).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
