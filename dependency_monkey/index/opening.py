"""Opens a client for the sources of a problem, with the settings that pip and uv have on this host."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from amun_core.errors import SettingsError
from amun_core.index_map import IndexMap
from amun_core.index_settings import IndexSettings
from amun_core.plan import IndexSource, LinkSource
from dependency_monkey.index.access import AccessBook
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import FRESH_SECONDS, IndexClient, Progress, Source
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.index.transport import Transport


@dataclass(frozen=True)
class Surroundings:
    """What this host says of indexes: settings of pip and uv, replacements, where the cache is."""

    settings: IndexSettings
    index_map: IndexMap
    cache_folder: Path


def default_cache_folder() -> Path:
    """Where answers of indexes are kept: in the user's own cache."""
    return Path(platformdirs.user_cache_dir("amun", appauthor=False)) / "index"


def open_client(
    sources: Iterable[IndexSource],
    surroundings: Surroundings,
    *,
    snapshot: Snapshot | None = None,
    offline: bool = False,
    dated: bool = False,
    fresh_seconds: float = FRESH_SECONDS,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> IndexClient:
    """A client that is not entered yet. `dated` where the policy asks when files were uploaded.

    Raises SettingsError for a source that cannot be asked.
    """
    return IndexClient(
        resolved_sources(sources, surroundings),
        IndexCache(surroundings.cache_folder),
        transport=transport_for(surroundings.settings),
        snapshot=snapshot,
        offline=offline,
        dated=dated,
        fresh_seconds=fresh_seconds,
        on_progress=on_progress,
    )


def resolved_sources(
    sources: Iterable[IndexSource], surroundings: Surroundings
) -> tuple[Source, ...]:
    """Where each source is asked for: mapped, and pip's own index for one without an address."""
    found = []
    for source in map(surroundings.index_map.source, sources):
        url = source.url or surroundings.settings.index_url or default_index_url()
        if not url.startswith(("https://", "http://")):
            raise SettingsError(
                f"the index {source.name} is not asked by http or https",
                hint="a folder or a file is no index that versions can be read from here",
            )
        found.append(
            Source(source.name, url, source.verify_ssl, flat=isinstance(source, LinkSource))
        )
    return tuple(found)


def default_index_url() -> str:
    """The index that pip takes where nothing says another."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        raise SettingsError(
            "no package index is configured, and pip does not tell its own",
            hint="set index-url in pip's configuration, or UV_DEFAULT_INDEX",
        ) from None
    return str(PyPI.simple_url)


def transport_for(settings: IndexSettings, kind: type[Transport] = Transport) -> Transport:
    """Proxies, certificates and credentials as pip and uv take them on this host."""
    proxies = {
        name.lower().removesuffix("_proxy"): value for name, value in settings.proxies if value
    }
    access = AccessBook(
        proxies=proxies,
        no_proxy=proxies.pop("no", ""),
        netrc_path=settings.netrc,
        trusted_hosts=frozenset(settings.trusted_hosts),
    )
    return kind(
        ca_bundle=settings.certificate,
        client_certificate=settings.client_certificate,
        access=access,
    )
