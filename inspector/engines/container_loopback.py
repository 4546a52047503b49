"""Shows folders of this host to an image build, over the loopback address, while the build lasts.

A build sees its context only, and package folders (`file://` indexes, find-links) are far too large
to copy into one. Builds use the host's network, so a file server on 127.0.0.1 reaches them. Its
addresses begin with a random word: nobody else on the host can guess them.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from inspector.index_settings import IndexSettings

_HOST = "127.0.0.1"


@contextmanager
def reachable(index: IndexSettings) -> Iterator[IndexSettings]:
    """`index` with every folder of this host replaced by an address that a build can read."""
    folders = {path: f"/{secrets.token_urlsafe(18)}" for path in index.local_paths()}
    if not folders:
        yield index
        return
    server = ThreadingHTTPServer((_HOST, 0), partial(_Handler, folders))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield _with_addresses(index, folders, f"http://{_HOST}:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _with_addresses(index: IndexSettings, folders: dict[Path, str], server: str) -> IndexSettings:
    def address(location: str) -> str:
        path = _path(location)
        for folder, prefix in folders.items():
            if path is not None and path.is_relative_to(folder):
                rest = quote(str(path.relative_to(folder)))
                # a file is named as it is, a folder's pages refer to what is beside them
                return f"{server}{prefix}/{'' if rest == '.' else rest}"
        return location

    proxies = dict(index.proxies)
    around = [value for name, value in proxies.items() if name.lower() == "no_proxy"]
    if proxies:
        around.append(_HOST)
        proxies |= dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(around))
    return replace(
        index,
        index_url=address(index.index_url) if index.index_url else None,
        extra_index_urls=tuple(map(address, index.extra_index_urls)),
        find_links=tuple(map(address, index.find_links)),
        proxies=tuple(sorted(proxies.items())),
    )


def _path(location: str) -> Path | None:
    parts = urlsplit(location)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return None if "://" in location else Path(location).expanduser()


class _Handler(SimpleHTTPRequestHandler):
    """Serves the files below each shared folder under its secret word, and nothing else."""

    def __init__(self, folders: dict[Path, str], *args: Any, **kwargs: Any) -> None:
        self._folders = folders
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        asked = unquote(urlsplit(path).path)
        for folder, prefix in self._folders.items():
            if asked == prefix or asked.startswith(prefix + "/"):
                parts = [part for part in asked[len(prefix) :].split("/") if part not in {"", "."}]
                if ".." in parts:
                    break
                found = folder.joinpath(*parts)
                ending = "/" if asked.endswith("/") and found.is_dir() else ""
                return f"{found}{ending}"
        return "/nonexistent"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: the build's own log names what it reads."""
