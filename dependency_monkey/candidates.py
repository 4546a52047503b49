"""Which versions of a project may be chosen, by which file each is defined, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from dependency_monkey.index.files import Entry, IndexFile, ProjectPage, file_of
from dependency_monkey.left_out import LeftOut, LeftOutBecause
from dependency_monkey.problem import PreReleases, Problem
from dependency_monkey.sorting import Sorting

__all__ = ["Candidates", "LeftOut", "LeftOutBecause", "choose"]


@dataclass
class Candidates:
    """The versions of one project, oldest first.

    `defining[v]` is the file whose metadata counts: the one that an installer would take, by the best
    tag and then the highest build number. `all_entries[v]` are all files of the version.
    """

    name: str
    versions: list[Version]
    defining: Mapping[Version, IndexFile]
    all_entries: Mapping[Version, Sequence[Entry]]
    base: str
    left_out: list[LeftOut] = field(default_factory=list)

    def files(self, version: Version) -> tuple[IndexFile, ...]:
        """All files of a version."""
        found = (file_of(entry, self.base) for entry in self.all_entries[version])
        return tuple(file for file in found if file is not None)


def choose(page: ProjectPage, problem: Problem) -> Candidates:
    """The versions of a project that the problem may choose from; pre-releases may need leave."""
    sorting = Sorting(page, problem)
    left_out = sorting.left_out()
    versions = _without_pre_releases(page.name, sorted(sorting.admissible), problem, left_out)
    versions = _by_lists(page.name, versions, problem, left_out)
    versions = _newest(page.name, versions, problem, left_out)
    return Candidates(page.name, versions, sorting.admissible, sorting.every, page.base, left_out)


def _without_pre_releases(
    name: str,
    versions: list[Version],
    problem: Problem,
    left_out: list[LeftOut],
) -> list[Version]:
    if problem.policy.pre_releases_for(canonicalize_name(name)) is not PreReleases.NEVER:
        return versions
    left_out.extend(
        LeftOut(name, str(version), LeftOutBecause.PRE_RELEASE)
        for version in versions
        if version.is_prerelease
    )
    return [version for version in versions if not version.is_prerelease]


def leave_needed(name: str, problem: Problem) -> bool:
    """Whether pre-releases of a package need leave: not where all are allowed, or a constraint names one."""
    if problem.policy.pre_releases_for(canonicalize_name(name)) is not PreReleases.IF_NECESSARY:
        return False
    return not any(one.prereleases for one in _specifiers_of(problem.constraints, name))


def _by_lists(
    name: str, versions: list[Version], problem: Problem, left_out: list[LeftOut]
) -> list[Version]:
    """What the lists of the policy leave."""
    policy = problem.policy
    allowed = _specifiers_of(policy.allow, name)
    excluded = _specifiers_of(policy.exclude, name)
    bounds = _specifiers_of(problem.constraints, name)
    if not (allowed or excluded or bounds):
        return versions

    def why_not(version: Version) -> LeftOutBecause | None:
        admits = [one.contains(version, prereleases=True) for one in bounds]
        if not all(admits):
            return LeftOutBecause.CONSTRAINED
        if any(one.contains(version, prereleases=True) for one in excluded) or (
            allowed and not any(one.contains(version, prereleases=True) for one in allowed)
        ):
            return LeftOutBecause.EXCLUDED
        return None

    stay = []
    for version in versions:
        why = why_not(version)
        if why is None:
            stay.append(version)
        else:
            left_out.append(LeftOut(name, str(version), why))
    return stay


def _specifiers_of(requirements: Iterable[Requirement], name: str) -> list[SpecifierSet]:
    return [one.specifier for one in requirements if canonicalize_name(one.name) == name]


def _newest(
    name: str, versions: list[Version], problem: Problem, left_out: list[LeftOut]
) -> list[Version]:
    """The newest so many. Pre-releases that are admitted beside others count for nothing here."""
    policy = problem.policy
    kept = policy.last_of.get(canonicalize_name(name), policy.last)
    if kept is None:
        return versions
    counted = versions
    if policy.pre_releases_for(canonicalize_name(name)) is PreReleases.IF_NECESSARY:
        counted = [version for version in versions if not version.is_prerelease] or versions
    if kept >= len(counted):
        return versions
    oldest = counted[-kept]
    left_out.extend(
        LeftOut(name, str(version), LeftOutBecause.WINDOW)
        for version in versions
        if version < oldest
    )
    return [version for version in versions if version >= oldest]
