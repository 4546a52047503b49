from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from amun_core.errors import SettingsError
from amun_core.index_map import IndexMap
from amun_core.index_settings import IndexSettings
from amun_core.plan import IndexSource
from dependency_monkey.index.opening import (
    Surroundings,
    default_cache_folder,
    default_index_url,
    open_client,
    resolved_sources,
)
from tests.support.index_server import IndexServer

DEFAULT = IndexSource(name="default", url="")


def around(folder: Path, index_map: str = "", **settings: object) -> Surroundings:
    return Surroundings(
        IndexSettings(**settings),
        IndexMap.parse(index_map),
        folder,  # type: ignore[arg-type]
    )


def test_a_source_without_an_address_is_the_index_of_pip(tmp_path: Path) -> None:
    configured = around(tmp_path, index_url="https://i.example/simple")
    [found] = resolved_sources([DEFAULT], configured)
    assert (found.name, found.url) == ("default", "https://i.example/simple")
    [found] = resolved_sources([DEFAULT], around(tmp_path))
    assert found.url == default_index_url()
    assert found.url.startswith("https://")


def test_sources_are_mapped(tmp_path: Path) -> None:
    mapped = around(
        tmp_path,
        "https://index.example/simple=https://mirror.example/s,https://gone.example/simple=",
        index_url="https://i.example/simple",
    )
    sources = [
        IndexSource(name="a", url="https://index.example/simple/", verify_ssl=False),
        IndexSource(name="b", url="https://gone.example/simple"),
        IndexSource(name="c", url="https://other.example/simple"),
    ]
    found = resolved_sources(sources, mapped)
    assert [one.url for one in found] == [
        "https://mirror.example/s", "https://i.example/simple", "https://other.example/simple",
    ]  # fmt: skip
    assert [one.verify_ssl for one in found] == [False, True, True]


def test_a_folder_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="index default is not asked by http"):
        resolved_sources([DEFAULT], around(tmp_path, index_url="file:///srv/simple"))


def test_pip_without_an_index_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip._internal.models.index", None)
    with pytest.raises(SettingsError, match="no package index is configured"):
        resolved_sources([DEFAULT], around(tmp_path))


def test_the_settings_reach_the_client(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    with IndexServer() as server:
        server.add("thing", "1.0")
        surroundings = around(tmp_path / "cache", index_url=server.url, netrc=netrc)

        async def ask() -> None:
            async with open_client([DEFAULT], surroundings) as client:
                await client.project(canonicalize_name("thing"), "default")

        asyncio.run(ask())
        assert server.requests[0][1]["Authorization"].startswith("Basic ")
    assert list((tmp_path / "cache" / "pages").iterdir())


def test_a_proxy_is_used(tmp_path: Path) -> None:
    with IndexServer() as proxy:
        settings = around(
            tmp_path, index_url="http://index.invalid/simple",
            proxies=(("HTTP_PROXY", proxy.origin), ("no_proxy", "other.example")),
        )  # fmt: skip

        async def ask() -> None:
            async with open_client([DEFAULT], settings) as client:
                await client.project(canonicalize_name("thing"), "default")

        with pytest.raises(Exception, match="thing"):
            asyncio.run(ask())
        assert proxy.requests[0][0] == "http://index.invalid/simple/thing/"


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / "amun" / "index"
