"""What uv's tables in a pyproject.toml, and a uv.toml beside it, say of the indexes and the sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

from amun_core.intake import Intake, pointer_of, shown
from amun_core.locked_package import is_address, read_address
from amun_core.plan import IndexSource, LinkSource
from dependency_monkey.problem import DEFAULT_SOURCE
from dependency_monkey.problem_draft import Draft, SourceChoice
from dependency_monkey.problem_links import read_link

_ORIGINS = ("git", "url", "path", "workspace")
_FIRST_INDEX = "first-index"


class UvSources:
    """[[tool.uv.index]], [tool.uv.sources] and what else says where packages come from.

    `settings` are those of the uv.toml where there is one: uv then takes none of [tool.uv], but for
    what belongs to the project.
    """

    def __init__(
        self,
        uv: Mapping[str, Any],
        settings: Mapping[str, Any],
        draft: Draft,
        intake: Intake,
    ) -> None:
        self._uv = uv
        self._settings = settings
        self._intake = intake
        self._bad: dict[str, str] = {}
        self._insecure = {
            urlsplit(host if "://" in host else f"//{host}").hostname or ""
            for host in _texts(settings.get("allow-insecure-host"))
        }
        self._read_indexes(draft)
        self._names = {source.name for source in draft.sources}
        found = uv.get("sources", {})
        self._sources: dict[str, Any] = (
            {canonicalize_name(str(name)): entry for name, entry in found.items()}
            if isinstance(found, Mapping)
            else {}
        )
        off = _texts(settings.get("no-sources-package"))
        self._off = set(map(canonicalize_name, off))
        self._all_off = settings.get("no-sources") is True

    def choices_of(self, package: str, *, extra: str, group: str) -> tuple[SourceChoice, ...]:
        """Where the package comes from, each with its condition; looked at only if it is asked for."""
        if self._all_off or package in self._off or package not in self._sources:
            return ()
        found = self._sources[package]
        place = "/tool/uv/sources" + pointer_of(package)
        entries = found if isinstance(found, list) else [found]
        choices = []
        for number, entry in enumerate(entries):
            here = f"{place}/{number}" if isinstance(found, list) else place
            if not isinstance(entry, Mapping):
                self._intake.fault(here, f"a table is expected, not {shown(entry)}")
            elif _meant(entry, "extra", extra) and _meant(entry, "group", group):
                choices.append(self._choice(package, entry, here))
        return tuple(choices)

    def _choice(self, package: str, entry: Mapping[str, Any], place: str) -> SourceChoice:
        marker = None
        if entry.get("marker") is not None:
            try:
                marker = Marker(str(entry["marker"]))
            except (InvalidMarker, RecursionError):
                self._intake.fault(f"{place}/marker", f"{shown(entry['marker'])} is no marker")
        origin = next((key for key in _ORIGINS if entry.get(key)), None)
        if origin is not None:
            return SourceChoice(
                marker, refused=f"{package} comes from {origin!r} ([tool.uv.sources])"
            )
        name = entry.get("index")
        if not isinstance(name, str):
            return SourceChoice(marker, wrong=f"{place}: names no index, and no other origin")
        if name in self._bad:
            return SourceChoice(marker, wrong=f"{self._bad[name]}: not an http or https address")
        if name not in self._names:
            return SourceChoice(marker, wrong=f"{place}: no index is called {shown(name)}")
        return SourceChoice(marker, source=name)

    def _read_indexes(self, draft: Draft) -> None:
        """Named indexes in order, those of extra-index-url, and the default one, which is last."""
        listed = list(self._named())
        default = [source for source, entry in listed if entry.get("default") is True]
        further = [(source, entry.get("explicit") is True) for source, entry in listed]
        further = [(source, explicit) for source, explicit in further if source not in default]
        further += [
            (IndexSource(name=f"extra-{n}", url=url, verify_ssl=self._verify(url)), False)
            for n, url in enumerate(self._addresses("extra-index-url"), 1)
        ]
        main = self._addresses("index-url")
        default += [
            IndexSource(name=DEFAULT_SOURCE, url=url, verify_ssl=self._verify(url)) for url in main
        ]
        draft.links = list(self._links())
        draft.no_index = self._settings.get("no-index") is True
        if draft.no_index or not (further or default or draft.links):
            return
        first = default[:1] or [IndexSource(name=DEFAULT_SOURCE, url="")]
        draft.sources = [*first, *(source for source, _ in further)]
        names = [source.name for source, explicit in further if not explicit]
        names.append(first[0].name)
        strategy = self._settings.get("index-strategy", _FIRST_INDEX)
        draft.searched = [(name,) for name in names] if strategy == _FIRST_INDEX else [tuple(names)]

    def _named(self) -> Iterator[tuple[IndexSource, Mapping[str, Any]]]:
        entries = self._settings.get("index", [])
        for number, entry in enumerate(entries if isinstance(entries, list) else []):
            place = f"/tool/uv/index/{number}"
            if not isinstance(entry, Mapping):
                self._intake.fault(place, f"a table is expected, not {shown(entry)}")
                continue
            name, url = str(entry.get("name", f"index-{number}")), entry.get("url")
            explicit = entry.get("explicit") is True
            if not is_address(url) and explicit:  # a fault where somebody asks for it
                self._bad[name] = f"{place}/url"
                continue
            address = read_address(self._intake, f"{place}/url", url)
            if address is None:
                continue
            for key in ("exclude-newer",):
                if key in entry:
                    self._intake.warn(f"{place}/{key}", "is not obeyed for one index alone")
            kind = LinkSource if entry.get("format") == "flat" else IndexSource
            yield kind(name=name, url=address, verify_ssl=self._verify(address)), entry

    def _addresses(self, key: str) -> list[str]:
        found = []
        for url in _texts(self._settings.get(key)):
            address = read_address(self._intake, f"/tool/uv/{key}", url)
            if address is not None:
                found.append(address)
        return list(dict.fromkeys(found))

    def _links(self) -> Iterator[LinkSource]:
        found = _texts(self._settings.get("find-links"))
        for number, value in enumerate(dict.fromkeys(found), 1):
            place = "/tool/uv/find-links"
            url = read_link(value, place, self._intake)
            if url is not None:
                yield LinkSource(name=f"find-links-{number}", url=url, verify_ssl=self._verify(url))

    def _verify(self, url: str) -> bool:
        return (urlsplit(url).hostname or "") not in self._insecure


def _texts(value: object) -> list[str]:
    """One text, or an array of them; uv itself refuses anything else."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _meant(entry: Mapping[str, Any], key: str, here: str) -> bool:
    """Whether an entry for one extra, or group, is for this place."""
    named = entry.get(key)
    return named is None or (bool(here) and canonicalize_name(str(named)) == here)
