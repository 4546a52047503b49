"""Poetry's tables in a pyproject.toml: dependencies, groups, extras, and where packages come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from amun_core.intake import Intake, pointer_of, shown
from amun_core.locked_package import read_address, read_name
from amun_core.plan import IndexSource
from dependency_monkey.poetry_versions import poetry_marker_of_python, poetry_specifier
from dependency_monkey.problem import DEFAULT_SOURCE, PreReleases
from dependency_monkey.problem_draft import Draft, SourceChoice, read_requirement

_ORIGINS = ("git", "path", "file", "url")
_KEYS = frozenset(
    {
        "version", "extras", "markers", "python", "platform", "source", "optional",
        "allow-prereleases", "develop", "branch", "tag", "rev", "subdirectory", *_ORIGINS,
    }
)  # fmt: skip
_PLACE = "/tool/poetry"


class PoetryTables:
    """[tool.poetry]. With [project] it adds sources, versions and leave for pre-releases."""

    def __init__(
        self, poetry: Mapping[str, Any], draft: Draft, intake: Intake, extras: Sequence[str]
    ) -> None:
        self._poetry = poetry
        self._draft = draft
        self._intake = intake
        self._extras = set(map(canonicalize_name, extras))
        self._sources: set[str] = set()
        found = poetry.get("dependencies", {})
        self._dependencies: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
        groups = poetry.get("group", {})
        self._groups: Mapping[str, Any] = groups if isinstance(groups, Mapping) else {}

    @property
    def has_dependencies(self) -> bool:
        """Whether it names any."""
        return bool(self._dependencies)

    @property
    def has_groups(self) -> bool:
        """Whether it names groups of its own."""
        return bool(self._groups or self._poetry.get("dev-dependencies"))

    def read_sources(self) -> None:
        """[[tool.poetry.source]]: the primary ones mixed, then the supplemental ones."""
        first: list[IndexSource] = []
        later: list[IndexSource] = []
        bound: list[IndexSource] = []
        entries = self._poetry.get("source", [])
        for number, entry in enumerate(entries if isinstance(entries, list) else []):
            place = f"{_PLACE}/source/{number}"
            if not isinstance(entry, Mapping):
                self._intake.fault(place, f"a table is expected, not {shown(entry)}")
                continue
            source = self._source(entry, number, place)
            if source is None:
                continue
            priority = str(entry.get("priority", "primary"))
            into = {"supplemental": later, "secondary": later, "explicit": bound}.get(
                priority, first
            )
            if priority == "default":
                into.insert(0, source)
            else:
                into.append(source)
        if not (first or later or bound):
            return
        first = first or [IndexSource(name=DEFAULT_SOURCE, url="")]
        self._draft.sources = [*first, *later, *bound]
        self._sources = {source.name for source in self._draft.sources}
        groups = [tuple(source.name for source in group) for group in (first, later) if group]
        self._draft.searched = groups

    def _source(self, entry: Mapping[str, Any], number: int, place: str) -> IndexSource | None:
        name = str(entry.get("name", f"source-{number}"))
        if name.lower() == "pypi" and not entry.get("url"):
            return IndexSource(name=name, url="")
        url = read_address(self._intake, f"{place}/url", entry.get("url"))
        return None if url is None else IndexSource(name=name, url=url)

    def choices_of(self, package: NormalizedName) -> tuple[SourceChoice, ...]:
        """What it adds to a requirement of [project]: its source, versions, leave for pre-releases."""
        choices = []
        for place, fields in self._entries_of(package):
            requirement = self._requirement(package, fields, place)
            if requirement is not None and requirement.specifier:
                self._draft.constraints.append(requirement)
            self._pre_releases(package, fields)
            marker = None if requirement is None else requirement.marker
            choice = self._choice(package, fields, marker, place)
            if choice is not None:
                choices.append(choice)
        return tuple(choices)

    def _entries_of(self, package: NormalizedName) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, value in self._dependencies.items():
            if canonicalize_name(name) == package:
                yield from _entries(
                    value, f"{_PLACE}/dependencies" + pointer_of(name), self._intake
                )

    def _choice(
        self,
        package: str,
        fields: Mapping[str, Any],
        marker: Marker | None,
        place: str,
    ) -> SourceChoice | None:
        origin = next((key for key in _ORIGINS if fields.get(key)), None)
        if origin is not None:
            return SourceChoice(marker, refused=f"{package} comes from {origin!r} ([tool.poetry])")
        source = fields.get("source")
        if source is None:
            return None
        if source not in self._sources:
            return SourceChoice(
                marker, wrong=f"{place}/source: no source is called {shown(source)}"
            )
        return SourceChoice(marker, source=str(source))

    def _pre_releases(self, package: NormalizedName, fields: Mapping[str, Any]) -> None:
        allowed = fields.get("allow-prereleases")
        if isinstance(allowed, bool):
            rule = PreReleases.ALLOW if allowed else PreReleases.NEVER
            self._draft.pre_releases_of[package] = rule

    def read_all(self, *, dev: bool) -> None:
        """Everything that it names, where [project] names nothing."""
        self._read_table(self._dependencies, f"{_PLACE}/dependencies")
        if dev:
            self.read_groups()

    def read_groups(self) -> None:
        """The groups that are installed unless somebody says otherwise."""
        legacy = self._poetry.get("dev-dependencies", {})
        if isinstance(legacy, Mapping):
            self._read_table(legacy, f"{_PLACE}/dev-dependencies")
        for name, group in self._groups.items():
            if isinstance(group, Mapping) and group.get("optional") is not True:
                found = group.get("dependencies", {})
                place = f"{_PLACE}/group{pointer_of(name)}/dependencies"
                self._read_table(found if isinstance(found, Mapping) else {}, place)

    def _read_table(self, table: Mapping[str, Any], place: str) -> None:
        for name, value in table.items():
            here = place + pointer_of(name)
            if name == "python":
                self._read_python(value, here)
                continue
            package = read_name(self._intake, here, name)
            if package is None:
                continue
            for each, fields in _entries(value, here, self._intake):
                self._ask(canonicalize_name(package), fields, each)

    def _read_python(self, value: object, place: str) -> None:
        demand = poetry_specifier(value)
        if demand is None:
            self._intake.fault(place, f"{shown(value)} names no versions of Python")
        elif demand and self._draft.requires_python is None:
            self._draft.requires_python = demand

    def _ask(self, package: NormalizedName, fields: Mapping[str, Any], place: str) -> None:
        if fields.get("optional") is True and not self._is_of_an_extra(package):
            return
        for key in sorted(fields.keys() - _KEYS):
            self._intake.warn(place + pointer_of(key), "unknown key, has no effect")
        requirement = self._requirement(package, fields, place)
        if requirement is None:
            return
        self._pre_releases(package, fields)
        choice = self._choice(package, fields, None, place)
        self._draft.take(place, requirement, () if choice is None else (choice,))

    def _is_of_an_extra(self, package: NormalizedName) -> bool:
        extras = self._poetry.get("extras", {})
        return isinstance(extras, Mapping) and any(
            canonicalize_name(extra) in self._extras
            and package in {canonicalize_name(str(name).split("[")[0]) for name in names}
            for extra, names in extras.items()
            if isinstance(names, list)
        )

    def _requirement(
        self, package: str, fields: Mapping[str, Any], place: str
    ) -> Requirement | None:
        versions = poetry_specifier(fields.get("version", "*"))
        if versions is None:
            self._intake.fault(
                f"{place}/version",
                f"{shown(fields.get('version'))} names no versions of {package} that are taken here",
                "such as '^1.2', or '>=1.2,<2'",
            )
            return None
        markers = self._markers(fields, place)
        if markers is None:
            return None
        extras = fields.get("extras") or []
        listed = ",".join(map(str, extras)) if isinstance(extras, list) else ""
        marked = f"; {markers}" if markers else ""
        text = f"{package}{f'[{listed}]' if listed else ''}{SpecifierSet(versions)}{marked}"
        return read_requirement(place, text, self._intake)

    def _markers(self, fields: Mapping[str, Any], place: str) -> str | None:
        """All conditions as one marker; None after a fault."""
        parts: list[str] = []
        if fields.get("markers"):
            parts.append(str(fields["markers"]))
        if fields.get("platform"):
            parts.append(f"sys_platform == {str(fields['platform'])!r}")
        if fields.get("python"):
            python = poetry_marker_of_python(fields["python"])
            if python is None:
                self._intake.fault(
                    f"{place}/python", f"{shown(fields['python'])} is not understood"
                )
                return None
            parts += [python] if python else []
        for part in parts:
            try:
                Marker(part)
            except (InvalidMarker, RecursionError):
                self._intake.fault(f"{place}/markers", f"{shown(part)} is no marker")
                return None
        return " and ".join(f"({part})" for part in parts)


def _entries(value: object, place: str, intake: Intake) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A version, a table, or several of them."""
    several = isinstance(value, list)
    for number, entry in enumerate(value if isinstance(value, list) else [value]):
        here = f"{place}/{number}" if several else place
        if isinstance(entry, str):
            yield here, {"version": entry}
        elif isinstance(entry, Mapping):
            yield here, entry
        else:
            intake.fault(here, f"a version or a table is expected, not {shown(entry)}")
