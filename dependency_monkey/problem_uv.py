"""Which index a package of a pyproject.toml comes from: uv's tables, where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.utils import canonicalize_name

from amun_core.intake import Intake, shown
from amun_core.locked_package import read_address
from amun_core.plan import IndexSource
from dependency_monkey.problem import DEFAULT_SOURCE
from dependency_monkey.problem_draft import Draft

_ORIGINS = ("git", "url", "path", "workspace")


class UvSources:
    """[[tool.uv.index]] and [tool.uv.sources]. The sources are put into the draft."""

    def __init__(self, document: Mapping[str, Any], draft: Draft, intake: Intake) -> None:
        tool = document.get("tool", {})
        uv = tool.get("uv", {}) if isinstance(tool, Mapping) else {}
        self._uv: Mapping[str, Any] = uv if isinstance(uv, Mapping) else {}
        self._intake = intake
        draft.sources = self._read_indexes()
        self._names = {source.name for source in draft.sources}
        self._packages = self._read_packages()

    def source_of(self, package: str) -> str | None:
        """The index that the package is bound to."""
        name = self._packages.get(package, {}).get("index")
        if name is not None and name not in self._names:
            self._intake.fault(f"/tool/uv/sources/{package}", f"no index is called {shown(name)}")
            return None
        return name

    def origin_of(self, package: str) -> str | None:
        """The key that says that the package comes from no index."""
        entry = self._packages.get(package, {})
        return next((key for key in _ORIGINS if entry.get(key)), None)

    def _read_indexes(self) -> list[IndexSource]:
        entries = self._uv.get("index", [])
        default: list[IndexSource] = []
        others: list[IndexSource] = []
        for number, entry in enumerate(entries if isinstance(entries, list) else []):
            place = f"/tool/uv/index/{number}"
            if not isinstance(entry, Mapping):
                self._intake.fault(place, f"a table is expected, not {shown(entry)}")
                continue
            url = read_address(self._intake, f"{place}/url", entry.get("url"))
            if url is None:
                continue
            source = IndexSource(name=str(entry.get("name", f"index-{number}")), url=url)
            (default if entry.get("default") is True else others).append(source)
        if not others and not default:
            return []
        # a package that names no index comes from the first
        first = default[:1] or [IndexSource(name=DEFAULT_SOURCE, url="")]
        if any(
            entry.get("explicit") is not True for entry in entries if isinstance(entry, Mapping)
        ):
            self._intake.warn(
                "/tool/uv/index",
                "only packages that [tool.uv.sources] binds to an index are taken from it",
            )
        return [*first, *others]

    def _read_packages(self) -> dict[str, Mapping[str, Any]]:
        found = self._uv.get("sources", {})
        packages: dict[str, Mapping[str, Any]] = {}
        for name, entry in found.items() if isinstance(found, Mapping) else ():
            if isinstance(entry, Mapping):
                packages[canonicalize_name(name)] = entry
            else:
                self._intake.fault(
                    f"/tool/uv/sources/{name}",
                    "one table is expected: which source depends on a marker is not known here",
                )
        return packages
