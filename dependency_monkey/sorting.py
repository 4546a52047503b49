"""The files of a page sorted by version: which one an installer would take, and why others are none.

A page has up to ten thousand files, so each is looked at once and lightly.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from packaging.utils import BuildTag
from packaging.version import Version

from amun_core.intake import shown
from amun_core.python_demand import python_taken
from dependency_monkey.index.files import (
    Entry,
    IndexFile,
    ProjectPage,
    file_of,
    parse_sdist,
    parsed_build,
    parsed_version,
    wheel_end,
    wheel_project,
)
from dependency_monkey.left_out import LeftOut, LeftOutBecause
from dependency_monkey.problem import Problem, Root

#: Why a file is not admissible; a detail where there is more to say.
_Reason = tuple[LeftOutBecause, str]
#: How well a file fits: an installer takes the best tag, of these the highest build number.
_Fit = tuple[int, BuildTag]
_OTHER_PLATFORM: _Reason = (LeftOutBecause.OTHER_PLATFORM, "")
_NO_WHEEL: _Fit = (-1_000_000, ())

#: Of several files of a version the one that came closest says why the version is left out.
_CLOSENESS = (
    LeftOutBecause.YANKED,
    LeftOutBecause.DATE,
    LeftOutBecause.MALFORMED,
    LeftOutBecause.OTHER_PYTHON,
    LeftOutBecause.OTHER_PLATFORM,
    LeftOutBecause.SDIST_ONLY,
)


class _Beginning(NamedTuple):
    """What wheels whose names begin alike are of, and those of them that fit other platforms."""

    version: Version
    for_others: list[Entry]


class _Ending(NamedTuple):
    """How well wheels whose names end alike fit; None where they do not, or are malformed."""

    fit: _Fit | None
    for_others: bool


class Sorting:
    """`admissible[v]` is the file that defines version v, `every[v]` are all entries of it."""

    def __init__(self, page: ProjectPage, problem: Problem) -> None:
        self.name = page.name
        self.admissible: dict[Version, IndexFile] = {}
        self.every: dict[Version, list[Entry]] = {}
        self._base = page.base
        self._problem = problem
        self._python = problem.environment.python_version
        self._as_of = problem.policy.as_of_for(page.name)
        self._pins = [one for one in problem.roots if one.pins and one.name == page.name]
        self._fits: dict[Version, _Fit] = {}
        self._reasons: dict[Version, list[_Reason]] = {}
        self._for_others: set[Version] = set()
        self._sort(page)

    def _sort(self, page: ProjectPage) -> None:
        # most files are for other platforms, and a hundred of them begin or end alike: that is read once
        endings: dict[str, _Ending | None] = {}
        beginnings: dict[str, dict[str, _Beginning | None]] = {}
        for entry in page.entries:
            parts = entry.filename.split("-", 2)
            if len(parts) != 3:
                self._take_sdist(entry)
                continue
            project, version, end = parts
            if end in endings:
                ending = endings[end]
            else:
                ending = endings[end] = self._end(end)
            if ending is None:
                self._take_sdist(entry)
                continue
            of_project = beginnings.get(project)
            if of_project is None:
                of_project = beginnings[project] = {}
            if version in of_project:
                found = of_project[version]
            else:
                found = of_project[version] = self._begin(project, version)
            if found is None:
                continue
            fit, for_others = ending
            if fit is not None:
                self._take(entry, found.version, fit)
            elif for_others:
                found.for_others.append(entry)
        for of_project in beginnings.values():
            for found in of_project.values():
                if found is not None and found.for_others:
                    self.every.setdefault(found.version, []).extend(found.for_others)
                    self._for_others.add(found.version)

    def _begin(self, project: str, version: str) -> _Beginning | None:
        """What files that begin so are of; None where that is another project, or no version."""
        found = parsed_version(version)
        if found is None or wheel_project(project) != self.name:
            return None
        return _Beginning(found, [])

    def _end(self, end: str) -> _Ending | None:
        """What wheels whose names end so fit; None where that is no wheel."""
        found = wheel_end(end)
        if found is None:
            return None
        place, build = self._problem.environment.place_for(found[1]), parsed_build(found[0])
        if place is None:
            return _Ending(None, for_others=True)
        # without a build number it comes before all that have one: () is less than (1, "")
        return _Ending(None if build is None else (-place, build), for_others=False)

    def left_out(self) -> list[LeftOut]:
        """Every version without an admissible file, and why."""
        without = (self._reasons.keys() | self._for_others) - self.admissible.keys()
        return [
            LeftOut(self.name, str(version), *_nearest_miss(self._why(version)))
            for version in sorted(without)
        ]

    def _why(self, version: Version) -> list[_Reason]:
        for_others = [_OTHER_PLATFORM] if version in self._for_others else []
        return [*self._reasons.get(version, ()), *for_others]

    def _take_sdist(self, entry: Entry) -> None:
        found = parse_sdist(entry.filename)
        if found is None or found[0] != self.name:
            return
        if self._problem.policy.sdists:
            self._take(entry, found[1], _NO_WHEEL)
        else:
            self.every.setdefault(found[1], []).append(entry)
            self._reasons.setdefault(found[1], []).append((LeftOutBecause.SDIST_ONLY, ""))

    def _take(self, entry: Entry, version: Version, fit: _Fit) -> None:
        file = file_of(entry, self._base)
        if file is None:
            return
        self.every.setdefault(version, []).append(entry)
        reason = self._why_not(file, version)
        if reason is not None:
            self._reasons.setdefault(version, []).append(reason)
        elif version not in self.admissible or fit > self._fits[version]:
            self.admissible[version] = file
            self._fits[version] = fit

    def _why_not(self, file: IndexFile, version: Version) -> _Reason | None:
        """Why a file that the platform takes is not admissible."""
        if file.requires_python:
            takes = python_taken(file.requires_python, self._python)
            if takes is None:
                return LeftOutBecause.MALFORMED, f"requires-python {shown(file.requires_python)}"
            if not takes:
                return LeftOutBecause.OTHER_PYTHON, file.requires_python
        if file.yanked and not _is_pinned(version, self._pins):
            return LeftOutBecause.YANKED, file.yanked_reason or ""
        return self._why_not_by_date(file.upload_time)

    def _why_not_by_date(self, uploaded: datetime | None) -> _Reason | None:
        policy = self._problem.policy
        if self._as_of is None and policy.newer_than is None:
            return None
        if uploaded is None:
            return LeftOutBecause.DATE, "not dated"
        too_late = self._as_of is not None and uploaded > self._as_of
        too_early = policy.newer_than is not None and uploaded <= policy.newer_than
        return (LeftOutBecause.DATE, f"{uploaded:%Y-%m-%d}") if too_late or too_early else None


def _is_pinned(version: Version, pins: list[Root]) -> bool:
    """Whether a root names this one version with `==`: only that admits a yanked file."""
    return any(one.requirement.specifier.contains(version, prereleases=True) for one in pins)


def _nearest_miss(reasons: Iterable[_Reason]) -> _Reason:
    return min(reasons, key=lambda reason: _CLOSENESS.index(reason[0]))
