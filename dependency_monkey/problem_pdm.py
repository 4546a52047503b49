"""What PDM's tables in a pyproject.toml say of the versions, the indexes, and of development."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from amun_core.intake import Intake, pointer_of, shown
from amun_core.locked_package import read_address
from amun_core.plan import IndexSource, LinkSource
from dependency_monkey.problem import DEFAULT_SOURCE, PreReleases
from dependency_monkey.problem_draft import Draft, read_named_requirement

_RESOLUTION = frozenset(
    {"overrides", "excludes", "allow-prereleases", "respect-source-order", "use-python"}
)
_OPTIONS = "is not obeyed: what is resolved is said under [tool.pdm.resolution] alone"
_PYPI = "pypi"


def read_pdm(pdm: Mapping[str, Any], draft: Draft, intake: Intake, *, dev: bool) -> None:
    """Fill the draft from [tool.pdm]."""
    resolution = pdm.get("resolution", {})
    if not isinstance(resolution, Mapping):
        intake.fault("/tool/pdm/resolution", f"a table is expected, not {shown(resolution)}")
        resolution = {}
    place = "/tool/pdm/resolution"
    for name, value in _table(resolution, "overrides", place, intake).items():
        _override(name, value, f"{place}/overrides" + pointer_of(name), draft, intake)
    excludes = resolution.get("excludes", [])
    for name in excludes if isinstance(excludes, list) else []:
        draft.removed.add(canonicalize_name(str(name)))
    if resolution.get("allow-prereleases") is True:
        draft.pre_releases = PreReleases.ALLOW
    elif resolution.get("allow-prereleases") is False:
        draft.pre_releases = PreReleases.NEVER
    for key in sorted(resolution.keys() - _RESOLUTION):
        intake.warn(place + pointer_of(key), "is no setting that is known, has no effect")
    _read_sources(pdm, draft, intake, in_order=resolution.get("respect-source-order") is True)
    if dev:
        _read_development(pdm, draft, intake)
    if pdm.get("options"):
        intake.warn("/tool/pdm/options", _OPTIONS)


def _table(table: Mapping[str, Any], key: str, place: str, intake: Intake) -> Mapping[str, Any]:
    found = table.get(key, {})
    if isinstance(found, Mapping):
        return found
    intake.fault(f"{place}/{key}", f"a table is expected, not {shown(found)}")
    return {}


def _override(name: str, value: object, place: str, draft: Draft, intake: Intake) -> None:
    """A version, versions, or an address, which takes the place of every requirement."""
    text = str(value).strip() if isinstance(value, str) else ""
    try:
        versions = str(SpecifierSet(f"=={Version(text)}"))
    except InvalidVersion:
        versions = "" if text == "*" else text
    if "://" in versions:
        intake.fault(place, f"{shown(name)} comes from an address")
        return
    try:
        SpecifierSet(versions)
    except InvalidSpecifier:
        versions = ""
        text = ""
    if not text:
        intake.fault(place, f"{shown(value)} names no versions of {shown(name)}")
        return
    requirement = read_named_requirement(place, f"{name}{versions}", intake)
    if requirement is not None:
        draft.overrides.append(requirement)


def _read_sources(pdm: Mapping[str, Any], draft: Draft, intake: Intake, *, in_order: bool) -> None:
    """The sources: one called pypi takes the place of the default index; all are mixed."""
    entries = pdm.get("source", [])
    entries = entries if isinstance(entries, list) else []
    main = IndexSource(name=DEFAULT_SOURCE, url="")
    others: list[IndexSource] = []
    links: list[LinkSource] = []
    for number, entry in enumerate(entries):
        place = f"/tool/pdm/source/{number}"
        if not isinstance(entry, Mapping):
            intake.fault(place, f"a table is expected, not {shown(entry)}")
            continue
        url = read_address(intake, f"{place}/url", entry.get("url"))
        if url is None:
            continue
        for key in ("include_packages", "exclude_packages"):
            if entry.get(key):
                intake.warn(f"{place}/{key}", "is not obeyed: every package is looked for there")
        name, verify = (
            str(entry.get("name", f"source-{number}")),
            entry.get("verify_ssl") is not False,
        )
        if entry.get("type") == "find_links":
            links.append(LinkSource(name=name, url=url, verify_ssl=verify))
        elif name.lower() == _PYPI:
            main = IndexSource(name=DEFAULT_SOURCE, url=url, verify_ssl=verify)
        else:
            others.append(IndexSource(name=name, url=url, verify_ssl=verify))
    if draft.sources or not (others or main.url or links):
        if draft.sources and entries:
            intake.warn("/tool/pdm/source", "is not obeyed: another tool's table names the indexes")
        return
    draft.links = links
    draft.sources = [main, *others]
    names = [source.name for source in draft.sources]
    draft.searched = [(name,) for name in names] if in_order else [tuple(names)]


def _read_development(pdm: Mapping[str, Any], draft: Draft, intake: Intake) -> None:
    place = "/tool/pdm/dev-dependencies"
    for name, entries in _table(pdm, "dev-dependencies", "/tool/pdm", intake).items():
        here = place + pointer_of(name)
        if not isinstance(entries, list):
            intake.fault(here, f"an array is expected, not {shown(entries)}")
            continue
        for number, text in enumerate(entries):
            if isinstance(text, str) and text.startswith("-e"):
                draft.refuse(f"{here}/{number}", "an editable project", "an editable project")
            else:
                draft.ask(f"{here}/{number}", text, intake)
