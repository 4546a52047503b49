"""Which versions of a project may be chosen, by which file each is defined, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.problem import PreReleases, Problem, Root


class LeftOutBecause(StrEnum):
    """Why a version is not in the space although the index has it."""

    SDIST_ONLY = "sdist_only"
    OTHER_PLATFORM = "other_platform"
    OTHER_PYTHON = "other_python"
    YANKED = "yanked"
    PRE_RELEASE = "pre_release"
    DATE = "date"
    WINDOW = "window"
    EXCLUDED = "excluded"
    CONSTRAINED = "constrained"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One version that is not in the space, and why; `detail` says more where there is more."""

    package: str
    version: str
    because: LeftOutBecause
    detail: str = ""


@dataclass
class Candidates:
    """The versions of one project, oldest first.

    `defining[v]` is the file whose metadata counts: the one that an installer would take, by the best
    tag and then the highest build number. `files[v]` are all files of the version.
    """

    name: str
    versions: list[Version]
    defining: dict[Version, IndexFile]
    files: dict[Version, tuple[IndexFile, ...]]
    left_out: list[LeftOut] = field(default_factory=list)


def choose(page: ProjectPage, problem: Problem, *, named_pre_release: bool) -> Candidates:
    """The versions of a project that the problem may choose from.

    `named_pre_release`: some requirement that can be reached names a pre-release of it. That adds
    versions, it never takes one away: so it does not matter when it is found out.
    """
    admissible, files, left_out = _admissible(page, problem)
    versions = _without_pre_releases(
        page.name, sorted(admissible), problem, left_out, named_pre_release
    )
    versions = _by_lists(page.name, versions, problem, left_out)
    versions = _newest(page.name, versions, problem, left_out)
    return Candidates(
        page.name,
        versions,
        {version: _best(admissible[version], problem.environment) for version in versions},
        {version: tuple(files[version]) for version in versions},
        left_out,
    )


_Files = dict[Version, list[IndexFile]]


def _admissible(page: ProjectPage, problem: Problem) -> tuple[_Files, _Files, list[LeftOut]]:
    """Files that this environment could install, and all files, by version; the other versions."""
    found: _Files = {}
    every: _Files = {}
    reasons: dict[Version, list[tuple[LeftOutBecause, str]]] = {}
    pins = [one for one in problem.roots if one.pins and one.name == page.name]
    for file in page.files:
        version = file.version_for(page.name)
        if version is None:
            continue
        every.setdefault(version, []).append(file)
        reason = _why_not(file, version, problem, pins)
        if reason is None:
            found.setdefault(version, []).append(file)
        else:
            reasons.setdefault(version, []).append(reason)
    left_out = [
        LeftOut(page.name, str(version), *_nearest_miss(why))
        for version, why in sorted(reasons.items())
        if version not in found
    ]
    for version in [version for version, own in found.items() if _is_sdist(own[0])]:
        wheels = [file for file in found[version] if file.is_wheel]
        found[version] = wheels or found[version]
    return found, every, left_out


def _is_sdist(file: IndexFile) -> bool:
    return not file.is_wheel


def _why_not(
    file: IndexFile, version: Version, problem: Problem, pins: list[Root]
) -> tuple[LeftOutBecause, str] | None:
    policy = problem.policy
    if file.is_wheel:
        if file.wheel is None or problem.environment.place_of(file.wheel.tags) is None:
            return LeftOutBecause.OTHER_PLATFORM, ""
    elif not policy.sdists:
        return LeftOutBecause.SDIST_ONLY, ""
    if file.requires_python:
        takes = takes_python(file.requires_python, problem.environment.python_version)
        if takes is None:
            return LeftOutBecause.MALFORMED, f"requires-python {file.requires_python[:80]!a}"
        if not takes:
            return LeftOutBecause.OTHER_PYTHON, file.requires_python
    if file.yanked and not _is_pinned(version, pins):
        return LeftOutBecause.YANKED, file.yanked_reason or ""
    if policy.as_of is not None and (file.upload_time is None or file.upload_time > policy.as_of):
        return LeftOutBecause.DATE, _date(file)
    if policy.newer_than is not None and (
        file.upload_time is None or file.upload_time <= policy.newer_than
    ):
        return LeftOutBecause.DATE, _date(file)
    return None


def _is_pinned(version: Version, pins: list[Root]) -> bool:
    """Whether a root names this one version with `==`: only that admits a yanked file."""
    return any(one.requirement.specifier.contains(version, prereleases=True) for one in pins)


def _date(file: IndexFile) -> str:
    return "not dated" if file.upload_time is None else f"{file.upload_time:%Y-%m-%d}"


#: Of several files of a version the one that came closest says why the version is left out.
_CLOSENESS = (
    LeftOutBecause.YANKED,
    LeftOutBecause.DATE,
    LeftOutBecause.MALFORMED,
    LeftOutBecause.OTHER_PYTHON,
    LeftOutBecause.OTHER_PLATFORM,
    LeftOutBecause.SDIST_ONLY,
)


def _nearest_miss(reasons: Iterable[tuple[LeftOutBecause, str]]) -> tuple[LeftOutBecause, str]:
    return min(reasons, key=lambda reason: _CLOSENESS.index(reason[0]))


@lru_cache(65_536)
def takes_python(requires: str, python: str) -> bool | None:
    """Whether a demand admits this Python; None where it is malformed: that is never weakened."""
    try:
        return SpecifierSet(requires).contains(python, prereleases=True)
    except InvalidSpecifier:
        return None


def _best(files: list[IndexFile], environment: TargetEnvironment) -> IndexFile:
    """What an installer takes: the best tag, of these the highest build number."""
    if len(files) == 1:
        return files[0]

    def order(file: IndexFile) -> tuple[int, tuple[int, str]]:
        wheel = file.wheel
        if wheel is None:
            return 0, (-1, "")
        place = environment.place_of(wheel.tags)
        return -(place or 0), wheel.build or (-1, "")

    return max(files, key=order)


def _without_pre_releases(
    name: str,
    versions: list[Version],
    problem: Problem,
    left_out: list[LeftOut],
    named: bool,
) -> list[Version]:
    rule = problem.policy.pre_releases
    only = all(version.is_prerelease for version in versions)
    if rule is PreReleases.ALLOW or (rule is PreReleases.IF_NECESSARY and (only or named)):
        return versions
    left_out.extend(
        LeftOut(name, str(version), LeftOutBecause.PRE_RELEASE)
        for version in versions
        if version.is_prerelease
    )
    return [version for version in versions if not version.is_prerelease]


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
    if policy.pre_releases is PreReleases.IF_NECESSARY:
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
