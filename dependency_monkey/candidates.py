"""Which versions of a project may be chosen, by which file each is defined, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidSdistFilename, canonicalize_name, parse_sdist_filename
from packaging.version import InvalidVersion, Version

from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.problem import PreReleases, Problem


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

    `named_pre_release`: some requirement that can be reached names a pre-release of it.
    """
    by_version, left_out = _admissible(page, problem)
    versions = _without_pre_releases(
        page.name, sorted(by_version), problem, left_out, named_pre_release
    )
    versions = _by_lists(page.name, versions, problem, left_out)
    versions = _newest(page.name, versions, problem, left_out)
    defining = {version: _best(by_version[version], problem) for version in versions}
    files: dict[Version, list[IndexFile]] = {version: [] for version in versions}
    for file in page.files:
        version = _version_of(page, file)
        if version in files:
            files[version].append(file)
    return Candidates(
        page.name, versions, defining, {v: tuple(found) for v, found in files.items()}, left_out
    )


def _admissible(
    page: ProjectPage, problem: Problem
) -> tuple[dict[Version, list[IndexFile]], list[LeftOut]]:
    """Files that this environment could install, by version; why the other versions are none."""
    found: dict[Version, list[IndexFile]] = {}
    reasons: dict[Version, list[LeftOutBecause]] = {}
    pinned = {one.name for one in problem.roots if one.pins}
    for file in page.files:
        version = _version_of(page, file)
        if version is None:
            continue
        reason = _why_not(file, version, problem, yanked_too=page.name in pinned)
        if reason is None:
            found.setdefault(version, []).append(file)
        else:
            reasons.setdefault(version, []).append(reason)
    left_out = [
        LeftOut(page.name, str(version), _nearest_miss(why))
        for version, why in sorted(reasons.items())
        if version not in found
    ]
    return found, left_out


def _version_of(page: ProjectPage, file: IndexFile) -> Version | None:
    if file.wheel is not None:
        return file.wheel.version if file.wheel.name == page.name else None
    try:
        name, version = parse_sdist_filename(file.filename)
    except (InvalidSdistFilename, InvalidVersion):
        return None
    return version if name == page.name else None


def _why_not(
    file: IndexFile, version: Version, problem: Problem, *, yanked_too: bool
) -> LeftOutBecause | None:
    policy = problem.policy
    wheel = file.wheel
    if wheel is None:
        return LeftOutBecause.SDIST_ONLY
    if wheel.tags.isdisjoint(problem.environment.tags):
        return LeftOutBecause.OTHER_PLATFORM
    if not _takes_python(file.requires_python, problem.environment.python_version):
        return LeftOutBecause.OTHER_PYTHON
    if file.yanked and not (
        yanked_too
        and any(
            root.pins
            and root.name == wheel.name
            and root.requirement.specifier.contains(version, prereleases=True)
            for root in problem.roots
        )
    ):
        return LeftOutBecause.YANKED
    if policy.as_of is not None and (file.upload_time is None or file.upload_time > policy.as_of):
        return LeftOutBecause.DATE
    if policy.newer_than is not None and (
        file.upload_time is None or file.upload_time <= policy.newer_than
    ):
        return LeftOutBecause.DATE
    return None


#: Of several files of a version the one that came closest says why the version is left out.
_CLOSENESS = (
    LeftOutBecause.YANKED,
    LeftOutBecause.DATE,
    LeftOutBecause.OTHER_PYTHON,
    LeftOutBecause.OTHER_PLATFORM,
    LeftOutBecause.SDIST_ONLY,
)


def _nearest_miss(reasons: Iterable[LeftOutBecause]) -> LeftOutBecause:
    return min(reasons, key=_CLOSENESS.index)


def _takes_python(requires: str | None, python: str) -> bool:
    if not requires:
        return True
    try:
        return SpecifierSet(requires).contains(python, prereleases=True)
    except InvalidSpecifier:
        return False  # an installer that cannot read it does not take the file either


def _best(files: list[IndexFile], problem: Problem) -> IndexFile:
    tags = problem.environment.tags

    def order(file: IndexFile) -> tuple[int, tuple[int, str]]:
        wheel = file.wheel
        if wheel is None:
            raise AssertionError("only wheels are admissible")
        place = min(tags[tag] for tag in wheel.tags if tag in tags)
        return -place, wheel.build or (-1, "")

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
    allowed = [one for one in policy.allow if canonicalize_name(one.name) == name]
    excluded = [one for one in policy.exclude if canonicalize_name(one.name) == name]

    def stays(version: Version) -> bool:
        return not _any_admits(excluded, version) and (not allowed or _any_admits(allowed, version))

    left_out.extend(
        LeftOut(name, str(version), LeftOutBecause.EXCLUDED)
        for version in versions
        if not stays(version)
    )
    return [version for version in versions if stays(version)]


def _any_admits(requirements: list[Requirement], version: Version) -> bool:
    return any(one.specifier.contains(version, prereleases=True) for one in requirements)


def _newest(
    name: str, versions: list[Version], problem: Problem, left_out: list[LeftOut]
) -> list[Version]:
    policy = problem.policy
    kept = policy.last_of.get(canonicalize_name(name), policy.last)
    if kept is None or kept >= len(versions):
        return versions
    cut = len(versions) - kept
    left_out.extend(
        LeftOut(name, str(version), LeftOutBecause.WINDOW) for version in versions[:cut]
    )
    return versions[cut:]
