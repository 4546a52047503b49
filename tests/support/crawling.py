"""What the real crawl makes of a few files: written as rows, read from a snapshot, asking nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dependency_monkey.crawl import build_universe
from dependency_monkey.crawled import Crawled
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import IndexClient, Source, metadata_key
from dependency_monkey.index.files import IndexFile, ProjectPage, moment
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.problem import Policy, Problem, Root
from tests.support.index_server import metadata_of

ENVIRONMENT = TargetEnvironment("3.11.7", "x86_64", ("glibc", 2, 36))


@dataclass
class Pages:
    """Projects of one or several sources."""

    rows: dict[tuple[str, str], list[IndexFile]] = field(default_factory=dict)
    metadata: dict[str, bytes] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        name: str,
        version: str,
        requires: Iterable[str] = (),
        *,
        extras: Iterable[str] = (),
        tag: str = "py3-none-any",
        source: str = "main",
        metadata: bytes | None = None,
        demands: str | None = None,
        **row: Any,
    ) -> IndexFile:
        """A wheel, or with tag "sdist" a source distribution. `demands` stands in its METADATA."""
        stem = f"{name.replace('-', '_')}-{version}"
        filename = f"{stem}.tar.gz" if tag == "sdist" else f"{stem}-{tag}.whl"
        if "upload_time" in row:
            row["upload_time"] = moment(row["upload_time"])
        added = IndexFile(filename, f"https://files.example/{source}/{filename}", **row)
        self.rows.setdefault((source, str(canonicalize_name(name))), []).append(added)
        content = metadata_of(name, version, requires, extras, demands)
        self.metadata[metadata_key(added)] = content if metadata is None else metadata
        return added

    @property
    def snapshot(self) -> Snapshot:
        pages: dict[tuple[str, str], ProjectPage | None] = {
            key: ProjectPage(canonicalize_name(key[1]), key[0], rows)
            for key, rows in self.rows.items()
        }
        return Snapshot(pages=pages, metadata=dict(self.metadata), unusable=dict(self.unusable))

    def crawl(self, *words: str, **problem: Any) -> Crawled:
        """The universe of a few requirements; `name @ source` takes one from a source of its own."""
        roots = []
        for word in words:
            text, _, source = word.partition(" @ ")
            roots.append(Root(Requirement(text), source or None))
        policy = problem.pop("policy", Policy())
        sources = problem.pop("sources", ("main",))
        asked = Problem(
            tuple(roots), problem.pop("environment", ENVIRONMENT), policy, sources, **problem
        )

        async def crawling() -> Crawled:
            named = [Source(name, "") for name in sources]
            async with IndexClient(named, IndexCache(Path()), snapshot=self.snapshot) as client:
                return await build_universe(asked, client)

        return asyncio.run(crawling())


def versions(crawled: Crawled, name: str) -> list[str]:
    """The versions of a package in the universe, oldest first."""
    found = [package for package in crawled.universe.packages if package.name == name]
    return list(found[0].versions) if found else []


def left_out(crawled: Crawled) -> set[tuple[str, str, str]]:
    """Package, version and reason of everything that is left out."""
    return {(one.package, one.version, str(one.because)) for one in crawled.left_out}
