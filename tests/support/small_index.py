"""A package index in memory, read by the real client from a snapshot: no network, no server."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from amun_core.plan import IndexSource
from dependency_monkey.crawl import Crawled, build_universe
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import IndexClient, Source, metadata_key
from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.problem import Policy, Problem, Root

MAIN = IndexSource(name="main", url="https://index.example/simple")
EXTRA = IndexSource(name="extra", url="https://extra.example/simple", verify_ssl=False)
ENVIRONMENT = TargetEnvironment("3.11.7", "x86_64", ("glibc", 2, 36))
TAKEN_AT = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Release:
    """One version of a project: what it requires, and which files it has."""

    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    tags: tuple[str, ...] = ("py3-none-any",)
    python: str | None = ">=3.8"
    sdist: bool = True
    hashed: bool = True
    origin: str = "https://files.example"


#: project -> version -> release
Projects = Mapping[str, Mapping[str, Release]]


@dataclass
class SmallIndex:
    """Projects by the name of their source."""

    projects: Mapping[str, Projects]
    snapshot: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.snapshot = Snapshot(TAKEN_AT)
        for source, projects in self.projects.items():
            for name, releases in projects.items():
                files = [
                    file
                    for version, release in releases.items()
                    for file in self._files(name, version, release)
                ]
                page = ProjectPage(NormalizedName(name), source, tuple(files))
                self.snapshot.pages[source, name] = page

    def _files(self, name: str, version: str, release: Release) -> Iterable[IndexFile]:
        stem = f"{name.replace('-', '_')}-{version}"
        metadata = "\n".join(
            ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
            + [f"Requires-Dist: {one}" for one in release.requires]
            + [f"Provides-Extra: {one}" for one in release.extras]
        )
        filenames = [f"{stem}-{tag}.whl" for tag in release.tags]
        for filename in [*filenames, *([f"{stem}.tar.gz"] if release.sdist else [])]:
            file = IndexFile(
                filename,
                f"{release.origin}/{filename}",
                hashlib.sha256(filename.encode()).hexdigest() if release.hashed else None,
                release.python,
                upload_time=datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC),
                size=len(filename),
            )
            self.snapshot.metadata[metadata_key(file)] = f"{metadata}\n".encode()
            yield file

    def crawl(self, problem: Problem, sources: Iterable[IndexSource] = (MAIN, EXTRA)) -> Crawled:
        """What the real crawl makes of it."""
        return asyncio.run(self._crawl(problem, sources))

    async def _crawl(self, problem: Problem, sources: Iterable[IndexSource]) -> Crawled:
        with tempfile.TemporaryDirectory() as folder:
            client = IndexClient(
                [Source(source.name, source.url) for source in sources],
                IndexCache(Path(folder)),
                snapshot=replace(self.snapshot),
            )
            async with client:
                return await build_universe(problem, client)


def problem_of(
    *words: str, sources: tuple[str, ...] = ("main", "extra"), policy: Policy | None = None
) -> Problem:
    """A problem of requirements; `name @ source` takes a package from an index of its own."""
    roots = []
    for word in words:
        text, _, source = word.partition(" @ ")
        roots.append(Root(Requirement(text), source or None))
    return Problem(tuple(roots), ENVIRONMENT, policy or Policy(), sources)
