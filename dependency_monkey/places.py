"""The files of a project from all places where a problem looks for it: indexes in turn, and lists of links."""

from __future__ import annotations

from urllib.parse import urljoin

from msgspec.structs import replace
from packaging.utils import NormalizedName

from dependency_monkey.index.client import IndexClient
from dependency_monkey.index.errors import ProjectNotFoundError
from dependency_monkey.index.files import Entry, ProjectPage
from dependency_monkey.problem import Problem


async def read_places(client: IndexClient, problem: Problem, name: NormalizedName) -> ProjectPage:
    """The files of a project: those of the first group of indexes that has it, and of all links.

    Of two files of one name the first counts. Raises ProjectNotFoundError, and errors of the index.
    """
    groups = problem.places_of(name)
    links = () if problem.is_bound(name) else problem.links
    if len(groups) == 1 and len(groups[0]) == 1 and not links:
        return await client.project(name, groups[0][0])
    found = await _found(client, name, links)
    for group in groups:
        pages = await _found(client, name, group)
        if pages:
            found = [*pages, *found]
            break
    if not found:
        asked = [one for group in groups for one in group]
        raise ProjectNotFoundError(name, ", ".join([*asked, *links]))
    return found[0] if len(found) == 1 else _merged(name, found)


async def _found(
    client: IndexClient, name: NormalizedName, sources: tuple[str, ...]
) -> list[ProjectPage]:
    pages = []
    for source in sources:
        try:
            pages.append(await client.project(name, source))
        except ProjectNotFoundError:
            continue
    return pages


def _merged(name: NormalizedName, pages: list[ProjectPage]) -> ProjectPage:
    entries: dict[str, Entry] = {}
    origins: dict[str, str] = {}
    for page in pages:
        for entry in page.entries:
            if entry.filename not in entries:
                url = urljoin(page.base, entry.url)
                entries[entry.filename] = replace(entry, url=url)
                origins[url] = page.source
    return ProjectPage(name, pages[0].source, entries=list(entries.values()), origins=origins)
