"""Asks indexes for projects and for the metadata of files; asks nothing twice.

Pages are taken from the cache while they are fresh, and validated by their ETag after that. Metadata
is kept by the hash of its file, for ever. A client that was given a snapshot asks nobody.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import aiohttp
from packaging.utils import NormalizedName

from dependency_monkey.index.cache import CachedPage, IndexCache
from dependency_monkey.index.errors import IndexAnswerError, ProjectNotFoundError
from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.index.pages import ACCEPT, read_page
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.index.transport import Counts, Transport
from dependency_monkey.index.wheel_tail import FIRST_TAIL, MAXIMUM_METADATA_BYTES, WheelTail

#: A page that was read so short a time ago is not asked for again, s.
FRESH_SECONDS = 600.0
MAXIMUM_PAGE_BYTES = 128 * 1024 * 1024
#: A wheel whose index refuses range requests is read whole up to this size.
MAXIMUM_WHEEL_BYTES = 256 * 1024 * 1024

_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Source:
    """One package index: its name in the Pipfile, and the address of its simple pages."""

    name: str
    url: str
    verify_ssl: bool = True
    credentials: tuple[str, str] | None = None

    def project_url(self, project: str) -> str:
        """Where the page of a project is."""
        return f"{self.url.rstrip('/')}/{project}/"


@dataclass
class Progress:
    """What was read so far."""

    projects: int = 0
    files: int = 0


class IndexClient:
    """Reads projects and metadata. Use it as an asynchronous context."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        cache: IndexCache,
        *,
        transport: Transport | None = None,
        snapshot: Snapshot | None = None,
        fresh_seconds: float = FRESH_SECONDS,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self._sources = dict(sources)
        self._cache = cache
        self._transport = transport or Transport()
        self._frozen = snapshot
        self._fresh_seconds = fresh_seconds
        self._on_progress = on_progress
        self._progress = Progress()
        self._seen = snapshot or Snapshot()
        self._asked: dict[tuple[str, str], asyncio.Future[ProjectPage]] = {}
        self._metadata: dict[str, asyncio.Future[bytes]] = {}

    async def __aenter__(self) -> Self:
        if self._frozen is None:
            await self._transport.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        for page in self._asked.values():
            page.cancel()
        for metadata in self._metadata.values():
            metadata.cancel()
        if self._frozen is None:
            await self._transport.__aexit__(None, None, None)

    @property
    def counts(self) -> Counts:
        """What was asked of the network."""
        return self._transport.counts

    @property
    def snapshot(self) -> Snapshot:
        """Everything that was read by this client."""
        return self._seen

    async def project(self, name: NormalizedName, source: str) -> ProjectPage:
        """The files of a project. ProjectNotFoundError; errors of the index."""
        key = source, name
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._project(name, self._sources[source]))
        return await asyncio.shield(self._asked[key])

    async def metadata(self, file: IndexFile) -> bytes:
        """The METADATA of a wheel. IndexAnswerError where the index cannot give it."""
        key = metadata_key(file)
        if key not in self._metadata:
            self._metadata[key] = asyncio.ensure_future(self._fetch_metadata(file, key))
        return await asyncio.shield(self._metadata[key])

    async def _project(self, name: NormalizedName, source: Source) -> ProjectPage:
        key = source.name, name
        if self._frozen is not None:
            page = self._frozen.pages.get(key)
        else:
            page = await self._read_project(name, source)
            self._seen.pages[key] = page
        if page is None:
            raise ProjectNotFoundError(name, source.name)
        self._progress.projects += 1
        self._on_progress(self._progress)
        return page

    async def _read_project(self, name: NormalizedName, source: Source) -> ProjectPage | None:
        url = source.project_url(name)
        known = self._cache.page(url)
        age = self._cache.page_age(url, time.time())
        if known is None or age is None or age > self._fresh_seconds:
            known = await self._ask_page(url, source, known)
        if known is None:
            return None
        return read_page(name, source.name, known.url, known.content_type, known.body)

    async def _ask_page(
        self, url: str, source: Source, known: CachedPage | None
    ) -> CachedPage | None:
        headers = {"Accept": ACCEPT}
        if known is not None and known.etag:
            headers["If-None-Match"] = known.etag
        answer = await self._transport.get(
            url,
            headers=headers,
            maximum_bytes=MAXIMUM_PAGE_BYTES,
            verify_ssl=source.verify_ssl,
            auth=_auth(source),
        )
        if answer.status == 304 and known is not None:
            page = known
        elif answer.status in _GONE:
            return None
        elif answer.status == 200:
            page = CachedPage(
                answer.url,
                answer.headers.get("Content-Type", "text/html"),
                answer.headers.get("ETag"),
                answer.body,
            )
        else:
            raise IndexAnswerError(
                f"the index {source.name} answers {answer.status} for {url.rstrip('/').rpartition('/')[2]}"
            )
        self._cache.keep_page(url, page)
        return page

    async def _fetch_metadata(self, file: IndexFile, key: str) -> bytes:
        content = self._seen.metadata.get(key)
        if content is None and self._frozen is not None:
            raise IndexAnswerError(f"the snapshot has no metadata of {file.filename}")
        if content is None:
            content = self._cache.metadata(key)
            if content is None:
                content = await self._ask_metadata(file)
                self._cache.keep_metadata(key, content)
            self._seen.metadata[key] = content
        self._progress.files += 1
        self._on_progress(self._progress)
        return content

    async def _ask_metadata(self, file: IndexFile) -> bytes:
        answer = await self._transport.get(
            file.url + ".metadata", maximum_bytes=MAXIMUM_METADATA_BYTES
        )
        # an index without PEP 658 may answer anything for an address it does not know
        if answer.status == 200 and answer.body.lstrip()[:17].lower().startswith(
            b"metadata-version"
        ):
            return answer.body
        return await self._ask_tail(file)

    async def _ask_tail(self, file: IndexFile) -> bytes:
        """By range requests from the end of the wheel; whole where the index knows no ranges."""
        answer = await self._transport.get(
            file.url,
            headers={"Range": f"bytes=-{FIRST_TAIL}"},
            maximum_bytes=MAXIMUM_WHEEL_BYTES,
        )
        if answer.status == 200:
            return WheelTail(file.filename, len(answer.body), answer.body).metadata()
        size = _size_of(answer.headers.get("Content-Range", ""))
        if answer.status != 206 or size is None:
            raise IndexAnswerError(f"{file.filename}: the index answers {answer.status}")
        tail = WheelTail(file.filename, size, answer.body)
        for _ in range(3):  # the directory, then the file itself
            span = tail.needed()
            if span is None:
                break
            more = await self._transport.get(
                file.url,
                headers={"Range": f"bytes={span[0]}-{span[1]}"},
                maximum_bytes=MAXIMUM_WHEEL_BYTES,
            )
            if more.status != 206:
                raise IndexAnswerError(f"{file.filename}: the index answers {more.status}")
            tail.add(span[0], more.body)
        return tail.metadata()


def metadata_key(file: IndexFile) -> str:
    """What metadata is kept by: the file's own hash, else one of its address."""
    return file.sha256 or "url-" + hashlib.sha256(file.url.encode()).hexdigest()


def _auth(source: Source) -> aiohttp.BasicAuth | None:
    return aiohttp.BasicAuth(*source.credentials) if source.credentials else None


def _size_of(content_range: str) -> int | None:
    size = content_range.rpartition("/")[2]
    return int(size) if size.isdigit() else None
