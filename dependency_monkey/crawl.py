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

from amun_core.intake import shown
from amun_core.python_demand import python_taken
from dependency_monkey.candidates import Candidates, choose, leave_needed
from dependency_monkey.crawled import Crawled, assemble
from dependency_monkey.index.client import IndexClient
from dependency_monkey.index.errors import ProjectNotFoundError, UnusableFileError
from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.leave import Leave
from dependency_monkey.left_out import LeftOutBecause
from dependency_monkey.masks import Masks
from dependency_monkey.overriding import Overriding, asked_roots
from dependency_monkey.places import read_places
from dependency_monkey.problem import Problem
from dependency_monkey.rare_collection import rare_collection
from dependency_monkey.requirements import (
    Asked,
    MalformedMetadataError,
    RequirementReader,
    Wants,
)
from dependency_monkey.universe import bits

__all__ = ["Crawled", "build_universe"]


@dataclass
class Known:
    """What is known of one project while reading goes on.

    `specifiers` are all that were met, by their text; what none of them admits is not read. `bound`
    are those of the roots: what they do not admit is in no stack, whoever else asks for it.
    """

    page: ProjectPage | None = None
    candidates: Candidates | None = None
    masks: Masks = field(default_factory=lambda: Masks(()))
    specifiers: dict[str, SpecifierSet] = field(default_factory=dict)
    bound: list[SpecifierSet] = field(default_factory=list)
    extras: set[NormalizedName] = field(default_factory=set)
    wants: dict[Version, Wants] = field(default_factory=dict)
    reading: set[Version] = field(default_factory=set)
    refused: dict[Version, tuple[LeftOutBecause, str]] = field(default_factory=dict)
    leave: Leave = field(default_factory=Leave)

    def admitted(self, specifiers: Iterable[tuple[str, SpecifierSet]]) -> int:
        """The versions that one of the specifiers and the roots admit."""
        found = 0
        for text, specifier in specifiers:
            found |= self.masks.of(specifier, text)
        for specifier in self.bound:
            found &= self.masks.of(specifier)
        return found & ~self.leave.withheld

    def meet(self, specifiers: Iterable[tuple[str, SpecifierSet]]) -> bool:
        """Whether pre-releases that were withheld have leave now."""
        if not self.leave.withheld:
            return False
        met = [
            self.leave.meet(self.masks.of(specifier, text), names=bool(specifier.prereleases))
            for text, specifier in specifiers
        ]
        return any(met)


async def build_universe(problem: Problem, client: IndexClient) -> Crawled:
    """Read everything that can be reached from the roots.

    Raises ProjectNotFoundError for a root that no index has, and the errors of the index.
    """
    crawler = _Crawler(problem, client)
    with rare_collection():
        try:
            await crawler.run()
        except* Exception as group:
            raise _first_of(group) from None
        return assemble(problem, crawler.known, crawler.roots, crawler.missing, client.snapshot)


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
        self.known: dict[NormalizedName, Known] = {}
        self.missing: set[NormalizedName] = set()
        overriding = Overriding.of(problem)
        self.reader = RequirementReader(problem.environment.markers, overriding)
        self.roots = asked_roots(problem, overriding)
        self._pages: set[NormalizedName] = set()
        self._ready: list[tuple[NormalizedName, Version]] = []
        #: What was followed already: files that want the same share one object.
        self._followed: set[tuple[int, NormalizedName | None]] = set()
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        async with self._group:
            for root in self.roots:
                known = self.known.setdefault(root.name, Known())
                known.bound.append(root.specifier)
            for root in self.roots:
                self._ask(root)

    def _ask(self, asked: Asked) -> None:
        """Meet a requirement: note what is new about it, and read what it admits."""
        known = self.known.setdefault(asked.name, Known())
        new_extras = asked.extras - known.extras
        new_text = asked.versions not in known.specifiers
        if not (new_extras or new_text):
            return
        known.extras |= new_extras
        known.specifiers[asked.versions] = asked.specifier
        if asked.name not in self._pages:
            self._pages.add(asked.name)
            self._group.create_task(self._read_page(asked.name))
        elif known.page is not None:
            if new_text:
                self._admit(asked.name, [(asked.versions, asked.specifier)])
            for wants in list(known.wants.values()):
                self._follow(wants, new_extras)

    async def _read_page(self, name: NormalizedName) -> None:
        try:
            page = await read_places(self.client, self.problem, name)
        except ProjectNotFoundError:
            if any(root.name == name for root in self.roots):
                raise
            self.missing.add(name)
            return
        self.known[name].page = page
        self._admit(name, self.known[name].specifiers.items())
        self._read_ready()

    def _admit(self, name: NormalizedName, specifiers: Iterable[tuple[str, SpecifierSet]]) -> None:
        """Mark the versions for reading that the specifiers admit and that were not read yet."""
        known = self.known[name]
        if known.page is None:
            return
        if known.candidates is None:
            known.candidates = choose(known.page, self.problem)
            known.masks = Masks(known.candidates.versions)
            known.leave = Leave(known.masks.versions, needed=leave_needed(name, self.problem))
        if known.meet(specifiers):
            specifiers = known.specifiers.items()
        for place in bits(known.admitted(specifiers)):
            version = known.masks.versions[place]
            if version not in known.reading:
                known.reading.add(version)
                self._ready.append((name, version))

    def _read_ready(self) -> None:
        """Read what is marked: at once where it was fetched before, else as soon as it comes."""
        while self._ready:
            name, version = self._ready.pop()
            try:
                metadata = self.client.known_metadata(self._file(name, version))
            except UnusableFileError as error:
                self._refuse(name, version, error)
                continue
            if metadata is None:
                self._group.create_task(self._fetch(name, version))
            else:
                self._take(name, version, metadata)

    def _file(self, name: NormalizedName, version: Version) -> IndexFile:
        candidates = self.known[name].candidates
        if candidates is None:
            raise AssertionError("a version is read after its project")
        return candidates.defining[version]

    async def _fetch(self, name: NormalizedName, version: Version) -> None:
        try:
            metadata = await self.client.metadata(self._file(name, version))
        except UnusableFileError as error:
            self._refuse(name, version, error)
            return
        self._take(name, version, metadata)
        self._read_ready()

    def _refuse(self, name: NormalizedName, version: Version, error: UnusableFileError) -> None:
        is_wheel = self._file(name, version).is_wheel
        because = LeftOutBecause.MALFORMED if is_wheel else LeftOutBecause.SDIST_ONLY
        self.known[name].refused[version] = because, error.why

    def _take(self, name: NormalizedName, version: Version, metadata: bytes) -> None:
        known = self.known[name]
        try:
            wants = self.reader.read(metadata)
        except MalformedMetadataError as error:
            known.refused[version] = LeftOutBecause.MALFORMED, str(error)
            return
        refused = self._refusal(wants)
        if refused is not None:
            known.refused[version] = refused
            return
        known.wants[version] = wants
        self._follow(wants, [None, *known.extras])

    def _refusal(self, wants: Wants) -> tuple[LeftOutBecause, str] | None:
        """Pages need not tell which Python a file demands: its metadata does."""
        demand = wants.requires_python
        if demand is None:
            return None
        takes = python_taken(demand, self.problem.environment.python_version)
        if takes is None:
            return LeftOutBecause.MALFORMED, f"requires-python {shown(demand)}"
        return None if takes else (LeftOutBecause.OTHER_PYTHON, demand)

    def _follow(self, wants: Wants, features: Iterable[NormalizedName | None]) -> None:
        """Meet what is asked for always (None), and because of extras."""
        for feature in features:
            key = id(wants), feature
            if key in self._followed:
                continue
            self._followed.add(key)
            for asked in wants.always if feature is None else wants.because_of(feature):
                if not asked.direct:
                    self._ask(asked)
