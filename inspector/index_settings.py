"""Where packages come from on this host: pip is asked, the environment and the files are looked at.

This module may read the environment: the settings of pip and uv are the user's, not ours. What
they mean for uv stands in `amun_core.index_settings`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from amun_core import index_settings
from amun_core.index_map import IndexMap
from amun_core.index_reader import is_usual, pip_default_index, read_index_settings
from amun_core.index_reader import normal_address as _normal
from amun_core.index_settings import (
    local_path,
    parse_pip_configuration,
    unique,
    without_credentials,
)
from amun_core.install_files import named_sources
from amun_core.plan import BuildPlan, IndexSource

__all__ = ["IndexSettings", "ca_bundle", "parse_pip_configuration"]

_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


def _place(url: str) -> str:
    return _normal(without_credentials(url))


@dataclass(frozen=True, repr=False)
class IndexSettings(index_settings.IndexSettings):
    """The settings of this host, and how a build uses them."""

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Ask pip for its configuration and read uv's variables from `environment`."""
        return read_index_settings(cls, environment)

    def for_plan(self, plan: BuildPlan) -> Self:
        """The settings with which the stack of a plan is installed: what its lock says is in them."""
        named = [
            (name, source.name, self._with_login(source.url))
            for name, source in named_sources(plan.sources)
            if not is_usual(source) and urlsplit(source.url).scheme in {"http", "https"}
        ]
        settings = self.with_sources(plan.sources)
        for _, name, url in named:
            if name == plan.main_source:
                settings = settings._with_main(url)
        # as for indexes: a lock may not make us read folders of this host
        links = [url for url in plan.find_links if urlsplit(url).scheme in {"http", "https"}]
        return replace(
            settings,
            find_links=unique([*links, *settings.find_links]),
            no_index=settings.no_index or plan.no_index,
            names=tuple((name, url) for name, _, url in named),
        )

    def _with_main(self, url: str) -> Self:
        """With another main index; the one of this host comes behind those of the lock."""
        if self.index_url and _normal(url) == _normal(self.index_url):
            return self
        usual = self.index_url or pip_default_index()
        others = [one for one in self.extra_index_urls if _normal(one) != _normal(url)]
        return replace(self, index_url=url, extra_index_urls=unique([*others, usual]))

    def _with_login(self, url: str) -> str:
        """The address as this host knows it: its user name and password belong to the host."""
        own = [one for one in (self.index_url or "", *self.extra_index_urls) if one]
        return next((one for one in own if _place(one) == _place(url)), url)

    def settled(self, plan: BuildPlan) -> BuildPlan:
        """The plan as it can be carried out here: where no index is asked, none can be named."""
        return plan.model_copy(update={"no_index": True}) if self.no_index else plan

    def places(self) -> tuple[str, ...]:
        """Every place that files come from here, the main index first; without any login."""
        indexes = () if self.no_index else (self.index_url or "", *self.extra_index_urls)
        return tuple(map(without_credentials, [*indexes, "", *self.find_links]))

    def with_sources(
        self, sources: Iterable[IndexSource], index_map: IndexMap | None = None
    ) -> Self:
        """Add the indexes that a lock names, each mapped; those in use already are not repeated.

        They go before the further ones of this host: the hashes of the lock come from there.
        """
        index_map = index_map or IndexMap()
        in_use = {_normal(url) for url in (self.index_url or "", *self.extra_index_urls)}
        # pip's built-in index in a lock means "the usual one": a mirror takes its place
        mapped = [one for one in map(index_map.source, sources) if not is_usual(one)]
        urls = [self._with_login(source.url) for source in mapped]
        # a lock comes from outside: it may not make us read folders of this host
        added = [url for url in urls if urlsplit(url).scheme in {"http", "https"}]
        new = [url for url in added if _normal(url) not in in_use]
        named = {_normal(url) for url in added}
        known = sorted(self.extra_index_urls, key=lambda url: _normal(url) not in named)
        return replace(self, extra_index_urls=unique([*new, *known]))

    def local_paths(self) -> tuple[Path, ...]:
        """Folders and files of this host that an install reads; a container build mounts them.

        A `file://.../simple` index refers to the files beside it, so its parent folder is given.
        """
        indexes = [self.index_url or "", *self.extra_index_urls]
        paths = [local_path(url) for url in indexes if url.startswith("file://")]
        parents = [path.parent for path in paths if path is not None]
        links = [path for path in map(local_path, self.find_links) if path is not None]
        return tuple(path for path in dict.fromkeys([*links, *parents]) if path.exists())


def ca_bundle(
    settings: IndexSettings | None = None, environment: Mapping[str, str] | None = None
) -> Path | None:
    """The certificate bundle in use here: configured, or the system's; None if there is none."""
    environment = os.environ if environment is None else environment
    candidates = [settings.certificate] if settings and settings.certificate else []
    names = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    candidates += [Path(environment[name]) for name in names if environment.get(name)]
    candidates += [Path(path) for path in _SYSTEM_BUNDLES]
    return next((path for path in candidates if path.is_file()), None)
