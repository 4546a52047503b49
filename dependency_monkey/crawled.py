"""What was read, put together: the universe in numbers, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

from packaging.utils import NormalizedName
from packaging.version import Version

from dependency_monkey.candidates import Candidates
from dependency_monkey.index.files import IndexFile
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.left_out import LeftOut, LeftOutBecause
from dependency_monkey.masks import Masks
from dependency_monkey.problem import Problem
from dependency_monkey.requirements import Asked, Wants
from dependency_monkey.universe import BASE, Package, Requirement, Universe, bits

if TYPE_CHECKING:
    from dependency_monkey.crawl import Known

_Rows = tuple[Requirement, ...]


@dataclass(frozen=True, repr=False)
class Crawled:
    """A universe with what its numbers mean.

    `defining[p][v]` is the file that defines version v of package p, `files[p][v]` are all its files.
    `unknown_extras` are (package, extra) pairs that were asked for and that no version has;
    `barred_extras` are (package, version, extra): with that extra the version asks for an address.
    """

    universe: Universe
    versions: tuple[tuple[Version, ...], ...]
    defining: tuple[tuple[IndexFile, ...], ...]
    files: tuple[Sequence[tuple[IndexFile, ...]], ...]
    sources: tuple[str, ...]
    features: tuple[tuple[str, ...], ...]
    snapshot: Snapshot
    left_out: tuple[LeftOut, ...]
    missing: tuple[str, ...]
    unknown_extras: tuple[tuple[str, str], ...]
    barred_extras: tuple[tuple[str, str, str], ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def source_of(self, package: int, version: int) -> str:
        """The source of a version: that of the file which defines it."""
        return self.origins.get(self.defining[package][version].url, self.sources[package])

    def __repr__(self) -> str:
        # asyncio.run asks for the text of its result, which would be that of every requirement
        return f"Crawled({len(self.versions)} packages, {sum(map(len, self.versions))} versions)"


class FilesOf(Sequence[tuple[IndexFile, ...]]):
    """The files of each version of a project, made when they are asked for: few ever are."""

    def __init__(self, candidates: Candidates, versions: Sequence[Version]) -> None:
        self._candidates = candidates
        self._versions = versions

    @overload
    def __getitem__(self, place: int) -> tuple[IndexFile, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[IndexFile, ...]]: ...
    def __getitem__(
        self, place: int | slice
    ) -> tuple[IndexFile, ...] | Sequence[tuple[IndexFile, ...]]:
        if isinstance(place, slice):
            return FilesOf(self._candidates, self._versions[place])
        return self._candidates.files(self._versions[place])

    def __len__(self) -> int:
        return len(self._versions)


@dataclass
class _Numbers:
    """Numbers for names; files that want the same get the same rows."""

    known: Mapping[NormalizedName, Known]
    names: list[NormalizedName]
    versions: dict[NormalizedName, tuple[Version, ...]]
    features: dict[NormalizedName, list[str]]
    places: dict[NormalizedName, dict[str, int]] = field(init=False)
    numbers: dict[NormalizedName, int] = field(init=False)
    masks: dict[NormalizedName, Masks] = field(init=False)
    rows: dict[tuple[int, str], _Rows] = field(default_factory=dict)
    requirements: dict[int, Requirement] = field(default_factory=dict)
    barred: set[tuple[str, str, str]] = field(default_factory=set)
    early: dict[NormalizedName, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers = {name: number for number, name in enumerate(self.names)}
        self.masks = {name: Masks(self.versions[name]) for name in self.names}
        self.places = {
            name: {extra: place for place, extra in enumerate(self.features[name])}
            for name in self.names
        }

    @classmethod
    def of(cls, known: Mapping[NormalizedName, Known]) -> _Numbers:
        names = sorted(known)
        return cls(
            known,
            names,
            {name: tuple(sorted(known[name].wants)) for name in names},
            {name: ["", *sorted(known[name].extras)] for name in names},
        )

    def package(self, name: NormalizedName) -> Package:
        """One package with the requirements of each version, because of each feature."""
        versions, wants = self.versions[name], self.known[name].wants
        rows = tuple(
            tuple(self._row(name, version, wants[version], feature) for version in versions)
            for feature in self.features[name]
        )
        return Package(name, tuple(map(str, versions)), rows, self.barred_of(name))

    def barred_of(self, name: NormalizedName) -> int:
        """The pre-releases that need leave, of the versions that were read."""
        found = self.early.get(name)
        if found is None:
            versions = self.versions[name]
            found = sum(1 << place for place, one in enumerate(versions) if one.is_prerelease)
            # where no final version was read there is none that fits
            if not self.known[name].leave.barred or found == (1 << len(versions)) - 1:
                found = 0
            self.early[name] = found
        return found

    def requirement(self, asked: Asked) -> Requirement:
        """A requirement in numbers."""
        found = self.requirements.get(id(asked))
        if found is None:
            wanted = BASE
            for extra in asked.extras:
                wanted |= 1 << self.places[asked.name][extra]
            admitted = self.masks[asked.name].of(asked.specifier, asked.versions)
            barred = self.barred_of(asked.name)
            if barred and not asked.specifier.prereleases:
                admitted |= (admitted & ~barred) << len(self.versions[asked.name])
            found = Requirement(self.numbers[asked.name], admitted, wanted)
            self.requirements[id(asked)] = found
        return found

    def _row(self, name: NormalizedName, version: Version, wants: Wants, feature: str) -> _Rows:
        asked = wants.because_of(feature) if feature else wants.always
        if any(one.direct for one in asked):
            self.barred.add((name, str(version), feature))
            return (Requirement(self.numbers[name], 0),)  # nobody fulfils it
        key = id(wants), feature
        found = self.rows.get(key)
        if found is None:
            found = self.rows[key] = tuple(map(self.requirement, asked))
        return found


def assemble(
    problem: Problem,
    known: Mapping[NormalizedName, Known],
    roots: Iterable[Asked],
    missing: Iterable[NormalizedName],
    snapshot: Snapshot,
) -> Crawled:
    """Everything that was read, in numbers."""
    numbers = _Numbers.of(known)
    names, versions = numbers.names, numbers.versions
    packages = tuple(map(numbers.package, names))
    chosen = [(known[name].candidates, versions[name]) for name in names]
    return Crawled(
        universe=Universe(packages, tuple(map(numbers.requirement, roots))),
        versions=tuple(versions[name] for name in names),
        defining=tuple(
            tuple(map(found.defining.__getitem__, own)) if found else () for found, own in chosen
        ),
        files=tuple(FilesOf(found, own) if found else () for found, own in chosen),
        sources=tuple(_source(problem, known[name], name) for name in names),
        features=tuple(tuple(numbers.features[name]) for name in names),
        snapshot=snapshot,
        left_out=tuple(_left_out(known, names)),
        missing=tuple(sorted(missing)),
        unknown_extras=tuple(_unknown_extras(known, names)),
        barred_extras=tuple(sorted(numbers.barred)),
        origins=_origins(known),
    )


def _source(problem: Problem, known: Known, name: NormalizedName) -> str:
    return problem.source_of(name) if known.page is None else known.page.source


def _origins(known: Mapping[NormalizedName, Known]) -> dict[str, str]:
    """The sources of files whose projects come from several."""
    pages = (one.page for one in known.values())
    return {url: source for page in pages if page for url, source in page.origins.items()}


def _left_out(
    known: Mapping[NormalizedName, Known], names: list[NormalizedName]
) -> Iterable[LeftOut]:
    for name in names:
        found = known[name].candidates
        if found is not None:
            yield from found.left_out
            for place in bits(known[name].leave.withheld):
                yield LeftOut(name, str(found.versions[place]), LeftOutBecause.PRE_RELEASE)
        for version, (because, detail) in sorted(known[name].refused.items()):
            yield LeftOut(name, str(version), because, detail)


def _unknown_extras(
    known: Mapping[NormalizedName, Known], names: list[NormalizedName]
) -> Iterable[tuple[str, str]]:
    for name in names:
        wants = known[name].wants.values()
        for extra in sorted(known[name].extras):
            if wants and not any(extra in one.provided or one.because_of(extra) for one in wants):
                yield name, extra
