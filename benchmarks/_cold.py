"""One measurement of reading an index, in a process of its own: nothing is remembered from another.

`python -m benchmarks._cold crawl|bare|warm|offline ...` prints one line of JSON. The clock runs from
a client that is not opened yet to the exact count; what pip's configuration says is read before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from amun_core.index_map import IndexMap
from amun_core.index_reader import read_index_settings
from amun_core.index_settings import IndexSettings
from amun_core.settings import Settings
from benchmarks.stacks import ROOTS, Root
from dependency_monkey.compilation import Limits, compile_universe
from dependency_monkey.crawl import build_universe
from dependency_monkey.crawled import Crawled
from dependency_monkey.environment import Libc, TargetEnvironment
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import MAXIMUM_PAGE_BYTES, IndexClient
from dependency_monkey.index.opening import Surroundings, resolved_sources, transport_for
from dependency_monkey.index.sent import Sent
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.index.transport import Answer, Transport
from dependency_monkey.problem import Policy
from dependency_monkey.problem_reader import ReadProblem, Wishes, read_problem

#: As in the measurements that the goals come from.
LIBC: tuple[Libc, int, int] = ("glibc", 2, 28)
_LONGEST_COMPILE_SECONDS = 600.0

Line = dict[str, Any]


class Recording(Transport):
    """Notes what was asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def _once(
        self, url: str, headers: Mapping[str, str] | None, maximum_bytes: int, sent: Sent
    ) -> Answer:
        self.asked.append((url, dict(headers or {})))
        return await super()._once(url, headers, maximum_bytes, sent)


def problem_of(root: Root, excluded: str | None = None) -> ReadProblem:
    """The problem of a root, for this Python on a Linux of glibc 2.28."""
    policy = Policy(
        last_of={canonicalize_name(name): kept for name, kept in (root.last_of or {}).items()},
        exclude=(Requirement(excluded),) if excluded else (),
    )
    here = TargetEnvironment.of_this_host()
    environment = TargetEnvironment(here.python_version, here.architecture, LIBC)
    return read_problem(root.words, Wishes(environment, policy=policy))


def counted(read: ReadProblem, client: IndexClient) -> tuple[Line, Crawled]:
    """Crawl, compile, count, and how long that took."""

    async def crawl() -> Crawled:
        async with client:
            return await build_universe(read.problem, client)

    began = perf_counter()
    crawled = asyncio.run(crawl())
    read_at = perf_counter()
    graph = compile_universe(crawled.universe, Limits(_LONGEST_COMPILE_SECONDS))
    count = 0 if graph is None else graph.count
    ended = perf_counter()
    told = {
        "seconds": ended - began,
        "compiling_s": ended - read_at,
        "count": str(count),
        "packages": sum(map(bool, crawled.versions)),
        "versions": sum(map(len, crawled.versions)),
        "requests": client.counts.requests,
        "retries": client.counts.retries,
        "bytes": client.counts.bytes,
        "snapshot": crawled.snapshot.digest,
    }
    return told, crawled


def crawl(root: Root, folder: Path, asked: Path | None, snapshot: Path | None) -> Line:
    """From whatever the cache has; what was asked for, and what was read, is written to files."""
    around, read = surroundings(folder), problem_of(root)
    transport = transport_for(around.settings, Recording)
    sources = resolved_sources(read.sources, around)
    client = IndexClient(sources, IndexCache(folder), transport=transport)
    told, crawled = counted(read, client)
    if asked is not None and isinstance(transport, Recording):
        asked.write_text(json.dumps(transport.asked))
    if snapshot is not None:
        crawled.snapshot.export(snapshot)
    return {**told, "excluded": _newest_of_the_longest(root, crawled)}


def _newest_of_the_longest(root: Root, crawled: Crawled) -> str:
    """A version to exclude: of the package with most versions, outside of any window, the newest.

    Inside of a window an older version would come in its place, which was never read.
    """
    sizes = {
        package.name: (len(versions), package.name, versions[-1])
        for package, versions in zip(crawled.universe.packages, crawled.versions, strict=True)
        if versions and package.name not in (root.last_of or {})
    }
    _, name, version = max(sizes.values())
    return f"{name}=={version}"


def warm(root: Root, folder: Path, excluded: str) -> Line:
    """From a full cache, with one version excluded so that no answer of before can help."""
    around, read = surroundings(folder), problem_of(root, excluded)
    sources = resolved_sources(read.sources, around)
    transport = transport_for(around.settings)
    return counted(
        read, IndexClient(sources, IndexCache(folder), transport=transport, fresh_seconds=1e9)
    )[0]


def offline(root: Root, folder: Path, snapshot: Path) -> Line:
    """From a snapshot alone."""
    read = problem_of(root)
    sources = resolved_sources(read.sources, surroundings(folder))
    client = IndexClient(sources, IndexCache(folder), snapshot=Snapshot.load(snapshot))
    return counted(read, client)[0]


def bare(asked: Path) -> Line:
    """The same requests by the same client, all known from the beginning, and nothing done with them."""
    transport = transport_for(read_index_settings(IndexSettings))
    urls = json.loads(asked.read_text())

    async def fetch() -> None:
        async with transport, asyncio.TaskGroup() as group:
            for url, headers in urls:
                group.create_task(
                    transport.get(url, headers=headers, maximum_bytes=MAXIMUM_PAGE_BYTES)
                )

    began = perf_counter()
    asyncio.run(fetch())
    return {
        "seconds": perf_counter() - began,
        "requests": transport.counts.requests,
        "retries": transport.counts.retries,
        "bytes": transport.counts.bytes,
    }


def surroundings(folder: Path) -> Surroundings:
    """The configured index, with a cache of one's own."""
    index_map = IndexMap.parse(Settings.from_environment().index_map)
    settings = replace(read_index_settings(IndexSettings), find_links=())
    return Surroundings(settings, index_map, folder)


def main() -> int:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["crawl", "bare", "warm", "offline"])
    parser.add_argument("--root", choices=[root.name for root in ROOTS])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--asked", type=Path)
    parser.add_argument("--snapshot", type=Path)
    parser.add_argument("--exclude")
    given = parser.parse_args()
    root = next((one for one in ROOTS if one.name == given.root), ROOTS[0])
    if given.kind == "crawl":
        line = crawl(root, given.folder, given.asked, given.snapshot)
    elif given.kind == "warm":
        line = warm(root, given.folder, given.exclude)
    elif given.kind == "offline":
        line = offline(root, given.folder, given.snapshot)
    else:
        line = bare(given.asked)
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
