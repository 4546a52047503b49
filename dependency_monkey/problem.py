"""What may be chosen: the requirements of a person, for one environment, under one policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from dependency_monkey.environment import TargetEnvironment

#: What the index of pip's configuration is called where a problem names none.
DEFAULT_SOURCE = "default"


class PreReleases(StrEnum):
    """Which pre-releases may be chosen."""

    IF_NECESSARY = (
        "if-necessary"  # where a requirement in force names one, or nothing final fits all
    )
    ALLOW = "allow"
    NEVER = "never"


@dataclass(frozen=True)
class Root:
    """One requirement of the person, and the index it shall come from (None: the first)."""

    requirement: Requirement
    source: str | None = None

    @property
    def name(self) -> NormalizedName:
        """The canonical name of the package."""
        return canonicalize_name(self.requirement.name)

    @property
    def pins(self) -> bool:
        """Whether it names exactly one version with `==`: that admits a yanked file too."""
        return any(
            one.operator in {"==", "==="} and not one.version.endswith(".*")
            for one in self.requirement.specifier
        )


@dataclass(frozen=True)
class Policy:
    """What narrows the space besides the requirements.

    `as_of` admits files uploaded up to that moment, `newer_than` those after; `last` keeps the
    newest so many versions of every package, `last_of` of one. `exclude` and `allow` are
    requirements: what `exclude` admits is left out, of a package in `allow` only what it admits stays.
    `as_of_of` and `pre_releases_of` say it of single packages; None there: up to now.
    """

    as_of: datetime | None = None
    newer_than: datetime | None = None
    last: int | None = None
    last_of: Mapping[NormalizedName, int] = field(default_factory=dict)
    exclude: tuple[Requirement, ...] = ()
    allow: tuple[Requirement, ...] = ()
    pre_releases: PreReleases = PreReleases.IF_NECESSARY
    sdists: bool = False
    as_of_of: Mapping[NormalizedName, datetime | None] = field(default_factory=dict)
    pre_releases_of: Mapping[NormalizedName, PreReleases] = field(default_factory=dict)

    @property
    def dated(self) -> bool:
        """Whether it matters when files were uploaded."""
        return bool(self.as_of or self.newer_than or any(self.as_of_of.values()))

    def as_of_for(self, package: NormalizedName) -> datetime | None:
        """The moment up to which files of a package are admitted."""
        return self.as_of_of.get(package, self.as_of)

    def pre_releases_for(self, package: NormalizedName) -> PreReleases:
        """Which pre-releases of a package may be chosen."""
        return self.pre_releases_of.get(package, self.pre_releases)


@dataclass(frozen=True)
class Problem:
    """Roots, environment, policy, and the names of the indexes; the first is the default.

    A package that is bound to no index is looked for in each group of `searched` in turn, up to the
    first group that has it, and in all of `links`; without groups in the default one. `constraints`
    bound the versions of packages that something else asks for. `overrides` take the place of every
    requirement of their packages, `removed` are required by nothing.
    """

    roots: tuple[Root, ...]
    environment: TargetEnvironment
    policy: Policy = Policy()
    sources: tuple[str, ...] = (DEFAULT_SOURCE,)
    constraints: tuple[Requirement, ...] = ()
    searched: tuple[tuple[str, ...], ...] = ()
    links: tuple[str, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    removed: frozenset[NormalizedName] = frozenset()

    def source_of(self, package: NormalizedName) -> str:
        """The index a package comes from: the one a root names for it, else the first."""
        return self._bound(package) or self.sources[0]

    def places_of(self, package: NormalizedName) -> tuple[tuple[str, ...], ...]:
        """The groups of indexes that a package is looked for in."""
        bound = self._bound(package)
        if bound is not None:
            return ((bound,),)
        return self.searched or ((self.sources[0],),)

    def is_bound(self, package: NormalizedName) -> bool:
        """Whether a root names the index that the package comes from."""
        return self._bound(package) is not None

    def _bound(self, package: NormalizedName) -> str | None:
        return next((one.source for one in self.roots if one.name == package and one.source), None)
