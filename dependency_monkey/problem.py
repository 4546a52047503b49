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

    IF_NECESSARY = "if-necessary"  # where a package has nothing else, or a specifier names one
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
    """

    as_of: datetime | None = None
    newer_than: datetime | None = None
    last: int | None = None
    last_of: Mapping[NormalizedName, int] = field(default_factory=dict)
    exclude: tuple[Requirement, ...] = ()
    allow: tuple[Requirement, ...] = ()
    pre_releases: PreReleases = PreReleases.IF_NECESSARY
    sdists: bool = False


@dataclass(frozen=True)
class Problem:
    """Roots, environment, policy, and the names of the indexes; the first is the default.

    `constraints` bound the versions of packages that something else asks for.
    """

    roots: tuple[Root, ...]
    environment: TargetEnvironment
    policy: Policy = Policy()
    sources: tuple[str, ...] = (DEFAULT_SOURCE,)
    constraints: tuple[Requirement, ...] = ()

    def source_of(self, package: NormalizedName) -> str:
        """The index a package comes from: the one a root names for it, else the first."""
        named = next((one.source for one in self.roots if one.name == package and one.source), None)
        return named or self.sources[0]
