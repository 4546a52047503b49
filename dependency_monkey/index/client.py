"""Asks indexes for projects and for the metadata of files; asks nothing twice.

Pages are taken from the cache while they are fresh, and validated by their ETag after that. Metadata
is kept by the hash of its file, for ever. A client that was given a snapshot asks nobody, and neither
does one that is offline.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from packaging.utils import NormalizedName

from amun_core.redaction import shortened
from dependency_monkey.index.access import without_credentials
from dependency_monkey.index.cache import CachedPage, IndexCache
from dependency_monkey.index.dates import document_url, lacks_dates, with_dates
from dependency_monkey.index.errors import (
    FileVanishedError,
    IndexAnswerError,
    IndexUnreachableError,
    ProjectNotFoundError,
    UnusableFileError,
)
from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.index.links import LinkPages
from dependency_monkey.index.metadata import MetadataAsker
from dependency_monkey.index.pages import ACCEPT, read_page
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.index.transport import Answer, Counts, Transport
from dependency_monkey.index.turns import FIRST

#: A page that was read so short a time ago is not asked for again, s.
FRESH_SECONDS = 600.0
#: What was fetched is on the disk after so long at the latest, s.
FLUSH_SECONDS = 0.2
MAXIMUM_PAGE_BYTES = 128 * 1024 * 1024
#: A page that cannot be read is asked for again so often.
PAGE_TRIES = 3
_GONE = frozenset({404, 410})
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True)
class Source:
    """One package index: its name in the Pipfile, and the address of its simple pages.

    Credentials in the address are taken out of it, and shown nowhere. `flat`: it is no index but one
    page that lists files of any project.
    """

    name: str
    url: str
    verify_ssl: bool = True
    flat: bool = False

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {without_credentials(self.url)[0]!r})"

    @property
    def bare_url(self) -> str:
        """The address without credentials."""
        return without_credentials(self.url)[0]

    def project_url(self, project: str) -> str:
        """Where the page of a project is."""
        return f"{self.bare_url.rstrip('/')}/{project}/"


@dataclass
class Progress:
    """What was read so far; `requests` counts what was asked of the network."""

    projects: int = 0
    files: int = 0
    requests: int = 0


class IndexClient:
    """Reads projects and metadata. Use it as an asynchronous context.

    With `dated`, pages that do not tell when files were uploaded are completed from the project's
    JSON document.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        cache: IndexCache,
        *,
        transport: Transport | None = None,
        snapshot: Snapshot | None = None,
        offline: bool = False,
        dated: bool = False,
        fresh_seconds: float = FRESH_SECONDS,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._cache = cache
        self._transport = transport or Transport()
        self._asker = MetadataAsker(self._transport)
        self._links = LinkPages(self._fetch_links)
        self._frozen = snapshot
        self._offline = offline
        self._dated = dated
        self._fresh_seconds = fresh_seconds
        self._on_progress = on_progress
        self._progress = Progress()
        self._seen = snapshot or Snapshot()
        self._flushing: asyncio.TimerHandle | None = None
        self._asked: dict[tuple[str, str], asyncio.Future[ProjectPage]] = {}
        for source in self._sources.values():
            bare, credentials = without_credentials(source.url)
            self._transport.access.tell(bare, verify_ssl=source.verify_ssl, credentials=credentials)

    async def __aenter__(self) -> Self:
        if self._asks:
            await self._transport.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        waiting = [page for page in self._asked.values() if not page.done()]
        for page in waiting:
            page.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        await self._links.close()
        await self._asker.close()
        if self._flushing is not None:
            self._flushing.cancel()
        await asyncio.gather(self._close_transport(), self._close_cache())

    async def _close_transport(self) -> None:
        if self._asks:
            await self._transport.__aexit__(None, None, None)

    async def _close_cache(self) -> None:
        if self._frozen is None:
            await asyncio.to_thread(self._cache.close)

    @property
    def _asks(self) -> bool:
        """Whether anything is asked of the network at all."""
        return self._frozen is None and not self._offline

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

    def known_metadata(self, file: IndexFile) -> bytes | None:
        """The METADATA if nobody must be asked for it. Raises UnusableFileError."""
        key = metadata_key(file)
        if key in self._seen.unusable:
            raise UnusableFileError(file.filename, self._seen.unusable[key])
        content = self._seen.metadata.get(key)
        if content is None and self._frozen is None:
            content = self._cache.metadata(key)
        if content is not None:
            self._took(key, content)
        return content

    async def metadata(self, file: IndexFile) -> bytes:
        """The METADATA of a wheel.

        Raises UnusableFileError where the wheel itself is wrong, else the errors of the index.
        """
        content = self.known_metadata(file)
        if content is not None:
            return content
        if self._frozen is not None:
            raise IndexAnswerError(f"the snapshot has no metadata of {file.filename}")
        self._refuse_offline(file.filename)
        key = metadata_key(file)
        try:
            content = await self._asker.ask(file)
        except UnusableFileError as error:
            self._seen.unusable[key] = error.why
            raise
        except FileVanishedError:
            self._forget(file)
            raise
        self._keep(key, content)
        self._took(key, content)
        return content

    def _keep(self, key: str, content: bytes) -> None:
        self._cache.keep_metadata(key, content)
        if self._flushing is None:  # whoever is killed loses no more than this
            loop = asyncio.get_running_loop()
            self._flushing = loop.call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        self._cache.flush()

    def _took(self, key: str, content: bytes) -> None:
        self._seen.metadata[key] = content
        self._progress.files += 1
        self._tell()

    def _tell(self) -> None:
        self._progress.requests = self.counts.requests
        self._on_progress(self._progress)

    async def _project(self, name: NormalizedName, source: Source) -> ProjectPage:
        key = source.name, name
        if self._frozen is not None:
            page = self._frozen.pages.get(key)
        else:
            page = await self._read_project(name, source)
            if page is not None and self._dated and not source.flat and lacks_dates(page):
                page = await self._with_dates(page, source)
            self._seen.pages[key] = page
        if page is None:
            raise ProjectNotFoundError(name, source.name)
        self._progress.projects += 1
        self._tell()
        return page

    async def _read_project(self, name: NormalizedName, source: Source) -> ProjectPage | None:
        if source.flat:
            return await self._links.project(name, source.name, source.bare_url)
        url = source.project_url(name)
        known = self._cache.page(url)
        age = self._cache.page_age(url, time.time())
        fresh = age is not None and age <= self._fresh_seconds
        if known is not None and (self._offline or fresh):
            try:
                return _page_of(known, name, source)
            except IndexAnswerError:  # kept by a version that took it for a page
                known = None
        self._refuse_offline(f"the page of {name}")
        return await self._ask_page(name, url, source, known)

    async def _ask_page(
        self, name: NormalizedName, url: str, source: Source, known: CachedPage | None
    ) -> ProjectPage | None:
        trouble = IndexAnswerError(f"the page of {name} on {source.name} cannot be read")
        for _ in range(PAGE_TRIES):
            headers = {"Accept": ACCEPT}
            if known is not None and known.etag:
                headers["If-None-Match"] = known.etag
            answer = await self._transport.get(
                url, headers=headers, maximum_bytes=MAXIMUM_PAGE_BYTES, order=FIRST
            )
            if answer.status in _GONE:
                self._cache.forget_page(url)
                return None
            try:
                if answer.status == 304 and known is not None:
                    page = _page_of(known, name, source)
                    self._cache.found_unchanged(url)
                    return page
                answered = _answered(answer, name, source.name)
                page = _page_of(answered, name, source)
            except IndexAnswerError as error:
                trouble, known = error, None
                continue
            self._cache.keep_page(url, answered)
            return page
        raise trouble

    async def _fetch_links(self, source: str, url: str) -> CachedPage:
        self._refuse_offline(f"the page {source} of links")
        answer = await self._transport.get(url, maximum_bytes=MAXIMUM_PAGE_BYTES, order=FIRST)
        return _answered(answer, "its links", source)

    async def _with_dates(self, page: ProjectPage, source: Source) -> ProjectPage:
        url = document_url(source.bare_url, page.name)
        answer = await self._transport.get(url, maximum_bytes=MAXIMUM_PAGE_BYTES, order=FIRST)
        if answer.status in _GONE:
            return page
        try:
            return with_dates(page, answer.body)
        except ValueError as error:
            raise IndexAnswerError(
                f"the document of {page.name} on {source.name} cannot be read: {shortened(str(error), 200)}"
            ) from None

    def _refuse_offline(self, what: str) -> None:
        if self._offline:
            raise IndexUnreachableError(
                f"{what} was not read before, and nobody is asked offline",
                hint="ask once without --offline, or give a snapshot",
            )

    def _forget(self, file: IndexFile) -> None:
        """The page that named a file that is gone is older than the index."""
        if file.wheel is not None:
            for source in self._sources.values():
                self._cache.forget_page(source.project_url(file.wheel.name))


def metadata_key(file: IndexFile) -> str:
    """What metadata is kept by: the file's own hash, else one of its address."""
    return file.sha256 or "url-" + hashlib.sha256(file.url.encode()).hexdigest()


def _page_of(page: CachedPage, name: NormalizedName, source: Source) -> ProjectPage:
    return read_page(name, source.name, page.url, page.content_type, page.body)


def _answered(answer: Answer, name: str, source: str) -> CachedPage:
    if answer.status in _REFUSED:
        raise IndexAnswerError(
            f"the index {source} does not let us read {name}: status {answer.status}",
            hint="credentials are taken from the address, netrc, or the keyring",
        )
    if answer.status != 200:
        raise IndexAnswerError(f"the index {source} answers {answer.status} for the page of {name}")
    kind, etag = answer.headers.get("Content-Type", ""), answer.headers.get("ETag")
    return CachedPage(answer.url, kind, etag, answer.body)
