"""A page that lists files of any project: what --find-links names. It is fetched once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from packaging.utils import NormalizedName

from dependency_monkey.index.cache import CachedPage
from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.files import Entry, ProjectPage, parse_sdist, wheel_project
from dependency_monkey.index.html import read_html_links
from dependency_monkey.index.pages import MAXIMUM_FILES, entry_of_link


@dataclass
class LinkPages:
    """The entries of each page by project; `fetch` gets a page of an address."""

    fetch: Callable[[str, str], Awaitable[CachedPage]]
    _read: dict[str, asyncio.Future[dict[NormalizedName, list[Entry]]]] = field(
        default_factory=dict
    )

    async def project(self, name: NormalizedName, source: str, url: str) -> ProjectPage | None:
        """The files of a project on a page; None where it lists none."""
        if url not in self._read:
            self._read[url] = asyncio.ensure_future(self._projects(source, url))
        found = (await asyncio.shield(self._read[url])).get(name)
        return None if found is None else ProjectPage(name, source, entries=found)

    async def close(self) -> None:
        """Leave nothing behind that still works."""
        for page in self._read.values():
            page.cancel()
        await asyncio.gather(*self._read.values(), return_exceptions=True)

    async def _projects(self, source: str, url: str) -> dict[NormalizedName, list[Entry]]:
        page = await self.fetch(source, url)
        kind = page.content_type.partition(";")[0].strip().lower()
        if kind not in {"", "text/html", "application/vnd.pypi.simple.v1+html"}:
            raise IndexAnswerError(f"the page {source} of links is {kind[:60]!a}, no HTML")
        try:
            found = read_html_links(page.body.decode("utf-8", "replace"))
        except ValueError as error:
            raise IndexAnswerError(f"the page {source} of links cannot be read: {error}") from None
        if len(found.anchors) > MAXIMUM_FILES:
            raise IndexAnswerError(f"the page {source} of links names {len(found.anchors)} files")
        base = urljoin(page.url, found.base) if found.base else page.url
        projects: dict[NormalizedName, list[Entry]] = {}
        for anchor in found.anchors:
            entry = entry_of_link(anchor)
            entry.url = urljoin(base, entry.url)
            name = _project(entry.filename)
            if name is not None:
                projects.setdefault(name, []).append(entry)
        return projects


def _project(filename: str) -> NormalizedName | None:
    if filename.endswith(".whl"):
        return wheel_project(filename.partition("-")[0])
    found = parse_sdist(filename)
    return None if found is None else found[0]
