"""Folders of this host shown to a build, and nothing beside them."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from inspector.engines.container_loopback import reachable
from inspector.index_settings import IndexSettings


def read(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:  # noqa: S310 (http only)
        return bytes(answer.read())


def test_a_build_reads_the_hosts_folders(tmp_path: Path) -> None:
    index, wheels = tmp_path / "index", tmp_path / "wheels"
    (index / "simple" / "a").mkdir(parents=True)
    (index / "simple" / "a" / "index.html").write_text("<a href='../../files/a.whl'>a</a>")
    (index / "files").mkdir()
    (index / "files" / "a.whl").write_bytes(b"wheel")
    wheels.mkdir()
    (wheels / "torch-1+cpu.whl").write_bytes(b"torch")
    (tmp_path / "secret").write_text("secret")
    settings = IndexSettings(
        index_url="https://index.example/simple",
        extra_index_urls=(f"file://{index}/simple",),
        find_links=(str(wheels),),
        proxies=(("HTTPS_PROXY", "http://proxy.example"),),
    )
    with reachable(settings) as shown:
        assert shown.index_url == "https://index.example/simple"
        (page,) = shown.extra_index_urls
        (links,) = shown.find_links
        assert page.startswith("http://127.0.0.1:")
        assert page.endswith("/simple")
        assert read(f"{page}/a/") == b"<a href='../../files/a.whl'>a</a>"
        assert read(page.removesuffix("simple") + "files/a.whl") == b"wheel"
        assert b"torch-1%2Bcpu.whl" in read(links)
        assert read(f"{links}torch-1%2Bcpu.whl") == b"torch"
        assert dict(shown.proxies)["NO_PROXY"] == "127.0.0.1"
        root = links[: links.index("/", len("http://"))]
        for path in ("/", "/secret", "/..%2f..%2fsecret"):
            with pytest.raises(HTTPError, match="404"):
                read(root + path)
        with pytest.raises(HTTPError, match="404"):
            read(f"{links}..%2fsecret")


def test_without_local_folders_nothing_is_served() -> None:
    settings = IndexSettings(index_url="https://index.example/simple")
    with reachable(settings) as shown:
        assert shown is settings
