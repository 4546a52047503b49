"""From a problem to its universe: every project and version that can be reached is read, no other.

A version is read as soon as some requirement that was met admits it (sound pruning: what no reachable
requirement admits is in no stack). Requirements of what was read lead on, until nothing is new.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from dependency_monkey.candidates import Candidates, LeftOut, LeftOutBecause, choose
from dependency_monkey.index.client import IndexClient
from dependency_monkey.index.errors import ProjectNotFoundError
from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.problem import Problem
from dependency_monkey.requirements import (
    Asked,
    MalformedMetadataError,
    RequirementReader,
    Wants,
)
from dependency_monkey.universe import BASE, Package, Requirement, Universe


@dataclass(frozen=True)
class Crawled:
    """A universe with what its numbers mean.

    `defining[p][v]` is the file that defines version v of package p, `files[p][v]` are all its files.
    `unknown_extras` are (package, extra) pairs that were asked for and that no version has.
    """

    universe: Universe
    versions: tuple[tuple[Version, ...], ...]
    defining: tuple[tuple[IndexFile, ...], ...]
    files: tuple[tuple[tuple[IndexFile, ...], ...], ...]
    sources: tuple[str, ...]
    features: tuple[tuple[str, ...], ...]
    snapshot: Snapshot
    left_out: tuple[LeftOut, ...]
    missing: tuple[str, ...]
    unknown_extras: tuple[tuple[str, str], ...]


@dataclass
class _Known:
    """What is known of one project while reading goes on."""

    page: ProjectPage | None = None
    candidates: Candidates | None = None
    specifiers: dict[str, SpecifierSet] = field(default_factory=dict)
    extras: set[NormalizedName] = field(default_factory=set)
    wants: dict[Version, Wants] = field(default_factory=dict)
    reading: set[Version] = field(default_factory=set)
    malformed: dict[Version, str] = field(default_factory=dict)
    named_pre_release: bool = False


async def build_universe(problem: Problem, client: IndexClient) -> Crawled:
    """Read everything that can be reached from the roots.

    Raises ProjectNotFoundError for a root that no index has, and the errors of the index.
    """
    crawler = _Crawler(problem, client)
    try:
        await crawler.run()
    except* Exception as group:
        raise _first_of(group) from None
    return _assemble(problem, crawler, client.snapshot)


def _first_of(group: BaseExceptionGroup[Exception]) -> Exception:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if not isinstance(first, Exception):
        raise first
    return first


class _Crawler:
    def __init__(self, problem: Problem, client: IndexClient) -> None:
        self.problem = problem
        self.client = client
        self.known: dict[NormalizedName, _Known] = {}
        self.missing: set[NormalizedName] = set()
        self.reader = RequirementReader(problem.environment.markers)
        self.roots = tuple(asked_by(root.requirement) for root in problem.roots)
        self._pages: dict[NormalizedName, asyncio.Task[None]] = {}
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        async with self._group:
            for root in self.roots:
                self._ask(root)

    def _ask(self, asked: Asked) -> None:
        """Meet a requirement: note what is new about it, and read what it admits."""
        known = self.known.setdefault(asked.name, _Known())
        text = str(asked.specifier)
        new_extras = asked.extras - known.extras
        new_text = text not in known.specifiers
        if not (new_extras or new_text):
            return
        known.extras |= new_extras
        known.specifiers[text] = asked.specifier
        known.named_pre_release |= bool(asked.specifier.prereleases)
        if asked.name not in self._pages:
            self._pages[asked.name] = self._group.create_task(self._read_page(asked.name))
        elif known.page is not None:
            self._admit(asked.name, [asked.specifier] if new_text else [])
            for wants in list(known.wants.values()):
                self._ask_all(wants, new_extras)

    async def _read_page(self, name: NormalizedName) -> None:
        try:
            page = await self.client.project(name, self.problem.source_of(name))
        except ProjectNotFoundError:
            if any(root.name == name for root in self.roots):
                raise
            self.missing.add(name)
            return
        self.known[name].page = page
        self._admit(name, list(self.known[name].specifiers.values()))

    def _admit(self, name: NormalizedName, specifiers: Iterable[SpecifierSet]) -> None:
        """Read the versions that the specifiers admit and that were not read yet."""
        known = self.known[name]
        if known.page is None:
            return
        if known.candidates is None or self._pre_releases_join(known):
            known.candidates = choose(
                known.page, self.problem, named_pre_release=known.named_pre_release
            )
            specifiers = list(known.specifiers.values())
        for version in known.candidates.versions:
            if version not in known.reading and any(
                one.contains(version, prereleases=True) for one in specifiers
            ):
                known.reading.add(version)
                self._group.create_task(self._read(name, version))

    @staticmethod
    def _pre_releases_join(known: _Known) -> bool:
        """Whether a requirement has named a pre-release since the versions were chosen."""
        return (
            known.named_pre_release
            and known.candidates is not None
            and any(one.because is LeftOutBecause.PRE_RELEASE for one in known.candidates.left_out)
        )

    async def _read(self, name: NormalizedName, version: Version) -> None:
        known = self.known[name]
        if known.candidates is None:
            raise AssertionError("a version is read after its project")
        metadata = await self.client.metadata(known.candidates.defining[version])
        try:
            wants = self.reader.read(metadata)
            _refuse_addresses(wants)
        except MalformedMetadataError as error:
            known.malformed[version] = str(error)
            return
        known.wants[version] = wants
        self._ask_all(wants, known.extras, always=True)

    def _ask_all(
        self, wants: Wants, extras: Iterable[NormalizedName], *, always: bool = False
    ) -> None:
        if always:
            for asked in wants.always:
                self._ask(asked)
        for extra in extras:
            for asked in wants.extras.get(extra, ()):
                self._ask(asked)


def asked_by(requirement: object) -> Asked:
    """A requirement of the person as the crawl takes it; its marker was evaluated before."""
    from packaging.requirements import Requirement as Parsed
    from packaging.utils import canonicalize_name

    if not isinstance(requirement, Parsed):
        raise TypeError("a requirement is expected")
    return Asked(
        canonicalize_name(requirement.name),
        requirement.specifier,
        frozenset(map(canonicalize_name, requirement.extras)),
        requirement.url is not None,
        str(requirement),
    )


def _refuse_addresses(wants: Wants) -> None:
    """What names an address instead of versions comes from no index."""
    for asked in (*wants.always, *(one for group in wants.extras.values() for one in group)):
        if asked.direct:
            raise MalformedMetadataError(f"{asked.text!r} names an address")


def _assemble(problem: Problem, crawler: _Crawler, snapshot: Snapshot) -> Crawled:
    """Numbers for names: the universe, and what its numbers mean."""
    known = crawler.known
    names = sorted(known)
    numbers = {name: number for number, name in enumerate(names)}
    versions = {name: tuple(sorted(known[name].wants)) for name in names}
    masks: dict[tuple[str, str], int] = {}
    features = {name: ["", *sorted(known[name].extras)] for name in names}
    places = {name: {extra: place for place, extra in enumerate(features[name])} for name in names}

    def mask(name: NormalizedName, specifier: SpecifierSet) -> int:
        key = name, str(specifier)
        found = masks.get(key)
        if found is None:
            found = 0
            for place, version in enumerate(versions[name]):
                if specifier.contains(version, prereleases=True):
                    found |= 1 << place
            masks[key] = found
        return found

    def numbered(asked: Asked) -> Requirement:
        wanted = BASE
        for extra in asked.extras:
            wanted |= 1 << places[asked.name][extra]
        return Requirement(numbers[asked.name], mask(asked.name, asked.specifier), wanted)

    packages = []
    for name in names:
        rows = [
            tuple(
                tuple(map(numbered, _of_feature(known[name].wants[version], feature)))
                for version in versions[name]
            )
            for feature in features[name]
        ]
        packages.append(Package(name, tuple(map(str, versions[name])), tuple(rows)))
    universe = Universe(tuple(packages), tuple(map(numbered, crawler.roots)))
    chosen = [(known[name].candidates, versions[name]) for name in names]
    return Crawled(
        universe=universe,
        versions=tuple(versions[name] for name in names),
        defining=tuple(
            tuple(found.defining[v] for v in own) if found else () for found, own in chosen
        ),
        files=tuple(tuple(found.files[v] for v in own) if found else () for found, own in chosen),
        sources=tuple(problem.source_of(name) for name in names),
        features=tuple(tuple(features[name]) for name in names),
        snapshot=snapshot,
        left_out=tuple(_left_out(known, names)),
        missing=tuple(sorted(crawler.missing)),
        unknown_extras=tuple(_unknown_extras(known, names)),
    )


def _of_feature(wants: Wants, feature: str) -> tuple[Asked, ...]:
    return wants.always if not feature else wants.extras.get(NormalizedName(feature), ())


def _left_out(
    known: dict[NormalizedName, _Known], names: list[NormalizedName]
) -> Iterable[LeftOut]:
    for name in names:
        found = known[name].candidates
        if found is not None:
            yield from found.left_out
        for version, why in sorted(known[name].malformed.items()):
            yield LeftOut(name, str(version), LeftOutBecause.MALFORMED, why)


def _unknown_extras(
    known: dict[NormalizedName, _Known], names: list[NormalizedName]
) -> Iterable[tuple[str, str]]:
    for name in names:
        for extra in sorted(known[name].extras):
            wants = known[name].wants.values()
            if wants and not any(extra in one.extras for one in wants):
                yield name, extra
