"""What was fetched before: metadata for ever, by the hash of its file; pages with their validators.

A page is written beside its place and renamed, metadata is appended to a pack: a reader sees all of it
or nothing, and whoever is killed leaves a cache that goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from amun_core.errors import SettingsError
from dependency_monkey.index.keeping import Keeper
from dependency_monkey.index.packs import Packs

#: Metadata is written when so many bytes of it have come together.
_WRITTEN_AT_ONCE = 256 * 1024


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A page as it was answered. `url` is where it was found, after redirections."""

    url: str
    content_type: str
    etag: str | None
    body: bytes


class IndexCache:
    """A folder that several processes may share. It is written in the background."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keeper = Keeper()
        self._process = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._numbers = itertools.count()
        # all that no pack has yet, and of that what the keeper was not told of
        self._unwritten: dict[str, bytes] = {}
        self._waiting: dict[str, bytes] = {}
        self._waiting_bytes = 0
        self._packs = Packs(folder / "metadata")

    def close(self) -> None:
        """Wait until everything is written. Raises SettingsError where it cannot be."""
        try:
            self.flush()
            try:
                self._keeper.close()
            finally:
                self._packs.close()
        except OSError as error:
            raise self._full(error) from None

    def metadata(self, key: str) -> bytes | None:
        """The METADATA of the file with this key (its hash)."""
        found = self._unwritten.get(key)
        return self._packs.get(key) if found is None else found

    def keep_metadata(self, key: str, body: bytes) -> None:
        """Remember the METADATA of a file for ever: a file of one hash never changes."""
        self._unwritten[key] = self._waiting[key] = body
        self._waiting_bytes += len(body)
        if self._waiting_bytes >= _WRITTEN_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write the metadata that waits as soon as there is time."""
        if self._waiting:
            self._keeper.put(partial(self._write_metadata, self._waiting))
            self._waiting, self._waiting_bytes = {}, 0

    def _write_metadata(self, batch: dict[str, bytes]) -> None:
        try:
            self._packs.put(batch)
        finally:
            for key in batch:
                self._unwritten.pop(key, None)

    def _full(self, error: OSError) -> SettingsError:
        return SettingsError(
            f"the cache {self.folder} cannot be written: {error.strerror}",
            hint="make room, or name another folder",
        )

    def page(self, url: str) -> CachedPage | None:
        """The page as it was answered last time."""
        content = self._read(self._page_path(url))
        if content is None:
            return None
        head, _, body = content.partition(b"\n")
        try:
            told = json.loads(head)
            return CachedPage(told["url"], told["content_type"], told["etag"], body)
        except (ValueError, KeyError, TypeError):  # cut short, or of another version
            return None

    def page_age(self, url: str, now: float) -> float | None:
        """How long ago the page was asked for or found unchanged, s; None where it is not known."""
        try:
            return now - self._page_path(url).stat().st_mtime
        except FileNotFoundError:
            return None

    def forget_page(self, url: str) -> None:
        """The page is known to be outdated."""
        self._keeper.put(partial(self._page_path(url).unlink, missing_ok=True))

    def keep_page(self, asked: str, page: CachedPage) -> None:
        """Remember the answer for the page asked for."""
        told = {"url": page.url, "content_type": page.content_type, "etag": page.etag}
        parts = json.dumps(told).encode() + b"\n", page.body
        self._keeper.put(partial(self._write, self._page_path(asked), parts))

    def found_unchanged(self, asked: str) -> None:
        """The page was asked for again, and is as it was."""
        with contextlib.suppress(OSError):
            os.utime(self._page_path(asked))

    def _page_path(self, url: str) -> Path:
        return self.folder / "pages" / hashlib.sha256(url.encode()).hexdigest()

    @staticmethod
    def _read(path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, path: Path, parts: Iterable[bytes]) -> None:
        # thousands of small files: nothing is asked twice of the file system
        temporary = f"{path}.new-{self._process}-{next(self._numbers)}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:  # it goes on where the disk takes a part
                stream.writelines(parts)
            os.replace(temporary, path)  # noqa: PTH105 - a path object costs as much as the call
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
