"""Which pins do not take the Python in use: by the rule of `amun stack`, for stacks that uv resolved.

uv looks at lower bounds of Requires-Python only; pip and `amun stack` at upper ones too, and so does
whoever checks what was installed. A stack of a comparison must be one for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from amun_core.errors import AmunError
from amun_core.index_map import IndexMap
from amun_core.index_settings import IndexSettings
from amun_core.plan import IndexSource
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.client import IndexClient
from dependency_monkey.index.opening import (
    Surroundings,
    default_cache_folder,
    default_index_url,
    open_client,
)
from dependency_monkey.left_out import LeftOutBecause
from dependency_monkey.problem import Policy, Problem, Root
from dependency_monkey.sorting import Sorting


@dataclass(slots=True)
class PythonBounds:
    """Asks the indexes what the versions of a project demand of Python; each project once."""

    surroundings: Surroundings
    environment: TargetEnvironment
    _known: dict[str, list[Sorting]] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, settings: IndexSettings, python_version: str) -> Self:
        """For the indexes of this machine."""
        around = Surroundings(settings, IndexMap(), default_cache_folder())
        return cls(around, TargetEnvironment.of_this_host().with_python(python_version))

    def refused(self, pins: Mapping[str, str]) -> dict[str, str]:
        """Name -> Requires-Python of the pins that do not take this Python."""
        unknown = [name for name in pins if name not in self._known]
        if unknown:
            asyncio.run(self._read(unknown))
        found = {name: self._refusal(name, Version(version)) for name, version in pins.items()}
        return {name: demand for name, demand in found.items() if demand}

    def _refusal(self, name: str, version: Version) -> str | None:
        demands = []
        for sorting in self._known[name]:
            if version in sorting.admissible:
                return None
            demands += [
                one.detail
                for one in sorting.left_out()
                if one.because is LeftOutBecause.OTHER_PYTHON and Version(one.version) == version
            ]
        return demands[0] if demands else None

    async def _read(self, names: list[str]) -> None:
        sources = self._sources()
        async with open_client(sources, self.surroundings) as client:
            read = [self._sortings(client, name, sources) for name in names]
            self._known |= dict(zip(names, await asyncio.gather(*read), strict=True))

    def _sources(self) -> list[IndexSource]:
        settings = self.surroundings.settings
        urls = [settings.index_url or default_index_url(), *settings.extra_index_urls]
        asked = [] if settings.no_index else [url for url in urls if url.startswith("http")]
        return [IndexSource(name=f"index-{n}", url=url) for n, url in enumerate(asked)]

    async def _sortings(
        self, client: IndexClient, name: str, sources: list[IndexSource]
    ) -> list[Sorting]:
        found = []
        wanted = Root(Requirement(name))
        problem = Problem((wanted,), self.environment, Policy(sdists=True))
        for source in sources:
            try:
                page = await client.project(canonicalize_name(name), source.name)
            except AmunError:
                continue  # another index has it: uv said so
            found.append(Sorting(page, problem))
        return found
