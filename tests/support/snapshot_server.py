"""A snapshot of an index served again, wheels and their metadata only: for installers to look at."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dependency_monkey.index.client import metadata_key
from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.index.snapshot import Snapshot


@contextmanager
def served(snapshot: Snapshot) -> Iterator[str]:
    """The address of the simple pages."""
    pages = {page.name: page for page in snapshot.pages.values() if page is not None}
    bodies: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            _, kind, name, *rest = self.path.split("/")
            body, content_type = None, "application/octet-stream"
            if kind == "simple" and name in pages:
                body = bodies.get(name) or bodies.setdefault(name, _page(pages[name], snapshot))
                content_type = "application/vnd.pypi.simple.v1+json"
            elif kind == "files" and rest and rest[0].endswith(".whl.metadata"):
                body = snapshot.metadata.get(name)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", content_type)
            self.send_header("Cache-Control", "max-age=600")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        server.server_close()


def _page(page: ProjectPage, snapshot: Snapshot) -> bytes:
    files = [_entry(file, snapshot) for file in page.files if file.is_wheel]
    document = {"meta": {"api-version": "1.1"}, "name": page.name, "files": files}
    return json.dumps(document).encode()


def _entry(file: IndexFile, snapshot: Snapshot) -> dict[str, object]:
    key = metadata_key(file)
    entry: dict[str, object] = {
        "filename": file.filename,
        "url": f"/files/{key}/{file.filename}",
        "hashes": {"sha256": file.sha256} if file.sha256 else {},
        "yanked": file.yanked_reason or file.yanked,
        # uv asks for the metadata of every wheel that it chooses: where we have none it fails aloud
        "core-metadata": key in snapshot.metadata,
    }
    if file.requires_python:
        entry["requires-python"] = file.requires_python
    return entry
