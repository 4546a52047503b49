"""Where packages come from on this host: pip is asked, the environment and the files are looked at.

This module may read the environment: the settings of pip and uv are the user's, not ours. What
they mean for uv stands in `amun_core.index_settings`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from amun_core import index_settings
from amun_core.errors import SettingsError
from amun_core.index_map import IndexMap
from amun_core.index_settings import local_path, parse_pip_configuration, redact_text, unique
from amun_core.plan import IndexSource

__all__ = ["IndexSettings", "ca_bundle", "parse_pip_configuration", "redact_text"]

#: A lock that names this address means: whatever index is in use here.
PLACEHOLDER_INDEX = "https://index.example/simple"

_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


def _normal(url: str) -> str:
    return url.strip().rstrip("/").lower()


def _pip_default_index() -> str:
    """Address that pip itself takes when nothing is configured, "" if this pip does not tell."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return ""
    return str(PyPI.simple_url)


@dataclass(frozen=True, repr=False)
class IndexSettings(index_settings.IndexSettings):
    """The settings of this host, and how a build uses them."""

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Ask pip for its configuration and read uv's variables from `environment`."""
        environment = os.environ if environment is None else environment
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
        asked = subprocess.run(
            command, env=dict(environment), capture_output=True, text=True, check=False, timeout=60
        )
        if asked.returncode:
            last = (asked.stderr.strip().splitlines() or ["no output"])[-1]
            raise SettingsError(f"pip's configuration cannot be read: {redact_text(last)}")
        pip = parse_pip_configuration(asked.stdout)
        found = cls.from_configuration(pip, environment, exists=Path.exists)
        if found.index_url or not found.extra_index_urls:
            return found
        # named, since uv would ask its own after all others
        return replace(found, index_url=_pip_default_index() or None)

    def with_sources(
        self, sources: Iterable[IndexSource], index_map: IndexMap | None = None
    ) -> Self:
        """Add the indexes that a lock names, each mapped; those in use already are not repeated.

        They go before the further ones of this host: the hashes of the lock come from there.
        """
        index_map = index_map or IndexMap()
        in_use = {_normal(url) for url in (self.index_url or "", *self.extra_index_urls)}
        # pip's built-in index in a lock means "the usual one": a mirror takes its place
        in_use |= {_normal(PLACEHOLDER_INDEX), _normal(_pip_default_index())}
        urls = [index_map.source(source).url for source in sources]
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
