"""A stack with what its lock says of each package: the files, the index, the extras, the marker.

Pinning walks from the roots as an installer does, so a lock is only ever written of a valid stack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from amun_core.redaction import HIDDEN, redact_url
from dependency_monkey.crawl import Crawled
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.errors import LockError, NotAStackError
from dependency_monkey.index.files import IndexFile
from dependency_monkey.naming import Naming
from dependency_monkey.problem import PreReleases, Problem, Root
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Requirement, bits


class NamedIndex(Protocol):
    """A package index as a problem names it; an empty address is the one of pip's configuration."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def verify_ssl(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a stack. The first of `files` is the one that defines the version.

    `marker` is what the roots say of it, where nothing else in the stack requires it.
    """

    name: str
    version: str
    source: NamedIndex
    files: tuple[IndexFile, ...]
    extras: tuple[str, ...] = ()
    marker: str | None = None

    @property
    def hashes(self) -> tuple[str, ...]:
        """The hashes of the files, sorted, as every lock writes them."""
        return tuple(sorted({f"sha256:{file.sha256}" for file in self.files}))


@dataclass(frozen=True)
class PinnedStack:
    """Everything that a lock is written from. Equal ones give equal files.

    `sources` are the indexes as the problem names them, the default one first; an empty address is
    the index of pip's configuration. `all_files`: the pins have every file of their versions, not only
    the one that the environment takes.
    """

    pins: tuple[Pin, ...]
    roots: tuple[Root, ...]
    sources: tuple[NamedIndex, ...]
    environment: TargetEnvironment
    snapshot: str
    all_files: bool = False
    pre_releases: PreReleases = PreReleases.IF_NECESSARY

    @property
    def python(self) -> str:
        """Major and minor version of Python, as texts of requirements name it."""
        major, minor = self.environment.python
        return f"{major}.{minor}"


class Pinner:
    """Pins stacks of one problem. `sources` name the indexes as the problem does."""

    def __init__(self, crawled: Crawled, problem: Problem, sources: Iterable[NamedIndex]) -> None:
        self._crawled = crawled
        self._problem = problem
        named = {source.name: source for source in sources}
        missing = [name for name in problem.sources if name not in named]
        if missing:
            raise LockError(f"the index {missing[0]} of the problem is not among the sources")
        self._sources = {name: named[name] for name in problem.sources}
        self._naming = Naming(crawled)

    @cached_property
    def _snapshot(self) -> str:
        return self._crawled.snapshot.digest  # of everything that was read: worth computing once

    def pin(self, stack: Mapping[str, str], *, all_files: bool = False) -> PinnedStack:
        """The stack with its files. Raises NotAStackError, and LockError for a file without hash."""
        choice = self._choice(stack)
        features, required = self._walk(choice)
        names = [package.name for package in self._crawled.universe.packages]
        pins = [
            Pin(
                name=names[package],
                version=self._crawled.universe.packages[package].versions[version],
                source=self._sources[self._crawled.source_of(package, version)],
                files=self._files(package, version, all_files=all_files),
                extras=self._extras(package, features[package]),
                marker=None if package in required else self._marker(names[package]),
            )
            for package, version in choice.items()
        ]
        return PinnedStack(
            pins=tuple(sorted(pins, key=lambda pin: pin.name)),
            roots=self._problem.roots,
            sources=tuple(self._sources.values()),
            environment=self._problem.environment,
            snapshot=self._snapshot,
            all_files=all_files,
            pre_releases=self._problem.policy.pre_releases,
        )

    def _choice(self, stack: Mapping[str, str]) -> Choice:
        choice: Choice = {}
        for name, text in stack.items():
            package = self._naming.package(name)
            if package is None:
                raise NotAStackError(f"{name} is not required by anything that was asked for")
            version = self._naming.version(package, text)
            if version is None:
                raise NotAStackError(f"{name} {text} is not in the space")
            choice[package] = version
        return choice

    def _walk(self, choice: Mapping[int, int]) -> tuple[dict[int, int], set[int]]:
        """The features of each package that are asked for; the packages that others require."""
        universe = self._crawled.universe
        features: dict[int, int] = {}
        required: set[int] = set()
        waiting: list[tuple[str, Requirement]] = [("the problem", one) for one in universe.roots]
        while waiting:
            by, asked = waiting.pop()
            name = universe.packages[asked.package].name
            version = choice.get(asked.package)
            if version is None:
                raise NotAStackError(f"{by} requires {name}, which the stack has not")
            found = universe.packages[asked.package].versions[version]
            if not asked.admitted >> version & 1:
                raise NotAStackError(f"{by} does not admit {name} {found}")
            new = asked.features & ~features.get(asked.package, 0)
            features[asked.package] = features.get(asked.package, 0) | new
            for further in universe.required(asked.package, version, new):
                required.add(further.package)
                waiting.append((f"{name} {found}", further))
        unasked = sorted(universe.packages[one].name for one in choice.keys() - features.keys())
        if unasked:
            raise NotAStackError(f"nothing in the stack requires {unasked[0]}")
        return features, required

    def _files(self, package: int, version: int, *, all_files: bool) -> tuple[IndexFile, ...]:
        defining = self._crawled.defining[package][version]
        if defining.sha256 is None:
            raise LockError(
                f"the index {self._crawled.sources[package]} tells no sha256 of {defining.filename}",
                hint="a lock holds hashes: take the package from an index that tells them",
            )
        if not all_files:
            return (defining,)
        others = [
            file
            for file in self._crawled.files[package][version]
            if file.sha256 is not None and file != defining
        ]
        return (defining, *sorted(others, key=lambda file: file.filename))

    def _extras(self, package: int, features: int) -> tuple[str, ...]:
        names = self._crawled.features[package]
        return tuple(sorted(names[one] for one in bits(features) if names[one]))

    def _marker(self, name: str) -> str | None:
        return joined_marker([one for one in self._problem.roots if one.name == name])


def joined_marker(roots: Sequence[Root]) -> str | None:
    """When any of these requirements of one package applies; None: always."""
    markers = [one.requirement.marker for one in roots]
    if not markers or None in markers:
        return None
    texts = sorted({one_line(str(marker)) for marker in markers})
    return str(Marker(texts[0] if len(texts) == 1 else " or ".join(f"({one})" for one in texts)))


def one_line(text: str) -> str:
    """The text without anything that ends a line: a quoted text in a marker may hold that."""
    return "".join(one if one.isprintable() else " " for one in text)


def index_address(source: NamedIndex) -> str:
    """The address of an index as a lock may show it; empty: the index of pip's configuration."""
    return public_address(source.url)


def file_address(file: IndexFile) -> str:
    """The address of a file as a lock may show it; a query may be a signature."""
    return public_address(file.url).partition("?")[0]


def public_address(address: str) -> str:
    """The address without credentials; those that only name variables stay: https://${USER}@..."""
    return redact_url(address).replace(f"{HIDDEN}@", "")


def by_name(roots: Iterable[Root]) -> dict[str, list[Root]]:
    """The roots of each package, sorted by its name."""
    found: dict[str, list[Root]] = {}
    for root in roots:
        found.setdefault(canonicalize_name(root.requirement.name), []).append(root)
    return dict(sorted(found.items()))
