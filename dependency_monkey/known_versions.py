"""Every version that the index has of the packages that were met, those that are not in the space too.

The universe holds what may be chosen. To say why something may not, the others are needed: versions
that were left out, and versions that no requirement admits. Of those only the number is known: they
were not read, so they count as if they asked for nothing. Requirements are read again, from the
snapshot, for their words; each package only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from packaging.requirements import Requirement as Wanted
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from dependency_monkey.candidates import LeftOut
from dependency_monkey.crawled import Crawled
from dependency_monkey.index.client import metadata_key
from dependency_monkey.index.files import ProjectPage
from dependency_monkey.masks import Masks
from dependency_monkey.overriding import Overriding, asked_roots
from dependency_monkey.problem import Problem
from dependency_monkey.requirements import Asked, RequirementReader, Wants
from dependency_monkey.universe import BASE, Package, Requirement, bits


class KnownVersions:
    """Packages by the numbers of the universe, with all their versions. A Source of conflicts.

    `wish` is one more requirement, which comes after the roots.
    """

    def __init__(self, problem: Problem, crawled: Crawled, wish: Wanted | None = None) -> None:
        self._crawled = crawled
        overriding = Overriding.of(problem)
        self._reader = RequirementReader(problem.environment.markers, overriding)
        self.asked = list(asked_roots(problem, overriding))
        if wish is not None:
            self.asked.append(Asked.of(wish, str(wish)))
        self.numbers = {one.name: number for number, one in enumerate(crawled.universe.packages)}
        self._versions: dict[int, tuple[Version, ...]] = {}
        self._masks: dict[int, Masks] = {}
        self._packages: dict[int, Package] = {}
        self._wants: dict[int, list[Wants | None]] = {}

    @property
    def size(self) -> int:
        """How many packages there are."""
        return len(self._crawled.universe.packages)

    @cached_property
    def roots(self) -> Sequence[Requirement]:
        """What the person asks for."""
        return tuple(self._requirement(one) for one in self.asked)

    def name(self, number: int) -> str:
        """The name of a package."""
        return self._crawled.universe.packages[number].name

    def versions(self, number: int) -> tuple[Version, ...]:
        """All versions that are known of, oldest first."""
        found = self._versions.get(number)
        if found is None:
            every = {*self._crawled.versions[number], *self._on_page(number)}
            every.update(self.reasons(number))
            found = self._versions[number] = tuple(sorted(every))
        return found

    def chosen(self, number: int) -> int:
        """The versions that may be chosen: those of the universe."""
        return self._mask_of(number, self._crawled.versions[number])

    def left_out(self, number: int) -> int:
        """The versions that are left out."""
        return self._mask_of(number, self.reasons(number)) & ~self.chosen(number)

    def reasons(self, number: int) -> dict[Version, LeftOut]:
        """Why each version that is left out is."""
        return self._left_out.get(self.name(number), {})

    def admitted(self, number: int, asked: Asked) -> int:
        """The versions that a specifier admits."""
        masks = self._masks.get(number)
        if masks is None:
            masks = self._masks[number] = Masks(self.versions(number))
        return masks.of(asked.specifier, asked.versions)

    def package(self, number: int) -> Package:
        """A package with all versions that are known of, those that are left out too."""
        found = self._packages.get(number)
        if found is None:
            wants = self.wants(number)
            rows = tuple(
                tuple(self._row(number, one, feature) for one in wants)
                for feature in self._crawled.features[number]
            )
            versions = tuple(map(str, self.versions(number)))
            found = self._packages[number] = Package(self.name(number), versions, rows)
        return found

    def wants(self, number: int) -> list[Wants | None]:
        """What each version asks for; None where it was not read."""
        found = self._wants.get(number)
        if found is None:
            files = dict(
                zip(self._crawled.versions[number], self._crawled.defining[number], strict=True)
            )
            metadata = self._crawled.snapshot.metadata
            found = self._wants[number] = [
                self._reader.read(metadata[metadata_key(files[one])]) if one in files else None
                for one in self.versions(number)
            ]
        return found

    def said(self, number: int, version: int, features: int, target: int) -> Iterator[Asked]:
        """The requirements of one version on a package, because of these features."""
        wants = self.wants(number)[version]
        name = self.name(target)
        for place in bits(features):
            if wants is not None and place < len(self._crawled.features[number]):
                extra = self._crawled.features[number][place]
                for one in wants.because_of(extra) if extra else wants.always:
                    if one.name == name:
                        yield one

    def is_on_index(self, number: int) -> bool:
        """Whether the index has the package at all."""
        return self._page(number) is not None

    def _row(self, number: int, wants: Wants | None, extra: str) -> tuple[Requirement, ...]:
        if wants is None:
            return ()
        asked = wants.because_of(extra) if extra else wants.always
        if any(one.direct for one in asked):
            return (Requirement(number, 0),)  # an address comes from no index
        return tuple(self._requirement(one) for one in asked if one.name in self.numbers)

    def _requirement(self, asked: Asked) -> Requirement:
        number = self.numbers[asked.name]
        features = self._crawled.features[number]
        wanted = BASE
        for extra in asked.extras:
            if extra in features:
                wanted |= 1 << features.index(extra)
        return Requirement(number, self.admitted(number, asked), wanted)

    def _mask_of(self, number: int, versions: Iterable[Version]) -> int:
        every = set(versions)
        return sum(1 << place for place, one in enumerate(self.versions(number)) if one in every)

    def _page(self, number: int) -> ProjectPage | None:
        key = self._crawled.sources[number], self.name(number)
        return self._crawled.snapshot.pages.get(key)

    def _on_page(self, number: int) -> Iterator[Version]:
        page = self._page(number)
        for file in page.files if page else ():
            version = file.version_for(self.name(number))
            if version is not None:
                yield version

    @cached_property
    def _left_out(self) -> dict[str, dict[Version, LeftOut]]:
        found: dict[str, dict[Version, LeftOut]] = {}
        for one in self._crawled.left_out:
            try:
                version = Version(one.version)
            except InvalidVersion:
                continue
            found.setdefault(canonicalize_name(one.package), {})[version] = one
        return found


def words(asked: Asked) -> str:
    """A requirement without its marker: that it applies is known."""
    extras = f"[{','.join(sorted(asked.extras))}]" if asked.extras else ""
    return f"{asked.name}{extras}{asked.versions}"
