"""Reads a problem from a pyproject.toml: [project], on wish extras and the development group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from amun_core.intake import Intake, pointer_of, shown
from dependency_monkey.problem_draft import Draft, read_requirement, refuse_origin
from dependency_monkey.problem_uv import UvSources

_DEVELOPMENT = "dev"


def read_pyproject(
    document: Mapping[str, Any],
    draft: Draft,
    intake: Intake,
    *,
    extras: Sequence[str] = (),
    dev: bool = False,
) -> None:
    """Fill the draft from the object of a pyproject.toml."""
    project = document.get("project")
    if not isinstance(project, Mapping):
        intake.fault(
            "/project",
            "is missing: the dependencies stand there",
            "other tools' tables are not read: export a requirements file from them",
        )
        return
    reading = _Reading(document, project, draft, intake)
    reading.read_python()
    reading.read_dependencies()
    for extra in extras:
        reading.read_extra(canonicalize_name(extra))
    if dev:
        reading.read_group(_DEVELOPMENT, wanted_by="/dependency-groups")


class _Reading:
    """One pass over a document; extras and groups are read once each, however they refer."""

    def __init__(
        self,
        document: Mapping[str, Any],
        project: Mapping[str, Any],
        draft: Draft,
        intake: Intake,
    ) -> None:
        self._project = project
        self._draft = draft
        self._intake = intake
        self._name = canonicalize_name(str(project.get("name", "")))
        self._optional = self._lists(project, "optional-dependencies", "/project")
        self._groups = self._lists(document, "dependency-groups", "")
        self._uv = UvSources(document, draft, intake)
        self._done: set[tuple[str, str]] = set()

    def read_python(self) -> None:
        """The demand on the Python."""
        text = self._project.get("requires-python")
        if text is None:
            return
        try:
            self._draft.requires_python = str(SpecifierSet(text))
        except (InvalidSpecifier, TypeError, AttributeError):
            self._intake.fault(
                "/project/requires-python", f"{shown(text)} names no versions of Python"
            )

    def read_dependencies(self) -> None:
        """What the project always needs."""
        if "dependencies" in self._dynamic():
            self._intake.fault(
                "/project/dynamic",
                "the dependencies are told by the build only, which is not run",
                "write them under [project], or give a requirements file",
            )
        self._read_list(self._project.get("dependencies", []), "/project/dependencies")

    def read_extra(self, extra: NormalizedName) -> None:
        """What an extra of the project adds."""
        if self._is_done("extra", extra):
            return
        if extra not in self._optional:
            self._unknown("/project/optional-dependencies", "extra", extra, self._optional)
            return
        key, entries = self._optional[extra]
        self._read_list(entries, "/project/optional-dependencies" + pointer_of(key))

    def read_group(self, name: str, *, wanted_by: str) -> None:
        """What a dependency group adds, with the groups that it includes."""
        group = canonicalize_name(name)
        if self._is_done("group", group):
            return
        if group not in self._groups:
            self._unknown(wanted_by, "group", name, self._groups)
            return
        key, entries = self._groups[group]
        self._read_list(entries, pointer_of("dependency-groups", key), in_group=True)

    def _dynamic(self) -> list[Any]:
        found = self._project.get("dynamic", [])
        return found if isinstance(found, list) else []

    def _is_done(self, kind: str, name: str) -> bool:
        key = kind, name
        if key in self._done:
            return True
        self._done.add(key)
        return False

    def _unknown(
        self, place: str, kind: str, name: str, known: Mapping[NormalizedName, Any]
    ) -> None:
        listed = ", ".join(sorted(known)) or "none"
        self._intake.fault(place, f"there is no {kind} {shown(name)}; known: {listed}")

    def _lists(
        self, table: Mapping[str, Any], key: str, place: str
    ) -> dict[NormalizedName, tuple[str, object]]:
        found = table.get(key, {})
        if not isinstance(found, Mapping):
            self._intake.fault(f"{place}/{key}", f"a table is expected, not {shown(found)}")
            return {}
        return {canonicalize_name(name): (name, entries) for name, entries in found.items()}

    def _read_list(self, entries: object, place: str, *, in_group: bool = False) -> None:
        if not isinstance(entries, list):
            self._intake.fault(place, f"an array is expected, not {shown(entries)}")
            return
        for number, entry in enumerate(entries):
            here = f"{place}/{number}"
            if in_group and isinstance(entry, Mapping):
                self._include(entry, here)
            else:
                self._ask(here, entry)

    def _include(self, entry: Mapping[str, Any], place: str) -> None:
        name = entry.get("include-group")
        if not isinstance(name, str):
            self._intake.fault(place, "a requirement, or {include-group = ...}, is expected")
            return
        self.read_group(name, wanted_by=place)

    def _ask(self, place: str, text: object) -> None:
        requirement = read_requirement(place, text, self._intake)
        if requirement is None:
            return
        name = canonicalize_name(requirement.name)
        if name == self._name:  # a project names its own extras
            for extra in sorted(requirement.extras):
                self.read_extra(canonicalize_name(extra))
            return
        origin = self._uv.origin_of(name)
        if origin is not None:
            refuse_origin(place, f"{name} comes from {origin!r} ([tool.uv.sources])", self._intake)
            return
        self._draft.ask(place, text, self._intake, source=self._uv.source_of(name))
