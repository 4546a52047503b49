"""Reads a problem from a Pipfile: sources, packages, on wish development packages, the Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.markers import Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from amun_core.intake import Intake, pointer_of, shown
from amun_core.lock_pipfile import MARKER_KEYS, UNPINNED_KEYS, read_sources
from amun_core.locked_package import normal_version, read_marker, read_name
from dependency_monkey.problem import PreReleases
from dependency_monkey.problem_draft import Draft, SourceChoice, read_requirement

_TABLES = frozenset({"source", "packages", "dev-packages", "requires", "pipenv", "scripts"})
_PACKAGE_KEYS = frozenset({"version", "extras", "markers", "index", *MARKER_KEYS})
#: They come from elsewhere than from an index.
_ORIGINS = (*UNPINNED_KEYS, "file", "url", "ref", "subdirectory")


def read_pipfile(document: Mapping[str, Any], draft: Draft, intake: Intake, *, dev: bool) -> None:
    """Fill the draft from the object of a Pipfile."""
    draft.sources = read_sources(document.get("source"), "/source", intake)
    names = {source.name for source in draft.sources}
    _read_packages(document, "packages", names, draft, intake)
    if dev:
        _read_packages(document, "dev-packages", names, draft, intake)
    _read_requires(_table(document, "requires", intake), draft, intake)
    settings = _table(document, "pipenv", intake)
    if _truth(settings, "allow_prereleases", "/pipenv", intake):
        draft.pre_releases = PreReleases.ALLOW
    if _truth(settings, "install_search_all_sources", "/pipenv", intake) and draft.sources:
        draft.searched = [tuple(source.name for source in draft.sources)]
    for key in document:
        if key not in _TABLES:
            intake.warn(pointer_of(key), "is no table that is read, has no effect")


def _table(document: Mapping[str, Any], key: str, intake: Intake) -> Mapping[str, Any]:
    found = document.get(key, {})
    if isinstance(found, Mapping):
        return found
    intake.fault(pointer_of(key), f"a table is expected, not {shown(found)}")
    return {}


def _truth(table: Mapping[str, Any], key: str, pointer: str, intake: Intake) -> bool:
    found = table.get(key, False)
    if not isinstance(found, bool):
        intake.fault(f"{pointer}/{key}", f"true or false is expected, not {shown(found)}")
        return False
    return found


def _read_packages(
    document: Mapping[str, Any], table: str, sources: set[str], draft: Draft, intake: Intake
) -> None:
    seen: dict[str, str] = {}
    for key, entry in _table(document, table, intake).items():
        pointer = pointer_of(table, key)
        name = read_name(intake, pointer, key)
        if name is None:
            continue
        if name in seen:
            intake.fault(pointer, f"{shown(key)} and {shown(seen[name])} are the same package")
            continue
        seen[name] = key
        fields: object = {"version": entry} if isinstance(entry, str) else entry
        if not isinstance(fields, Mapping):
            intake.fault(pointer, f"a version or a table is expected, not {shown(entry)}")
            continue
        _read_package(name, fields, pointer, sources, draft, intake)


def _read_package(
    name: str,
    fields: Mapping[str, Any],
    pointer: str,
    sources: set[str],
    draft: Draft,
    intake: Intake,
) -> None:
    markers = _markers(fields, pointer, intake)
    for key in _ORIGINS:
        if fields.get(key):
            marker = Marker(markers) if markers else None
            draft.refuse(f"{pointer}/{key}", name, f"{name} comes from {key!r}", marker)
            return
    for key in sorted(fields.keys() - _PACKAGE_KEYS):
        intake.warn(pointer + pointer_of(key), "unknown key, has no effect")
    specifier = _specifier(name, fields.get("version", "*"), f"{pointer}/version", intake)
    extras = _extras(fields.get("extras"), f"{pointer}/extras", intake)
    if specifier is None or markers is None:
        return
    marked = f"; {markers}" if markers else ""
    listed = f"[{','.join(extras)}]" if extras else ""
    text = f"{name}{listed}{specifier}{marked}"
    requirement = read_requirement(pointer, text, intake)
    if requirement is not None:
        draft.take(pointer, requirement, _choices(fields.get("index"), sources, pointer))


def _choices(source: object, sources: set[str], pointer: str) -> tuple[SourceChoice, ...]:
    """The source that a package names: one that nobody knows matters where the package applies."""
    if source is None:
        return ()
    if isinstance(source, str) and source in sources:
        return (SourceChoice(source=source),)
    known = ", ".join(sorted(sources)) or "none"
    wrong = f"{pointer}/index: no source is called {shown(source)}; known: {known}"
    return (SourceChoice(wrong=wrong),)


def _specifier(name: str, version: object, pointer: str, intake: Intake) -> str | None:
    if not isinstance(version, str):
        intake.fault(pointer, f"a text such as '>=1.2' is expected, not {shown(version)}")
        return None
    text = version.strip()
    if text in {"*", ""}:
        return ""
    if normal_version(text) is not None:
        intake.warn(pointer, f"read as =={text}")
        text = f"=={text}"
    try:
        return str(SpecifierSet(text))
    except InvalidSpecifier:
        intake.fault(
            pointer, f"{shown(version)} names no versions of {name}", "such as '*', or '>=1.2,<2'"
        )
        return None


def _extras(extras: object, pointer: str, intake: Intake) -> list[str]:
    if extras is None:
        return []
    if not isinstance(extras, list):
        intake.fault(pointer, f"an array is expected, not {shown(extras)}")
        return []
    names = (read_name(intake, f"{pointer}/{n}", extra) for n, extra in enumerate(extras))
    return sorted({str(canonicalize_name(name)) for name in names if name is not None})


def _markers(fields: Mapping[str, Any], pointer: str, intake: Intake) -> str | None:
    """The markers of a package joined; empty where there are none, None after a fault."""
    texts = [("markers", fields["markers"])] if fields.get("markers") is not None else []
    texts += [(key, f"{key} {fields[key]}") for key in MARKER_KEYS if fields.get(key) is not None]
    parts = [read_marker(intake, f"{pointer}/{key}", text) for key, text in texts]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    return " and ".join(f"({part})" for part in found) if len(found) > 1 else "".join(found)


def _read_requires(requires: Mapping[str, Any], draft: Draft, intake: Intake) -> None:
    key = "python_full_version" if "python_full_version" in requires else "python_version"
    version = requires.get(key)
    if version is None or version == "*":
        return
    pointer = f"/requires/{key}"
    if isinstance(version, float):
        intake.fault(pointer, f"the number {version} is read as a text", f'write "{version}"')
        return
    draft.python_version = normal_version(version) if isinstance(version, str) else None
    if draft.python_version is None:
        intake.fault(pointer, f"{shown(version)} is not a Python version", 'such as "3.11"')
