"""Reads a problem from a pyproject.toml: [project], on wish extras and groups, and the tools' tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.markers import Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from amun_core.intake import Intake, pointer_of, shown
from dependency_monkey.problem_draft import Draft, read_requirement
from dependency_monkey.problem_pdm import read_pdm
from dependency_monkey.problem_poetry import PoetryTables
from dependency_monkey.problem_tools import tell_other_tools
from dependency_monkey.problem_uv import UvSources
from dependency_monkey.problem_uv_settings import read_uv_settings

_DEVELOPMENT = "dev"
_PROJECT_KEYS = frozenset(
    {
        "sources", "workspace", "managed", "package", "default-groups", "dependency-groups",
        "dev-dependencies", "conflicts", "environments", "required-environments",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProjectWishes:
    """What is asked of a project, and the uv.toml that lies beside its file."""

    extras: tuple[str, ...] = ()
    dev: bool = False
    uv_file: Mapping[str, Any] | None = None
    tool_development: bool = False


def read_pyproject(
    document: Mapping[str, Any],
    draft: Draft,
    intake: Intake,
    *,
    extras: Sequence[str] = (),
    dev: bool = False,
    uv_file: Mapping[str, Any] | None = None,
) -> None:
    """Fill the draft from the object of a pyproject.toml."""
    tool = _table(document, "tool", "", intake)
    pdm = _table(tool, "pdm", "/tool", intake)
    wishes = ProjectWishes(tuple(extras), dev, uv_file, "dev-dependencies" in pdm)
    poetry = PoetryTables(_table(tool, "poetry", "/tool", intake), draft, intake, wishes.extras)
    project = document.get("project")
    if isinstance(project, Mapping):
        reading = _Reading(document, project, poetry, draft, intake, wishes)
        reading.read()
    elif poetry.has_dependencies:
        poetry.read_sources()
        poetry.read_all(dev=dev)
    else:
        intake.fault(
            "/project",
            "is missing: the dependencies stand there",
            "export a requirements file with the tool that the project is made with",
        )
        return
    read_pdm(pdm, draft, intake, dev=dev)
    tell_other_tools(tool, intake)


def _table(table: Mapping[str, Any], key: str, place: str, intake: Intake) -> Mapping[str, Any]:
    found = table.get(key, {})
    if isinstance(found, Mapping):
        return found
    intake.fault(place + pointer_of(key), f"a table is expected, not {shown(found)}")
    return {}


@dataclass(frozen=True, slots=True)
class _Context:
    """Whose list is read: of an extra or a group, and under which markers it was asked for."""

    extra: str = ""
    group: str = ""
    conditions: tuple[Marker, ...] = ()


class _Reading:
    """One pass over a document; extras and groups are read once each, however they refer."""

    def __init__(
        self,
        document: Mapping[str, Any],
        project: Mapping[str, Any],
        poetry: PoetryTables,
        draft: Draft,
        intake: Intake,
        wishes: ProjectWishes,
    ) -> None:
        self._project = project
        self._poetry = poetry
        self._draft = draft
        self._intake = intake
        self._wishes = wishes
        self._name = canonicalize_name(str(project.get("name", "")))
        self._optional = self._lists(project, "optional-dependencies", "/project")
        self._groups = self._lists(document, "dependency-groups", "")
        tool = document.get("tool", {})
        uv = tool.get("uv", {}) if isinstance(tool, Mapping) else {}
        self._uv: Mapping[str, Any] = uv if isinstance(uv, Mapping) else {}
        self._sources = self._read_uv()
        if not draft.sources and not draft.links:
            poetry.read_sources()
        self._done: set[tuple[str, str, str]] = set()
        self._asked: list[tuple[str, str]] = []

    def _read_uv(self) -> UvSources:
        settings, place = self._uv, "/tool/uv"
        if self._wishes.uv_file is not None:
            # uv then takes from [tool.uv] what belongs to the project alone
            own = {key: value for key, value in self._uv.items() if key in _PROJECT_KEYS}
            if own.keys() != self._uv.keys():
                self._intake.warn("/tool/uv", "the uv.toml beside it takes its place, as for uv")
            settings, place = {**own, **self._wishes.uv_file}, "uv.toml: "
        read_uv_settings(settings, self._draft, self._intake, place=place)
        return UvSources(self._uv, settings, self._draft, self._intake)

    def read(self) -> None:
        """What the project needs always, and what else was asked for."""
        self._read_python(self._project.get("requires-python"), "/project/requires-python")
        self._read_dependencies()
        for extra in self._wishes.extras:
            self._read_extra(canonicalize_name(extra), _Context())
        if self._wishes.dev:
            self._read_development()
        self._check_conflicts()

    def _read_python(self, text: object, place: str) -> None:
        """A demand on the Python."""
        if text is None:
            return
        try:
            demand = str(SpecifierSet(text))  # type: ignore[arg-type]  # what is no text is told
        except (InvalidSpecifier, TypeError, AttributeError):
            self._intake.fault(place, f"{shown(text)} names no versions of Python")
            return
        known = self._draft.requires_python
        self._draft.requires_python = ",".join(filter(None, [known, demand]))

    def _read_dependencies(self) -> None:
        """What the project always needs."""
        dynamic = self._project.get("dynamic", [])
        if isinstance(dynamic, list) and "dependencies" in dynamic:
            if self._poetry.has_dependencies:
                self._poetry.read_all(dev=self._wishes.dev)
                return
            self._intake.fault(
                "/project/dynamic",
                "the dependencies are told by the build only, which is not run",
                "write them under [project], or give a requirements file",
            )
        found = self._project.get("dependencies", [])
        self._read_list(found, "/project/dependencies", _Context())
        if self._wishes.dev:
            self._poetry.read_groups()

    def _read_development(self) -> None:
        """The groups that uv installs by default, and what it took for such before."""
        default = self._uv.get("default-groups")
        if default == "all":
            names = list(self._groups)
        elif isinstance(default, list):
            names = [canonicalize_name(str(name)) for name in default]
        else:
            names = [canonicalize_name(_DEVELOPMENT)]
        legacy = self._uv.get("dev-dependencies")
        if legacy is not None:
            self._read_list(legacy, "/tool/uv/dev-dependencies", _Context(group=_DEVELOPMENT))
        for name in names:
            if name == _DEVELOPMENT and name not in self._groups and self._has_other_development:
                continue
            self._read_group(name, "/dependency-groups", _Context())

    @property
    def _has_other_development(self) -> bool:
        """Whether the tables of a tool say what development needs."""
        keys = {"default-groups", "dev-dependencies"} & self._uv.keys()
        return bool(keys or self._poetry.has_groups or self._wishes.tool_development)

    def _read_extra(self, extra: NormalizedName, context: _Context) -> None:
        """What an extra of the project adds."""
        if self._is_done("extra", extra, context):
            return
        if extra not in self._optional:
            self._unknown("/project/optional-dependencies", "extra", extra, self._optional)
            return
        key, entries = self._optional[extra]
        place = "/project/optional-dependencies" + pointer_of(key)
        self._read_list(entries, place, _Context(extra=extra, conditions=context.conditions))

    def _read_group(self, name: str, wanted_by: str, context: _Context) -> None:
        """What a dependency group adds, with the groups that it includes."""
        group = canonicalize_name(name)
        if self._is_done("group", group, context):
            return
        if group not in self._groups:
            self._unknown(wanted_by, "group", name, self._groups)
            return
        key, entries = self._groups[group]
        place = pointer_of("dependency-groups", key)
        own = _table(self._uv, "dependency-groups", "/tool/uv", self._intake).get(key, {})
        if isinstance(own, Mapping):
            here = "/tool/uv" + place + "/requires-python"
            self._read_python(own.get("requires-python"), here)
        self._read_list(entries, place, _Context(group=group, conditions=context.conditions))

    def _is_done(self, kind: str, name: str, context: _Context) -> bool:
        key = kind, name, " and ".join(map(str, context.conditions))
        if key in self._done:
            return True
        self._done.add(key)
        self._asked.append((kind, name))
        return False

    def _check_conflicts(self) -> None:
        """Extras and groups that uv lets nobody ask for together."""
        found = self._uv.get("conflicts", [])
        for number, items in enumerate(found if isinstance(found, list) else []):
            both = sorted({named for item in items if (named := _conflicting(item)) in self._asked})
            if len(both) > 1:
                listed = " and ".join(f"{kind} {name}" for kind, name in both)
                self._intake.fault(
                    f"/tool/uv/conflicts/{number}", f"{listed} are not to be asked for together"
                )

    def _unknown(
        self, place: str, kind: str, name: str, known: Mapping[NormalizedName, Any]
    ) -> None:
        listed = ", ".join(sorted(known)) or "none"
        self._intake.fault(place, f"there is no {kind} {shown(name)}; known: {listed}")

    def _lists(
        self, table: Mapping[str, Any], key: str, place: str
    ) -> dict[NormalizedName, tuple[str, object]]:
        found = _table(table, key, place, self._intake)
        return {canonicalize_name(name): (name, entries) for name, entries in found.items()}

    def _read_list(self, entries: object, place: str, context: _Context) -> None:
        if not isinstance(entries, list):
            self._intake.fault(place, f"an array is expected, not {shown(entries)}")
            return
        for number, entry in enumerate(entries):
            here = f"{place}/{number}"
            if context.group and isinstance(entry, Mapping):
                self._include(entry, here, context)
            else:
                self._ask(here, entry, context)

    def _include(self, entry: Mapping[str, Any], place: str, context: _Context) -> None:
        name = entry.get("include-group")
        if not isinstance(name, str):
            self._intake.fault(place, "a requirement, or {include-group = ...}, is expected")
            return
        self._read_group(name, place, context)

    def _ask(self, place: str, text: object, context: _Context) -> None:
        requirement = read_requirement(place, text, self._intake)
        if requirement is None:
            return
        name = canonicalize_name(requirement.name)
        if name == self._name:  # a project names its own extras, where its marker holds
            marker = requirement.marker
            more = () if marker is None else (marker,)
            within = _Context(context.extra, context.group, (*context.conditions, *more))
            for extra in sorted(requirement.extras):
                self._read_extra(canonicalize_name(extra), within)
            return
        choices = self._sources.choices_of(name, extra=context.extra, group=context.group)
        choices = choices or self._poetry.choices_of(name)
        self._draft.take(place, requirement, choices, context.conditions)


def _conflicting(item: object) -> tuple[str, str]:
    """An extra or a group that is named in a table of conflicts."""
    if isinstance(item, Mapping):
        for kind in ("extra", "group"):
            if kind in item:
                return kind, canonicalize_name(str(item[kind]))
    return "", ""
